"""What went wrong in a run, read from the engine's own events, where people need a word more than the engine says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from engine import event_log
from logins.refused import meaning

_UNREACHABLE = re.compile(r"cannot reach|after \d+ failed attempts|dial tcp")
"""Of our plugin; of pulumi-command's own and what Go says of a dial."""


_WITHDRAWN = re.compile(r"InvalidAMIID\.(NotFound|Unavailable)")
"""EC2's error codes (API reference, "Error codes for the Amazon EC2 API")."""


_PROTECTED = re.compile(r"because it is protected|marked for protection")
"""Of the engine, when a step would delete or replace what is."""


_NOT_WELL = re.compile(r"^\S+: release \w+ is not well ")
"""Of components/kubernetes/put_back.py."""

_SILENT = re.compile(
    r"Kubernetes cluster is unreachable: .*?(https://[^/\"\s]+).*?: (?P<why>[^\n]+)", re.DOTALL
)
"""Of pulumi-kubernetes' provider, with what Go says of a request."""


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


def put_back(events: Path) -> list[str]:
    """What was found of releases that are not well in a cluster: among what the provider says in between it is overlooked."""
    told = (event.get("diagnosticEvent") or {} for event in event_log.events(events))
    return [
        each["message"].strip()
        for each in told
        if each.get("severity") == "error" and _NOT_WELL.match(each["message"])
    ]


def clusters(events: Path) -> list[str]:
    """Each region whose cluster did not answer, with where that should be and what was seen of it."""
    told = (event.get("diagnosticEvent") or {} for event in event_log.events(events))
    found = dict[str, str]()
    for each in told:
        # Where an object is to go the reason is a warning, before an error without it.
        if each.get("severity") in ("error", "warning") and (silent := _SILENT.search(each["message"])):
            *_, types, name = each.get("urn", "").split("::")
            kind = types.rpartition(":")[2].lower()
            region = re.sub(rf"(.+)-{kind}(-.*)?", r"\1", name)
            found.setdefault(region, f"{region} at {silent[1]} ({silent['why'].strip()})")
    return list(found.values())


def unreachable(failed: Failed) -> list[str]:
    """Names of the resources whose host could not be reached."""
    return list(dict.fromkeys(name for name, said in failed if _UNREACHABLE.search(said)))


def bastions(names: Sequence[str]) -> list[str]:
    """Those of the unreachable that are a region's bastion, which drops whoever comes from elsewhere without a word."""
    return [name.removesuffix("-ready") for name in names if name.endswith("-bastion-ready")]


def just_made(names: Sequence[str]) -> list[str]:
    """Those of the unreachable that are machines of AWS at their first start, or with a new list of keys."""
    return [
        name.removesuffix("-ready")
        for name in names
        if name.endswith("-ready") and not name.endswith("-bastion-ready")
    ]


def withdrawn(events: Path) -> list[str]:
    """The resources that EC2 did not make since their image is no more."""
    told = (event.get("diagnosticEvent") or {} for event in event_log.events(events))
    found = [
        each["urn"].rpartition("::")[2]
        for each in told
        if each.get("severity") == "error" and _WITHDRAWN.search(each["message"]) and each.get("urn")
    ]
    return list(dict.fromkeys(found))


def logins(failed: Failed) -> list[str]:
    """What the failures of logins mean and what to do: one line for each cause, with the names of its resources."""
    found: dict[str, list[str]] = {}
    for name, said in failed:
        if told := meaning(said):
            found.setdefault(told, []).append(name)
    return [f"{', '.join(dict.fromkeys(names))}: {told}." for told, names in found.items()]
