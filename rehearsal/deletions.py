"""The end of a run: deletes what the program no longer wants, or everything, dependents first."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from rehearsal import planner
from rehearsal import urn as urns
from rehearsal.engine import Engine, Failed
from rehearsal.planner import Operation
from rehearsal.state import Resource


def unwanted(engine: Engine) -> list[Resource]:
    """What a replacement left behind, and what the program did not register."""
    wanted = engine.goals.keys() | engine.reads
    return [resource for resource in engine.state.resources if resource.delete or resource.urn not in wanted]


async def delete(engine: Engine, resources: Sequence[Resource]) -> None:
    """Delete the resources, those side by side of which none needs another. After a failure nothing new begins.

    Protected ones among them are refused, all by name, before anything is deleted.
    """
    protected = [resource for resource in resources if resource.protect and not resource.delete]
    for resource in protected:
        engine.fail(
            Operation.DELETE,
            resource.urn,
            "it is protected and cannot be deleted; set `protect=False` on it in the program and run `up` first",
        )
    if protected:
        return
    engine.deleting |= {resource.urn for resource in resources}
    for wave in planner.deletion_waves(resources):
        await asyncio.gather(*(_delete(engine, resource) for resource in wave))


async def _delete(engine: Engine, resource: Resource) -> None:
    operation = Operation.DELETE_REPLACED if resource.delete else Operation.DELETE
    try:
        await engine.attempt(resource.urn, engine.delete(resource, operation))
    except Failed:
        return


def with_dependents(resources: Sequence[Resource], name: str) -> list[Resource]:
    """The resources called `name` (a URN or the program's name) and all that cannot be without them."""
    found = [resource for resource in resources if name in (resource.urn, urns.name_of(resource.urn))]
    gone = {resource.urn for resource in found}
    while more := [r for r in resources if r not in found and r.needs() & gone]:
        found += more
        gone |= {resource.urn for resource in more}
    return found
