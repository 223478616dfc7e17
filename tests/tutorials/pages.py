"""A tutorial's commands, run one after the other in a clone; what they print is what the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from summary.examples import copied
from tests.gobuild.go_services import git

PROJECT = Path(__file__).parents[2]
TUTORIALS = PROJECT / "docs" / "tutorials"
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
END = "-- end of block --"
SECRETS = re.compile(r"^(SSH_|AWS_|PULUMI_|GITHUB_|GH_|CI$)")


def clone(directory: Path) -> Path:
    """The project as its repository has it, on a branch `main`, with this environment's packages."""
    project = copied(directory / "slipway")
    git(project, "init", "--quiet", "--initial-branch=main")
    for name, value in {"user.name": "Ann", "user.email": "ann@example.com"}.items():
        git(project, "config", name, value)
    git(project, "add", ".")
    git(project, "commit", "--quiet", "--message", "feat: as it is")
    (project / ".venv").mkdir()
    for name in ("bin", "lib", "pyvenv.cfg"):
        (project / ".venv" / name).symlink_to(Path(sys.prefix) / name)
    (project / ".venv" / "ready").touch()  # as new as it must be for `make`
    return project


def bare(directory: Path) -> dict[str, str]:
    """This environment without what could be a secret; a home with nothing but caches of programs."""
    home = directory / "home"
    home.mkdir()
    real = Path.home()
    for name in (".cache", "go"):
        if (real / name).is_dir():
            (home / name).symlink_to(real / name)
    kept = {name: value for name, value in os.environ.items() if not SECRETS.match(name)}
    names = (f"GIT_{who}_{what}" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL"))
    author = dict.fromkeys(names, "ann@example.com")
    return {**kept, **author, "HOME": str(home)}


def blocks(page: str) -> list[tuple[str, str]]:
    """Commands, each with what the page shows of their output; empty where it shows nothing."""
    found = list[tuple[str, str]]()
    for kind, text in BLOCK.findall(page):
        if kind == "sh":
            found.append((text, ""))
        else:
            assert found and not found[-1][1], f"it shows an output of no command: {text}"
            found[-1] = (found[-1][0], text)
    return found


def shown(text: str) -> re.Pattern[str]:
    """What a page shows, as a pattern: … is anything."""
    return re.compile(".*".join(map(re.escape, text.strip().split("…"))), re.DOTALL)


def compare(
    page: str, project: Path, environment: dict[str, str], *, first: str = "", seconds: float = 280
) -> None:
    """Runs all of the page's commands in `project`, after those of `first`, in `seconds` at the most; fails where one does, or
    prints something else than the page says."""
    steps = blocks(page)
    script = f"set -euo pipefail\n{first}" + "".join(f"{commands}\necho '{END}'\n" for commands, _ in steps)
    done = subprocess.run(
        ["bash", "-c", script], cwd=project, env=environment, capture_output=True, text=True, timeout=seconds
    )
    printed = done.stdout.split(f"{END}\n")
    assert done.returncode == 0, (
        f"after {len(printed) - 1} blocks:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    )
    for (commands, wanted), said in zip(steps, printed, strict=False):
        assert shown(wanted).search(said), f"{commands}\nprinted\n{said}\nand the page says\n{wanted}"
