"""Any service on one host, by the activator alone: for what a unit gives to a process and keeps from it."""

from __future__ import annotations

import http.client
import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from components import bundle
from lab.lab import Lab
from lab.machine import Machine
from model import remote_script
from model.architecture import Architecture
from model.release import Binary, service_release
from model.release_policy import ReleasePolicy
from model.service import Service
from tests.lab import evidence

HERE = Path(__file__).parent


class Releases:
    """A host, and what is released on it."""

    def __init__(self, lab: Lab, machine: Machine, folder: Path) -> None:
        self.lab, self.machine, self.folder = lab, machine, folder
        machine.run(f"mkdir -p {remote_script.UPLOADS}")

    def apply(
        self,
        service: Service,
        binary: Binary,
        secrets: Mapping[str, str] | None = None,
        files: Mapping[str, bytes] = MappingProxyType({}),
        within: float | None = None,
    ) -> subprocess.CompletedProcess[str]:
        architecture = Architecture(self.machine.architecture.value)
        policy = ReleasePolicy(drain=3, watch=0)
        release = service_release(service, policy, architecture, "v1", binary, contents=files, leads=True)
        made = bundle.write(release, self.folder)
        path = remote_script.upload_path(made.file_name, "0" * 12)
        target = f"{self.machine.name}:{path}"
        subprocess.run(["scp", "-q", "-F", self.lab.place.ssh_config, made.path, target], check=True)
        script = remote_script.apply(made.release, path, made.sha256, "tests", False, within)
        return self.machine.run(script, check=False, stdin=json.dumps(secrets or {}), timeout=120)

    def live(
        self,
        service: Service,
        binary: Binary,
        secrets: Mapping[str, str] | None = None,
        files: Mapping[str, bytes] = MappingProxyType({}),
    ) -> str:
        """Applies what must succeed; returns what was told on the way."""
        done = self.apply(service, binary, secrets, files)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stderr

    def ask(self, path: str = "/", port: int = 8080) -> Any:
        """The service's own answer, as JSON."""
        connection = http.client.HTTPConnection(self.machine.address, port, timeout=60)
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, f"{answer.status} {body[:500]!r}"
        return json.loads(body)

    def purge(self, service: str) -> None:
        words = f"remove --service {service} --owner tests --purge"
        activator = f"/opt/{service}/app/current/activator.pyz"
        self.root(f"[ ! -e {activator} ] || python3 {activator} {words}")

    def until(self, condition: Callable[[], bool]) -> None:
        evidence.wait_for(condition, "what was waited for", 30)

    def root(self, script: str) -> str:
        return self.machine.run("sudo -n sh", stdin=script).stdout.strip()

    def live_unit(self, service: str) -> str:
        told = f"python3 /opt/{service}/app/current/activator.pyz status --service {service}"
        return f"{service}@{json.loads(self.root(told))['slot']}.service"
