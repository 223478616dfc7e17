"""Which stack is meant: where its state lies, who may see its secrets, and whether anybody is asked before it is changed."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.refusal import Refused

PROJECT = Path(__file__).parent.parent.resolve()
LOCAL, KUBE, FAILOVER = "local", "kube", "failover"
LABS = {LOCAL: "pulumi", KUBE: "pulumi-kube", FAILOVER: "pulumi-failover"}
"""Stacks of this machine's own labs, each with the folder that keeps its state."""
KEPT = PROJECT / ".slipway"
ONLY_SHOWN = "--preview-only"
"""Pulumi's own word to `refresh` and `destroy`: nothing is changed, so nobody is asked."""

_KILLED = "the last run was killed while it wrote its state"


@dataclass(frozen=True, kw_only=True)
class Stack:
    """`program` holds `__main__.py`; `directory` Pulumi.yaml and the stack file; `state` is the folder that is its backend.

    `state` is None, and so is `passphrase`, where the user has a backend and secrets provider of their own.
    """

    name: str
    program: Path = PROJECT
    directory: Path = PROJECT
    state: Path | None = None
    passphrase: str | None = None
    asks: bool = True
    """Whether a person confirms each change."""
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The engine's environment. An Output in a text is an error."""
        found = {
            **os.environ,
            "PULUMI_ERROR_OUTPUT_STRING": "1",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DEBUG_COMMANDS": "true",  # only with it `up` knows --event-log, which engine/failures.py reads
        }
        if self.state is not None:
            found["PULUMI_BACKEND_URL"] = self.state.as_uri()
        if self.passphrase is not None:
            found["PULUMI_CONFIG_PASSPHRASE"] = self.passphrase
            found.pop("PULUMI_CONFIG_PASSPHRASE_FILE", None)
        return {**found, **self.variables}

    @property
    def exists(self) -> bool:
        """Of a stack in a folder: whether it has been made."""
        return self.state is not None and self._file.exists()

    def recovered(self) -> str:
        """Of a stack in a folder: takes the state before, when a run was killed while it wrote; says so, or nothing.

        The engine first calls the file its backup and then writes a new one, so a kill may leave none, or the beginning of one;
        of the first state ever written there is no backup, and nothing was made before it.
        """
        backup = self._file.with_name(f"{self._file.name}.bak")
        if self._locks and not self.dead_lock():
            return ""
        # What stands beside each file about it is written in place: half of one ends every run, and none is missed.
        # History and backups grow with each run, and only one that was killed, which leaves its lock, can have left them so.
        read_by_all = [*self._kept.glob("*.attrs"), *self._file.parent.glob("*.attrs")]
        for beside in self._kept.rglob("*.attrs") if self._locks else read_by_all:
            if _read(beside) is None:
                beside.unlink()
        if _is_whole(self._file):
            return ""
        if _is_whole(backup):
            part = self._file.with_name(f"{self._file.name}.part")
            part.write_bytes(backup.read_bytes())
            part.replace(self._file)
            return f"{_KILLED}: the one before is taken"
        if self._file.exists() and not backup.exists():
            self._file.unlink()
            return f"{_KILLED}, the first one: it begins anew"
        return ""

    def dead_lock(self) -> bool:
        """Of a stack in a folder: whether the one process that holds its lock was killed."""
        locks = self._locks
        return bool(locks) and all(_is_dead(_read(lock) or {}) for lock in locks)

    def has_unfinished(self) -> bool:
        """Of a stack in a folder: whether its state names operations that a run has not finished."""
        return bool(self._deployment().get("pending_operations"))

    def ids(self, type: str) -> set[str]:
        """Of a stack in a folder: what its state knows of one type."""
        resources = self._deployment().get("resources", []) if self.exists else []
        return {each["id"] for each in resources if each["type"] == type}

    def _deployment(self) -> dict[str, Any]:
        return json.loads(self._file.read_text())["checkpoint"].get("latest") or {}

    @property
    def _file(self) -> Path:
        return self._kept / "stacks" / self._project / f"{self.name}.json"

    @property
    def _locks(self) -> list[Path]:
        return [*(self._kept / "locks" / "organization" / self._project / self.name).glob("*.json")]

    @property
    def _kept(self) -> Path:
        assert self.state is not None
        return self.state / ".pulumi"

    @property
    def _project(self) -> str:
        found = re.search(r"^name: *(\S+)", (self.directory / "Pulumi.yaml").read_text(), re.MULTILINE)
        assert found, "a Pulumi.yaml has a name"
        return found[1]


def named(name: str) -> Stack:
    """The stack of Pulumi.<name>.yaml. Only for those of labs a backend is chosen: a folder of the project, with no login.

    Raises Refused.
    """
    if not (PROJECT / f"Pulumi.{name}.yaml").is_file():
        there = sorted(path.name.split(".")[1] for path in PROJECT.glob("Pulumi.*.yaml"))
        raise Refused(
            f"There is no stack {name}, as there is no file Pulumi.{name}.yaml; there are {', '.join(there)}."
        )
    if name not in LABS:
        return Stack(name=name)
    if name == LOCAL and (KEPT / "rehearsal" / "local.json").exists():
        raise Refused(
            "The state of the local stack was made by a former version, with an engine of its own; `make lab-down` takes it "
            "and the hosts away, `make up` makes them anew."
        )
    state = KEPT / LABS[name]
    state.mkdir(parents=True, exist_ok=True)
    # The passphrase is no secret: it is fit for throw-away hosts and clusters alone.
    return Stack(name=name, state=state, passphrase=LOCAL, asks=False)


def _read(file: Path) -> dict[str, Any] | None:
    """What the engine wrote there; None where a kill left less than that, or nothing."""
    try:
        found = json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _is_whole(file: Path) -> bool:
    return "checkpoint" in (_read(file) or {})


def _is_dead(holder: Mapping[str, object]) -> bool:
    if holder.get("hostname") != socket.gethostname():
        return False
    try:
        command, _, rest = Path(f"/proc/{holder.get('pid')}/stat").read_text().rpartition(")")
    except OSError:
        return True
    # A process that has ended and nobody has waited for; or another one that has got its number.
    return rest.split()[0] == "Z" or "pulumi" not in command
