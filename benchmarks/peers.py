"""pyinfra, Ansible and the floor: each builds with `go build`, and releases by files that can be read here."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment

from benchmarks.cost import Cost, Shell
from benchmarks.ground import Ground
from benchmarks.source import Source, digest

HERE = Path(__file__).parent
PROGRAMS = HERE / ".venv" / "bin"
SHARED = HERE / "shared"


class Peer:
    """What all of them do alike. The service's unit and its home are named after the tool."""

    name: str
    port: int

    def __init__(self, ground: Ground) -> None:
        self._ground, self._greeting = ground, 0
        self._folder = ground.folder / self.name
        self._folder.mkdir()
        self._source = Source.copied(self._folder / "source", self.name)
        self._binary, self._before = self._folder / "new" / "greeter", self._folder / "old" / "greeter"
        self._binary.parent.mkdir()
        self._before.parent.mkdir()
        self._shell = Shell(
            directory=self._directory,
            log=ground.folder / f"{self.name}.log",
            interface=ground.interface,
            environment=self._environment(),
        )

    @property
    def _directory(self) -> Path:
        """Where it is started."""
        return self._folder

    def _environment(self) -> dict[str, str]:
        return {}

    def _commands(self, binary: Path, dry: bool = False) -> Sequence[str | Path]:
        raise NotImplementedError

    @property
    def _unit(self) -> str:
        return f"greeter-{self.name}"

    def clean(self) -> None:
        self._ground.everywhere(
            f"systemctl disable --now --quiet {self._unit} 2>/dev/null || true\n"
            f"rm -rf /opt/{self._unit} /etc/systemd/system/{self._unit}.service\n"
            f"! id {self._unit} >/dev/null 2>&1 || userdel {self._unit}\n"
            "systemctl daemon-reload\n"
        )

    def edit(self) -> None:
        self._source.change()

    def configure(self) -> None:
        self._greeting += 1

    def build(self) -> None:
        self._build()

    def deploy(self, build: bool = False, succeeds: bool = True) -> Cost:
        built = self._build() if build else None
        deployed = self._run(self._binary, succeeds)
        return built + deployed if built else deployed

    def back(self) -> Cost:
        return self._run(self._before)

    def forward(self) -> None:
        self._run(self._binary)

    def preview(self) -> Cost | None:
        return self._run(self._binary, dry=True)

    def _build(self) -> Cost:
        if self._binary.exists():
            shutil.copy2(self._binary, self._before)
        return self._source.build(self._shell, self._binary)

    def _run(self, binary: Path, succeeds: bool = True, dry: bool = False) -> Cost:
        wanted = {
            "binary": str(binary),
            "release": digest(binary),
            "greeting": f"Hello {self._greeting}",
        }
        (self._folder / "wanted.json").write_text(json.dumps(wanted))
        return self._shell.run(self._commands(binary, dry), succeeds)


class Pyinfra(Peer):
    name, port = "pyinfra", 9001

    def _environment(self) -> dict[str, str]:
        return {
            "BENCH_HOSTS": str(self._ground.folder / "hosts.json"),
            "BENCH_WANTED": str(self._folder / "wanted.json"),
        }

    def _commands(self, binary: Path, dry: bool = False) -> Sequence[str | Path]:
        files = HERE / "pyinfra"
        return [
            PROGRAMS / "pyinfra",
            "--dry" if dry else "--yes",
            files / "inventory.py",
            files / "deploy.py",
        ]


class Ansible(Peer):
    name, port = "ansible", 9002

    @property
    def _directory(self) -> Path:
        """Where its ansible.cfg is."""
        return HERE / "ansible"

    def _environment(self) -> dict[str, str]:
        return {
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(self._sockets),
            "ANSIBLE_LOCAL_TEMP": str(self._folder / "tmp"),
        }

    @property
    def _sockets(self) -> Path:
        """A short path, as sockets need."""
        return Path(tempfile.gettempdir()) / "slipway-bench"

    def _commands(self, binary: Path, dry: bool = False) -> Sequence[str | Path]:
        self._ended()
        hosts = ",".join(host.name for host in self._ground.hosts) + ","
        more = ["--check", "--diff"] if dry else []
        login = f"-F {self._ground.ssh_config}"
        words = [
            "--inventory",
            hosts,
            "--ssh-common-args",
            login,
            "--extra-vars",
            f"@{self._folder}/wanted.json",
        ]
        return [PROGRAMS / "ansible-playbook", *more, *words, "site.yml"]

    def _ended(self) -> None:
        """The kept connections of the run before: who deploys once an hour finds none."""
        for socket in self._sockets.glob("*"):
            subprocess.run(["ssh", "-S", socket, "-O", "exit", "any"], capture_output=True)


class Floor(Peer):
    name, port = "floor", 9003

    def _commands(self, binary: Path, dry: bool = False) -> Sequence[str | Path]:
        sent = self._folder / "sent"
        sent.mkdir(exist_ok=True)
        shutil.copy2(binary, sent / "greeter")
        shutil.copy2(SHARED / "gate.sh", sent)
        values = {
            "unit": self._unit,
            "home": f"/opt/{self._unit}",
            "served_at": self.port,
            "greeting": f"Hello {self._greeting}",
        }
        for file in ("greeter.env", "greeter.service"):
            template = Environment(keep_trailing_newline=True).from_string(
                (SHARED / f"{file}.j2").read_text()
            )
            (sent / file).write_text(template.render(values))
        hosts = [host.name for host in self._ground.hosts]
        return [HERE / "floor" / "deploy.sh", self._ground.ssh_config, sent, digest(binary), *hosts]

    def preview(self) -> Cost | None:
        return None
