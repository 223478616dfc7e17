"""What people and other stacks are told about the front door, whatever makes it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from model.front_door import linter
from model.front_door.rule import Facts
from model.front_door.rules import releases_differ
from model.front_door.worst_case import SERVED_WITHIN, drained_within
from model.front_door.zone import delegation, servers


def announced(facts: Facts | None, *, protected: bool) -> None:
    """Says what is promised, and what is found. Raises RunError for errors in a protected stack, before anything is done."""
    if facts is None:
        return
    pulumi.log.info(f"{facts.plan.url} {SERVED_WITHIN} {facts.plan.worst_case}")
    for way in facts.plan.ways:
        if way.drained:
            pulumi.log.info(
                f"{way.region} is drained: nobody is sent there after {drained_within(facts.door)} s"
            )
    found = linter.findings(facts)
    errors = [str(finding) for finding in found if finding.error and protected]
    for finding in found:
        if not (finding.error and protected):
            pulumi.log.warn(str(finding))
    if errors:
        raise pulumi.RunError(
            "The stack is protected, and its front door would not hold:\n"
            + "\n".join(f"  {each}" for each in errors)
        )


def told(
    facts: Facts | None,
    regions: Mapping[str, pulumi.Output[dict[str, Any]]],
    name_servers: pulumi.Input[Sequence[str]],
) -> dict[str, Any] | None:
    """For the stack's outputs; `name_servers` are those of AWS that the parent zone must delegate to, if any.

    What each of `regions` told is compared meanwhile.
    """
    if facts is None:
        return None
    _compared(facts, regions)
    return {
        "name": facts.door.name,
        "url": facts.plan.url,
        "mechanism": facts.door.mechanism,
        "servedWithin": facts.plan.worst_case.seconds,
        "objective": facts.door.objective,
        "drained": [way.region for way in facts.plan.ways if way.drained],
        "nameServers": [each.name.rstrip(".") for each in servers(facts.door)] or name_servers,
        "delegation": list(delegation(facts.door)),
    }


def _compared(facts: Facts, regions: Mapping[str, pulumi.Output[dict[str, Any]]]) -> None:
    """Warns where regions do not run the same, once their hosts have said what they run."""

    def warn(told: dict[str, Any]) -> None:
        runs = {name: _binaries(region["hosts"].values()) for name, region in told.items()}
        known = Facts(door=facts.door, places=facts.places, service=facts.service, plan=facts.plan, runs=runs)
        for finding in linter.findings(known, [releases_differ]):
            pulumi.log.warn(str(finding))

    pulumi.Output.all(**regions).apply(warn)


def _binaries(hosts: Any) -> dict[str, frozenset[str]]:
    architectures = {host["architecture"] for host in hosts}
    return {
        each: frozenset(host["sha256"] for host in hosts if host["architecture"] == each)
        for each in architectures
    }
