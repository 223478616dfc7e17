"""What on each machine is not as released: files, rights, units, what listens, the packet filter. Nothing is changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from desk import ssh
from desk.ask import told
from desk.odd import odd
from desk.stack import Machine
from desk.table import table as columns

SECONDS = 90
"""For each machine, from when its turn has come; it ends its own answer after 60 s."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """One machine. `error`: why nothing is known of it."""

    host: str
    release: str | None
    differs: tuple[str, ...] = ()
    error: str = ""

    @property
    def wrong(self) -> bool:
        return bool(self.error or self.differs)


async def drift(machines: Sequence[Machine]) -> list[Found]:
    """Every machine, in the order of the stack file. One with another release than the most of its kind is said to be."""
    answers = await ssh.each(machines, _asked, SECONDS)
    kept = [said if isinstance(said, ssh.Unreachable) else said[1] for said in answers]
    return [
        _with(found(machine, said if isinstance(said, ssh.Unreachable) else said[0]), more)
        for machine, said, more in zip(machines, answers, odd(machines, kept), strict=True)
    ]


async def _asked(machine: Machine, reached: ssh.Reached) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is not as released, and what it keeps. Raises Unreachable."""
    return await told(machine, reached, "drift"), await told(machine, reached, "releases")


def _with(found: Found, more: Sequence[str]) -> Found:
    return found if found.error else replace(found, differs=(*more, *found.differs))


def found(machine: Machine, said: dict[str, object] | ssh.Unreachable) -> Found:
    """What a machine's answer means."""
    if isinstance(said, ssh.Unreachable):
        return Found(host=machine.name, release=None, error=str(said))
    if not said.get("release"):
        return Found(host=machine.name, release=None, error=f"{machine.service} is not installed")
    differs = [str(each) for each in said["differs"]]  # type: ignore[union-attr]
    if said.get("unfinished"):
        differs.append("a run was cut off or is at work")
    return Found(host=machine.name, release=str(said["release"]), differs=tuple(differs))


def table(found: Sequence[Found]) -> str:
    """A line for each thing that differs, and one for each machine that is as it should be."""
    rows = [("HOST", "RELEASE", "DIFFERS")]
    for each in found:
        first = (each.host, each.release or "")
        lines = [f"({each.error})"] if each.error else [*each.differs] or ["nothing"]
        rows += [(*(first if not number else ("", "")), line) for number, line in enumerate(lines)]
    return columns(rows)


def document(found: Sequence[Found]) -> str:
    """The same as JSON."""
    return json.dumps([asdict(each) for each in found], indent=2)
