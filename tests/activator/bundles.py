"""Small bundles for the activator's tests. A binary is a text here: its words say how the service behaves."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from dataclasses import dataclass
from typing import Any

UNIT = """[Service]
User=greeter
ExecStart=/opt/greeter/app/%i/bin/greeter
EnvironmentFile=/opt/greeter/conf/%i.env
EnvironmentFile=-/opt/greeter/conf/%i.secrets
[Install]
WantedBy=multi-user.target
"""
ONCE = "[Service]\nType=oneshot\nExecStart=/opt/greeter/app/%i/bin/greeter once\n"
PROXY_UNIT = "[Service]\nExecStart=/usr/sbin/haproxy -Ws -f /opt/greeter/conf/haproxy.cfg\n"
CONFIG = """backend greeter
  server blue 127.0.0.1:18081 @blue@
  server green 127.0.0.1:18082 @green@
"""


@dataclass(frozen=True, kw_only=True, repr=False)
class Made:
    data: bytes
    manifest: dict[str, Any]

    def __repr__(self) -> str:
        return f"<{self.manifest['version']}>"

    @property
    def release(self) -> str:
        return self.manifest["release"]

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def name(self) -> str:
        return f"{self.manifest['service']}-{self.release}-{self.sha256[:8]}.tar.gz"


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def entry(
    target: str, text: str, check: str | None, group: str = "root", mode: str = "0644"
) -> dict[str, Any]:
    return {"target": target, "text": text, "mode": mode, "owner": "root", "group": group, "check": check}


def service(
    binary: str = "healthy 1",
    *,
    unit: str = UNIT,
    config: str = CONFIG,
    more: tuple[dict[str, Any], ...] = (),
    **changes: Any,
) -> Made:
    """A release of the service `greeter`; `changes` replace parts of the manifest."""
    files = (
        entry("/etc/systemd/system/greeter@{slot}.service", unit, "systemd"),
        entry("/etc/systemd/system/greeter-proxy.service", PROXY_UNIT, "systemd"),
        entry("/opt/greeter/conf/haproxy.cfg", config, "haproxy", "greeter", "0640"),
        *more,
    )
    return bundle(
        {
            "service": "greeter",
            "version": binary,
            "architecture": "amd64",
            "user": "greeter",
            "units": [],
            "packages": {"haproxy": "/usr/sbin/haproxy"},
            "slots": {"blue": 18081, "green": 18082},
            "slotEnvironment": {"PORT": "{port}"},
            "proxy": {
                "port": 8080,
                "socket": "/run/greeter-proxy/admin.sock",
                "backend": "greeter",
                "unit": "greeter-proxy.service",
                "config": "/opt/greeter/conf/haproxy.cfg",
            },
            "health": {
                "path": "/healthz",
                "interval": 0.5,
                "timeout": 2,
                "successes": 3,
                "minimumHealthy": 2,
                "deadline": 20,
                "restartAfter": 30,
            },
            "watch": 1,
            "drain": 5,
            "keep": 2,
        },
        files,
        binary.encode(),
        **changes,
    )


def worker(binary: str = "works 1", more: tuple[dict[str, Any], ...] = (), **changes: Any) -> Made:
    """A release of `greeter` that nobody asks; its health is a command unless `changes` say otherwise."""
    files = (
        entry("/etc/systemd/system/greeter@{slot}.service", UNIT, "systemd"),
        entry("/etc/systemd/system/slipway-greeter-health@{slot}.service", ONCE, "systemd"),
        *more,
    )
    made = service(binary)
    body = {
        key: value
        for key, value in made.manifest.items()
        if key not in ("format", "files", "binary", "release")
    }
    health = {**body["health"], "path": None, "command": True, **changes.pop("health", {})}
    body |= {
        "slots": {"blue": None, "green": None},
        "proxy": None,
        "packages": {},
        "listens": [],
        "health": health,
    }
    return bundle(body, files, binary.encode(), **changes)


def task(name: str) -> dict[str, Any]:
    """The unit of a task."""
    return entry(f"/etc/systemd/system/slipway-greeter-task-{name}@{{slot}}.service", ONCE, "systemd")


def job(name: str, when: str = "daily") -> tuple[dict[str, Any], ...]:
    """The units of a job."""
    unit = f"/etc/systemd/system/slipway-greeter-job-{name}"
    return (
        entry(f"{unit}.service", ONCE.replace("%i", "@live@"), "systemd"),
        entry(f"{unit}.timer", f"[Timer]\nOnCalendar={when}\n[Install]\nWantedBy=timers.target\n", "systemd"),
    )


def edge(text: str = "upstream one {}\n", **changes: Any) -> Made:
    """A release without a binary: one file of nginx, which reloads it."""
    manifest: dict[str, Any] = {
        "service": "edge",
        "version": "1",
        "architecture": None,
        "user": None,
        "units": [{"unit": "nginx.service", "action": "reload"}],
        "packages": {"nginx": "/usr/sbin/nginx"},
        "slots": None,
        "proxy": None,
        "health": None,
        "watch": 0,
        "drain": 0,
        "keep": 2,
    }
    return bundle(manifest, (entry("/etc/nginx/conf.d/edge.conf", text, "nginx"),), None, **changes)


def bundle(
    manifest: dict[str, Any], files: tuple[dict[str, Any], ...], binary: bytes | None, **changes: Any
) -> Made:
    members: dict[str, bytes] = {"activator.pyz": changes.pop("activator", b"travels along")}
    listed = []
    for number, file in enumerate(files):
        member, data = f"files/{number}", file["text"].encode()
        members[member] = data
        listed.append({**file, "member": member, "sha256": hashlib.sha256(data).hexdigest()})
        del listed[-1]["text"]
    manifest = {"format": 1, **manifest, "files": listed, "binary": None}
    if binary is not None:
        members[f"bin/{manifest['service']}"] = binary
        members["sbom.spdx.json"] = b"{}"
        manifest["binary"] = {"sha256": hashlib.sha256(binary).hexdigest(), "size": len(binary)}
    manifest |= changes
    manifest["release"] = hashlib.sha256(canonical(manifest)).hexdigest()[:12]
    return Made(data=pack({**members, "manifest.json": canonical(manifest)}), manifest=manifest)


def pack(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return gzip.compress(stream.getvalue(), mtime=0)
