"""The state file and the vault: what is written, what never is, and what survives."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rehearsal import state as states
from rehearsal import urn as urns
from rehearsal import values
from rehearsal.state import Resource, State, StateError
from rehearsal.values import UNKNOWN, Asset, Secret
from rehearsal.vault import Vault, has_placeholder

SALT = "00" * 16
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.text(max_size=4), VALUES | VALUES.map(Secret)))
def test_values_survive_the_way_to_the_program_and_back(properties: dict) -> None:
    assert values.from_struct(values.to_struct(properties)) == properties


def test_an_unknown_and_an_asset_survive_the_way_too(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("content")
    properties = {
        "u": UNKNOWN,
        "f": Asset.of("path", str(file)),
        "d": Asset.of("path", str(tmp_path), archive=True),
    }
    back = values.from_struct(values.to_struct(properties))
    assert back["u"] is UNKNOWN
    assert back["f"] == properties["f"]
    before = back["d"]
    file.write_text("changed")
    assert Asset.of("path", str(tmp_path), archive=True) != before, "a directory's content is its identity"


def test_what_was_saved_is_what_is_loaded(tmp_path: Path) -> None:
    vault = Vault(SALT)
    inputs = vault.conceal(
        {"plain": [1, {"x": None}], "key": Secret("hidden"), "file": Asset.of("text", "hello")}
    )
    path = tmp_path / "dev.json"
    state = State(stack="dev", project="trial", path=path, salt=SALT)
    state.put(Resource(urn=urns.create("dev", "trial", "a:b:C", "x"), custom=True, inputs=inputs))
    state.save()
    assert states.load(path, "dev", "trial").resources == state.resources
    assert "hidden" not in path.read_text()


@pytest.mark.parametrize("value", [Secret("x"), UNKNOWN])
def test_a_secret_or_an_unknown_is_never_written(tmp_path: Path, value: object) -> None:
    path = tmp_path / "dev.json"
    state = State(stack="dev", project="trial", path=path)
    state.put(Resource(urn=urns.create("dev", "trial", "a:b:C", "x"), custom=True, inputs={"v": value}))
    with pytest.raises(TypeError):
        state.save()
    assert not path.exists()


def test_a_write_that_fails_leaves_the_old_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "dev.json"
    state = State(stack="dev", project="trial", path=path)
    state.save()
    before = path.read_text()

    def broken(_: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(states.os, "fsync", broken)
    state.put(Resource(urn=urns.create("dev", "trial", "a:b:C", "x"), custom=True))
    with pytest.raises(OSError, match="disk full"):
        state.save()
    assert path.read_text() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["dev.json"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "cannot be read"),
        (json.dumps({"format": 99}), "has format 99"),
        (json.dumps({"format": 1, "project": "other"}), "belongs to the project other"),
    ],
)
def test_a_state_that_cannot_be_used_is_refused_with_the_reason(
    tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "dev.json"
    path.write_text(text)
    with pytest.raises(StateError, match=words):
        states.load(path, "dev", "trial")


def test_only_the_named_leaves_of_a_secret_stay_readable() -> None:
    connection = Secret(
        {"host": "10.0.0.1", "privateKey": "KEY", "proxy": {"host": "gate", "password": "PW"}}
    )
    kept = Vault(SALT).conceal({"connection": connection}, {"connection.host", "connection.proxy.host"})[
        "connection"
    ]
    assert kept["host"] == "10.0.0.1"
    assert kept["proxy"]["host"] == "gate"
    assert "KEY" not in repr(kept)
    assert "PW" not in repr(kept)


def test_a_secret_is_found_again_by_digest_and_only_by_a_run_that_saw_it() -> None:
    first, second = Vault(SALT), Vault(SALT)
    digests = first.conceal({"key": Secret("hidden")})
    assert has_placeholder(second.reveal(digests))
    assert second.conceal(second.reveal(digests)) == digests, "a placeholder stands for its digest"
    second.conceal({"elsewhere": Secret("hidden")})
    assert second.reveal(digests) == {"key": Secret("hidden")}


def test_the_same_secret_has_another_digest_in_another_stack() -> None:
    assert Vault(SALT).digest("hidden") != Vault("11" * 16).digest("hidden")


def test_each_line_of_a_secret_is_masked_longest_first() -> None:
    vault = Vault(SALT)
    vault.learn("abc")
    vault.learn("-----BEGIN-----\nabcdef\n-----END-----\n")
    assert vault.mask("x abcdef y abc z") == "x [secret] y [secret] z"
