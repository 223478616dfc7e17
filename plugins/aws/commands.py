"""The package `command` beside a pretended cloud: as always, but nothing is run on machines that do not exist, nothing is
pushed to a registry, and a load balancer's answers are the cloud's own."""

from __future__ import annotations

import json
import secrets
import tarfile
from collections import Counter
from pathlib import Path

from plugins.aws import nowhere, target_health
from plugins.aws.record import Record
from plugins.command import CommandProvider
from plugins.command.handover import Handover
from plugins.command.schema import COPY_TO_REMOTE, LOCAL_COMMAND, REMOTE_COMMAND
from plugins.provider import Log, ProviderError
from plugins.values import Asset, Values

PUSH = " -m oci push "
"""In the command that brings an image to a registry: where nodes are pretended, nobody fetches it."""
REGISTRY = "the registry"
SAID_NOTHING: Values = {"stdout": "", "stderr": ""}


class Commands(CommandProvider):
    """What was copied to such a machine is kept with the cloud's record, since a later run may need it."""

    def __init__(self, record: Record) -> None:
        super().__init__(Handover())
        self._record = record
        self.skipped: Counter[str] = Counter()
        """How many operations were not carried out in this run, by address."""

    async def create(self, type: str, inputs: Values, log: Log) -> Values:
        """As the original, or not at all."""
        if host := _pretended(type, inputs):
            return {**inputs, "id": secrets.token_hex(4), **self._skip(type, host, inputs, log)}
        if _asks(type, inputs.get("create")):
            await self._ask(inputs["create"], log)
            return {**inputs, "id": secrets.token_hex(4), **SAID_NOTHING}
        return await super().create(type, inputs, log)

    async def update(
        self, type: str, old_inputs: Values, old_outputs: Values, new_inputs: Values, log: Log
    ) -> Values:
        """As the original, or not at all."""
        if host := _pretended(type, new_inputs):
            return {**new_inputs, **self._skip(type, host, new_inputs, log)}
        if _asks(type, new_inputs.get("create")):
            await self._ask(new_inputs["create"], log)
            return {**new_inputs, **SAID_NOTHING}
        return await super().update(type, old_inputs, old_outputs, new_inputs, log)

    async def delete(self, type: str, id: str, inputs: Values, outputs: Values, log: Log) -> None:
        """As the original, or not at all."""
        if host := _pretended(type, inputs):
            self.skipped[host] += 1
        elif _asks(type, inputs.get("delete")):
            await self._ask(inputs["delete"], log)
        else:
            await super().delete(type, id, inputs, outputs, log)

    async def _ask(self, command: str, log: Log) -> None:
        await target_health.answer(self._record, target_health.question(command), log)

    def _skip(self, type: str, host: str, inputs: Values, log: Log) -> Values:
        self.skipped[host] += 1
        if type == COPY_TO_REMOTE:
            self._record.copied(host, _path(inputs))
            return {}
        if host == REGISTRY:
            log("pretended: there are no nodes, nothing was pushed", "stderr")
            return SAID_NOTHING
        bundle = self._record.bundles.get(host)
        log("pretended: there is no machine at this address, nothing was run", "stderr")
        return {"stdout": _report(Path(bundle)) if bundle else "", "stderr": ""}


def _pretended(type: str, inputs: Values) -> str:
    if type == LOCAL_COMMAND:
        return REGISTRY if PUSH in str(inputs.get("create")) else ""
    connection = inputs.get("connection")
    if type not in (COPY_TO_REMOTE, REMOTE_COMMAND) or not isinstance(connection, dict):
        return ""
    host = connection.get("host")
    return str(host) if nowhere.contains(host) else ""


def _asks(type: str, command: object) -> bool:
    return type == LOCAL_COMMAND and target_health.ASK in str(command)


def _path(inputs: Values) -> Path:
    source: Asset = inputs["source"]
    return Path(source.source)


def _report(bundle: Path) -> str:
    """What the activator would say of the release in the bundle that was copied last, marked as pretended."""
    try:
        with tarfile.open(bundle) as archive:
            file = archive.extractfile("manifest.json")
            manifest = json.load(file) if file else {}
    except (OSError, KeyError, tarfile.TarError, ValueError) as error:
        raise ProviderError(f"the bundle {bundle} of a pretended host cannot be read: {error}") from None
    told = {key: manifest.get(key) for key in ("service", "release", "version", "architecture")}
    told["sha256"] = (manifest.get("binary") or {}).get("sha256")
    return json.dumps({**told, "host": "pretended"})
