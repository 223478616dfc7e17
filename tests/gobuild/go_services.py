"""Small Go services to build, git to commit them, and `python -m gobuild` to build them with."""

import functools
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from gobuild import toolchain

PROJECT = Path(__file__).parent.parent.parent
MAIN = 'package main\n\nvar version = "devel"\n\nfunc main() { println(version) }\n'


class Builder:
    """Runs `python -m gobuild` as its callers do, in the project directory, keeping its output in `out`."""

    def __init__(self, out: Path) -> None:
        self.out = out

    def __call__(self, spec: dict[str, Any] | str, **environment: str) -> subprocess.CompletedProcess[str]:
        if isinstance(spec, dict):
            spec = json.dumps(
                {"name": "svc", "architectures": ["amd64", "arm64"], "out": str(self.out), **spec}
            )
        return subprocess.run(
            [sys.executable, "-m", "gobuild"],
            input=spec,
            cwd=PROJECT,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def good(self, spec: dict[str, Any], **environment: str) -> dict[str, Any]:
        """The result of a build that must succeed, and say nothing else."""
        done = self(spec, **environment)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        (line,) = done.stdout.splitlines()
        return json.loads(line)

    def refused(self, spec: dict[str, Any] | str, **environment: str) -> str:
        """The one sentence with which a build must be refused."""
        done = self(spec, **environment)
        assert (done.returncode, done.stdout) == (1, "")
        (line,) = done.stderr.splitlines()
        assert line.startswith("gobuild: ")
        return line


def write_service(directory: Path) -> Path:
    """A service of two files in `directory`."""
    directory.mkdir(parents=True)
    (directory / "go.mod").write_text("module svc\n\ngo 1.27\n")
    (directory / "main.go").write_text(MAIN)
    return directory


def write_library(directory: Path, word: str = "hello") -> Path:
    """The module example.com/lib there."""
    directory.mkdir(parents=True)
    (directory / "go.mod").write_text("module example.com/lib\n\ngo 1.27\n")
    (directory / "lib.go").write_text(f'package lib\n\nfunc Word() string {{ return "{word}" }}\n')
    return directory


def uses_library(service: Path, more: str = "") -> Path:
    """Makes a service that prints what the library says."""
    (service / "go.mod").write_text(f"module svc\n\ngo 1.27\n{more}")
    (service / "main.go").write_text(
        'package main\n\nimport "example.com/lib"\n\nfunc main() { println(lib.Word()) }\n'
    )
    return service


def git(directory: Path, *arguments: str) -> str:
    """Run git there, as nobody in particular and at a fixed time."""
    settings = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.com", "-c", "commit.gpgsign=false"]
    fixed = {"GIT_COMMITTER_DATE": "2024-05-06T07:08:09Z", "GIT_AUTHOR_DATE": "2024-05-06T07:08:09Z"}
    done = subprocess.run(
        ["git", *settings, *arguments],
        cwd=directory,
        env={**os.environ, **fixed},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def commit(directory: Path, message: str = "change") -> str:
    """Commit everything there; the commit's id, 12 digits."""
    git(directory, "add", "--all")
    git(directory, "commit", "--quiet", "--message", message)
    return git(directory, "rev-parse", "--short=12", "HEAD")


def serve(proxy: Path, module: str, version: str, files: dict[str, str]) -> None:
    """Add a module to `proxy`, a directory laid out as a module proxy answers."""
    served = proxy / module / "@v"
    served.mkdir(parents=True, exist_ok=True)
    with (served / "list").open("a") as versions:
        versions.write(f"{version}\n")
    (served / f"{version}.info").write_text(json.dumps({"Version": version, "Time": "2024-05-06T07:08:09Z"}))
    (served / f"{version}.mod").write_text(files["go.mod"])
    with zipfile.ZipFile(served / f"{version}.zip", "w") as archive:
        # A version before modules has no go.mod; the proxy makes one up.
        for name, text in files.items():
            if name == "go.mod" and version.endswith("+incompatible"):
                continue
            archive.writestr(f"{module}@{version}/{name}", text)


def write_profile(target: Path) -> None:
    """A CPU profile as Go writes it: the same one in all tests, since Go compiles its library anew for each."""
    target.write_bytes(_profile())


@functools.cache
def _profile() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        work = write_service(Path(folder) / "profiled")
        (work / "main.go").write_text(
            'package main\n\nimport (\n\t"os"\n\t"runtime/pprof"\n)\n\nfunc main() {\n'
            "\tf, _ := os.Create(os.Args[1])\n\tpprof.StartCPUProfile(f)\n\tn := 0\n"
            "\tfor i := range 200000000 {\n\t\tn += i * n\n\t}\n\tprintln(n)\n\tpprof.StopCPUProfile()\n}\n"
        )
        written = Path(folder) / "cpu.pprof"
        # -trimpath, as services are built: what they compiled of Go's library is not compiled once more.
        done = toolchain.find().run(["run", "-trimpath", ".", str(written)], directory=work)
        assert done.returncode == 0, done.stderr
        return written.read_bytes()
