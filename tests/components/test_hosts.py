"""Connections of a preview that has no private key keep the one that the state has."""

from pathlib import Path

import pulumi
import pulumi_command as command
import pytest

from components import hosts
from tests.components.recording import Recording, record

COMMAND = "command:remote:Command"


def recorded(missing: dict[str, Path]) -> Recording:
    def program() -> None:
        hosts.keep_keys(missing)
        command.remote.Command(
            "here", connection=command.remote.ConnectionArgs(host="10.0.0.1"), create="true"
        )
        command.local.Command("beside", create="true")

    return record(program)


def test_without_the_key_a_connection_shows_no_change() -> None:
    made = recorded({"eu": Path("no/key")})
    assert set(made.request(COMMAND, "here").ignoreChanges) == set(hosts.KEYS_OF_A_CONNECTION)
    assert not made.request("command:local:Command", "beside").ignoreChanges


def test_with_all_keys_every_change_of_a_connection_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        pulumi.runtime, "register_stack_transformation", lambda _: pytest.fail("nothing is kept")
    )
    hosts.keep_keys({})
