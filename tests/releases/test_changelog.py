"""Which two versions a changelog is between, from what the hosts' ledgers say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from model.refusal import Refusal
from model.service import Service
from releases.changelog import changelog
from tests.gobuild.go_services import commit, git


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """With a service of three tagged versions."""
    (tmp_path / "shop").mkdir()
    git(tmp_path, "init", "--quiet")
    for number in (1, 2, 3):
        (tmp_path / "shop" / "main.go").write_text(f"// {number}")
        commit(tmp_path, f"feat: part {number}")
        git(tmp_path, "tag", f"v{number}")
    return tmp_path


def shop(**changes: Any) -> Service:
    given = {"name": "shop", "source": "shop", "arguments": ("{port}",)} | changes
    return Service.model_validate({key: value for key, value in given.items() if value is not None})


def event(day: int, version: str, *, release: str = "0" * 12, host: str = "eu/web1", **more: Any) -> dict:
    facts = {"what": "applied", "version": version, "release": release, "host": host, "who": "slipway/prod"}
    return {"when": f"2026-01-{day:02}T10:00:00Z", **facts, **more}


LEDGER = [
    event(5, "v3", host="eu/web2"),
    event(4, "v3"),
    event(3, "v2", what="reverted"),
    event(2, "v1", release="abcdefabcdef", host="eu/web2"),
    event(1, "v1"),
]
"""v2 went back, so v3 came after v1."""


def test_the_last_release_against_the_one_that_was_live_before(project: Path) -> None:
    text = changelog(shop(), project, LEDGER, "", "")
    assert text.startswith("# shop v1 → v3\n\nReleased 2026-01-04T10:00:00Z by slipway/prod, on 2 hosts.")
    assert "part 3" in text and "part 2" in text and "part 1" not in text


def test_a_rollback_says_what_is_gone(project: Path) -> None:
    text = changelog(shop(), project, [event(6, "v1"), *LEDGER], "", "")
    assert text.startswith("# shop v3 → v1") and "Not in v1 any more:" in text


def test_releases_and_versions_can_be_named(project: Path) -> None:
    assert changelog(shop(), project, LEDGER, "abcdefabcdef", "v2").startswith("# shop v1 → v2")
    assert changelog(shop(), project, [], "v2", "v3").startswith("# shop v2 → v3")


@pytest.mark.parametrize(
    ("events", "before", "words"),
    [
        ([], "", "no host has a release in its ledger"),
        ([event(1, "v1")], "", "no release before v1"),
        ([event(1, "v1")], "v7", "v7 is not in the repository"),
    ],
)
def test_what_nobody_knows_is_refused(project: Path, events: list[dict], before: str, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        changelog(shop(), project, events, before, "")


def test_a_published_module_has_no_commits_here(project: Path) -> None:
    with pytest.raises(Refusal, match="published module"):
        changelog(shop(source=None, module="example.com/shop", version="v1.0.0"), project, LEDGER, "", "")
