"""The page: self-contained HTML without a script, for light and dark screens of any width."""

from __future__ import annotations

import datetime
from pathlib import Path

import jinja2

from report.facts import Facts
from settings import Settings

EVENTS = 40
"""The newest ones; `make history` has all."""
_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def html(wanted: Settings, stack: str, facts: Facts, left_out: list[str], now: datetime.datetime) -> str:
    """`left_out`: what of the stack is not on the page, a sentence each. `now` in UTC."""
    regions = {
        name: [each for each in facts.seen if each.machine.region == name]
        for name in dict.fromkeys(each.machine.region for each in facts.seen)
    }
    door = wanted.door
    return _templates.get_template("page.html.j2").render(
        stack=stack,
        service=wanted.service,
        settings=wanted,
        door=door,
        worst=door.plan.worst_case if door else None,
        regions=regions,
        facts=facts,
        versions=sorted({each.status["version"] for each in facts.seen if each.status.get("sha256")}),
        events=facts.events[:EVENTS],
        more=max(0, len(facts.events) - EVENTS),
        left_out=left_out,
        now=now,
        days=_days,
        size=_size,
        counted=lambda count, what: f"{count} {what}{'' if count == 1 else 's'}",
    )


def _days(until: str | None, now: datetime.datetime) -> int | None:
    """Whole days from `now` until a time as `2026-01-02T03:04:05Z`."""
    if until is None:
        return None
    end = datetime.datetime.strptime(until, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.UTC)
    return (end - now).days


def _size(octets: float) -> str:
    """As `12.3 GiB`."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if octets < 1024:
            return f"{octets:.3g} {unit}"
        octets /= 1024
    return f"{octets:.3g} TiB"
