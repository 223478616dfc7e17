"""Each tutorial's commands, run one after the other in a clone with no secret in reach; what they print is what the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from summary.examples import copied
from tests.gobuild.go_services import git
from tests.workflows.test_workflows import GH

PROJECT = Path(__file__).parents[2]
PAGES = sorted((PROJECT / "docs" / "tutorials").glob("*.md"))
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


def blocks(page: Path) -> list[tuple[str, str]]:
    """Commands, each with what the page shows of their output; empty where it shows nothing."""
    found = list[tuple[str, str]]()
    for kind, text in BLOCK.findall(page.read_text()):
        if kind == "sh":
            found.append((text, ""))
        else:
            assert found and not found[-1][1], f"{page.name} shows an output of no command: {text}"
            found[-1] = (found[-1][0], text)
    return found


def shown(text: str) -> re.Pattern[str]:
    """What a page shows, as a pattern: … is anything."""
    return re.compile(".*".join(map(re.escape, text.strip().split("…"))), re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_what_a_tutorial_says_is_what_happens(page: Path, tmp_path: Path) -> None:
    project, environment = clone(tmp_path), bare(tmp_path)
    steps = blocks(page)
    script = "set -euo pipefail\n" + "".join(f"{commands}\necho '{END}'\n" for commands, _ in steps)
    done = subprocess.run(
        ["bash", "-c", script], cwd=project, env=environment, capture_output=True, text=True, timeout=280
    )
    printed = done.stdout.split(f"{END}\n")
    assert done.returncode == 0, (
        f"after {len(printed) - 1} blocks:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    )
    for (commands, wanted), said in zip(steps, printed, strict=False):
        assert shown(wanted).search(said), f"{commands}\nprinted\n{said}\nand the page says\n{wanted}"


def test_a_pull_request_of_a_repository_becomes_one_comment_with_no_secret_on_the_machine(
    tmp_path: Path,
) -> None:
    project, environment = clone(tmp_path), bare(tmp_path)
    assert not (Path(environment["HOME"]) / ".ssh").exists() and "SSH_AUTH_SOCK" not in environment
    git(project, "switch", "--quiet", "--create", "louder")
    greeter = project / "examples/greeter/greeter.go"
    greeter.write_text(greeter.read_text().replace('message = "Hello"', 'message = "HELLO"'))
    git(project, "commit", "--quiet", "--all", "--message", "feat: louder")

    programs, told = tmp_path / "bin", tmp_path / "told"
    programs.mkdir()
    (programs / "gh").write_text(f'{GH}case "$*" in *POST*) cp summary.md "$GH_BODY";; esac\n')
    (programs / "gh").chmod(0o755)
    (tmp_path / "answer").touch()
    environment |= {
        "PATH": f"{programs}:{environment['PATH']}",
        "GH_TOLD": str(told),
        "GH_ANSWER": str(tmp_path / "answer"),
        "GH_BODY": str(tmp_path / "comment.md"),
    }
    for words in ([".ci/preview", "dev", "summary.md"], [".ci/comment", "us/shop", "7", "dev", "summary.md"]):
        done = subprocess.run(
            words, cwd=project, env=environment, capture_output=True, text=True, timeout=280
        )
        assert done.returncode == 0, done.stderr[-3000:]
    assert told.read_text().count("POST repos/us/shop/issues/7/comments") == 1
    comment = (tmp_path / "comment.md").read_text()
    assert comment.startswith("<!-- slipway preview of dev -->\n**`dev`: new (")
    assert len(comment) < 65_536 and re.search(r"`[0-9a-f]{64}`", comment), "by digest"
