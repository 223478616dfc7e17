"""Machines that run something else than others of their kind: what the most run, and who went back by itself. Asks nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any

from desk.ask import Said
from desk.stack import Machine

BY_ITSELF = "not confirmed"
"""How the activator begins the reason of a release that its timer took back (activator/apply.py)."""


def odd(machines: Sequence[Machine], answers: Sequence[Said]) -> list[list[str]]:
    """What is odd about each, in their order. `answers` are what they keep, as `releases` tells it.

    Versions and binaries are compared, not releases: those of two regions differ by their files, and the first host of a region
    has tasks and jobs that others have not.
    """
    kept: list[list[dict[str, Any]]] = [_kept(said) for said in answers]
    live = [each[0] if each else {} for each in kept]
    versions = _others([(machine.service,) for machine in machines], [each.get("version") for each in live])
    binaries = _others(
        [
            (machine.service, machine.host.architecture, each.get("version"))
            for machine, each in zip(machines, live, strict=True)
        ],
        [each.get("sha256") for each in live],
    )
    found = list[list[str]]()
    for machine, each, version, binary in zip(machines, kept, versions, binaries, strict=True):
        lines = list[str]()
        if version:
            lines.append(f"it runs version {each[0]['version']}, others of {machine.service} run {version}")
        if binary:
            lines.append(f"it runs another binary of version {each[0]['version']} than others")
        # Where nobody runs what it went back from, an `up` has ended it: it was taken back everywhere.
        before = each[1] if len(each) > 1 else {}
        why = before.get("reverted") or ""
        if why.startswith(BY_ITSELF) and any(before["release"] == other.get("release") for other in live):
            lines.append(f"it went back by itself from {before['release']}: {why}")
        found.append(lines)
    return found


def _kept(said: Said) -> list[dict[str, Any]]:
    """Newest first, the live one at the head; empty where that is not told."""
    kept = said.get("kept") or [] if isinstance(said, dict) else []
    return kept if kept and isinstance(said, dict) and kept[0]["release"] == said.get("current") else []


def _others(kinds: Sequence[Hashable], values: Sequence[str | None]) -> list[str]:
    """For each that has not what the most of its kind have: what these have. Where there is no most, all others' of all."""
    found = list[str]()
    for kind, value in zip(kinds, values, strict=True):
        those = Counter(
            other for same, other in zip(kinds, values, strict=True) if same == kind and other is not None
        )
        if value is None or len(those) < 2:
            found.append("")
            continue
        (first, most), (_, second), *_ = those.most_common(2)
        others = [first] if most > second else [other for other in those if other != value]
        found.append(", ".join(sorted(other for other in others if other != value)))
    return found
