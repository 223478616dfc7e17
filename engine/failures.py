"""What went wrong in a run, read from the engine's own events, where people need a word more than the engine says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from engine import event_log
from logins.refused import meaning

_UNREACHABLE = re.compile(r"cannot reach|after \d+ failed attempts|dial tcp")
"""Of our plugin; of pulumi-command's own and what Go says of a dial."""


_PROTECTED = re.compile(r"because it is protected|marked for protection")
"""Of the engine, when a step would delete or replace what is."""


Failed = Sequence[tuple[str, str]]
"""Name and message of each resource on a host that failed."""


def failed(events: Path) -> Failed:
    """Those that the events tell of."""
    told = (event.get("diagnosticEvent") or {} for event in event_log.events(events))
    return [
        (each["urn"].rpartition("::")[2], each["message"])
        for each in told
        if each.get("severity") == "error" and "command:remote:" in each.get("urn", "")
    ]


def protected(events: Path) -> bool:
    """Whether the run came to nothing because of what is protected."""
    told = (event.get("diagnosticEvent") or {} for event in event_log.events(events))
    return any(each.get("severity") == "error" and _PROTECTED.search(each["message"]) for each in told)


def unreachable(failed: Failed) -> list[str]:
    """Names of the resources whose host could not be reached."""
    return list(dict.fromkeys(name for name, said in failed if _UNREACHABLE.search(said)))


def bastions(names: Sequence[str]) -> list[str]:
    """Those of the unreachable that are a region's bastion, which drops whoever comes from elsewhere without a word."""
    return [name.removesuffix("-ready") for name in names if name.endswith("-bastion-ready")]


def logins(failed: Failed) -> list[str]:
    """What the failures of logins mean and what to do: one line for each cause, with the names of its resources."""
    found: dict[str, list[str]] = {}
    for name, said in failed:
        if told := meaning(said):
            found.setdefault(told, []).append(name)
    return [f"{', '.join(dict.fromkeys(names))}: {told}." for told, names in found.items()]
