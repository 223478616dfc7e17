"""The commits between two releases: which versions these had, hosts' ledgers tell; what lies between, git."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gobuild import commits
from gobuild.refusal import Refused
from model.refusal import Refusal
from model.service import Service

APPLIED = "applied"


def changelog(
    service: Service, project: Path, events: Sequence[Mapping[str, Any]], before: str, after: str
) -> str:
    """As Markdown. `events` are those of `make history`, newest first; `before` and `after` are releases, versions or empty.

    Without them: from the version that was live before to the one released last. Raises Refusal.
    """
    if service.source is None:
        raise Refusal(
            [
                f"{service.module} is a published module: its commits lie in a repository that Slipway does not have"
            ]
        )
    released = [event for event in events if event["what"] == APPLIED and event.get("version")]
    new = _version(after, released) if after else _last(released)
    old = _version(before, released) if before else _before(released, new)
    try:
        found = commits.between((project / service.source).resolve(), old, new)
    except Refused as refused:
        raise Refusal([str(refused)]) from None
    return f"# {service.name} {old} → {new}\n\n{_when(released, new)}{found}"


def _version(named: str, released: Sequence[Mapping[str, Any]]) -> str:
    """Of a release's id; whatever else is named stands for itself."""
    return next((event["version"] for event in released if event["release"] == named), named)


def _last(released: Sequence[Mapping[str, Any]]) -> str:
    if not released:
        raise Refusal(["no host has a release in its ledger; name two versions with FROM= and TO="])
    return released[0]["version"]


def _before(released: Sequence[Mapping[str, Any]], new: str) -> str:
    """The version that was live before `new` was released last."""
    run = next((n for n, event in enumerate(released) if event["version"] == new), 0)
    older = [event["version"] for event in released[run:] if event["version"] != new]
    if not older:
        raise Refusal([f"no release before {new} is in the ledgers; name a version with FROM="])
    return older[0]


def _when(released: Sequence[Mapping[str, Any]], version: str) -> str:
    those = [event for event in released if event["version"] == version]
    if not those:
        return ""
    first = min(those, key=lambda event: event["when"])
    by = f" by {first['who']}" if first.get("who") else ""
    return f"Released {first['when']}{by}, on {len({event['host'] for event in those})} hosts.\n\n"
