"""What is refused before anything runs, what a change means, and that SSH is not even imported without need."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from plugins.command import CommandProvider
from plugins.provider import ProviderError
from plugins.values import UNKNOWN, Asset

REMOTE = "command:remote:Command"
COPY = "command:remote:CopyToRemote"


def refused(type: str, inputs: dict[str, Any]) -> dict[str, str]:
    return {each.property: each.reason for each in asyncio.run(CommandProvider().check(type, inputs))}


def test_good_inputs_and_unknown_ones_are_accepted() -> None:
    connection = {"host": UNKNOWN, "port": 22, "proxy": {"host": "bastion"}, "hostKey": None}
    inputs = {"connection": connection, "create": UNKNOWN, "environment": {"A": UNKNOWN}, "triggers": [1, {}]}
    assert refused(REMOTE, inputs) == {}
    assert refused(REMOTE, {"connection": UNKNOWN}) == {}


@pytest.mark.parametrize(
    ("type", "inputs", "property", "reason"),
    [
        (REMOTE, {"connection": {"host": "a"}, "creat": "x"}, "creat", "no such property; allowed are"),
        (REMOTE, {"create": "x"}, "connection", "required and missing"),
        (REMOTE, {"connection": {}}, "connection.host", "required and missing"),
        (REMOTE, {"connection": {"host": "a", "prot": 1}}, "connection.prot", "no such property"),
        (
            REMOTE,
            {"connection": {"host": "a", "port": "22"}},
            "connection.port",
            "must be an integer, not str",
        ),
        (REMOTE, {"connection": {"host": "a", "proxy": {}}}, "connection.proxy.host", "required and missing"),
        (
            REMOTE,
            {"connection": {"host": "a", "proxy": {"host": "b", "proxy": {}}}},
            "connection.proxy.proxy",
            "no such property",
        ),
        (
            REMOTE,
            {"connection": {"host": "a"}, "logging": "all"},
            "logging",
            "stdoutAndStderr, none, not 'all'",
        ),
        (REMOTE, {"connection": {"host": "a"}, "environment": {"A": 1}}, "environment", "strings to strings"),
        (COPY, {"connection": {"host": "a"}, "remotePath": "b"}, "source", "required and missing"),
        ("command:remote:CopyFile", {}, "", "no resource of this plugin"),
    ],
)
def test_unknown_missing_and_mistyped_properties_are_named(
    type: str, inputs: dict[str, Any], property: str, reason: str
) -> None:
    found = refused(type, inputs)
    assert reason in found[property]
    assert len(found) == 1


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (UNKNOWN, "either asset or archive must be set"),
        (Asset.of("uri", "https://example.org/x"), "not an address"),
        (Asset.of("path", "/no/such/file"), "no file or directory /no/such/file"),
        ("text", "must be a FileAsset"),
    ],
)
def test_a_source_that_cannot_be_copied_is_refused_also_when_preview_does_not_know_it(
    source: Any, reason: str
) -> None:
    assert (
        reason in refused(COPY, {"connection": {"host": "a"}, "source": source, "remotePath": "b"})["source"]
    )


@pytest.mark.parametrize("triggers", [None, [], [2], [1, 2], [{"a": 1}]])
def test_changed_triggers_replace_even_when_update_is_set(triggers: list[Any] | None) -> None:
    old = {"create": "a", "update": "b", "triggers": [1]}
    new = {key: value for key, value in {**old, "triggers": triggers}.items() if value is not None}
    for type in (REMOTE, COPY, "command:local:Command"):
        assert CommandProvider().diff(type, old, new).replace == ("triggers",)


@pytest.mark.parametrize(
    "name", ["create", "update", "delete", "stdin", "connection", "logging", "environment"]
)
def test_any_other_change_updates_in_place(name: str) -> None:
    diff = CommandProvider().diff(REMOTE, {"triggers": [1], name: "old"}, {"triggers": [1], name: "new"})
    assert diff.changed == (name,)
    assert diff.replace == ()


def test_equal_values_and_absent_instead_of_null_are_no_change() -> None:
    diff = CommandProvider().diff(
        REMOTE, {"connection": {"host": "a"}, "stdin": None}, {"connection": {"host": "a"}, "update": None}
    )
    assert diff.changed == ()


def test_the_same_content_at_another_path_or_as_text_is_no_change_and_other_content_is(
    tmp_path: Path,
) -> None:
    for name, text in (("one", "same"), ("two", "same"), ("three", "other")):
        (tmp_path / name).write_text(text)
    old, moved, changed = (
        {"source": Asset.of("path", str(tmp_path / name)), "remotePath": "x"}
        for name in ("one", "two", "three")
    )
    provider = CommandProvider()
    assert provider.diff(COPY, old, moved).changed == ()
    assert provider.diff(COPY, old, {"source": Asset.of("text", "same"), "remotePath": "x"}).changed == ()
    assert provider.diff(COPY, old, changed).changed == ("source",)


def test_copied_files_are_never_deleted_and_commands_only_with_a_delete() -> None:
    async def delete(type: str, inputs: dict[str, Any]) -> None:
        await CommandProvider().delete(type, "id", inputs, {}, print)

    nobody = {"host": "127.0.0.1", "port": 1, "dialErrorLimit": 0}
    asyncio.run(delete(COPY, {"connection": nobody, "remotePath": "x"}))
    asyncio.run(delete(REMOTE, {"connection": nobody, "create": "x"}))
    with pytest.raises(ProviderError, match="cannot reach"):
        asyncio.run(delete(REMOTE, {"connection": nobody, "delete": ""}))


def test_ssh_is_not_imported_before_a_remote_operation_runs() -> None:
    code = (
        "import asyncio, sys; from plugins.command import CommandProvider as P; p = P();"
        "asyncio.run(p.check('command:remote:Command', {'connection': {'host': 'a'}}));"
        "p.diff('command:remote:Command', {}, {'create': 'x'});"
        "asyncio.run(p.create('command:local:Command', {'create': 'true'}, print));"
        "sys.exit('asyncssh' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
