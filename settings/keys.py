"""The keys that a stack's logins name: there, readable, and let in by the machines that are made."""

from pathlib import Path

from logins import private_key
from model.login import Login
from model.refusal import Refusal
from model.setting import public_key
from settings.fields import NAMESPACE, Settings


def refuse(settings: Settings, project: Path, *, keyless: bool) -> None:
    """Raises Refusal. With `keyless` private keys may be elsewhere: nobody logs in."""
    missing = settings.missing_keys(project)
    for place, login in settings.logins.items():
        key, path = login.private_key_file, login.key_path(project)
        if place in missing and not keyless:
            raise Refusal(
                [
                    f"{NAMESPACE}:{place}.login.privateKeyFile is {key}, but there is no file {path}; "
                    f"name a private key, or make this one with `ssh-keygen -t ed25519 -f {path}`."
                ]
            )
        if path and place not in missing and (wrong := private_key.fault(path)):
            raise Refusal([f"{NAMESPACE}:{place}.login.privateKeyFile is {key}, which {wrong}."])
    for name, region in settings.cloud_regions.items():
        public_keys(name, region.login, project)
        # Who only looks may have another key.
        if not keyless and (wrong := _locked_out(name, region.login, project)):
            raise Refusal([wrong])


def public_keys(region: str, login: Login, project: Path) -> tuple[str, ...]:
    """The keys that machines let in. Raises Refusal where none is named or found."""
    if login.named_keys:
        return login.named_keys
    key = f"{NAMESPACE}:regions.{region}.login.publicKeys"
    private = login.key_path(project)
    if not private:
        raise Refusal(
            [
                f"{key} is not set, and privateKeyFile neither; machines must know whom to let in: set one of them."
            ]
        )
    path = private.with_name(f"{private.name}.pub")
    if not path.is_file():
        raise Refusal(
            [
                f"{key} is not set, and there is no file {path}; write that key, or the public half into that file."
            ]
        )
    try:
        return (public_key(path.read_text().strip()),)
    except ValueError as error:
        raise Refusal([f"{key} is not set, and {path} {error}"]) from None


def _locked_out(region: str, login: Login, project: Path) -> str | None:
    """What is wrong with a login that machines are told not to let in: it would lock itself out."""
    path = login.key_path(project)
    own = private_key.public(path) if path and path.is_file() else None
    if not own or not login.named_keys or own in login.named_keys:
        return None
    return (
        f"{NAMESPACE}:regions.{region}.login.privateKeyFile is {login.private_key_file}, whose public half is not among "
        f"publicKeys, so machines would not let it in: add {own} and have somebody whom they let in run `up`, or name "
        "one that is there."
    )
