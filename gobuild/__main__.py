"""`python -m gobuild`: what to build on standard input, one JSON line about it on standard output."""

import argparse
import json
import os
import signal
import sys
from types import FrameType

from gobuild import build, spec, toolchain
from gobuild.refusal import CompileFailed, Refused

_HELP = """\
Build a Go service into one verified, static, reproducible Linux binary per architecture.

Standard input, from a directory:
  {"name": "greeter", "source": "examples/greeter", "package": ".",
   "architectures": ["amd64", "arm64"], "dirty": "allow"}
or from a published module:
  {"name": "httpbin", "module": "github.com/mccutchen/go-httpbin/v2/cmd/go-httpbin",
   "version": "v2.26.0", "architectures": ["amd64"]}
optional in both: "levels": {"amd64": "v2", "arm64": "v8.0"}, "out": ".slipway/build", "tags": ["prod"],
  "variables": {"main.commit": "{commit}"} ({version}, {commit} and {time} are filled in), "strip": false,
  "profile": "cpu.pprof"; with a directory also "workspace": false (leaves go.work out) and "test": true
  (go vet and go test must pass).

Standard output: one line of JSON with version, goVersion, warnings, tested (how many packages), and for each
architecture path, sha256, size, level, sbom.
With --report a refusal is such a line, too, {"refusal": "…"}, and the exit code is 0, so that a caller which shows
a failed command with its text can show the refusal alone.
Exit codes: 0 built, 1 the code or the specification was refused (why stands on standard error), 2 wrong
usage, 130 interrupted.
"""


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m gobuild", description=_HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--report", action="store_true", help="print a refusal as JSON and exit 0")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        line = _line(build.build(spec.parse(sys.stdin.read()), toolchain.find()))
    except KeyboardInterrupt:
        return 130
    except (Refused, CompileFailed, OSError) as failure:
        refusal = _sentence(failure)
        if not arguments.report:
            print(refusal, file=sys.stderr)
            return 1
        line = {"refusal": refusal}
    print(json.dumps(line))
    return 0


def _sentence(failure: Refused | CompileFailed | OSError) -> str:
    """What a person is shown: of a compile error, the compiler's own lines and nothing else."""
    if isinstance(failure, CompileFailed):
        return str(failure).rstrip("\n")
    if isinstance(failure, OSError):
        return f"gobuild: {failure.strerror or failure}: {failure.filename}"
    return f"gobuild: {failure}"


def _line(result: build.Result) -> dict:
    artifacts = {
        architecture.value: {
            "path": os.fspath(artifact.path),
            "sha256": artifact.sha256,
            "size": artifact.size,
            "level": artifact.level,
            "sbom": os.fspath(artifact.sbom),
        }
        for architecture, artifact in result.artifacts.items()
    }
    return {
        "version": result.version,
        "goVersion": result.go_version,
        "artifacts": artifacts,
        "warnings": list(result.warnings),
        "tested": result.tested,
    }


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
