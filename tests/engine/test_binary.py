"""Where the engine is had from, in which order, and what is refused. The `pulumi` on PATH here is a stand-in."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine import binary
from engine.refusal import Refused
from lab import cache
from lab.progress import Progress

QUIET = Progress(quiet=True)


@pytest.fixture(autouse=True)
def nothing_cached(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")


def on_path(tmp_path: Path, says: str, status: int = 0) -> Path:
    """A `pulumi` that tells this version, and notes each time that it is asked."""
    program = tmp_path / "bin" / "pulumi"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\necho asked >> {tmp_path}/asked\necho {says}\nexit {status}\n")
    program.chmod(0o755)
    return program


def test_the_one_on_path_is_taken_and_asked_for_its_version_once(tmp_path: Path) -> None:
    program = on_path(tmp_path, "v3.999.0")
    assert binary.ensure(QUIET) == program
    assert binary.describe(program) == f"Pulumi v3.999.0 ({program})"
    assert binary.ensure(QUIET) == program
    assert (tmp_path / "asked").read_text() == "asked\n"


def test_an_old_one_on_path_is_refused_with_the_version_that_is_needed(tmp_path: Path) -> None:
    program = on_path(tmp_path, "v3.9.1")
    with pytest.raises(Refused, match=rf"{program} is v3\.9\.1, but v3\.\d+\.\d+ or newer is needed") as told:
        binary.ensure(QUIET)
    assert "update it, or take it off PATH" in str(told.value)


def test_another_version_at_the_same_place_is_asked_anew(tmp_path: Path) -> None:
    on_path(tmp_path, "v3.9.1")
    with pytest.raises(Refused):
        binary.ensure(QUIET)
    program = on_path(tmp_path, "v3.999.10")
    assert binary.ensure(QUIET) == program


def test_one_that_does_not_tell_its_version_is_refused(tmp_path: Path) -> None:
    on_path(tmp_path, "nothing", status=1)
    with pytest.raises(Refused, match="does not tell its version"):
        binary.ensure(QUIET)


def test_the_kept_one_comes_before_any_download(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        binary, "reachable", lambda site: pytest.fail("nothing is to be asked of the network")
    )
    kept = binary.cached() / binary._build_name() / "pulumi"
    kept.parent.mkdir(parents=True)
    kept.touch()
    assert binary.ensure(QUIET) == kept


def test_where_the_site_cannot_be_reached_it_is_built_and_the_reason_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(binary, "SITE", "http://127.0.0.1:9/")
    monkeypatch.setattr(binary, "_built", lambda progress: Path("/built"))
    assert binary.ensure(Progress()) == Path("/built")
    assert "http://127.0.0.1:9/ cannot be reached" in capsys.readouterr().err


def test_what_go_says_is_in_the_refusal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    tool.mkdir()
    for file in ("go.mod", "go.sum"):
        (tool / file).write_bytes((binary.TOOL / file).read_bytes())
    monkeypatch.setattr(binary, "TOOL", tool)
    monkeypatch.setattr(binary, "PACKAGE", "./nowhere")
    with pytest.raises(Refused, match="could not be built from its Go modules; put a `pulumi` on PATH"):
        binary._built(QUIET)
    assert not [path for path in binary.cached().iterdir() if path.suffix != ".lock"]


def test_two_that_ask_at_once_make_it_once_and_a_half_made_one_is_never_used(tmp_path: Path) -> None:
    (binary.cached() / "thing.partial").mkdir(parents=True)
    (binary.cached() / "thing.partial" / "half").touch()
    made, waits = [], threading.Event()

    def make(place: Path) -> None:
        made.append(place)
        # The second one comes while this is being made.
        second.start()
        assert waits.wait(60)
        (place / "whole").touch()

    second = threading.Thread(target=lambda: cache.made(binary.cached() / "thing", make, waits.set))
    place = cache.made(binary.cached() / "thing", make, lambda: None)
    second.join()
    assert len(made) == 1
    assert [path.name for path in place.iterdir()] == ["whole"]


def test_a_maker_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def make(place: Path) -> None:
        (place / "half").touch()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        cache.made(binary.cached() / "thing", make, lambda: None)
    assert [path.name for path in binary.cached().iterdir()] == ["thing.lock"]


def test_the_pinned_engine_is_one_that_the_sdk_accepts() -> None:
    from importlib.metadata import version

    assert binary._numbers(binary.pinned()) >= binary._numbers(version("pulumi"))


def test_memoised_versions_survive_a_damaged_file(tmp_path: Path) -> None:
    on_path(tmp_path, "v3.999.0")
    binary.ensure(QUIET)
    (binary.cached() / "versions.json").write_text("{")
    binary.ensure(QUIET)
    assert json.loads((binary.cached() / "versions.json").read_text())


def test_what_is_missing_is_told_in_one_line_without_a_traceback(tmp_path: Path) -> None:
    on_path(tmp_path, "v3.9.1")
    done = subprocess.run(
        [sys.executable, "-m", "engine", "get"],
        cwd=Path(__file__).parents[2],
        env={**os.environ},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: ") and "Traceback" not in done.stderr
