"""Where a load balancer writes down every request: a private bucket that forgets."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws.private_bucket import private_bucket

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
        account = aws.get_caller_identity(opts=pulumi.InvokeOptions(parent=self)).account_id

        writers = {
            "Sid": "LoadBalancersWrite",
            "Effect": "Allow",
            "Principal": {"Service": WRITER},
            "Action": "s3:PutObject",
            "Resource": f"{{bucket}}/AWSLogs/{account}/*",
        }
        made = private_bucket(
            f"{name}-logs", self, protected=args.protected, allowed=[writers], days=args.days
        )
        self.bucket, self.writable = made.bucket, made.policy
        self.register_outputs({"bucket": self.bucket.bucket})
