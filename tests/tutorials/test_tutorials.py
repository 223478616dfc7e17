"""Each tutorial that needs no host, run with no secret in reach. Those on hosts: tests/lab."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.gobuild.go_services import git
from tests.tutorials.pages import PROJECT, TUTORIALS, bare, clone, compare
from tests.workflows.test_workflows import GH

ON_HOSTS = {"your-own-service"}
PAGES = sorted(page for page in TUTORIALS.glob("*.md") if page.stem not in ON_HOSTS)


def test_every_tutorial_is_run_by_a_test() -> None:
    run = "".join(path.read_text() for path in (PROJECT / "tests/lab").glob("test_*.py"))
    assert all(f'"{stem}.md"' in run for stem in ON_HOSTS) and PAGES


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_what_a_tutorial_says_is_what_happens(page: Path, tmp_path: Path) -> None:
    compare(page.read_text(), clone(tmp_path), bare(tmp_path))


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
