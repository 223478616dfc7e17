"""What a drill of a stack's region will do, and why there can be none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from desk import stack
from desk.stack import Machine
from drill.client import Goal
from drill.course import Course
from drill.way import How, Taken, taken
from model.front_door.rule import Facts
from model.front_door.rules import too_little_without
from model.front_door.worst_case import emptied_within
from model.refusal import Refusal
from model.setting import is_address
from settings import Settings


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`machines` are those of the region; `servers` are asked for the name: the stack's DNS hosts, or users' own resolvers."""

    stack: str
    region: str
    facts: Facts
    machines: Sequence[Machine]
    how: How
    taken: Taken
    servers: Sequence[str]
    goal: Goal
    emptied_within: float
    """Seconds after which nobody is sent to the region, once it is drained."""

    @property
    def bound(self) -> int:
        """Seconds, as the preview states them."""
        return self.facts.plan.worst_case.seconds

    @property
    def longest(self) -> int:
        """Seconds after which a machine opens again by itself: whoever waits longer has not come back for it."""
        return 3 * self.bound + 120

    def course(self, planned: bool, began: float) -> Course:
        """With nothing in it yet."""
        owners = {address: name for name, place in self.facts.places.items() for address in place.answers}
        return Course(
            stack=self.stack,
            region=self.region,
            planned=planned,
            how=self.how,
            bound=self.bound,
            objective=self.facts.door.objective,
            regions=owners,
            began=began,
        )


def plan(
    wanted: Settings,
    project: Path,
    name: str,
    region: str,
    sure: str,
    how: How = How.NETWORK,
    resolvers: Sequence[str] = (),
) -> Plan:
    """Raises Refusal for every reason not to begin. `resolvers` are asked in place of the stack's DNS hosts."""
    facts = wanted.door
    if facts is None:
        raise Refusal([f"{name} has no slipway:frontDoor, so nobody would be moved; a drill needs one"])
    if facts.door.on_aws:
        raise Refusal(
            [
                f"{name} has slipway:frontDoor.mechanism: {facts.door.mechanism}; a drill takes machines that are there away "
                "(mechanism dns). On AWS drain a region with slipway:regions.NAME.drained."
            ]
        )
    if region not in facts.places:
        raise Refusal([f"which region? name one of {', '.join(facts.places)} with --region (make: REGION=…)"])
    if wanted.protected and sure != name:
        raise Refusal(
            [
                f"{name} is protected and has users: say that they may be moved with --sure {name} (make: SURE={name})"
            ]
        )
    _others_can(facts, region)
    for each in resolvers:
        if not is_address(each):
            raise Refusal([f"--resolver {each!r} is no address; give that of a resolver, such as 192.0.2.53"])
    here = facts.places[region]
    hosts = [each for each in stack.hosts(wanted, project) if each.region == region]
    edges = [each for each in stack.edges(wanted, project) if each.region == region]
    service = wanted.service
    return Plan(
        stack=name,
        region=region,
        facts=facts,
        machines=[*hosts, *edges],
        how=how,
        taken=taken(how, edges, hosts, {here.port, *((80,) if here.tls else ())}, service.port),
        servers=resolvers
        or [
            address
            for servers in facts.door.hosts.values()
            for host in servers.hosts
            for address in host.addresses
        ],
        goal=Goal(
            name=facts.door.name,
            port=here.port,
            path=service.health.path,
            tls=here.tls,
            patience=facts.door.client_timeout,
        ),
        emptied_within=emptied_within(facts.door, service.request_timeout),
    )


def _others_can(facts: Facts, region: str) -> None:
    others = {name: place.traffic for name, place in facts.places.items() if name != region}
    if facts.places[region].traffic.drained:
        raise Refusal([f"{region} is drained, so nobody would be moved"])
    if all(each.drained for each in others.values()):
        raise Refusal(
            [f"all regions but {region} are drained, so nobody would serve users; undrain one first"]
        )
    if found := too_little_without(facts, region):
        raise Refusal(
            [
                f"{found}; make room first, or say what each region can carry (slipway:regions.NAME.capacity, requests/s) and "
                "how few users make now (slipway:frontDoor.load)"
            ]
        )
