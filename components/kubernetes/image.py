"""The service's image in a registry: made in preview, too, so that its digest is known, and brought there by `up` alone."""

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_command as command

from components.artifact import Artifact
from model.architecture import Architecture
from model.service import Service
from oci import layout


@dataclass(frozen=True, kw_only=True)
class ImageArgs:
    """`architectures` are those of the nodes, `after` is what makes the repository, if the program does."""

    service: Service
    artifact: Artifact
    architectures: Sequence[Architecture]
    repository: str
    project: Path
    after: Sequence[pulumi.Resource] = ()


class Image(pulumi.ComponentResource):
    """One name for the binaries of all architectures, the same that hosts run."""

    reference: str
    """By digest, known before anything is pushed."""
    pushed: pulumi.Resource
    """Done when nodes can fetch it."""

    def __init__(self, name: str, args: ImageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Image", name, {}, opts)
        written = layout.write(
            _programs(name, args),
            args.service.name,
            args.artifact.version,
            args.project / ".slipway" / "images",
            args.service.stop_signal,
        )
        self.reference = f"{args.repository}@{written.digest}"
        folder = written.folder.relative_to(args.project)
        words = [
            "-m",
            "oci",
            "push",
            str(folder),
            args.repository,
            tag(args.artifact.version, written.digest),
        ]
        self.pushed = command.local.Command(
            f"{name}-image",
            create=f"{shlex.quote(sys.executable)} {shlex.join(words)}",
            dir=str(args.project),
            add_previous_output_in_env=False,
            logging=command.local.Logging.STDERR,
            opts=pulumi.ResourceOptions(parent=self, depends_on=args.after),
        )
        self.register_outputs({"reference": self.reference})


def tag(version: str, digest: str) -> str:
    """For people who look into the registry; the digest in it makes a tag that never moves."""
    allowed = "".join(
        each if each.isascii() and (each.isalnum() or each in "._-") else "-" for each in version
    )
    return f"{allowed.lstrip('.-')[:100] or 'v'}-{digest.removeprefix('sha256:')[:12]}"


def _programs(name: str, args: ImageArgs) -> dict[str, layout.Program]:
    missing = [each.value for each in args.architectures if each not in args.artifact.binaries]
    if missing:
        raise pulumi.RunError(
            f"the nodes of region {name} are {', '.join(missing)}, for which nothing was built; no node would run the image: "
            "name the architectures that the service has, or build it for these."
        )
    built = {each.value: args.artifact.binaries[each] for each in args.architectures}
    return {
        each: layout.Program(path=Path(one.path), sha256=one.sha256, sbom=Path(one.sbom))
        for each, one in built.items()
    }
