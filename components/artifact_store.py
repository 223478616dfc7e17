"""Where instances that come and go fetch the release: a private bucket of bundles, each named by its digest."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.bundle import Bundle


@dataclass(frozen=True, kw_only=True)
class ArtifactStoreArgs:
    """Unless `protected`, the bucket goes with its content."""

    protected: bool


class ArtifactStore(pulumi.ComponentResource):
    """An encrypted bucket with versions, which nobody reaches without TLS and nobody reads but those whom a role allows.

    Bundles stay when a newer release comes, since a group that goes back fetches the one before.
    """

    bucket: aws.s3.Bucket

    def __init__(
        self, name: str, args: ArtifactStoreArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("slipway:index:ArtifactStore", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self._name, self._objects = name, dict[str, aws.s3.BucketObjectv2]()

        self.bucket = aws.s3.Bucket(name, force_destroy=not args.protected, tags={"Name": name}, opts=child)
        bucket = self.bucket.bucket
        aws.s3.BucketVersioning(
            name,
            bucket=bucket,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=child,
        )
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
                    id="unfinished",
                    status="Enabled",
                    filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                    abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                        days_after_initiation=1
                    ),
                )
            ],
            opts=child,
        )
        aws.s3.BucketPolicy(
            name,
            bucket=bucket,
            policy=pulumi.Output.json_dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Sid": "NothingWithoutTls",
                            "Effect": "Deny",
                            "Principal": "*",
                            "Action": "s3:*",
                            "Resource": [self.bucket.arn, pulumi.Output.concat(self.bucket.arn, "/*")],
                            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                        }
                    ],
                }
            ),
            # S3 refuses two changes of a bucket's access at once.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[closed]),
        )
        self.register_outputs({"bucket": bucket})

    def holds(self, bundle: Bundle) -> aws.s3.BucketObjectv2:
        """Puts the bundle there, once; its key is its file name."""
        key = bundle.file_name
        if key not in self._objects:
            self._objects[key] = aws.s3.BucketObjectv2(
                f"{self._name}-{key}",
                bucket=self.bucket.bucket,
                key=key,
                source=pulumi.FileAsset(str(bundle.path)),
                tags={"Name": key},
                opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
            )
        return self._objects[key]
