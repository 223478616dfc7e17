"""What makes a failover fail on the day it is needed, although everything can be declared."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network
from itertools import combinations

from model.front_door.rule import Facts, Rule, rule
from model.place import Place
from model.setting import is_address

LONGEST_TTL = 60
"""Seconds: what AWS recommends as the most for records that fail over (Route 53 FAQ)."""


@rule("give each region a name or an address of its own")
def shared_check(facts: Facts) -> Iterator[str]:
    """Each region is asked for its health at its own endpoint, or one that is lost looks as well as the other."""
    for one, other in combinations(facts.plan.ways, 2):
        for probe in set(one.probes) & set(other.probes) if one.region != other.region else ():
            if probe.target:
                yield f"{one.region} and {other.region} are both asked at {probe.target}"


@rule("ask at the region's own name")
def self_referential_check(facts: Facts) -> Iterator[str]:
    """No health check asks at the shared name, whose answer depends on the check."""
    for way in facts.plan.ways:
        if any(probe.target == facts.plan.name for probe in way.probes):
            yield f"{way.region} is asked for its health at {facts.plan.name}, which leads to whichever region is well"


@rule("set evaluate_target_health on its alias")
def target_health_ignored(facts: Facts) -> Iterator[str]:
    """A region whose load balancer has no healthy host gets no users."""
    for way in facts.plan.ways:
        if not way.follows_targets:
            yield f"the record of {way.region} is answered even when its load balancer has no host that is well"


@rule("add machines or capacity there, or state with slipway:frontDoor.load what all users make at the most")
def standby_too_small(facts: Facts) -> Iterator[str]:
    """What is left when a region is lost, or drained, can carry what all users make."""
    places = facts.places
    unknown = [name for name, place in places.items() if place.traffic.capacity is None]
    if unknown and len(unknown) < len(places):
        known = next(name for name in places if name not in unknown)
        yield f"{known} has a capacity and {unknown[0]} has none, so that they cannot be compared"
        return

    serving = [name for name, place in places.items() if not place.traffic.drained]
    lost = serving if facts.door.routing != "failover" else serving[:1]
    for gone in lost if len(serving) > 1 else [None]:
        if found := too_little_without(facts, gone):
            yield found


def too_little_without(facts: Facts, gone: str | None) -> str | None:
    """Who takes over from a region cannot carry all users: in a sentence. Of machines where not all have a capacity."""
    places = facts.places
    counted = any(place.traffic.capacity is None for place in places.values())

    def carries(place: Place) -> int:
        return place.machines if counted else place.traffic.capacity or 0

    unit = "machines" if counted else "requests/s"
    load = max(carries(place) for place in places.values())
    load = load if counted else facts.door.load or load
    left = [name for name, place in places.items() if name != gone and not place.traffic.drained]
    left = left[:1] if facts.door.routing == "failover" else left
    total = sum(carries(places[name]) for name in left)
    if total >= load:
        return None
    return (
        f"without {gone or 'the drained regions'}, {' and '.join(left)} would have {total} {unit} of {load}"
    )


@rule("release to all regions, or pin the same releases in all of them", error=False)
def releases_differ(facts: Facts) -> Iterator[str]:
    """All regions run the same binaries, or users get another program with another region."""
    for one, other in combinations(facts.runs, 2):
        for architecture in sorted(set(facts.runs[one]) & set(facts.runs[other])):
            ours, theirs = facts.runs[one][architecture], facts.runs[other][architecture]
            if ours != theirs:
                yield f"on {architecture}, {one} runs {_short(ours)} and {other} runs {_short(theirs)}"


@rule("let health depend on what is in the same region alone")
def health_needs_another_region(facts: Facts) -> Iterator[str]:
    """A region is well without the others, or all are lost with one."""
    health = facts.service.health
    asked = {
        "service.health.path": health.path,
        "service.health.host": health.host or "",
        **{f"service.needs[{number}]": each for number, each in enumerate(facts.service.needs)},
    }
    for key, text in asked.items():
        for region, place in facts.places.items():
            names = (*place.own_names, *((region,) if place.kind == "aws" else ()))
            if name := next((name for name in names if name in text), None):
                yield f"slipway:{key} is {text}, which in every region means {region} ({name})"
        if facts.door.name in text and key != "service.health.host":
            yield f"slipway:{key} is {text}, which leads to whichever region is well"


@rule("set slipway:frontDoor.objective to what is promised, or to less and see what it takes")
def objective_missing(facts: Facts) -> Iterator[str]:
    """It is written down within how many seconds users must be served again, and so refused when it cannot be."""
    if facts.door.objective is None:
        yield f"nothing says whether {facts.plan.worst_case.seconds} s until users are served again are few enough"


@rule("name machines in two places or more in slipway:frontDoor.hosts")
def single_dns_host(facts: Facts) -> Iterator[str]:
    """DNS outlives the loss of a place, too."""
    hosts = {
        where: [address for host in each.hosts for address in host.addresses]
        for where, each in facts.door.hosts.items()
    }
    addresses = [address for each in hosts.values() for address in each]
    if facts.door.mechanism != "dns":
        return
    if len(hosts) == 1:
        where, only = next(iter(hosts.items()))
        yield f"{', '.join(only)} in {where} alone serves {facts.door.zone}"
    elif network := _shared_network(addresses):
        yield f"all DNS hosts are in {network}"


@rule(f"set slipway:frontDoor.ttl to {LONGEST_TTL} or less")
def ttl_too_long(facts: Facts) -> Iterator[str]:
    """Answers are asked for again soon after a region is lost."""
    if facts.door.mechanism == "dns" and facts.door.answers_for > LONGEST_TTL:
        yield f"resolvers may keep an answer for {facts.door.answers_for} s"


@rule("have its certificate issued for the shared name, too")
def certificate_lacks_name(facts: Facts) -> Iterator[str]:
    """Each region can prove to be the shared name, or its users are warned away on the day they are moved there."""
    for region, names in facts.plan.certified.items():
        if not any(fnmatchcase(facts.plan.name, name) for name in names):
            yield f"the certificate of {region} is for {', '.join(names) or 'nobody'} and not for {facts.plan.name}"


@rule("add the shared name to the edge's names")
def name_not_answered(facts: Facts) -> Iterator[str]:
    """Each region answers to the shared name."""
    for region, place in facts.places.items():
        if place.served_names and not any(fnmatchcase(facts.plan.name, each) for each in place.served_names):
            yield f"the edge of {region} answers to {', '.join(place.served_names)} alone"


@rule("serve HTTPS in all regions, or in none")
def tls_differs(facts: Facts) -> Iterator[str]:
    """One link to the shared name works in every region."""
    without = [region for region, place in facts.places.items() if not place.tls]
    if without and len(without) < len(facts.places):
        yield f"{', '.join(without)} serves plain HTTP and the others HTTPS"


@rule("put regions where they cannot be lost together")
def shared_failure_domain(facts: Facts) -> Iterator[str]:
    """No two regions stand or fall together."""
    for (one, first), (other, second) in combinations(facts.places.items(), 2):
        both = sorted(_entries(first) & _entries(second))
        network = _shared_network([*_entries(first), *_entries(second)])
        if both:
            yield f"{one} and {other} are both behind {both[0]}"
        elif network:
            yield f"{one} and {other} are both in {network}, which the Internet reaches by one route"


@rule("leave one more region undrained as soon as you can", error=False)
def no_standby(facts: Facts) -> Iterator[str]:
    """There is a region to move users to."""
    serving = [name for name, place in facts.places.items() if not place.traffic.drained]
    if len(serving) == 1:
        yield f"all regions but {serving[0]} are drained, so that its loss leaves nobody to serve users"


@rule("set slipway:frontDoor.alarmEmail", error=False)
def nobody_is_told(facts: Facts) -> Iterator[str]:
    """Somebody hears of a region's loss, since users do not."""
    if facts.door.mechanism == "route53" and not facts.door.alarm_email:
        yield "a region's alarm rings in a topic that nobody has subscribed to"


@rule("set slipway:frontDoor.stateless to true, or say in slipway:frontDoor.data how data gets there")
def data_unnamed(facts: Facts) -> Iterator[str]:
    """It is said what becomes of data: a front door moves users, and nothing that they have stored."""
    if not facts.door.stateless and facts.door.data is None:
        yield "nothing says whether what users stored in one region is there in the other"


RULES: tuple[Rule, ...] = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


def _entries(place: Place) -> set[str]:
    return {*place.own_names, *place.answers}


def _shared_network(names: list[str]) -> str | None:
    """The one network that all public addresses are in. Longer prefixes are no routes of their own (RFC 7454, 6.1.3)."""
    addresses = [ip_address(name) for name in names if is_address(name)]
    networks = {
        ip_network((each, 24 if each.version == 4 else 48), strict=False)
        for each in addresses
        if each.is_global
    }
    public = [each for each in addresses if each.is_global]
    return str(networks.pop()) if len(networks) == 1 and len(public) == len(addresses) > 1 else None


def _short(digests: frozenset[str]) -> str:
    return ", ".join(sorted(digest[:12] for digest in digests))
