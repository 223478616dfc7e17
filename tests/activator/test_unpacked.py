"""What Python compiles of the activator is kept for its next run, and nothing depends on that."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from activator import unpacked
from components.bundle import zipapp

IMPORT = """
import sys
sys.path.insert(0, sys.argv[1])
import activator
from activator import unpacked
activator.__path__[:0] = unpacked.folders(sys.argv[1], sys.argv[2])
import activator.cli
print(activator.cli.__file__)
"""


@pytest.fixture(autouse=True)
def root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)


@pytest.fixture
def archive(tmp_path: Path) -> str:
    path = tmp_path / "activator.pyz"
    path.write_bytes(zipapp())
    return str(path)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "run" / "slipway"


def imported(archive: str, place: Path) -> str:
    """Where the activator's modules came from, in a Python of its own."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-I", "-c", IMPORT, archive, str(place)]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout.strip()


@pytest.mark.skipif(os.geteuid() != 0, reason="nothing is kept of a run that is not root's")
def test_what_is_compiled_is_kept(archive: str, place: Path) -> None:
    first = Path(imported(archive, place))
    (kept,) = (first.parent / "__pycache__").glob("cli.*.pyc")
    written = kept.stat().st_mtime_ns
    assert Path(imported(archive, place)) == first
    assert kept.stat().st_mtime_ns == written
    assert place in first.parents


def test_another_activator_is_another_folder_and_those_of_long_ago_go(archive: str, place: Path) -> None:
    (first,) = unpacked.folders(archive, str(place))
    (place / "part-of-a-run-that-was-killed").mkdir()
    long_ago = time.time() - unpacked.DAY - 1
    os.utime(place / "part-of-a-run-that-was-killed", (long_ago, long_ago))
    with Path(archive).open("ab") as stream:
        stream.write(b"# another\n")
    (second,) = unpacked.folders(archive, str(place))
    assert first != second
    assert sorted(place.iterdir()) == sorted(Path(folder).parent for folder in (first, second))


def test_nothing_is_needed_for_a_run(archive: str, place: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    assert unpacked.folders(archive, str(tmp_path / "file")) == []
    assert imported(archive, tmp_path / "file" / "below") == f"{archive}/activator/cli.py"
    assert unpacked.folders("", str(place)) == []  # `python -m activator` is no archive
    assert not place.exists()


def test_of_somebody_else_than_root_nothing_is_kept(
    archive: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert unpacked.folders(archive, str(place)) == []


def test_what_two_unpack_at_once_is_there_once(
    archive: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other run had it between the question and the answer: this one imports from its archive."""
    (folder,) = unpacked.folders(archive, str(place))
    monkeypatch.setattr(os.path, "isdir", lambda path: False)
    assert unpacked.folders(archive, str(place)) == []
    assert [str(each / "activator") for each in place.iterdir()] == [folder]


def test_a_directory_that_others_may_write_to_is_not_imported_from(archive: str, place: Path) -> None:
    place.mkdir(parents=True)
    place.chmod(0o777)
    assert unpacked.folders(archive, str(place)) == []
    place.chmod(0o755)
    assert unpacked.folders(archive, str(place))


def test_what_is_not_its_own_stays_however_old(archive: str, place: Path) -> None:
    (place / "of-another-program").mkdir(parents=True)
    os.utime(place / "of-another-program", (0, 0))
    assert unpacked.folders(archive, str(place))
    assert (place / "of-another-program").exists()
