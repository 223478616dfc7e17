"""A release: what a host is told to run, identified by one digest. The activator reads its manifest."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from model.architecture import Architecture
from model.base import BARE, Base
from model.certificate import Certificate
from model.door import ANY_NAME, OPEN, EdgeDoor, HostDoor
from model.host_files import HostFile, edge_file, own_files, service_files, slot_environment
from model.job_files import job_files, service_jobs, task_files
from model.release_policy import ReleasePolicy
from model.service import Service

PACKAGE_SITE = {"/etc/nginx/sites-enabled/default": "/etc/nginx/sites-available/default"}
NO_BINARY = (
    "architecture",
    "binary",
    "user",
    "slots",
    "slotEnvironment",
    "proxy",
    "health",
    "watch",
    "drain",
)
"""What the manifest of a release without one says nothing of."""
FORMAT = 1
"""Raised when an activator of the old format could misread a manifest."""


@dataclass(frozen=True, kw_only=True)
class Binary:
    """A verified binary, as gobuild and the store of artifacts report it. `path`, `sbom`, `provenance` and `signature` are files
    on this machine."""

    path: str
    sha256: str
    size: int
    sbom: str
    level: str | None = None
    go_version: str | None = None
    provenance: str | None = None
    signature: str | None = None


@dataclass(frozen=True, kw_only=True)
class Release:
    """A manifest and the files that it names."""

    manifest: dict[str, Any]
    files: tuple[HostFile, ...]
    binary: Binary | None = None
    signer: str | None = None
    """The public key that must have signed for the binary; hosts ask, and what they run is the same with and without."""

    @property
    def name(self) -> str:
        """The service or edge that it belongs to."""
        return self.manifest["service"]

    @property
    def id(self) -> str:
        """Twelve hex digits; equal releases have equal ids on every machine."""
        return self.manifest["release"]


def service_release(
    service: Service,
    policy: ReleasePolicy,
    architecture: Architecture,
    version: str,
    binary: Binary,
    door: HostDoor = OPEN,
    contents: Mapping[str, bytes] = MappingProxyType({}),
    base: Base = BARE,
    leads: bool = False,
) -> Release:
    """What a host of `architecture` runs; `contents` are those of the user's files, by name, `base` is for the machine itself.

    A host that `leads` does what is done once in a region.
    """
    jobs = service_jobs(service, leads)
    files = (
        *service_files(service, policy, door),
        *own_files(service, contents),
        *task_files(service, policy, leads),
        *job_files(service, policy, jobs),
        *base.files,
    )
    health, asked = service.health, service.kind == "service"
    body = {
        "service": service.name,
        "version": version,
        "architecture": architecture.value,
        "level": binary.level,
        "binary": {"sha256": binary.sha256, "size": binary.size, "goVersion": binary.go_version},
        "user": service.name,
        "units": list(base.units),
        "packages": {
            **({"haproxy": "/usr/sbin/haproxy"} if asked else {}),
            "logrotate": "/usr/sbin/logrotate",
            **base.needed,
        },
        "slots": dict(zip(("blue", "green"), service.slots if asked else (None, None), strict=True)),
        **({} if asked else {"listens": []}),
        "ports": {name: {"blue": ports[0], "green": ports[1]} for name, ports in service.ports.items()},
        "memory": None if "GOMEMLIMIT" in service.environment else service.limits.memory,
        "slotEnvironment": slot_environment(service),
        "needs": list(service.needs),
        "secretFiles": dict(service.secret_files),
        **(
            {"tasks": [{"name": each.name, "timeout": each.timeout} for each in service.tasks]}
            if leads and service.tasks
            else {}
        ),
        "schedule": jobs,
        "proxy": {
            "port": service.port,
            "socket": f"/run/{service.name}-proxy/admin.sock",
            "backend": service.name,
            "unit": f"{service.name}-proxy.service",
            "config": f"/opt/{service.name}/conf/haproxy.cfg",
            **({"metrics": door.watched.port} if door.watched else {}),
        }
        if asked
        else None,
        "health": {
            "path": health.path if asked else None,
            "host": health.host,
            "command": health.command is not None,
            "fileAge": health.file_age,
            "interval": health.interval,
            "timeout": health.timeout,
            "successes": health.successes,
            "minimumHealthy": health.minimum_healthy,
            "deadline": health.deadline,
            "restartAfter": health.restart_after,
        },
        "watch": policy.watch,
        "share": list(policy.share) if asked else [],
        "judge": policy.judge.model_dump() if policy.judge and asked else None,
        "drain": policy.drain,
        "stop": service.stop_timeout,
        "keep": policy.keep,
        **base.manifest(),
    }
    manifest = identified(body, files)
    return Release(manifest=manifest, files=files, binary=binary, signer=policy.signed_by)


def edge_release(
    service: Service,
    policy: ReleasePolicy,
    listen: int,
    upstreams: tuple[str, ...],
    door: EdgeDoor = ANY_NAME,
    base: Base = BARE,
) -> Release:
    """What the edge before `upstreams` gets: a site for nginx, and no binary."""
    edge = f"{service.name}-edge"
    served = Certificate(edge=edge, names=door.names, tls=door.tls) if door.tls else None
    challenges = served.challenges if served else None
    site = edge_file(service, listen, upstreams, door, served, challenges)
    plain = edge_file(service, listen, upstreams, replace(door, tls=None), None, challenges)
    certified = served.files(plain.content, site.target) if served else ()
    files = (site, *certified, *base.files)
    # Debian's package leaves a site that takes port 80 whatever name is asked for.
    displaces = PACKAGE_SITE if listen == 80 and not door.names else {}
    return machine_release(
        edge,
        policy,
        files,
        base,
        units=({"unit": "nginx.service", "action": "reload"}, *(served.units if served else ())),
        packages={"nginx": "/usr/sbin/nginx", **(served.packages if served else {})},
        **({"certificate": served.manifest(site.target)} if served else {}),
        listens=[
            listen,
            *([door.tls.listen] if door.tls else []),
            *([door.watched.port] if door.watched else []),
        ],
        displaces=displaces,
        asks={"hosts": list(upstreams), "path": service.health.path},
    )


def machine_release(
    name: str,
    policy: ReleasePolicy,
    files: tuple[HostFile, ...],
    base: Base,
    *,
    units: tuple[dict[str, Any], ...],
    packages: Mapping[str, str],
    **more: Any,
) -> Release:
    """Files for programs of Debian's packages, and no binary of our own; `more` stands in the manifest as it is."""
    body = {
        "service": name,
        "version": "-",
        "units": [*units, *base.units],
        "packages": {**packages, **base.needed},
        "keep": policy.keep,
        **more,
        **base.manifest(),
        **dict.fromkeys(NO_BINARY),
    }
    return Release(manifest=identified(body, files), files=files)


def identified(body: dict[str, Any], files: tuple[HostFile, ...]) -> dict[str, Any]:
    """The manifest with its files and the digest of all that it says."""
    listed = [
        {
            "target": file.target,
            "member": file.member,
            "sha256": file.sha256,
            "mode": file.mode,
            "owner": "root",
            "group": file.group,
            "check": file.check,
            **({"template": True} if file.template else {}),
        }
        for file in files
    ]
    manifest = {"format": FORMAT, **body, "files": listed}
    return {**manifest, "release": hashlib.sha256(canonical(manifest)).hexdigest()[:12]}


def canonical(manifest: dict[str, Any]) -> bytes:
    """The one way to write a manifest, so that its digest is the same everywhere."""
    return json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode()
