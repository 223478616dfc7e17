"""The service's binaries, built before any resource is declared, so that preview knows what they are."""

import json
import shlex
import sys
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pulumi_command as command

from model import own_file
from model.answer import answer
from model.architecture import Architecture
from model.release import Binary
from model.release_policy import ReleasePolicy
from model.service import Service
from model.stored_artifact import StoredArtifact

ROOMS = __name__.removesuffix("components.artifact")
"""Where the rooms beside this one lie: nowhere in particular, and in the wheel in the package `slipway.`"""


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """One verified binary for each architecture that the hosts have, and the user's files that travel with each."""

    version: str
    binaries: Mapping[Architecture, Binary]
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def told(self) -> dict[str, Any]:
        """`version`, and `artifacts`: sha256, size in bytes and Go version by architecture, for the stack's outputs."""
        artifacts = {
            architecture.value: {"sha256": binary.sha256, "size": binary.size, "goVersion": binary.go_version}
            for architecture, binary in sorted(self.binaries.items(), key=lambda built: built[0].value)
        }
        return {"version": self.version, "artifacts": artifacts}


def build(
    service: Service, policy: ReleasePolicy, architectures: Iterable[Architecture], project: Path
) -> Artifact:
    """Builds, or takes from the store, in preview, too, since `command.local.run` is the one call that runs then.

    Raises pulumi.RunError with the compiler's own lines when the source does not compile.
    """
    result = command.local.run(
        command=f"{shlex.quote(sys.executable)} -m {ROOMS}{'artifacts' if service.artifact else 'gobuild --report'}",
        stdin=json.dumps(
            _stored(service.artifact, service.name, policy, architectures)
            if service.artifact
            else specification(service, policy, architectures)
        ),
        dir=str(project),
        logging=command.local.Logging.NONE,
        add_previous_output_in_env=False,
    )
    report = json.loads(result.stdout)
    if "refusal" in report:
        raise pulumi.RunError(report["refusal"])
    for warning in report["warnings"]:
        pulumi.log.warn(warning)
    if report["tested"]:
        pulumi.log.info(f"go vet and go test pass for {report['tested']} packages of {service.name}")
    return Artifact(
        version=report["version"],
        files=own_file.contents(service.files, project),
        binaries={
            Architecture(name): Binary(go_version=report["goVersion"], **built)
            for name, built in report["artifacts"].items()
        },
    )


def built(
    service: Service, policy: ReleasePolicy, architectures: Iterable[Architecture], project: Path
) -> Artifact | None:
    """What `build` gives; nothing where hosts turn on a release that they keep."""
    return build(service, policy, architectures, project) if policy.pin is None else None


def reported(
    reports: Iterable[pulumi.Output[str]], regions: Iterable[Any] = ()
) -> pulumi.Output[dict[str, Any]]:
    """The same as hosts reported it, for a run that built nothing. Where hosts differ, all versions are named.

    Of `regions` those that are clusters say which version they keep; of their binaries only the image is known. Groups whose
    instances come and go say what a host would.
    """
    regions = tuple(regions)
    versions = {each.version for each in regions if hasattr(each, "version")}
    groups = [each.report for region in regions for each in getattr(region, "groups", {}).values()]
    return pulumi.Output.all(*reports, *groups).apply(lambda lines: _reported(lines, versions))


def _reported(lines: Iterable[str], versions: Set[str]) -> dict[str, Any]:
    told = sorted((answer(line) for line in lines), key=lambda report: report["architecture"])
    facts = ("sha256", "size", "goVersion")
    return {
        "version": ", ".join(sorted({*versions, *(report["version"] for report in told)})),
        "artifacts": {report["architecture"]: {key: report[key] for key in facts} for report in told},
    }


def _stored(
    stored: StoredArtifact, name: str, policy: ReleasePolicy, architectures: Iterable[Architecture]
) -> dict[str, Any]:
    """What artifacts/ reads on its standard input."""
    return {
        "store": stored.store,
        "digest": stored.digest,
        "name": name,
        "architectures": sorted(each.value for each in set(architectures)),
        "signedBy": policy.signed_by,
        "uncommitted": policy.uncommitted,
    }


def specification(
    service: Service, policy: ReleasePolicy, architectures: Iterable[Architecture]
) -> dict[str, Any]:
    """What gobuild reads on its standard input."""
    origin = (
        {
            "source": service.source,
            "package": service.package,
            "dirty": policy.uncommitted,
            "workspace": service.workspace,
            "test": service.test,
        }
        if service.source is not None
        else {"module": service.module, "version": service.version}
    )
    return {
        "name": service.name,
        "architectures": sorted(each.value for each in set(architectures)),
        "levels": service.levels.model_dump(),
        "tags": service.tags,
        "variables": service.variables,
        "strip": service.strip,
        **({"profile": service.profile} if service.profile else {}),
        **origin,
    }
