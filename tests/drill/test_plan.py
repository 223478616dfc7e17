"""Why there can be no drill, and what one does to which machines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import settings
from drill.plan import plan
from drill.way import How, Taken
from model.refusal import Refusal

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINF5ivOcMfmsDz3U/XjLMjFqm+xTZqG64H63x29kyOTL"


def machine(name: str, address: str) -> dict[str, Any]:
    return {"name": name, "address": address, "architecture": "amd64", "hostKey": KEY}


def region(net: int, **changes: Any) -> dict[str, Any]:
    hosts = [machine("web1", f"192.0.{net}.11"), machine("web2", f"192.0.{net}.12")]
    return {"hosts": hosts, "edge": machine("edge", f"192.0.{net}.10"), **changes}


def stack(**changes: Any) -> dict[str, Any]:
    return {
        "service": {"name": "shop", "source": "shop", "arguments": ["{port}"]},
        "regions": {"eu": region(2), "us": region(3)},
        "frontDoor": {
            "name": "api.example.com",
            "zone": "api.example.com",
            "mechanism": "dns",
            "hosts": {"eu": {"hosts": [machine("ns1", "198.51.100.53")]}},
        },
        **changes,
    }


def planned(folder: Path, values: dict[str, Any], region: str = "eu", sure: str = "", **more: Any) -> Any:
    return plan(settings.parse(values, folder), folder, "prod", region, sure, **more)


def test_all_machines_of_the_region_close_the_ways_in_of_users_and_dns_is_asked_where_it_is(
    tmp_path: Path,
) -> None:
    made = planned(tmp_path, stack())
    assert [each.name for each in made.machines] == ["eu/web1", "eu/web2", "eu/edge"]
    assert made.taken == Taken(machines=made.machines, ports=[80, 8080], refused=False)
    assert made.servers == ["198.51.100.53"]
    assert (made.goal.name, made.goal.port, made.goal.path) == ("api.example.com", 80, "/healthz")
    assert made.longest > made.bound


def test_an_edge_that_has_ended_refuses_users_and_lost_hosts_refuse_their_edge(tmp_path: Path) -> None:
    edge = planned(tmp_path, stack(), how=How.EDGE).taken
    assert ([each.name for each in edge.machines], edge.ports, edge.refused) == (["eu/edge"], [80], True)
    lost = planned(tmp_path, stack(), how=How.HOSTS).taken
    assert ([each.name for each in lost.machines], lost.ports) == (["eu/web1", "eu/web2"], [8080])
    assert lost.refused


def test_hosts_without_an_edge_are_what_users_meet(tmp_path: Path) -> None:
    values = stack(regions={"eu": region(2), "us": region(3)})
    for each in values["regions"].values():
        del each["edge"]
    edge = planned(tmp_path, values, how=How.EDGE).taken
    assert ([each.name for each in edge.machines], edge.ports) == (["eu/web1", "eu/web2"], [8080])
    with pytest.raises(Refusal, match="without an edge"):
        planned(tmp_path, values, how=How.HOSTS)


def test_users_may_ask_resolvers_of_their_own_by_address(tmp_path: Path) -> None:
    assert planned(tmp_path, stack(), resolvers=["192.0.2.53"]).servers == ["192.0.2.53"]
    with pytest.raises(Refusal, match="is no address"):
        planned(tmp_path, stack(), resolvers=["dns.example.com"])


@pytest.mark.parametrize(
    ("values", "wanted", "said"),
    [
        (stack(frontDoor=None), "eu", "no slipway:frontDoor"),
        (stack(), "", "name one of eu, us"),
        (stack(), "asia", "name one of eu, us"),
        (stack(regions={"eu": region(2, drained=True), "us": region(3)}), "eu", "eu is drained"),
        (
            stack(regions={"eu": region(2), "us": region(3, drained=True)}),
            "eu",
            "all regions but eu are drained",
        ),
        (
            stack(regions={"eu": region(2, capacity=400), "us": region(3, capacity=100)}),
            "eu",
            "without eu, us would have 100 requests/s of 400",
        ),
    ],
)
def test_it_is_refused_where_users_would_not_be_moved(
    tmp_path: Path, values: dict[str, Any], wanted: str, said: str
) -> None:
    if values["frontDoor"] is None:
        del values["frontDoor"]
    with pytest.raises(Refusal, match=said):
        planned(tmp_path, values, wanted)


def test_who_takes_over_counts_and_not_all_that_are_left(tmp_path: Path) -> None:
    sizes = {"eu": 400, "us": 200, "asia": 400}
    values = stack(
        regions={name: region(net, capacity=size) for net, (name, size) in enumerate(sizes.items(), 2)}
    )
    with pytest.raises(Refusal, match="without eu, us would have 200 requests/s of 400"):
        planned(tmp_path, values, "eu")
    values["frontDoor"]["load"] = 200
    assert planned(tmp_path, values, "eu").region == "eu"


def test_a_region_that_the_others_can_do_without_may_go(tmp_path: Path) -> None:
    values = stack(regions={"eu": region(2, capacity=400), "us": region(3, capacity=100)})
    assert planned(tmp_path, values, "us").region == "us"


def test_users_of_a_protected_stack_are_moved_only_when_it_is_named(tmp_path: Path) -> None:
    values = stack(protected=True)
    values["frontDoor"] |= {"stateless": True}
    for sure in ("", "dev"):
        with pytest.raises(Refusal, match="protected and has users"):
            planned(tmp_path, values, "eu", sure)
    assert planned(tmp_path, values, "eu", "prod").region == "eu"
