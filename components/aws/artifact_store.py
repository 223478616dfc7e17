"""Where instances that come and go fetch the release: a private bucket of bundles, each named by its digest."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws.private_bucket import private_bucket
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

        self.bucket = private_bucket(name, self, protected=args.protected).bucket
        bucket = self.bucket.bucket
        aws.s3.BucketVersioning(
            name,
            bucket=bucket,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=child,
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
