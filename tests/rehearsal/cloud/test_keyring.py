"""Secret outputs of a pretended stack survive the run, and no longer than the state needs them."""

from pathlib import Path

from rehearsal.cloud.keyring import Keyring
from rehearsal.state import Resource, State
from rehearsal.values import Digest, Secret
from rehearsal.vault import Vault


def state_with(secret: str | None) -> State:
    state = State(stack="prod", project="trial")
    if secret is not None:
        digest = Vault(state.salt).digest(secret)
        state.put(Resource(urn="urn:pulumi:prod::trial::a:b:C::key", custom=True, outputs={"stdout": digest}))
    return state


def revealed(vault: Vault, state: State) -> object:
    return vault.reveal(state.resources[0].outputs["stdout"])


def test_a_secret_that_was_kept_can_be_used_by_the_next_run(tmp_path: Path) -> None:
    state = state_with("a private key")
    Keyring(tmp_path / "x.keys").add("a private key")
    vault = Vault(state.salt)
    assert isinstance(state.resources[0].outputs["stdout"], Digest)
    Keyring(tmp_path / "x.keys").unlock(state, vault)
    assert revealed(vault, state) == Secret("a private key")


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    Keyring(tmp_path / "x.keys").add("a private key")
    assert (tmp_path / "x.keys").stat().st_mode & 0o777 == 0o600


def test_what_the_state_does_not_need_is_neither_masked_nor_kept(tmp_path: Path) -> None:
    state = state_with("a private key")
    keyring = Keyring(tmp_path / "x.keys")
    keyring.add("a private key")
    keyring.add("done")
    vault = Vault(state.salt)
    keyring.unlock(state, vault)
    assert vault.mask("done: a private key") == "done: [secret]"
    keyring.forget(state)
    assert "done" not in (tmp_path / "x.keys").read_text()
    assert "a private key" in (tmp_path / "x.keys").read_text()


def test_without_a_secret_in_the_state_there_is_no_file(tmp_path: Path) -> None:
    keyring = Keyring(tmp_path / "x.keys")
    keyring.add("a private key")
    keyring.forget(state_with(None))
    assert not (tmp_path / "x.keys").exists()
