"""What became of every release of a stack: who, when, how long, and why it went, from the hosts' own ledgers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from desk import ssh
from desk.ask import Said, ask
from desk.stack import Machine
from desk.table import table as columns

HEAD = ("WHEN", "HOST", "RELEASE", "VERSION", "WHAT", "SECONDS", "BY", "WHY")


async def history(machines: Sequence[Machine]) -> tuple[list[dict[str, Any]], list[str]]:
    """All events of all hosts, newest first; and who could not be asked, and why."""
    return told(machines, await ask(machines, "history"))


def told(machines: Sequence[Machine], answers: Sequence[Said]) -> tuple[list[dict[str, Any]], list[str]]:
    """The same of answers that are there already."""
    events, wrong = list[dict[str, Any]](), list[str]()
    for machine, said in zip(machines, answers, strict=True):
        if isinstance(said, ssh.Unreachable):
            wrong.append(f"{machine.name}: {said}")
        else:
            events += [{"host": machine.name, **event} for event in said.get("history", [])]
    return sorted(events, key=lambda event: event["when"], reverse=True), wrong


def table(events: Sequence[dict[str, Any]]) -> str:
    """For people."""
    return columns([HEAD, *(_row(event) for event in events)])


def document(events: Sequence[dict[str, Any]]) -> str:
    """For programs."""
    return json.dumps(events, indent=2)


def _row(event: dict[str, Any]) -> tuple[str, ...]:
    by = " from ".join(part for part in (event.get("who"), event.get("deployer")) if part)
    facts = (event.get("version"), event["what"], event.get("seconds"))
    texts = ("" if each is None else str(each) for each in facts)
    return (event["when"], event["host"], event["release"] or "", *texts, by, event.get("why") or "")
