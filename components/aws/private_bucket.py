"""Buckets as every one of ours is: closed to the public, owned by the account, encrypted, TLS alone. Not what lies in them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class PrivateBucket:
    """Who writes to it without being asked, as AWS's services do, must wait for `policy`."""

    bucket: aws.s3.Bucket
    policy: aws.s3.BucketPolicy


def private_bucket(
    name: str,
    parent: pulumi.Resource,
    *,
    protected: bool,
    allowed: Sequence[Mapping[str, Any]] = (),
    days: int | None = None,
) -> PrivateBucket:
    """A bucket whose objects go after `days`, if given; `protected`, it can be neither deleted nor replaced.

    `allowed` are further statements of its policy; a statement's `Resource` may be written from the bucket's ARN with `{bucket}`.
    """
    child = pulumi.ResourceOptions(parent=parent)
    made = aws.s3.Bucket(
        name,
        force_destroy=not protected,
        tags={"Name": name},
        opts=pulumi.ResourceOptions(parent=parent, protect=protected),
    )
    bucket = made.bucket
    aws.s3.BucketOwnershipControls(
        name,
        bucket=bucket,
        rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
        opts=child,
    )
    closed = aws.s3.BucketPublicAccessBlock(
        name,
        bucket=bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=child,
    )
    aws.s3.BucketServerSideEncryptionConfiguration(
        name,
        bucket=bucket,
        rules=[
            aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                apply_server_side_encryption_by_default=aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                    sse_algorithm="AES256"
                )
            )
        ],
        opts=child,
    )
    aws.s3.BucketLifecycleConfiguration(
        name,
        bucket=bucket,
        rules=[
            aws.s3.BucketLifecycleConfigurationRuleArgs(
                id="forget" if days else "unfinished",
                status="Enabled",
                filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=days) if days else None,
                abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                    days_after_initiation=1
                ),
            )
        ],
        opts=child,
    )
    policy = aws.s3.BucketPolicy(
        name,
        bucket=bucket,
        policy=made.arn.apply(lambda arn: _policy(arn, allowed)),
        # S3 refuses two changes of a bucket's access at once.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[closed]),
    )
    return PrivateBucket(bucket=made, policy=policy)


def _policy(arn: str, allowed: Sequence[Mapping[str, Any]]) -> str:
    """The statements, and that nobody does anything without TLS."""
    tls = {
        "Sid": "NothingWithoutTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    statements = [{**each, "Resource": each["Resource"].replace("{bucket}", arn)} for each in allowed]
    return json.dumps({"Version": "2012-10-17", "Statement": [*statements, tls]})
