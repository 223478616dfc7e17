"""One host, and the activator on it by the very command that a deployment sends: for faults that a fleet adds nothing to."""

from __future__ import annotations

import hashlib
import json
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from components import bundle
from lab.lab import Lab
from lab.machine import Machine
from model import remote_script
from model.architecture import Architecture
from model.host_files import HostFile
from model.release import Binary, Release, canonical, service_release
from model.release_policy import ReleasePolicy
from model.service import Health, Service
from tests.lab import binaries, evidence
from tests.lab.faults import neighbour
from tests.lab.faults.fleet import GATE, LEDGER, PORT, PRECIOUS, SERVICE, nothing_left, root, until
from tests.lab.faults.record import RATE, Record, Users, users

MACHINE = "0123456789ab"
OWNER = "tests/alone"


def built(folder: Path) -> dict[Architecture, Binary]:
    """The misbehaving service for both architectures."""
    source = str(Path(__file__).parent / "faulty")
    return binaries.built(*Architecture, name=SERVICE, source=source, out=str(folder))


class Solo:
    """A host, what can be released on it, and what its users see. `record` is the row that is being tested."""

    record: Record

    def __init__(
        self,
        lab: Lab,
        machine: Machine,
        binaries: dict[Architecture, Binary],
        folder: Path,
        *,
        port: int = PORT,
    ) -> None:
        self.lab, self.machine, self.binaries, self.folder = lab, machine, binaries, folder
        self.port = port
        self.neighbour = False
        machine.run(f"mkdir -p {remote_script.UPLOADS}")

    def bundle(
        self,
        greeting: str,
        *,
        health: dict[str, Any] | None = None,
        drain: float = 3,
        change: Callable[[HostFile], HostFile] = lambda file: file,
        **faults: str,
    ) -> bundle.Bundle:
        """A release that greets with `greeting`; `change` spoils its files as a wrong template would."""
        service = Service(
            name=SERVICE,
            source="-",
            port=self.port,
            slots=(self.port + 10001, self.port + 10002),  # as the settings' own are to theirs
            environment={"PORT": "{port}", "GREETING": greeting, **faults},
            health=Health.model_validate({**GATE, **(health or {})}),
        )
        architecture = Architecture(self.machine.architecture.value)
        policy = ReleasePolicy(drain=drain, watch=0.5)
        release = service_release(service, policy, architecture, greeting, self.binaries[architecture])
        return bundle.write(_changed(release, change), self.folder)

    def settle(self) -> None:
        """Another service moves in."""
        architecture = Architecture(self.machine.architecture.value)
        made = bundle.write(neighbour.release(self.binaries[architecture], architecture), self.folder)
        self.upload(made)
        done = self.run(self.command(made, owner="tests/neighbour"))
        assert done.returncode == 0, done.stderr
        self.neighbour = True

    def upload(self, made: bundle.Bundle) -> str:
        """Copies the bundle; returns the command that a deployment runs then."""
        path = remote_script.upload_path(made.file_name, MACHINE)
        target = f"{self.machine.name}:{path}"
        subprocess.run(["scp", "-q", "-F", self.lab.place.ssh_config, made.path, target], check=True)
        return self.command(made)

    def command(self, made: bundle.Bundle, within: float | None = None, owner: str = OWNER) -> str:
        path = remote_script.upload_path(made.file_name, MACHINE)
        text = remote_script.apply(made.release, path, made.sha256, owner, False, within)
        return f"sh -c {shlex.quote(text)}"

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        return self.machine.run(command, check=False, timeout=200)

    def apply(self, made: bundle.Bundle, within: float | None = None) -> subprocess.CompletedProcess[str]:
        self.upload(made)
        return self.run(self.command(made, within))

    def live(self, made: bundle.Bundle, within: float | None = None) -> dict[str, Any]:
        """Applies what must succeed, and returns its one line."""
        done = self.apply(made, within)
        assert done.returncode == 0, f"{done.returncode}: {done.stdout}{done.stderr}"
        root(self.machine, f"[ -e {PRECIOUS} ] || echo precious >{PRECIOUS}")
        return json.loads(done.stdout)

    def fails(self, command: str, code: int, evidence: str) -> str:
        """The activator ends with `code` and says why, in a line that holds `evidence`; returns all that it said."""
        began = time.monotonic()
        done = self.run(command)
        assert done.returncode == code, done.stderr + done.stdout
        said = done.stderr + done.stdout  # progress, then why it ended
        self.record.deployed(code, time.monotonic() - began, said, evidence)
        return said

    def begin(self, made: bundle.Bundle, step: str, within: float | None = None) -> None:
        """Starts an apply that nobody waits for, and returns when it is in `step`."""
        self.upload(made)
        known = int(root(self.machine, f"cat {LEDGER} | wc -l"))
        self.machine.run(f"{self.command(made, within)} </dev/null >/dev/null 2>&1 & echo started")
        # Two processes in all: asking again and again starves an emulated host, on which each costs 0.3 s.
        reached = f"grep -qm1 'step.*{step}' < <(tail -n +{known + 1} -F {LEDGER})"
        root(self.machine, f"timeout 110 bash -c {shlex.quote(reached)}")

    def idle(self) -> None:
        """Waits until no activator is at work."""
        root(self.machine, f"flock /var/lib/slipway/{SERVICE}/lock true")

    def serves(self) -> str:
        return evidence.greeting(self.machine, self.port)["message"]

    @contextmanager
    def users(self, lossless: bool = True) -> Iterator[Users]:
        rate = RATE if self.machine.is_container else RATE / 10  # an emulated host has little to spare
        with ExitStack() as more:
            if self.neighbour:
                more.enter_context(neighbour.unharmed(self.machine))
            yield more.enter_context(
                users(self.record, self.machine, port=self.port, lossless=lossless, rate=rate)
            )

    def stays(self, greeting: str) -> None:
        """Users read that release, and nothing half done is left."""
        until(lambda: self.serves() == greeting, f"{greeting!r}")
        nothing_left(self.machine)
        self.record.after = f"serves {'the old' if greeting == 'one' else 'the new'} release"

    def heals(self, greeting: str = "healed") -> None:
        """The next good release goes on, a second time changes nothing, and the service's data is as it was."""
        made = self.bundle(greeting)
        began = time.monotonic()
        self.live(made)
        self.record.heals = f"next good release, {time.monotonic() - began:.0f} s"
        assert self.live(made)["changed"] is False
        assert self.serves() == greeting
        nothing_left(self.machine)
        assert root(self.machine, f"cat {PRECIOUS}") == "precious"
        self.record.done = True

    def purge(self) -> None:
        """Takes off whatever is there."""
        script = remote_script.remove(SERVICE, OWNER) + " --purge"
        self.machine.run(f"sh -c {shlex.quote(script)}", timeout=200)


def _changed(release: Release, change: Callable[[HostFile], HostFile]) -> Release:
    files = tuple(change(file) for file in release.files)
    if files == release.files:
        return release
    digests = {file.target: file.sha256 for file in files}
    listed = [{**each, "sha256": digests[each["target"]]} for each in release.manifest["files"]]
    bare = {key: value for key, value in release.manifest.items() if key != "release"} | {"files": listed}
    manifest = {**bare, "release": hashlib.sha256(canonical(bare)).hexdigest()[:12]}
    return replace(release, files=files, manifest=manifest)
