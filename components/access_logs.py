"""Where a load balancer writes down every request: a private bucket that forgets."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

WRITER = "logdelivery.elasticloadbalancing.amazonaws.com"
"""The service that writes them (ALB guide, "Enable access logs"); it can write with S3's own keys only, not with KMS."""


@dataclass(frozen=True, kw_only=True)
class AccessLogsArgs:
    """`days` is how long a log is kept. Unless `protected`, the bucket goes with its content."""

    days: int
    protected: bool


class AccessLogs(pulumi.ComponentResource):
    """An encrypted bucket into which this account's load balancers may write, and from which nobody outside reads."""

    bucket: aws.s3.Bucket
    writable: aws.s3.BucketPolicy
    """A load balancer must wait for it: AWS tries the bucket when access logs are turned on."""

    def __init__(self, name: str, args: AccessLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:AccessLogs", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        account = aws.get_caller_identity(opts=pulumi.InvokeOptions(parent=self)).account_id

        self.bucket = aws.s3.Bucket(
            f"{name}-logs", force_destroy=not args.protected, tags={"Name": f"{name}-logs"}, opts=child
        )
        aws.s3.BucketOwnershipControls(
            f"{name}-logs",
            bucket=self.bucket.bucket,
            rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=child,
        )
        closed = aws.s3.BucketPublicAccessBlock(
            f"{name}-logs",
            bucket=self.bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-logs",
            bucket=self.bucket.bucket,
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
            f"{name}-logs",
            bucket=self.bucket.bucket,
            rules=[
                aws.s3.BucketLifecycleConfigurationRuleArgs(
                    id="forget",
                    status="Enabled",
                    filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                    expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=args.days),
                    abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                        days_after_initiation=1
                    ),
                )
            ],
            opts=child,
        )
        self.writable = aws.s3.BucketPolicy(
            f"{name}-logs",
            bucket=self.bucket.bucket,
            policy=pulumi.Output.json_dumps(_policy(self.bucket.arn, account)),
            # S3 refuses two changes of a bucket's access at once.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[closed]),
        )
        self.register_outputs({"bucket": self.bucket.bucket})


def _policy(bucket: pulumi.Output[str], account: str) -> dict[str, object]:
    """Load balancers of this account write their logs; nobody does anything without TLS."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "LoadBalancersWrite",
                "Effect": "Allow",
                "Principal": {"Service": WRITER},
                "Action": "s3:PutObject",
                "Resource": pulumi.Output.concat(bucket, f"/AWSLogs/{account}/*"),
            },
            {
                "Sid": "NothingWithoutTls",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [bucket, pulumi.Output.concat(bucket, "/*")],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ],
    }
