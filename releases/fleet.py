"""Asks every host of a stack what it keeps, over SSH with the pinned keys. Not for changing anything there."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

import settings
from model import remote_script
from model.login import Login
from model.machines.region import PlainHost
from model.refusal import Refusal
from plugins.command import remote_command
from plugins.provider import ProviderError


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One host's `releases` line (docs/activator.md) or, where it could not be had, why."""

    region: str
    host: str
    architecture: str
    releases: dict[str, Any]
    error: str = ""


def configured(project: Path, stack: str) -> settings.Settings:
    """The stack file's settings without its secrets, which nothing here needs. Raises Refusal."""
    file = f"Pulumi.{stack}.yaml"
    try:
        content = yaml.safe_load((project / file).read_text())
    except (OSError, yaml.YAMLError) as error:
        raise Refusal([f"{file} cannot be read: {error}"]) from None
    prefix = f"{settings.NAMESPACE}:"
    values = {
        key.removeprefix(prefix): value
        for key, value in (content.get("config") or {}).items()
        if key.startswith(prefix) and key != f"{prefix}secrets"
    }
    try:
        return settings.parse(values, project)
    except Refusal as refusal:
        raise Refusal(f"{file}: {line}" for line in refusal.lines) from None


def ask(wanted: settings.Settings, project: Path) -> list[Answer]:
    """Every host's answer, in the order of the stack file; all hosts are asked at once."""
    asked = [
        _ask(name, host, _connection(host, region.login, project), wanted.service.name)
        for name, region in wanted.plain_regions.items()
        for host in region.hosts
    ]

    async def all_of_them() -> list[Answer]:
        return list(await asyncio.gather(*asked))

    return asyncio.run(all_of_them())


def _connection(host: PlainHost, login: Login, project: Path) -> dict[str, Any]:
    """A pulumi-command connection; a host that does not answer is named within about ten seconds."""
    key = login.key_path(project)
    return {
        "host": host.address,
        "port": host.port,
        "user": login.user,
        "privateKey": key.read_text() if key else None,
        "hostKey": host.host_key,
        "dialErrorLimit": 1,
        "perDialTimeout": 5,
    }


async def _ask(region: str, host: PlainHost, connection: dict[str, Any], service: str) -> Answer:
    told: dict[str, Any] = {}
    error = ""
    inputs = {"connection": connection, "logging": "none"}
    try:
        done = await remote_command.run(
            remote_script.asked(service, "releases"), inputs, {}, lambda line, stream: None
        )
        told = json.loads(done["stdout"]) if done["stdout"] else {}
        error = "" if told.get("current") else f"{service} is not installed"
    except (ProviderError, ValueError) as failure:
        error = str(failure).splitlines()[0]
    return Answer(
        region=region, host=host.name, architecture=host.architecture.value, releases=told, error=error
    )
