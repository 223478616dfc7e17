"""Every rule about front doors, seen passing and seen failing, with its evidence."""

from dataclasses import replace
from typing import Any

import pytest

from model.front_door import linter
from model.front_door.front_door import FrontDoor
from model.front_door.name_servers import NameServers
from model.front_door.plan import plan
from model.front_door.refusals import refusals
from model.front_door.rule import Facts
from model.front_door.rules import RULES
from model.place import Place
from model.service import Service
from model.setting import Setting
from model.traffic import Traffic

NAME = {"name": "api.example.com", "zone": "example.com", "stateless": True}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID2HRIAnDujLGCzBwPxHeFMeKfHW5O5Ydl7zGygH3JGM"
EU, US = "eu-central-1", "us-east-1"


def built(model: type[Setting], values: dict[str, Any]) -> Any:
    """As a stack file would have it: in camelCase."""
    return model.model_validate(values, strict=False)


def service(**changes: Any) -> Service:
    return built(Service, {"name": "shop", "source": "shop", "arguments": ["{port}"]} | changes)


def servers(*addresses: str) -> NameServers:
    hosts = [
        {"name": f"ns{number}", "address": each, "architecture": "amd64", "hostKey": KEY}
        for number, each in enumerate(addresses)
    ]
    return built(NameServers, {"hosts": hosts})


def cloud(name: str, **changes: Any) -> Place:
    traffic = {key: changes.pop(key) for key in ("drained", "capacity", "weight") if key in changes}
    values: dict[str, Any] = {
        "kind": "aws",
        "machines": 3,
        "port": 443,
        "own_names": (f"{name}.example.com",),
        "tls": True,
        "certified": (f"{name}.example.com",),
        "notices_within": 22,
    }
    return Place(traffic=Traffic(**traffic), **(values | changes))


def plain(address: str, **changes: Any) -> Place:
    values: dict[str, Any] = {
        "kind": "machines",
        "machines": 2,
        "port": 80,
        "own_names": (address,),
        "answers": (address,),
    }
    traffic: dict[str, Any] = {"traffic": Traffic()}
    return Place(**(traffic | values | changes))


def on_aws(door: dict[str, Any] | None = None, **regions: Any) -> Facts:
    values = NAME | {"mechanism": "route53", "objective": 180, "alarmEmail": "a@example.com"} | (door or {})
    places = {EU: regions.get("eu") or cloud("eu"), US: regions.get("us") or cloud("us")}
    return facts(built(FrontDoor, values), places, regions.get("service") or service())


def with_dns(door: dict[str, Any] | None = None, **regions: Any) -> Facts:
    hosts = {"a": servers("198.51.100.53"), "b": servers("203.0.113.53")}
    values = NAME | {"mechanism": "dns", "objective": 600, "hosts": hosts} | (door or {})
    places = {"eu": regions.get("eu") or plain("1.1.1.1"), "us": regions.get("us") or plain("8.8.8.8")}
    return facts(built(FrontDoor, values), places, regions.get("service") or service())


def facts(door: FrontDoor, places: dict[str, Place], program: Service) -> Facts:
    assert not refusals(door, places), "what is refused is no matter for a linter"
    return Facts(door=door, places=places, service=program, plan=plan(door, places, program))


def with_way(found: Facts, **changes: Any) -> Facts:
    """With a front door that this program does not make, but another one might."""
    first, *others = found.plan.ways
    return replace(found, plan=replace(found.plan, ways=(replace(first, **changes), *others)))


def asked_at(found: Facts, target: str) -> Facts:
    return with_way(found, probes=(replace(found.plan.ways[1].probes[0], target=target),))


def certified(found: Facts, **names: tuple[str, ...]) -> Facts:
    return replace(found, plan=replace(found.plan, certified={**found.plan.certified, EU: names["eu"]}))


def runs(**digests: str) -> Facts:
    return replace(on_aws(), runs={name: {"arm64": frozenset([digest])} for name, digest in digests.items()})


GOOD = [
    on_aws(),
    on_aws({"mechanism": "globalAccelerator", "alarmEmail": None}),
    on_aws({"routing": "latency", "load": 50}, eu=cloud("eu", capacity=60), us=cloud("us", capacity=50)),
    on_aws(eu=cloud("eu", capacity=100), us=cloud("us", capacity=100)),
    on_aws({"stateless": False, "data": "Aurora global database, promoted by hand"}),
    on_aws(service=service(needs=["db.internal:5432"])),
    certified(on_aws(), eu=("*.example.com",)),
    runs(eu="a" * 64, us="a" * 64),
    with_dns(),
    with_dns(eu=plain("1.1.1.1", served_names=("*.example.com",))),
    with_dns({"ttl": 60}),
    with_dns(eu=plain("10.0.0.1"), us=plain("10.0.0.2")),
    with_dns(service=service(health={"host": "api.example.com"})),
]
BAD = [
    ("shared-check", asked_at(on_aws(), "us.example.com"), ["eu-central-1 and us-east-1", "us.example.com"]),
    ("self-referential-check", asked_at(on_aws(), "api.example.com"), ["eu-central-1", "api.example.com"]),
    ("target-health-ignored", with_way(on_aws(), follows_targets=False), ["eu-central-1"]),
    (
        "standby-too-small",
        on_aws(eu=cloud("eu", capacity=100), us=cloud("us", capacity=99)),
        ["without eu-central-1", "us-east-1 would have 99 requests/s of 100"],
    ),
    ("standby-too-small", on_aws(us=cloud("us", machines=2)), ["2 machines of 3"]),
    (
        "standby-too-small",
        on_aws(us=cloud("us", capacity=9)),
        ["us-east-1 has a capacity", "eu-central-1 has none"],
    ),
    (
        "standby-too-small",
        on_aws(
            {"routing": "weighted", "load": 150}, eu=cloud("eu", capacity=100), us=cloud("us", capacity=200)
        ),
        ["without us-east-1", "eu-central-1 would have 100 requests/s of 150"],
    ),
    (
        "standby-too-small",
        on_aws(eu=cloud("eu", drained=True), us=cloud("us", machines=1)),
        ["drained regions"],
    ),
    ("releases-differ", runs(eu="a" * 64, us="b" * 64), ["arm64", "aaaaaaaaaaaa", "bbbbbbbbbbbb"]),
    (
        "health-needs-another-region",
        on_aws(service=service(needs=["db.eu-central-1.example.net:5432"])),
        ["service.needs[0]", "db.eu-central-1.example.net", "eu-central-1"],
    ),
    (
        "health-needs-another-region",
        on_aws(service=service(health={"path": "/deep?of=https://us.example.com/"})),
        ["service.health.path", "us.example.com"],
    ),
    (
        "health-needs-another-region",
        on_aws(service=service(needs=["api.example.com:443"])),
        ["api.example.com", "whichever region"],
    ),
    (
        "health-needs-another-region",
        on_aws(service=service(health={"host": "eu.example.com"})),
        ["health.host"],
    ),
    ("objective-missing", on_aws({"objective": None}), ["173 s"]),
    ("single-dns-host", with_dns({"hosts": {"a": servers("198.51.100.53")}}), ["198.51.100.53 in a alone"]),
    (
        "single-dns-host",
        with_dns({"hosts": {"a": servers("9.9.9.9"), "b": servers("9.9.9.10")}}),
        ["all DNS hosts are in 9.9.9.0/24"],
    ),
    ("ttl-too-long", with_dns({"ttl": 61}), ["61 s"]),
    (
        "certificate-lacks-name",
        certified(on_aws(), eu=("eu.example.com",)),
        ["eu.example.com", "not for api"],
    ),
    ("name-not-answered", with_dns(eu=plain("1.1.1.1", served_names=("eu.example.com",))), ["edge of eu"]),
    (
        "tls-differs",
        with_dns(eu=plain("1.1.1.1", tls=True, certified=("api.example.com",))),
        ["us serves plain"],
    ),
    ("shared-failure-domain", with_dns(us=plain("8.8.8.8", answers=("1.1.1.1",))), ["both behind 1.1.1.1"]),
    ("shared-failure-domain", with_dns(us=plain("1.1.1.2")), ["both in 1.1.1.0/24"]),
    ("no-standby", on_aws(eu=cloud("eu", drained=True)), ["us-east-1", "leaves nobody"]),
    ("nobody-is-told", on_aws({"alarmEmail": None}), ["nobody has subscribed"]),
    ("data-unnamed", on_aws({"stateless": False}), ["stored"]),
]


@pytest.mark.parametrize("found", GOOD)
def test_nothing_is_found_about_a_front_door_that_would_serve(found: Facts) -> None:
    assert linter.findings(found) == []


@pytest.mark.parametrize(("code", "found", "words"), BAD)
def test_what_would_break_it_is_found_with_evidence_and_remedy(
    code: str, found: Facts, words: list[str]
) -> None:
    (finding,) = [each for each in linter.findings(found) if each.code == code]
    missing = [word for word in words if word not in finding.evidence]
    assert not missing, f"{finding.evidence!r} does not say {missing}"
    rule = next(rule for rule in RULES if rule.code == code)
    assert str(finding) == f"{code}: {finding.evidence}; {rule.remedy}."


def test_every_rule_has_been_seen_failing() -> None:
    assert {code for code, _, _ in BAD} == {rule.code for rule in RULES}
    assert len({rule.code for rule in RULES}) == len(RULES)


def test_neither_a_rollback_nor_an_evacuation_is_ever_refused() -> None:
    assert {rule.code for rule in RULES if not rule.error} == {
        "releases-differ",
        "no-standby",
        "nobody-is-told",
    }


def test_the_page_has_every_code() -> None:
    page = linter.documentation()
    assert all(f"| `{rule.code}` |" in page for rule in RULES)
    assert all(rule.what.endswith(".") and not rule.remedy.endswith(".") for rule in RULES)
