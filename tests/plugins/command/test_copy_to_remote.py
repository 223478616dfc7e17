"""Copies by SFTP, against a real server on loopback whose root is a directory of the test."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from plugins.command import CommandProvider
from plugins.provider import ProviderError
from plugins.values import Asset
from tests.plugins.command.ssh_server import SSHServer, ssh_server

COPY = "command:remote:CopyToRemote"


@pytest.fixture(autouse=True)
def no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    directory = tmp_path / "home"
    directory.mkdir()
    return directory


def ignore(line: str, stream: str) -> None:
    """A log for nobody."""


def serve(home: Path, use: Callable[[SSHServer], Awaitable[Any]]) -> Any:
    async def scenario() -> Any:
        async with ssh_server(home) as server:
            return await asyncio.wait_for(use(server), 120)

    return asyncio.run(scenario())


def copy(home: Path, source: Asset, remote: str, lines: list[str] | None = None) -> dict[str, Any]:
    async def use(server: SSHServer) -> Any:
        inputs = {"connection": server.connection(), "source": source, "remotePath": remote}
        seen: list[str] = [] if lines is None else lines
        return await CommandProvider().create(COPY, inputs, lambda line, stream: seen.append(line))

    return serve(home, use)


def update(home: Path, old: dict[str, Any], new: dict[str, Any]) -> int:
    """The number of logins that an update made."""

    async def use(server: SSHServer) -> int:
        connection = server.connection()
        await CommandProvider().update(
            COPY, {"connection": connection, **old}, {}, {"connection": connection, **new}, ignore
        )
        return len(server.logins)

    return serve(home, use)


def test_a_file_is_copied_and_its_parents_are_made_below_the_login_directory(
    home: Path, tmp_path: Path
) -> None:
    (tmp_path / "tool").write_bytes(b"\x00\xff" * 100_000)
    outputs = copy(home, Asset.of("path", str(tmp_path / "tool")), "a/b/tool")
    assert (home / "a/b/tool").read_bytes() == b"\x00\xff" * 100_000
    assert outputs["remotePath"] == "a/b/tool"
    assert outputs["id"]


def test_a_text_is_copied_and_a_directory_in_its_place_refused(home: Path) -> None:
    copy(home, Asset.of("text", "grüße\n"), "new/text")
    assert (home / "new/text").read_text() == "grüße\n"
    with pytest.raises(ProviderError, match="remote path new is a directory"):
        copy(home, Asset.of("text", "x"), "new")


def test_the_mode_is_not_copied(home: Path, tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    copy(home, Asset.of("path", str(tool)), "tool")
    assert (home / "tool").stat().st_mode & 0o111 == 0


def test_it_writes_in_place_and_leaves_no_longer_tail(home: Path) -> None:
    target = home / "file"
    target.write_text("something longer")
    inode = target.stat().st_ino
    copy(home, Asset.of("text", "short"), "file")
    assert target.read_text() == "short"
    assert target.stat().st_ino == inode


def test_a_file_goes_into_an_existing_directory_under_its_own_name(home: Path, tmp_path: Path) -> None:
    (home / "bin").mkdir()
    (tmp_path / "tool").write_text("x")
    copy(home, Asset.of("path", str(tmp_path / "tool")), "bin")
    assert (home / "bin/tool").read_text() == "x"


@pytest.mark.parametrize(("slash", "expected"), [("", "to/tree/sub/leaf"), ("/", "to/sub/leaf")])
def test_a_directory_is_copied_with_its_name_or_with_a_slash_without(
    home: Path, tmp_path: Path, slash: str, expected: str
) -> None:
    (tmp_path / "tree/sub").mkdir(parents=True)
    (tmp_path / "tree/sub/leaf").write_text("x")
    (tmp_path / "tree/empty").mkdir()
    copy(home, Asset.of("path", f"{tmp_path}/tree{slash}", archive=True), "to")
    assert (home / expected).read_text() == "x"
    assert (home / expected).parent.parent.joinpath("empty").is_dir()


def test_a_directory_onto_a_file_is_refused(home: Path, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/leaf").write_text("x")
    (home / "to").write_text("a file")
    with pytest.raises(ProviderError):
        copy(home, Asset.of("path", str(tmp_path / "tree"), archive=True), "to")
    assert (home / "to").read_text() == "a file"


def test_what_the_host_refuses_is_an_error_that_names_path_and_host(home: Path) -> None:
    (home / "file").write_text("x")
    with pytest.raises(ProviderError, match=r"copying to file/below on deploy@127\.0\.0\.1:\d+: "):
        copy(home, Asset.of("text", "x"), "file/below")


def test_an_update_copies_when_content_or_remote_path_changed(home: Path) -> None:
    one, two = Asset.of("text", "one"), Asset.of("text", "two")
    assert update(home, {"source": one, "remotePath": "a"}, {"source": two, "remotePath": "a"}) > 0
    assert (home / "a").read_text() == "two"
    assert update(home, {"source": one, "remotePath": "a"}, {"source": one, "remotePath": "b"}) > 0
    assert (home / "b").read_text() == "one"
    assert (home / "a").exists(), "the file at the old path stays"


def test_an_update_with_another_host_alone_copies_nothing(home: Path) -> None:
    same = {"source": Asset.of("text", "x"), "remotePath": "a"}
    assert update(home, {**same, "connection": {"host": "old"}}, same) == 0
    assert not (home / "a").exists()


def test_a_large_file_shows_its_progress(home: Path, tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"x" * 5_000_000)
    lines: list[str] = []
    copy(home, Asset.of("path", str(tmp_path / "big")), "big", lines)
    assert lines[-1] == "big: 5,000,000 of 5,000,000 bytes"
    assert 1 <= len(lines) <= 4
    assert (home / "big").stat().st_size == 5_000_000
