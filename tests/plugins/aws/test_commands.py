"""Commands to machines that do not exist are not run, and say so."""

import asyncio
import json
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from plugins.aws import nowhere
from plugins.aws.commands import Commands
from plugins.aws.record import Record
from plugins.command.schema import COPY_TO_REMOTE, LOCAL_COMMAND, REMOTE_COMMAND
from plugins.provider import ProviderError
from plugins.values import Asset, Values

NOBODY = {"host": nowhere.address(), "user": "deploy"}


def bundle(path: Path, release: str = "0123456789ab") -> Path:
    manifest = {
        "service": "greeter",
        "release": release,
        "version": "v1",
        "architecture": "arm64",
        "binary": {"sha256": "abc"},
    }
    content = json.dumps(manifest).encode()
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo("manifest.json")
        entry.size = len(content)
        archive.addfile(entry, BytesIO(content))
    return path


def copy_of(path: Path) -> Values:
    return {"connection": NOBODY, "source": Asset.of("path", str(path)), "remotePath": "x"}


def run(commands: Commands, type: str, inputs: Values) -> Values:
    said: list[str] = []
    return {
        **asyncio.run(commands.create(type, inputs, lambda line, _: said.append(line))),
        "said": said,
    }


def test_a_command_to_nowhere_is_not_run_and_says_so(tmp_path: Path) -> None:
    commands = Commands(Record(tmp_path / "cloud.json"))
    done = run(commands, REMOTE_COMMAND, {"connection": NOBODY, "create": "reboot"})
    assert done["stdout"] == ""
    assert "nothing was run" in done["said"][0]
    asyncio.run(commands.delete(REMOTE_COMMAND, "id", {"connection": NOBODY, "delete": "x"}, {}, print))
    assert commands.skipped[NOBODY["host"]] == 2


def test_after_a_copy_it_reports_the_release_in_the_bundle_marked_as_pretended(tmp_path: Path) -> None:
    commands = Commands(Record(tmp_path / "cloud.json"))
    run(commands, COPY_TO_REMOTE, copy_of(bundle(tmp_path / "a.tar.gz")))
    done = run(commands, REMOTE_COMMAND, {"connection": NOBODY, "create": "apply"})
    report = json.loads(done["stdout"])
    assert report["host"] == "pretended"
    assert (report["release"], report["architecture"], report["sha256"]) == ("0123456789ab", "arm64", "abc")


def test_a_copy_of_an_earlier_run_is_known_and_a_newer_one_takes_its_place(tmp_path: Path) -> None:
    commands = Commands(Record(tmp_path / "cloud.json"))
    run(commands, COPY_TO_REMOTE, copy_of(bundle(tmp_path / "a.tar.gz", "old")))
    commands = Commands(Record(tmp_path / "cloud.json"))
    command = {"connection": NOBODY, "create": "apply"}
    assert json.loads(run(commands, REMOTE_COMMAND, command)["stdout"])["release"] == "old"
    new = copy_of(bundle(tmp_path / "b.tar.gz", "new"))
    asyncio.run(commands.update(COPY_TO_REMOTE, copy_of(tmp_path / "a.tar.gz"), {}, new, print))
    assert json.loads(run(commands, REMOTE_COMMAND, command)["stdout"])["release"] == "new"


def test_a_bundle_that_is_gone_is_named(tmp_path: Path) -> None:
    commands = Commands(Record(tmp_path / "cloud.json"))
    run(commands, COPY_TO_REMOTE, copy_of(tmp_path / "gone.tar.gz"))
    with pytest.raises(ProviderError, match=r"gone\.tar\.gz of a pretended host cannot be read"):
        run(commands, REMOTE_COMMAND, {"connection": NOBODY, "create": "apply"})


def test_a_command_on_this_machine_is_run(tmp_path: Path) -> None:
    commands = Commands(Record(tmp_path / "cloud.json"))
    assert run(commands, LOCAL_COMMAND, {"create": "echo key"})["stdout"] == "key"


def test_no_image_is_pushed_and_other_commands_of_this_machine_are_run(tmp_path: Path) -> None:
    commands = Commands(Record(tmp_path / "cloud.json"))
    said: list[str] = []
    push: Values = {"create": f"touch {tmp_path}/pushed; python -m oci push folder registry tag"}
    asyncio.run(commands.create(LOCAL_COMMAND, push, lambda line, stream: said.append(line)))
    assert not (tmp_path / "pushed").exists() and "nothing was pushed" in said[0]
    other: Values = {"create": f"touch {tmp_path}/other", "dir": str(tmp_path)}
    asyncio.run(commands.create(LOCAL_COMMAND, other, lambda line, stream: None))
    assert (tmp_path / "other").exists()


def test_a_machine_that_exists_is_really_dialled(tmp_path: Path) -> None:
    commands = Commands(Record(tmp_path / "cloud.json"))
    here = {**NOBODY, "host": "127.0.0.1", "port": 1, "dialErrorLimit": 1}
    with pytest.raises(ProviderError, match="connection refused"):
        run(commands, REMOTE_COMMAND, {"connection": here, "create": "true"})
    with pytest.raises(ProviderError, match="connection refused"):
        run(commands, COPY_TO_REMOTE, {**copy_of(bundle(tmp_path / "a.tar.gz")), "connection": here})
