"""What cannot be between a front door and the regions behind it. What could be, but should not, is the linter's business."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_address

from model.front_door import objective
from model.front_door.front_door import FrontDoor
from model.place import Place
from model.setting import is_address
from model.traffic import Traffic

KEY = "slipway:frontDoor"


def refusals(door: FrontDoor | None, places: Mapping[str, Place]) -> list[str]:
    """One sentence for everything that is wrong; `places` are the regions by name, in the order of their priority."""
    if door is None:
        return list(_nobody_told(places))
    return [
        *_places_suit(door, places),
        *_names_differ(door, places),
        *_weights_count(door, places),
        *_servers_differ(door, places),
        *objective.refusals(door, places),
    ]


def _nobody_told(places: Mapping[str, Place]) -> Iterator[str]:
    for name, place in places.items():
        for key in sorted(place.traffic.model_fields_set & Traffic.model_fields.keys()):
            yield (
                f"slipway:regions.{name}.{key} is for a front door, but {KEY} is not set; set it, or remove the key."
            )


def _places_suit(door: FrontDoor, places: Mapping[str, Place]) -> Iterator[str]:
    wanted, what = ("aws", "regions of AWS") if door.on_aws else ("machines", "machines that are there")
    for name, place in places.items():
        if place.kind != wanted:
            other = "dns" if door.on_aws else "route53 or globalAccelerator"
            yield f"{KEY}.mechanism is {door.mechanism}, which is for {what}, but {name} is none; use {other} there."
    if len(places) < 2:
        yield (
            f"{KEY} is set, but slipway:regions has {', '.join(places)} alone, and nothing to move users to; "
            "add a region, or remove the front door."
        )
    elif all(place.traffic.drained for place in places.values()):
        yield (
            f"slipway:regions.{list(places)[-1]}.drained is true, as it is for all others, so that nobody would serve users; "
            "leave one region undrained."
        )
    if door.mechanism == "route53" and door.routing == "failover" and len(places) > 2:
        yield (
            f"{KEY}.routing is failover, which in Route 53 is a primary and a secondary, but there are {len(places)} regions; "
            "keep two, or choose weighted or latency."
        )


def _names_differ(door: FrontDoor, places: Mapping[str, Place]) -> Iterator[str]:
    for name, place in places.items():
        if door.name in place.own_names:
            yield (
                f"{KEY}.name is {door.name}, which is also {name}'s own, so that its health could not be told from the others'; "
                f"give {name} a name of its own, such as {name}.{door.name}."
            )
        if door.make_zone and any(f".{own}".endswith(f".{door.zone}") for own in place.own_names):
            yield (
                f"{KEY}.makeZone is true, but {name}'s own name lies in {door.zone}, too, which must be there before; "
                "make the zone for the shared name alone, or without this program."
            )
        for answer in place.answers if not door.on_aws else ():
            if not is_address(answer):
                yield (
                    f"slipway:regions.{name} is reached at {answer}, but DNS answers with addresses; "
                    f"write its IP addresses into slipway:regions.{name}.answers."
                )

    families = {
        name: " and ".join(
            sorted({f"IPv{ip_address(each).version}" for each in place.answers if is_address(each)})
        )
        for name, place in places.items()
        if not door.on_aws
    }
    if len(set(families.values())) > 1:
        told = ", ".join(f"{name} at {found}" for name, found in families.items())
        yield (
            f"{KEY}.name leads to addresses of the same families everywhere, but users reach {told}; "
            "write addresses of all of them into `answers` of each region, or of one alone."
        )
    if len(ports := {place.port for place in places.values()}) > 1:
        told = ", ".join(f"{name} at {place.port}" for name, place in places.items())
        yield f"{KEY}.name leads to one port everywhere, but users reach {told}; use one of {sorted(ports)} in all regions."


def _weights_count(door: FrontDoor, places: Mapping[str, Place]) -> Iterator[str]:
    for name, place in places.items():
        if door.routing != "weighted" and "weight" in place.traffic.model_fields_set:
            yield (
                f"slipway:regions.{name}.weight is {place.traffic.weight}, but {KEY}.routing is {door.routing}, "
                "which knows no weights; remove it, or choose weighted."
            )


def _servers_differ(door: FrontDoor, places: Mapping[str, Place]) -> Iterator[str]:
    owners = {address: name for name, place in places.items() for address in place.own_names}
    for where, servers in door.hosts.items():
        for host in servers.hosts:
            key = f"{KEY}.hosts.{where}"
            if f"{host.name}.{where}.{door.zone}" == door.name:
                yield f"{key} has {host.name}, whose own name in the zone would be {door.name}; call the machine otherwise."
            for address in host.addresses:
                if not is_address(address):
                    yield (
                        f"{key} has {host.name} at {address}; names are what it answers for, so write its IP address, "
                        "or those at which resolvers reach it into reachedAt."
                    )
                elif address in owners:
                    owner = owners[address]
                    yield f"{key} has {host.name} at {address}, which is {owner}'s already; give DNS a machine of its own."
                owners[address] = key
