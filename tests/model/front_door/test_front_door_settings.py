"""What a front door may be told, and what cannot be between it and its regions."""

import json
from pathlib import Path
from typing import Any

import pytest

import settings
from model.refusal import Refusal

PROJECT = Path(__file__).parent.parent.parent.parent
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID2HRIAnDujLGCzBwPxHeFMeKfHW5O5Ydl7zGygH3JGM"
NAME = {"name": "api.example.com", "zone": "example.com"}
ROUTE53, ACCELERATOR = NAME | {"mechanism": "route53"}, NAME | {"mechanism": "globalAccelerator"}


def machine(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "name": f"m{number}",
        "address": f"192.0.2.{number}",
        "architecture": "amd64",
        "hostKey": KEY,
    } | changes


def plain(number: int, **changes: Any) -> dict[str, Any]:
    return {"hosts": [machine(number)], "edge": machine(number + 1)} | changes


def cloud(number: int, domain: str, **changes: Any) -> dict[str, Any]:
    return {
        "instances": [{"type": "m7g.large"}],
        "network": {"range": f"10.{number}.0.0/16"},
        "access": {"bastion": {"operatorCidrs": ["203.0.113.0/24"]}},
        "login": {"publicKey": KEY},
        "loadBalancer": {"domain": domain, "zone": "example.com"},
    } | changes


def dns(**changes: Any) -> dict[str, Any]:
    servers = {place: {"hosts": [machine(number)]} for place, number in (("eu", 91), ("us", 92))}
    return NAME | {"mechanism": "dns", "hosts": servers} | changes


def two(**changes: Any) -> dict[str, Any]:
    return {"eu": plain(10) | changes, "us": plain(20)}


def both(**changes: Any) -> dict[str, Any]:
    return {
        "eu-west-1": cloud(40, "eu.example.com") | changes,
        "us-east-1": cloud(41, "us.example.com"),
    }


def parsed(door: Any, regions: dict[str, Any]) -> settings.Settings:
    service = {"name": "shop", "source": "shop", "arguments": ["{port}"]}
    return settings.parse({"service": service, "regions": regions, "frontDoor": door}, PROJECT)


@pytest.mark.parametrize(
    ("door", "regions"),
    [
        (ROUTE53, both()),
        (ROUTE53 | {"routing": "weighted"}, both(weight=3)),
        (ROUTE53 | {"zone": "api.example.com", "makeZone": True, "caa": True}, both(drained=True)),
        (ACCELERATOR | {"routing": "latency"}, both(capacity=100)),
        (dns(), two()),
        (dns(routing="weighted", ttl=3), two(weight=9, drained=True)),
        ({}, two()),
    ],
)
def test_what_can_be_is_taken(door: dict[str, Any], regions: dict[str, Any]) -> None:
    found = parsed(door, regions)
    assert (found.front_door is None) == (not door)
    assert list(found.places) == list(regions), "the order of the stack file is the priority"


@pytest.mark.parametrize(
    ("door", "regions", "words"),
    [
        ({"name": "api.example.com"}, two(), ["slipway:frontDoor.", "is not set"]),
        (ROUTE53 | {"zone": "example.org"}, both(), ["api.example.com", "not in the zone example.org"]),
        (
            ROUTE53 | {"mechanism": "bgp"},
            both(),
            ["mechanism", "bgp", "'route53', 'globalAccelerator' or 'dns'"],
        ),
        (ROUTE53, two(), ["mechanism is route53", "eu is none", "use dns"]),
        (dns(), both(), ["mechanism is dns", "eu-west-1 is none", "use route53"]),
        (ROUTE53, {"eu-west-1": cloud(40, "eu.example.com")}, ["eu-west-1 alone", "add a region"]),
        (
            dns(),
            {name: each | {"drained": True} for name, each in two().items()},
            ["us.drained", "leave one"],
        ),
        (
            ROUTE53,
            both() | {"eu-west-2": cloud(42, "uk.example.com")},
            ["routing is failover", "3 regions", "weighted"],
        ),
        (
            ROUTE53,
            both(loadBalancer={"domain": "api.example.com", "zone": "example.com"}),
            ["api.example.com", "eu-west-1's own", "eu-west-1.api.example.com"],
        ),
        (ROUTE53, both(weight=3), ["eu-west-1.weight is 3", "routing is failover", "choose weighted"]),
        (ROUTE53 | {"ttl": 5}, both(), ["has ttl", "aliases", "remove it"]),
        (ROUTE53 | {"check": {"interval": 5}}, both(), ["check.interval: 5", "10 or 30"]),
        (ROUTE53 | {"check": {"timeout": 5}}, both(), ["check.timeout", "4 s"]),
        (ROUTE53 | {"makeZone": True}, both(), ["makeZone", "eu-west-1's own name lies in example.com"]),
        (ROUTE53 | {"hosts": dns()["hosts"]}, both(), ["has hosts", "AWS answers"]),
        (ROUTE53 | {"stateless": True, "data": "replicated"}, both(), ["both stateless: true and data"]),
        (ROUTE53 | {"data": " "}, both(), ["frontDoor.data", "is empty"]),
        (ACCELERATOR | {"routing": "weighted"}, both(), ["routing: weighted", "failover or latency"]),
        (ACCELERATOR | {"check": {"threshold": 2}}, both(), ["has check", "service.health"]),
        (ACCELERATOR | {"alarmEmail": "a@example.com"}, both(), ["alarmEmail", "only Route 53"]),
        (dns(routing="latency"), two(), ["routing: latency", "failover or weighted"]),
        (dns(hosts={}), two(), ["has no hosts", "name the machines"]),
        (dns(caa=True), two(), ["has caa", "remove it"]),
        (dns(hosts={"eu": {"hosts": []}}), two(), ["frontDoor.hosts.eu", "empty `hosts`"]),
        (dns(hosts={"eu": {"hosts": [machine(10)]}}), two(), ["m10 at 192.0.2.10", "eu's already"]),
        (
            dns(hosts={"eu": {"hosts": [machine(91, address="ns.example.com")]}}),
            two(),
            ["ns.example.com", "IP address"],
        ),
        (
            dns(hosts={"eu": {"hosts": [machine(91)], "login": {"privateKeyFile": "no/key"}}}),
            two(),
            ["slipway:frontDoor.hosts.eu.login.privateKeyFile", "no/key"],
        ),
        (dns(), two(edge=machine(11, address="edge.example.com")), ["edge.example.com", "eu.answers"]),
        (
            dns(hosts={"eu": {"hosts": [machine(91, reachedAt=["192.0.2.11"])]}}),
            two(),
            ["m91 at 192.0.2.11", "eu's already"],
        ),
        (
            dns(name="m91.eu.example.com"),
            two(),
            ["eu has m91", "would be m91.eu.example.com", "call the machine otherwise"],
        ),
        (
            dns(),
            two(answers=["192.0.2.11", "2001:db8::11"]),
            ["eu at IPv4 and IPv6, us at IPv4", "`answers` of each region"],
        ),
        (dns(), two(edge=machine(11, listen=8080)), ["eu at 8080, us at 80", "one of [80, 8080]"]),
        (dns(objective=10), two(), ["objective is 10", "at least 14 s"]),
        (dns(objective=20, ttl=60), two(), ["ttl: 5, which makes 20 s of it"]),
        ({}, two(drained=True), ["regions.eu.drained", "frontDoor is not set"]),
        ({}, two(capacity=10), ["regions.eu.capacity", "frontDoor is not set"]),
        (dns(), two(weight=0), ["regions.eu.weight", "is 0"]),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    door: dict[str, Any], regions: dict[str, Any], words: list[str]
) -> None:
    with pytest.raises(Refusal) as caught:
        parsed(door, regions)
    said = caught.value.lines[0]
    missing = [word for word in words if word not in said]
    assert not missing, f"{said!r} does not say {missing}"
    assert said.startswith("slipway:") and said.endswith(".")


def test_a_regions_share_of_the_users_stands_beside_its_inventory(tmp_path: Path) -> None:
    for name, number in (("eu", 10), ("us", 20)):
        (tmp_path / f"{name}.json").write_text(json.dumps(plain(number)))
    (tmp_path / "dns.json").write_text(json.dumps({"hosts": [machine(90)]}))
    regions = {"eu": {"inventory": "eu.json", "drained": True}, "us": {"inventory": "us.json", "capacity": 9}}
    service = {"name": "shop", "source": "shop", "arguments": ["{port}"]}
    door = dns(hosts={"eu": {"inventory": "dns.json"}})
    found = settings.parse({"service": service, "regions": regions, "frontDoor": door}, tmp_path)
    assert found.places["eu"].traffic.drained and found.places["us"].traffic.capacity == 9
    assert found.front_door and found.front_door.hosts["eu"].hosts[0].address == "192.0.2.90"
