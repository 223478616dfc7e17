"""Rules for buckets, logs and keys."""

from __future__ import annotations

from policy.rule import Properties, listed, rule, statements

BUCKET = "aws:s3/bucket:Bucket"
BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
_TLS_ONLY = """{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*",
 "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}"""


@rule(
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    ids=("S3.8", "CKV_AWS_53", "CKV_AWS_54", "CKV_AWS_55", "CKV_AWS_56"),
    passes=dict.fromkeys(BLOCKS, True),
    fails=dict.fromkeys(BLOCKS[:3], True),
)
def buckets_cannot_become_public(block: Properties) -> str | None:
    """Neither an access list nor a policy can make a bucket public."""
    open_ = [key for key in BLOCKS if block.get(key) is not True]
    return f"{', '.join(open_)} must be true." if open_ else None


@rule(
    "aws:s3/bucketPolicy:BucketPolicy",
    ids=("S3.5", "CKV_AWS_379"),
    passes={"policy": _TLS_ONLY},
    fails={"policy": '{"Version": "2012-10-17", "Statement": []}'},
)
def buckets_speak_tls_only(bucket: Properties) -> str | None:
    """A bucket refuses requests without TLS."""
    for statement in statements(bucket.get("policy"), "Deny"):
        unsafe = ((statement.get("Condition") or {}).get("Bool") or {}).get("aws:SecureTransport")
        if str(unsafe).lower() == "false" and "s3:*" in listed(statement.get("Action")):
            return None
    return "policy has no statement that denies s3:* where aws:SecureTransport is false."


@rule(BUCKET, ids=("S3.12",), passes={}, fails={"acl": "public-read"})
def buckets_have_no_access_lists(bucket: Properties) -> str | None:
    """Who may use a bucket stands in policies alone."""
    return f"acl is {bucket['acl']}; leave it out." if bucket.get("acl") else None


@rule(BUCKET, passes={"forceDestroy": False}, fails={"forceDestroy": True}, protected=True)
def full_buckets_stay(bucket: Properties) -> str | None:
    """A bucket with something in it is not deleted with the stack."""
    return "forceDestroy is true; it must be false or absent." if bucket.get("forceDestroy") else None


@rule(
    "aws:cloudwatch/logGroup:LogGroup",
    ids=("CKV_AWS_66",),
    passes={"retentionInDays": 90},
    fails={"name": "forever"},
)
def logs_end_some_day(group: Properties) -> str | None:
    """Every log group says how long it keeps what it has."""
    days = group.get("retentionInDays")
    return None if days else f"retentionInDays is {days}; state a number of days."


@rule(
    "aws:kms/key:Key",
    ids=("KMS.4", "CKV_AWS_7"),
    passes={"enableKeyRotation": True},
    fails={"description": "k"},
)
def keys_rotate(key: Properties) -> str | None:
    """Encryption keys are replaced every year by AWS."""
    rotates = key.get("enableKeyRotation") is True or key.get("keyUsage") not in (None, "ENCRYPT_DECRYPT")
    return None if rotates else "enableKeyRotation is not set; it must be true."
