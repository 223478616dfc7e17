"""The workflows: accepted by actionlint and zizmor, and what their steps run, the hosting service pretended."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from importlib.metadata import files
from pathlib import Path

import pytest
import yaml

from tools.program import program

PROJECT = Path(__file__).parents[2]
WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
GH = """#!/bin/sh
echo "$*" >>"$GH_TOLD"
case "$*" in *--paginate*|*"issue list"*) cat "$GH_ANSWER";; esac
"""


def test_actionlint_has_nothing_against_them() -> None:
    done = subprocess.run(
        [program("actionlint"), "-shellcheck=", "-pyflakes=", *WORKFLOWS],
        capture_output=True,
        text=True,
        check=False,
    )
    assert len(WORKFLOWS) >= 3 and done.returncode == 0, done.stdout


def test_zizmor_has_nothing_against_them() -> None:
    # Wherever pip has put it.
    (program,) = (
        each.locate() for each in files("zizmor") or () if each.name == "zizmor" and each.parent.name == "bin"
    )
    done = subprocess.run(
        [str(program), "--offline", "--no-progress", *WORKFLOWS], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_every_action_is_pinned_and_no_job_has_more_rights_than_it_names() -> None:
    for path in WORKFLOWS:
        text, content = path.read_text(), yaml.safe_load(path.read_text())
        assert content["permissions"] == {}, path
        assert all(re.search(r"@[0-9a-f]{40} # v", line) for line in text.splitlines() if "uses:" in line), (
            path
        )
        assert "pull_request_target" not in text, "it would hand secrets to whoever opens a pull request"
        assert all("concurrency" in job and "timeout-minutes" in job for job in content["jobs"].values()), (
            path
        )


def test_what_a_pull_request_runs_knows_no_secret() -> None:
    text = (PROJECT / ".github/workflows/preview.yml").read_text()
    assert "secrets." not in text


def test_every_stack_that_a_branch_is_brought_to_has_a_file() -> None:
    pipelines = (PROJECT / ".github/workflows", PROJECT / "examples/pipelines")
    texts = {path.name: path.read_text() for folder in pipelines for path in folder.iterdir()}
    assert "STACK" not in texts.pop("ci.yml"), "it brings nothing up"
    named = {
        "deploy.yml": re.findall(r"STACK: .*'main' && '(\w+)' \|\| '(\w+)'", texts["deploy.yml"])[0],
        "drift.yml": re.findall(r"STACK: (\w+)", texts["drift.yml"]),
        "preview.yml": re.findall(r"\w+", re.findall(r"stack: \[(.*)\]", texts["preview.yml"])[0]),
        "gitlab-ci.yml": re.findall(r"environment: (\w+)", texts["gitlab-ci.yml"]),
        "Jenkinsfile": re.findall(r"(?:return|\?) '(\w+)'", texts["Jenkinsfile"]),
    }
    assert named.keys() == texts.keys() and all(named.values()), named
    for file, stacks in named.items():
        assert [each for each in stacks if not (PROJECT / f"Pulumi.{each}.yaml").is_file()] == [], file
    assert {*named["deploy.yml"]} < {*named["gitlab-ci.yml"]} == {*named["Jenkinsfile"]}


def test_every_push_runs_what_ci_runs_anywhere() -> None:
    text = (PROJECT / ".github/workflows/ci.yml").read_text()
    # YAML 1.1 takes `on` for true.
    assert yaml.safe_load(text)[True] == {"push": None}
    assert "sudo .ci/run" in text and "secrets." not in text


def test_each_workflow_takes_on_the_role_that_docs_give_it() -> None:
    text = (PROJECT / "docs/teams.md").read_text()
    for name in ("preview", "deploy", "drift"):
        told = (PROJECT / f".github/workflows/{name}.yml").read_text()
        assert {*re.findall(r"vars\.(\w+_ROLE)", told)} == {f"{name.upper()}_ROLE"}
        assert f"`{name.upper()}_ROLE`" in text


class Host:
    """A copy of the scripts beside a pretended `gh` and `make`."""

    def __init__(self, directory: Path, make: str) -> None:
        self.directory, self.told, self.answer = directory, directory / "told", directory / "answer"
        shutil.copytree(PROJECT / ".ci", directory / ".ci")
        (directory / "bin").mkdir()
        for name, text in {"gh": GH, "make": f"#!/bin/sh\n{make}\n"}.items():
            (directory / "bin" / name).write_text(text)
            (directory / "bin" / name).chmod(0o755)
        self.told.touch()
        self.answer.touch()

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        path = f"{self.directory / 'bin'}:{os.environ['PATH']}"
        more = {"PATH": path, "GH_TOLD": str(self.told), "GH_ANSWER": str(self.answer), **variables}
        env = {**os.environ, **more}
        return subprocess.run(words, cwd=self.directory, env=env, capture_output=True, text=True, check=False)


def test_a_comment_is_written_once_and_then_written_anew(tmp_path: Path) -> None:
    host = Host(tmp_path, "true")
    (tmp_path / "summary.md").write_text("<!-- slipway preview of prod -->\n**fine**")
    words = (".ci/comment", "us/shop", "7", "prod", "summary.md")
    assert host.run(*words).returncode == 0
    assert "POST repos/us/shop/issues/7/comments" in host.told.read_text()
    host.answer.write_text("42\n43\n")
    assert host.run(*words).returncode == 0
    assert "PATCH repos/us/shop/issues/comments/42 --field body=@summary.md" in host.told.read_text()
    assert host.run(*words[:-1], "missing.md").returncode == 1


def test_what_would_not_be_found_again_is_no_comment(tmp_path: Path) -> None:
    host = Host(tmp_path, "true")
    (tmp_path / "summary.md").write_text("preparing\n<!-- slipway preview of prod -->\n**fine**")
    done = host.run(".ci/comment", "us/shop", "7", "prod", "summary.md")
    assert done.returncode == 1 and "does not begin with" in done.stderr
    assert "POST" not in host.told.read_text()


def test_on_a_fresh_machine_the_page_is_all_that_comes_on_standard_output(tmp_path: Path) -> None:
    for name in ("Makefile", "requirements.txt"):
        shutil.copy(PROJECT / name, tmp_path)
    (tmp_path / "bin").mkdir()
    fresh = tmp_path / "bin" / "python3"
    fresh.write_text(
        """#!/bin/sh
case "$*" in *"-m venv "*)
  echo "python3 talks"
  for each in pip python; do
    mkdir -p "$3/bin"; printf '#!/bin/sh\\necho "%s of $*"\\n' "$each" >"$3/bin/$each"; chmod +x "$3/bin/$each"
  done;;
esac
"""
    )
    fresh.chmod(0o755)
    env = {**os.environ, "PATH": f"{fresh.parent}:{os.environ['PATH']}"}
    words = ["make", "--silent", "preview", "STACK=prod", "SUMMARY=1", "OFFLINE=1"]
    done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "python of -m summary --offline --stack prod\n"
    assert "preparing .venv" in done.stderr and "pip of install" in done.stderr


def test_a_fork_gets_an_offline_preview_and_a_failed_one_is_still_told(tmp_path: Path) -> None:
    host = Host(tmp_path, 'echo "page of $*"; exit 3')
    assert host.run(".ci/preview", "prod", "summary.md", ONLINE="").returncode == 3
    assert "OFFLINE=1" in (tmp_path / "summary.md").read_text()
    host.run(".ci/preview", "prod", "summary.md", ONLINE="1")
    assert "OFFLINE=\n" in (tmp_path / "summary.md").read_text()


def test_pipelines_elsewhere_show_a_failed_preview_too(tmp_path: Path) -> None:
    """GitLab runs a script's lines as one under `set -eo pipefail`, Jenkins under `sh -xe`."""
    examples = PROJECT / "examples/pipelines"
    gitlab = yaml.safe_load((examples / "gitlab-ci.yml").read_text())["preview"]["script"]
    (jenkins,) = re.findall(r"steps \{ sh '(.*\.ci/preview.*)' \}", (examples / "Jenkinsfile").read_text())
    for number, words in enumerate(
        (("bash", "-eo", "pipefail", "-c", "\n".join(gitlab)), ("sh", "-xec", jenkins))
    ):
        for code in (0, 3):
            (folder := tmp_path / f"{number}-{code}").mkdir()
            done = Host(folder, f'echo "the page"; exit {code}').run(*words)
            assert (done.returncode, done.stdout) == (code, "the page\n"), words


@pytest.mark.parametrize(
    ("status", "open_issue", "told"),
    [(1, "", "issue create"), (1, "5", "issue edit 5"), (0, "5", "issue close 5"), (0, "", None)],
)
def test_drift_is_one_issue_that_opens_and_closes(
    status: int, open_issue: str, told: str | None, tmp_path: Path
) -> None:
    host = Host(tmp_path, f"echo lab/web1 differs; exit {status}")
    host.answer.write_text(open_issue)
    done = host.run(".ci/drift", "us/shop", "prod", SSH_KEY="")
    assert done.returncode == status, done.stderr
    said = host.told.read_text()
    assert told in said if told else said.count("\n") == 1


def test_a_key_is_in_an_agent_of_its_own_and_nowhere_else(tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "key"], check=True)
    host = Host(tmp_path, 'ssh-add -l; echo "left: ${SSH_KEY-none}"')
    done = host.run(".ci/up", "prod", SSH_KEY=(tmp_path / "key").read_text())
    assert "ED25519" in done.stdout and "left: none" in done.stdout, done.stderr
