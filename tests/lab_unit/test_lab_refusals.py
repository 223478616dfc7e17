"""What the lab refuses, and what it says then."""

import os
import sys
from pathlib import Path

import pytest

from lab import prerequisites
from lab.__main__ import main
from lab.architecture import Architecture, native
from lab.errors import LabError
from lab.place import Place
from lab.progress import Progress

FOREIGN = native().foreign


def test_who_is_not_root_is_told_so_and_nothing_is_made(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for command in ("up", "down"):
        assert main([command, "--name", "norooot"]) == 1
        assert "needs root" in capsys.readouterr().err
    assert not Place(name="norooot").directory.exists()


def test_another_system_than_linux_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(LabError, match="needs Linux; this machine runs 'darwin'"):
        prerequisites.refuse_unsuitable()


def test_missing_programs_are_named_one_by_one_with_the_command_that_brings_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", os.environ["PATH"])
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(prerequisites, "refuse_unsuitable", lambda: None)
    monkeypatch.setattr(prerequisites, "allow_many_watchers", lambda _: None)
    monkeypatch.setattr(prerequisites.shutil, "which", lambda *_, **__: None)
    with pytest.raises(LabError) as refusal:
        prerequisites.ensure(set(Architecture), Progress(quiet=True))
    message = str(refusal.value)
    for program in (
        "systemd-nspawn (package systemd-container)",
        FOREIGN.traits.emulator,
        "mke2fs",
        "mmdebstrap",
    ):
        assert program in message
    assert "; install them with: apt-get install " in message
    assert "e2fsprogs" in message.rsplit("apt-get install", 1)[1]


def test_a_limit_that_many_hosts_would_exceed_is_raised_once_and_a_greater_one_stays(tmp_path: Path) -> None:
    limit = tmp_path / "max_user_instances"
    limit.write_text("128\n")
    prerequisites.allow_many_watchers(Progress(quiet=True), limit)
    assert int(limit.read_text()) == 1024
    limit.write_text("65536\n")
    prerequisites.allow_many_watchers(Progress(quiet=True), limit)
    assert int(limit.read_text()) == 65536


def test_a_limit_that_cannot_be_raised_is_named_with_the_command_that_would(tmp_path: Path) -> None:
    class Forbidden(type(tmp_path)):
        def write_text(self, *_: object, **__: object) -> int:
            raise OSError(30, "Read-only file system")

    limit = Forbidden(tmp_path / "max_user_instances")
    (tmp_path / "max_user_instances").write_bytes(b"128\n")
    with pytest.raises(
        LabError, match=r"is 128.*Read-only file system.*sysctl fs\.inotify\.max_user_instances=1024"
    ):
        prerequisites.allow_many_watchers(Progress(quiet=True), limit)


def test_a_native_lab_does_not_ask_for_an_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prerequisites.shutil, "which", lambda *_, **__: None)
    assert FOREIGN.traits.emulator not in prerequisites.missing_programs({native()})
    assert FOREIGN.traits.emulator in prerequisites.missing_programs({FOREIGN})


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["up", "--subnet", "8.8.8.0/24"], 1, "private range"),
        (["up", "--name", "Bad_Name"], 1, "lower-case letters"),
        (["shell", "--name", "nolab", "web1"], 1, "it is down"),
        (["status", "--name", "nolab"], 3, "not up"),
    ],
)
def test_a_command_that_cannot_be_ends_with_its_status_and_one_sentence(
    arguments: list[str], status: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == status
    output = capsys.readouterr()
    assert words in output.out + output.err


def test_help_and_unknown_commands_end_as_usual(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "LAB=native" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main(["explode"])
    assert ended.value.code == 2
