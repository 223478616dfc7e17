"""A stack's files as a rehearsal uses them: a copy, in a folder that also holds the rehearsal's own state and Pulumi home."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from engine.process import Pulumi
from engine.stacks import KEPT, PROJECT, Stack, named

PASSPHRASE = "rehearsal"
"""Encrypts keys of hosts on this machine; nothing in a rehearsal's state is worth more."""
SECRET = "pretended"
"""What each of the user's secrets is in a rehearsal, since only who knows the stack's passphrase could tell. Likewise each output
of another stack: a rehearsal has a state of its own, in which there is no other stack."""


def rehearsed(name: str, directory: Path | None = None) -> Stack:
    """The stack `name` in the folder `directory`, by default the one that later runs find again. Raises Refused."""
    named(name)
    directory = directory or KEPT / "rehearsal" / name
    state = directory / "state"
    state.mkdir(parents=True, exist_ok=True)
    return Stack(
        name=name,
        directory=directory,
        state=state,
        passphrase=PASSPHRASE,
        asks=False,
        variables={"PULUMI_HOME": str(directory / "home")},
    )


def write(stack: Stack, program: Path) -> None:
    """Copies the project's files for the stack, so that the rehearsal neither reads a secret nor changes the user's files."""
    (stack.directory / "Pulumi.yaml").write_text((PROJECT / "Pulumi.yaml").read_text())
    file = stack.directory / f"Pulumi.{stack.name}.yaml"
    content = yaml.safe_load((PROJECT / file.name).read_text()) or {}
    config = content.get("config") or {}
    secrets = [path for path in _take_secrets(config, "") if not path.startswith("slipway:notify")]
    _give_keys(config, stack.directory)
    _tell_outputs(config)
    config.pop("slipway:notify", None)  # a rehearsal is nobody's news
    salt = (yaml.safe_load(file.read_text()) or {}).get("encryptionsalt") if file.exists() else None
    file.write_text(
        yaml.safe_dump({"config": config, **({"encryptionsalt": salt} if salt else {})}, sort_keys=False)
    )
    if told := stack.recovered():
        print(told, flush=True)
    pulumi = Pulumi(program, stack)
    for path in secrets:
        pulumi.quietly("config", "set", "--secret", "--path", path, SECRET)


def _take_secrets(config: Any, path: str) -> Iterator[str]:
    """Removes encrypted values; gives the path of each as `pulumi config set --path` takes it."""
    for key, value in [*(config.items() if isinstance(config, dict) else ())]:
        inner = f'{path}["{key}"]' if path else key
        if isinstance(value, dict) and set(value) == {"secure"}:
            del config[key]
            yield inner
        else:
            yield from _take_secrets(value, inner)


def _tell_outputs(config: Any) -> None:
    """Something in place of what other stacks tell."""
    service = config.get("slipway:service")
    environment = service.get("environment") if isinstance(service, dict) else None
    if isinstance(environment, dict):
        told = [name for name, value in environment.items() if isinstance(value, dict) and "stack" in value]
        environment |= dict.fromkeys(told, SECRET)


def _give_keys(config: Any, directory: Path) -> None:
    """A key of the rehearsal's own wherever the one of the stack file is not on this machine, or may be in an agent elsewhere."""
    for region in (config.get("slipway:regions") or {}).values():
        login = region.get("login") if isinstance(region, dict) else None
        file = login.get("privateKeyFile") if isinstance(login, dict) else None
        if not isinstance(login, dict) or not (file or {"publicKey", "publicKeys"} & set(login)):
            continue
        if file and (PROJECT / Path(file).expanduser()).is_file():
            continue
        key = directory / "id_ed25519"
        if not key.exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        login["privateKeyFile"] = str(key)
        for key_setting in ("publicKey", "publicKeys"):
            login.pop(key_setting, None)
