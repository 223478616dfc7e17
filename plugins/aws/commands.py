"""The package `command` beside a pretended cloud: as always, but nothing is run on machines that do not exist, nothing is
pushed to a registry, and what a load balancer and Auto Scaling answer is the cloud's own."""

from __future__ import annotations

import json
import secrets
import tarfile
from collections import Counter
from pathlib import Path

from plugins.aws import group_rollout, nowhere, target_health
from plugins.aws.record import Record
from plugins.command import CommandProvider
from plugins.command.handover import Handover
from plugins.command.schema import COPY_TO_REMOTE, LOCAL_COMMAND, REMOTE_COMMAND
from plugins.provider import Log, ProviderError
from plugins.values import Asset, Values

PUSH = " -m oci push "
"""In the command that brings an image to a registry: where nodes are pretended, nobody fetches it."""
QUOTAS = " -m quotas"
"""In the command that looks at an account's quotas."""
REGISTRY = "the registry"
OWN_KEY = "/etc/ssh/ssh_host_ecdsa_key"
"""In the command after which a machine shows the host key that it made for itself."""
PRETENDED_KEY = (
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEmKSENjQEezOmxkZMy7opKgwFB9nkt5YRrYMjNuG5N87uRgg6CL"
    "rbo5wAdT/y6v0mKV0U2w0WZ2YB/++Tpockg="
)
"""One that is well-formed, of nobody."""
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
            return {**inputs, "id": secrets.token_hex(4), **await self._ask(inputs["create"], log)}
        return await super().create(type, inputs, log)

    async def update(
        self, type: str, old_inputs: Values, old_outputs: Values, new_inputs: Values, log: Log
    ) -> Values:
        """As the original, or not at all."""
        if host := _pretended(type, new_inputs):
            return {**new_inputs, **self._skip(type, host, new_inputs, log)}
        if _asks(type, new_inputs.get("create")):
            return {**new_inputs, **await self._ask(new_inputs["create"], log)}
        return await super().update(type, old_inputs, old_outputs, new_inputs, log)

    async def delete(self, type: str, id: str, inputs: Values, outputs: Values, log: Log) -> None:
        """As the original, or not at all."""
        if host := _pretended(type, inputs):
            self.skipped[host] += 1
        elif _asks(type, inputs.get("delete")):
            await self._ask(inputs["delete"], log)
        else:
            await super().delete(type, id, inputs, outputs, log)

    async def invoke(self, token: str, args: Values) -> Values:
        """As the original; a pretended account has no quotas that anybody could be asked for."""
        if QUOTAS in str(args.get("command")):
            regions = {each: {"unasked": "AWS is pretended"} for each in json.loads(args["stdin"])}
            return {**args, "stdout": json.dumps(regions), "stderr": ""}
        return await super().invoke(token, args)

    async def _ask(self, command: str, log: Log) -> Values:
        if group_rollout.ASK in command:
            return {"stdout": await group_rollout.bring(self._record, command, log), "stderr": ""}
        await target_health.answer(self._record, target_health.question(command), log)
        return SAID_NOTHING

    def _skip(self, type: str, host: str, inputs: Values, log: Log) -> Values:
        self.skipped[host] += 1
        if type == COPY_TO_REMOTE:
            self._record.copied(host, _path(inputs))
            return {}
        if host == REGISTRY:
            log("pretended: there are no nodes, nothing was pushed", "stderr")
            return SAID_NOTHING
        if OWN_KEY in str(inputs.get("create")):
            log("pretended: there is no machine at this address, no key was made", "stderr")
            return {"stdout": PRETENDED_KEY, "stderr": ""}
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
    return type == LOCAL_COMMAND and any(
        each in str(command) for each in (target_health.ASK, group_rollout.ASK)
    )


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
