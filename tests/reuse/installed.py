"""The wheel in an environment of somebody else, which has what Slipway depends on and nothing of this repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import binary
from gobuild import toolchain
from lab.progress import Progress
from tools.program import TOOLS, compile, kept

PROJECT = Path(__file__).parents[2]
PARTS = (
    *("setup.py", "pyproject.toml", "requirements.txt"),
    *("reuse", "settings", "model", "components", "gobuild", "artifacts", "logins", "activator"),
)
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
IN_GO = Path(__file__).parent / "program"


@dataclass(frozen=True, kw_only=True)
class Installed:
    """`directory` is a folder of its user's."""

    directory: Path
    wheel: Path

    @property
    def programs(self) -> Path:
        return self.directory / "venv" / "bin"

    def run(
        self, *words: str | Path, stdin: str = "", more: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """A command in the folder; what the package and the engine bring is on its PATH."""
        engine = binary.ensure(Progress()).parent
        variables = {
            "PATH": os.pathsep.join([str(self.programs), str(engine), os.environ["PATH"]]),
            "PULUMI_HOME": str(self.directory / "home"),
            "PULUMI_BACKEND_URL": (self.directory / "state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "only for tests",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        (self.directory / "state").mkdir(exist_ok=True)
        return subprocess.run(
            [str(word) for word in words],
            cwd=self.directory,
            env={**os.environ, **variables, **(more or {})},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=280,
        )

    def schema(self) -> dict[str, Any]:
        """As the engine has it of the installed plugin."""
        told = self.run("pulumi", "package", "get-schema", self.programs / "pulumi-resource-slipway")
        assert told.returncode == 0, told.stderr
        (self.directory / "schema.json").write_text(told.stdout)
        return json.loads(told.stdout)

    def in_go(self) -> Path:
        """The program of tests/reuse/program, compiled with the SDK that is generated from the schema."""
        self.schema()
        into = self.directory / "in-go"
        shutil.copytree(IN_GO, into)
        written = self.run(_generator(), "schema.json", into / "sdks")
        assert written.returncode == 0, written.stderr
        go = toolchain.find()
        made = go.run(["build", "-o", str(self.directory / "trial"), "."], directory=into)
        assert made.returncode == 0, made.stderr
        return self.directory / "trial"


def installed(directory: Path) -> Installed:
    """Builds the wheel from this repository's files, and installs it."""
    source = directory / "source"
    source.mkdir(parents=True)
    for part in PARTS:
        if (PROJECT / part).is_dir():
            shutil.copytree(PROJECT / part, source / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(PROJECT / part, source)
    subprocess.run([*PIP, "wheel", "--no-deps", "--wheel-dir", directory, source], check=True)
    (wheel,) = directory.glob("*.whl")
    # It gets its dependencies from this environment: installing them takes longer than all tests of it.
    python = directory / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", directory / "venv"], check=True)
    subprocess.run([*PIP, "--python", python, "install", "--no-deps", wheel], check=True)
    asked = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    place = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
    (Path(place) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    # Go is looked for in the environment itself.
    (Path(place) / "go").symlink_to(Path(sysconfig.get_path("purelib")) / "go")
    shutil.rmtree(source)
    return Installed(directory=directory, wheel=wheel)


def _generator() -> Path:
    """tools/sdks, compiled once."""

    def make(place: Path) -> None:
        words = ["-ldflags", "-s -w", "-o", str(place / "sdks"), "."]
        compile("sdks", words, TOOLS / "sdks", 1000, lambda line: None)

    return kept("sdks", ("go.mod", "go.sum", "main.go"), make, lambda line: None) / "sdks"
