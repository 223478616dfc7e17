"""Where a load balancer's access logs go, as asked of the engine. That AWS writes any is beyond mocks."""

import json

from tests.components.aws.balancers import PROD, balanced
from tests.components.aws.cloud import ACCOUNT

BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"


def test_access_logs_are_encrypted_closed_to_the_public_and_forgotten() -> None:
    recording = balanced(PROD, protected=True)
    assert recording.inputs("aws:s3/bucket:Bucket", "eu-logs") == {
        "forceDestroy": False,
        "tags": {"Name": "eu-logs"},
    }
    block = recording.inputs("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "eu-logs")
    assert block == {
        "bucket": "eu-logs", "blockPublicAcls": True, "blockPublicPolicy": True, "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }  # fmt: skip
    (encryption,) = recording.inputs(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", "eu-logs"
    )["rules"]
    assert encryption == {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}, (
        "a load balancer takes no KMS"
    )
    (rule,) = recording.inputs("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "eu-logs")[
        "rules"
    ]
    assert (rule["status"], rule["expiration"]) == ("Enabled", {"days": 90})
    assert balanced().inputs("aws:s3/bucket:Bucket", "eu-logs")["forceDestroy"] is True


def test_only_this_accounts_load_balancers_write_logs_and_nobody_without_tls() -> None:
    write, deny = json.loads(balanced().inputs(BUCKET_POLICY, "eu-logs")["policy"])["Statement"]
    assert write["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert (write["Action"], write["Resource"]) == ("s3:PutObject", f"arn:eu-logs/AWSLogs/{ACCOUNT}/*")
    assert (deny["Effect"], deny["Action"]) == ("Deny", "s3:*")
    assert deny["Resource"] == ["arn:eu-logs", "arn:eu-logs/*"]
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
