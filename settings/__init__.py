"""Configuration -> frozen, validated settings. The only reader of `pulumi.Config`; what each key means stands in Pulumi.yaml."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pulumi.runtime.config
from pydantic import ValidationError

from logins import agent, outside
from model import inventory, secret_places, stack_output, yaml_values
from model.refusal import Refusal, sentences
from model.stack_file import StackFile
from model.stack_output import Reader
from settings import keys, refusals
from settings.fields import NAMESPACE, Settings

ROLL_IMAGES = "SLIPWAY_ROLL_IMAGES"
CHANGING = "SLIPWAY_CHANGING"
"""Set by the engine for a run whose preview is followed by changes: what those lack is refused before anybody is asked."""
PRETENDED = "SLIPWAY_PRETENDED"
"""Set by a rehearsal, whose bastions nobody comes to from outside."""


def load(project: Path, ask: Reader | None = None) -> Settings:
    """The settings of the current stack; relative paths in them start at `project`, and `ask` asks other stacks.

    Raises pulumi.RunError, whose message has one sentence for each thing that is wrong.
    """
    file = f"Pulumi.{pulumi.get_stack()}.yaml"
    keyless = pulumi.runtime.is_dry_run() and os.environ.get(CHANGING) != "1"
    try:
        written = StackFile.read(project / file, NAMESPACE)
        settings = parse(_configured(), project, written, _is_encrypted, keyless=keyless, ask=ask)
        settings.refuse_unsigned()
    except Refusal as refusal:
        raise pulumi.RunError(f"{file}:\n" + "\n".join(f"  {line}" for line in refusal.lines)) from None
    # Told and not refused: a run that changes nothing logs in nowhere, and a preview never does.
    wanted = any(login.private_key_file is None for login in settings.logins.values())
    if wrong := agent.fault(os.environ.get("SSH_AUTH_SOCK"), wanted):
        (pulumi.log.info if keyless else pulumi.log.warn)(wrong)
    if os.environ.get(PRETENDED) != "1":
        asks = pulumi.runtime.is_dry_run() and not keyless
        for line in outside.faults(settings.let_in_by, outside.address if asks else None):
            (pulumi.log.warn if asks else pulumi.log.info)(line)
    for name, path in settings.missing_keys(project).items():
        pulumi.log.info(
            f"{NAMESPACE}:{name}.login.privateKeyFile: there is no {path} here, so this preview takes it for the "
            "key that hosts know already; only `up` needs it."
        )
    return settings


def parse(
    values: dict[str, Any],
    project: Path,
    file: StackFile = StackFile("", NAMESPACE),  # noqa: B008, it is never changed
    is_encrypted: Callable[[str], bool] = lambda key: key == secret_places.SECRETS,
    *,
    keyless: bool = False,
    ask: Reader | None = None,
) -> Settings:
    """Settings from plain values, by their keys without the namespace. Raises Refusal.

    `file` is where they were written: it says what exactly is wrong. `is_encrypted` tells whether anything in a key is.
    With `keyless` private keys may be elsewhere: nobody logs in. Without `ask` what other stacks tell stays unknown.
    """
    values = dict(values)
    if lines := secret_places.refusals(values, is_encrypted, file, NAMESPACE):
        raise Refusal(lines)
    public = {key: value for key, value in values.items() if key != secret_places.SECRETS}
    if lines := yaml_values.refusals(public, file, NAMESPACE):
        raise Refusal(lines)
    if "regions" in values:
        values["regions"] = inventory.read("regions", values["regions"], project)
    door = values.get("frontDoor") or None  # Pulumi's default for a map is {}
    if isinstance(door, dict) and "hosts" in door:
        door = door | {"hosts": inventory.read("frontDoor.hosts", door["hosts"], project)}
    values |= {"frontDoor": door, "notify": values.get("notify") or None}
    try:
        settings = Settings.model_validate_json(json.dumps(values)).settled()
    except ValidationError as error:
        raise Refusal(sentences(error, Settings, f"{NAMESPACE}:", file)) from None
    settings = _told(settings, ask, keyless=keyless)
    if settings.notify and (lines := settings.notify.refusals(f"{NAMESPACE}:{secret_places.NOTIFY}")):
        raise Refusal(lines)
    refusals.refuse(settings, project)
    keys.refuse(settings, project, keyless=keyless)
    settings.rollout()  # refuses what takes too long
    return settings


def _told(settings: Settings, ask: Reader | None, *, keyless: bool) -> Settings:
    """With what other stacks tell in its place. Raises Refusal."""
    if ask is None:
        return settings
    found = stack_output.read(settings.service.environment, ask, keyless=keyless)
    if found.lines:
        raise Refusal(found.lines)
    for name in found.unknown:
        pulumi.log.info(
            f"{NAMESPACE}:service.environment.{name} is a secret of another stack that cannot be decrypted here, so this "
            "preview shows it as changed; only `up` needs it."
        )
    service = settings.service.model_copy(update={"environment": found.environment})
    return settings.model_copy(update={"service": service, "secrets": found.secrets | settings.secrets})


def owner() -> str:
    """The stack as hosts remember it."""
    return f"{pulumi.get_project()}/{pulumi.get_stack()}"


def rolls_images() -> bool:
    """Whether instances on an older image are replaced: `make roll-images` sets it for one run."""
    return os.environ.get(ROLL_IMAGES, "") == "1"


def _configured() -> dict[str, Any]:
    """The namespace's values by key. Looks at all of them, since Pulumi itself checks only keys that it knows."""
    config = pulumi.Config(NAMESPACE)
    names = [
        key.removeprefix(f"{NAMESPACE}:")
        for key in pulumi.runtime.config.CONFIG.get()
        if key.startswith(f"{NAMESPACE}:")
    ]
    values: dict[str, Any] = {}
    for key in names:
        try:
            values[key] = config.get_object(key)
        except pulumi.ConfigTypeError:
            raise Refusal(
                [f"{NAMESPACE}:{key} is no list and no map; see its description in Pulumi.yaml."]
            ) from None
    return values


def _is_encrypted(key: str) -> bool:
    """Whether anything in the key's value is: Pulumi tells no more."""
    return pulumi.runtime.config.is_config_secret(f"{NAMESPACE}:{key}")
