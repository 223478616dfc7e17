"""A copy of this project with a stack file of its own, so that a test may set and edit what a user would."""

from __future__ import annotations

import base64
import copy
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import pbkdf2_hmac
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lab.machine import Machine
from lab.ssh import USER

ROOT = Path(__file__).parents[2]
PARTS = (
    *("Pulumi.yaml", "__main__.py", "requirements.txt"),
    *("model", "components", "gobuild", "activator", "engine", "plugins", "rehearsal", "tools", "lab"),
    *("releases", "desk", "logins", "oci", "examples", "summary", "cost", "policy", "vulnerabilities"),
    *("artifacts", "drift", "drill", "clusters", "groups", "report", "settings"),
)
PASSPHRASE = "local"
"""What the engine gives the local stack."""
_CHANGE = re.compile(
    r"^ (\S+) +(\S+:\S+:\S+) (\S+) (?:created?|updated?|replaced?|deleted?)\b(?! (?:replacement|original))",
    re.MULTILINE,
)
"""What the engine says of a resource when its last step has ended."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """A command that ended: its exit status, everything it printed, and the seconds it took."""

    code: int
    text: str
    seconds: float

    @property
    def changed(self) -> dict[str, str]:
        """Resources that were changed, with their sign: + created, ~ updated, +- replaced, - deleted. No components."""
        return {
            name: sign
            for sign, kind, name in _CHANGE.findall(self.text)
            if not kind.startswith(("slipway:", "pulumi:"))
        }


class Project:
    """The copy in `directory`, whose stack `local` holds `configuration` by the keys of `slipway:`."""

    def __init__(self, directory: Path, configuration: dict[str, Any]) -> None:
        self.directory = directory
        for part in PARTS:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(
                    source, directory / part, ignore=shutil.ignore_patterns("__pycache__", ".venv")
                )
            else:
                shutil.copy2(source, directory / part)
        self.configure(configuration)

    def configure(self, configuration: dict[str, Any], stack: str = "local") -> None:
        """Writes the stack file."""
        content: dict[str, Any] = {
            "config": {f"slipway:{key}": value for key, value in configuration.items()}
        }
        if stack == "local" and (secrets := configuration.get("secrets")):
            vault = _Vault()
            content["encryptionsalt"] = vault.state
            content["config"]["slipway:secrets"] = {
                name: {"secure": vault.seal(value)} for name, value in secrets.items()
            }
        self.write_stack(content, stack)

    def write_stack(self, content: dict[str, Any], stack: str = "local") -> None:
        """Writes the stack file as it is given, however wrong."""
        (self.directory / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(content, sort_keys=False))

    def edit(self, file: str, old: str, new: str) -> None:
        """Replaces the one place in a file of the copy that says `old`."""
        path = self.directory / file
        text = path.read_text()
        assert text.count(old) == 1, f"{file} has {text.count(old)} times {old!r}"
        path.write_text(text.replace(old, new))

    def restore(self, file: str) -> None:
        """Takes a file as it is in the project itself."""
        shutil.copy2(ROOT / file, self.directory / file)

    def up(self) -> Run:
        return self.run("-m", "engine", "up")

    def must_up(self) -> Run:
        """An `up` that has to succeed."""
        done = self.up()
        assert done.code == 0, done.text
        return done

    def destroy(self) -> Run:
        return self.run("-m", "engine", "destroy")

    def run(self, *words: str, seconds: float = 600) -> Run:
        """Runs `python WORDS` in the copy, with nobody at the terminal."""
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, *words],
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
        )
        return Run(code=done.returncode, text=done.stdout, seconds=time.monotonic() - began)

    def outputs(self) -> dict[str, Any]:
        done = self.run("-m", "engine", "outputs", "--", "--json", "--show-secrets")
        assert done.code == 0, done.text
        return json.loads(done.text)

    @property
    def environment(self) -> dict[str, str]:
        """With a Pulumi home and, for other stacks than `local`, a backend in the copy, so that the user's are left alone."""
        (self.kept / "backend").mkdir(parents=True, exist_ok=True)
        return {
            **os.environ,
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_HOME": str(self.kept / "home"),
            "PULUMI_BACKEND_URL": (self.kept / "backend").as_uri(),
            "YES": "1",
        }

    @property
    def kept(self) -> Path:
        """Where everything is that the project writes at run time."""
        return self.directory / ".slipway"


def region(machines: Iterable[Machine], edge: Machine | None = None) -> dict[str, Any]:
    """The machines in the words of a stack file."""

    def entry(machine: Machine) -> dict[str, str]:
        return {
            "name": machine.name,
            "address": machine.address,
            "architecture": machine.architecture.value,
            "hostKey": machine.host_key,
        }

    machines = list(machines)
    login = {"user": USER, "privateKeyFile": str(machines[0].place.login_key)}
    # Tests ask hosts beside the edge, too, which without `accept` nobody may.
    front = {"edge": entry(edge), "accept": ["10.0.0.0/8"]} if edge else {}
    return {"login": login, "hosts": [entry(machine) for machine in machines], **front}


def greeter(one_region: dict[str, Any], **service: Any) -> dict[str, Any]:
    """A stack of the example service in one region; `service` changes its settings."""
    return {
        "service": {
            "name": "greeter",
            "source": "examples/greeter",
            "arguments": ["-addr", "127.0.0.1:{port}"],
            **service,
        },
        "regions": {"lab": copy.deepcopy(one_region)},
        "release": {"uncommitted": "allow", "drain": 10},
    }


class _Vault:
    """Encrypts as `pulumi config set --secret` does in a stack with a passphrase.

    AES-256-GCM under a key that PBKDF2 makes of passphrase and salt, as in pulumi/pulumi:sdk/go/common/resource/config/crypt.go.
    """

    def __init__(self) -> None:
        salt = os.urandom(8)
        self._cipher = AESGCM(pbkdf2_hmac("sha256", PASSPHRASE.encode(), salt, 1_000_000, 32))
        self.state = f"v1:{_base64(salt)}:{self.seal('pulumi')}"

    def seal(self, text: str) -> str:
        nonce = os.urandom(12)
        return f"v1:{_base64(nonce)}:{_base64(self._cipher.encrypt(nonce, text.encode(), None))}"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
