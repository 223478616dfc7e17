"""The package `command` beside a pretended cloud: as always, but nothing is run on machines that do not exist."""

from __future__ import annotations

import json
import tarfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from rehearsal.cloud import nowhere
from rehearsal.command import CommandProvider
from rehearsal.command.schema import COPY_TO_REMOTE, LOCAL_COMMAND, REMOTE_COMMAND
from rehearsal.provider import Log, ProviderError
from rehearsal.values import Asset, Values


class Commands(CommandProvider):
    """`keep` gets what each local command printed, since a later run may need it and the state has only its digest."""

    def __init__(self, keep: Callable[[str], None]) -> None:
        self._keep = keep
        self._bundles: dict[str, Path] = {}
        self.skipped: Counter[str] = Counter()
        """How many operations were not carried out in this run, by address."""

    def know(self, type: str, inputs: Values) -> None:
        """What an earlier run copied to a machine that does not exist."""
        if type == COPY_TO_REMOTE and (host := _pretended(type, inputs)):
            self._bundles[host] = _path(inputs)

    async def create(self, type: str, inputs: Values, log: Log) -> Values:
        """As the original, or not at all."""
        if host := _pretended(type, inputs):
            return {**inputs, **self._skip(type, host, inputs, log)}
        return self._kept(type, await super().create(type, inputs, log))

    async def update(
        self, type: str, old_inputs: Values, old_outputs: Values, new_inputs: Values, log: Log
    ) -> Values:
        """As the original, or not at all."""
        if host := _pretended(type, new_inputs):
            return {**new_inputs, **self._skip(type, host, new_inputs, log)}
        return self._kept(type, await super().update(type, old_inputs, old_outputs, new_inputs, log))

    async def delete(self, type: str, inputs: Values, outputs: Values, log: Log) -> None:
        """As the original, or not at all."""
        if host := _pretended(type, inputs):
            self.skipped[host] += 1
        else:
            await super().delete(type, inputs, outputs, log)

    def _skip(self, type: str, host: str, inputs: Values, log: Log) -> Values:
        self.skipped[host] += 1
        if type == COPY_TO_REMOTE:
            self._bundles[host] = _path(inputs)
            return {}
        log("pretended: there is no machine at this address, nothing was run", "stderr")
        return {"stdout": _report(self._bundles[host]) if host in self._bundles else "", "stderr": ""}

    def _kept(self, type: str, outputs: Values) -> Values:
        if type == LOCAL_COMMAND and outputs.get("stdout"):
            self._keep(str(outputs["stdout"]))
        return outputs


def _pretended(type: str, inputs: Values) -> str:
    connection = inputs.get("connection")
    if type not in (COPY_TO_REMOTE, REMOTE_COMMAND) or not isinstance(connection, dict):
        return ""
    host = connection.get("host")
    return str(host) if nowhere.contains(host) else ""


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
    return json.dumps({**told, "sha256": (manifest.get("binary") or {}).get("sha256"), "pretended": True})
