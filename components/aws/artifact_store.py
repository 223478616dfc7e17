"""Where instances that come and go fetch the release: a private bucket of bundles, each named by its digest."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws.private_bucket import private_bucket
from components.bundle import Bundle
from components.installation import Kept
from model.architecture import Architecture
from model.aws.stored import StoredRelease


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A release in the bucket: under which key, and what is known of it."""

    key: str
    release: StoredRelease


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

    def release(self, wanted: Bundle | Kept, architecture: Architecture) -> pulumi.Output[Stored]:
        """Puts the bundle there or, where a release is pinned, finds the one for that architecture that is there already."""
        if isinstance(wanted, Kept):
            return self._kept(wanted, architecture)
        found = StoredRelease.of(wanted.release, wanted.sha256)
        return self._holds(wanted, found).key.apply(lambda key: Stored(key=key, release=found))

    def _kept(self, wanted: Kept, architecture: Architecture) -> pulumi.Output[Stored]:
        if wanted.ids is None:
            raise pulumi.RunError(
                "slipway:release.pin is previous, which nobody remembers of instances that come and go: `make rollback` finds "
                "out what their bucket keeps, and writes ids."
            )
        look_up, bucket = pulumi.InvokeOutputOptions(parent=self), self.bucket.bucket
        found = [
            aws.s3.get_objects_output(bucket=bucket, prefix=f"{wanted.service}-{id}-", opts=look_up).keys
            for id in wanted.ids
        ]

        def look(keys: list[list[str]]) -> pulumi.Output[list[Stored]]:
            each = [key for some in keys for key in some]
            told = [
                aws.s3.get_object_output(bucket=bucket, key=key, opts=look_up).metadata.apply(
                    lambda metadata, key=key: (key, StoredRelease.read(metadata or {}))
                )
                for key in each
            ]
            return pulumi.Output.all(*told).apply(
                lambda all: [Stored(key=key, release=release) for key, release in all if release]
            )

        def chosen(all: list[Stored]) -> Stored:
            fits = [each for each in all if each.release.architecture == architecture.value]
            if not fits:
                raise pulumi.RunError(
                    f"{' and '.join(wanted.ids or ())}: {self._name} keeps no such release for {architecture.value}; "
                    "`make releases` lists what it keeps."
                )
            return fits[-1]

        return pulumi.Output.all(*found).apply(look).apply(chosen)

    def _holds(self, bundle: Bundle, release: StoredRelease) -> aws.s3.BucketObjectv2:
        """Puts the bundle there, once; its key is its file name."""
        key = bundle.file_name
        if key not in self._objects:
            self._objects[key] = aws.s3.BucketObjectv2(
                f"{self._name}-{key}",
                bucket=self.bucket.bucket,
                key=key,
                source=pulumi.FileAsset(str(bundle.path)),
                metadata=release.metadata,
                tags={"Name": key},
                opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
            )
        return self._objects[key]
