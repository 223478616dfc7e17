"""What runs on every machine of a stack, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from desk import ssh
from desk.ask import ask
from desk.stack import Machine
from desk.table import table

HEAD = ("HOST", "RELEASE", "VERSION", "SLOT", "STATE", "SINCE", "RESTARTS", "SESSIONS", "PROXY", "REMARK")


async def status(machines: Sequence[Machine]) -> tuple[str, bool]:
    """The table, and whether all is well: each machine answers, and what it runs is active."""
    answers = await ask(machines, "status")
    rows = [HEAD, *(_row(machine, said) for machine, said in zip(machines, answers, strict=True))]
    return table(rows), all(_is_well(said) for said in answers)


def _is_well(said: dict[str, Any] | ssh.Unreachable) -> bool:
    return (
        isinstance(said, dict) and bool((said.get("unit") or {}).get("active")) and not said.get("unfinished")
    )


def _row(machine: Machine, said: dict[str, Any] | ssh.Unreachable) -> tuple[str, ...]:
    if isinstance(said, ssh.Unreachable):
        return machine.name, f"({said})"
    if not said.get("release"):
        return machine.name, f"({machine.service} is not installed)"
    unit: dict[str, Any] = said.get("unit") or {}
    facts = (_text(unit.get(key)) for key in ("state", "since", "restarts", "sessions", "proxied"))
    version = said["version"] if said["version"] != "-" else ""
    return (machine.name, said["release"], version, said["slot"] or "", *facts, _remark(said))


def _remark(said: dict[str, Any]) -> str:
    if said.get("unfinished"):
        return f"a run of `{said['unfinished']}` was cut off or is at work"
    if not said.get("unit"):
        return "its activator is older than this command: the next release brings a new one"
    return "waits to be confirmed" if said.get("unconfirmed") else ""


def _text(value: object) -> str:
    return "" if value is None else str(value)
