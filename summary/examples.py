"""Writes what reviewers would read of a few changes, on a pretended AWS: `python -m summary.examples docs/previews`.

Everything is done in a copy of the project: its stack `dev` is brought up once, then changed in one way after another.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import yaml

PROJECT = Path(__file__).parent.parent.resolve()
STACK, REGION, LARGE = "dev", "eu-central-1", 100
"""A region with so many instances, six to eight resources each, is beyond 500."""
CODE = "examples/greeter/greeter.go"


def one_line_of_greeter(project: Path) -> None:
    """Another greeting."""
    path = project / CODE
    path.write_text(path.read_text().replace('message = "Hello"', 'message = "Good day"'))


def another_instance_type(project: Path) -> None:
    """From t4g.small to m7g.large."""
    content = _content(project)
    content["config"]["slipway:regions"][REGION]["instances"][0]["type"] = "m7g.large"
    _write(project, content)


def a_new_region(project: Path) -> None:
    """us-east-1 beside it."""
    content = _content(project)
    regions = content["config"]["slipway:regions"]
    regions["us-east-1"] = {**regions[REGION], "network": {"range": "10.31.0.0/16"}}
    _write(project, content)


def five_hundred_resources(project: Path) -> None:
    """A first `up` of a large stack."""
    content = _content(project)
    content["config"]["slipway:regions"][REGION]["instances"] = [{"type": "m7g.large", "count": LARGE}]
    content["config"]["slipway:release"] |= {"batches": [LARGE]}
    _write(project, content)


CHANGES: tuple[Callable[[Path], None], ...] = (
    one_line_of_greeter,
    another_instance_type,
    a_new_region,
    five_hundred_resources,
)


def main(into: Path) -> int:
    """Writes a page for each change."""
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="slipway-") as directory:
        first = copied(Path(directory) / "first")
        _run(first, "rehearsal", "up", "--stack", STACK, "--hosts", "0")
        for change in CHANGES:
            project = Path(directory) / change.__name__
            shutil.copytree(first, project, symlinks=True)
            change(project)
            log, kept = project / "events", [] if change is five_hundred_resources else ["--kept"]
            _run(project, "rehearsal", "preview", "--stack", STACK, *kept, "--", "--event-log", str(log))
            page = into / f"{change.__name__.replace('_', '-')}.md"
            _run(project, "summary", "--stack", STACK, "--events", str(log), "--output", str(page.resolve()))
            print(page)
    return 0


def copied(project: Path) -> Path:
    """This project as git knows it, uncommitted work included, and with none of its state."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (PROJECT / name).is_file():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, project / name)
    return project


def _content(project: Path) -> dict:
    return yaml.safe_load((project / f"Pulumi.{STACK}.yaml").read_text())


def _write(project: Path, content: dict) -> None:
    (project / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump(content, sort_keys=False))


def _run(project: Path, *words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=project, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"`{' '.join(words)}` failed:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
