"""What hosts keep, as a table for people."""

from __future__ import annotations

from collections.abc import Iterable

from desk.table import table as columns
from releases.fleet import Answer

HEAD = ("HOST", "", "RELEASE", "VERSION", "SHA-256", "SINCE", "BY", "REVERTED BECAUSE")


def table(answers: Iterable[Answer]) -> str:
    """A line for each release that a host keeps, newest first; `*` is live, `<` is where a rollback goes."""
    rows: list[tuple[str, ...]] = [HEAD]
    for answer in answers:
        name = f"{answer.region}/{answer.host}"
        if answer.error:
            rows.append((name, "", f"({answer.error})"))
        for one in answer.releases.get("kept", []):
            rows.append((name, _mark(answer, one["release"]), one["release"], one["version"], *_facts(one)))
            name = ""
    return columns(rows)


def _mark(answer: Answer, release: str) -> str:
    if release == answer.releases["current"]:
        return "?" if answer.releases.get("unconfirmed") else "*"
    return "<" if release == answer.releases.get("previous") else ""


def _facts(one: dict[str, str | None]) -> tuple[str, ...]:
    by = " from ".join(part for part in (one.get("who"), one.get("deployer")) if part)
    return (one["sha256"] or "-")[:12], one.get("when") or "-", by or "-", one.get("reverted") or ""
