"""The machine's packet filter follows from the same flows as the security groups of a cloud."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from model import flows, packet_filter
from model.architecture import Architecture
from model.flows import Role
from model.machines.region import Region
from model.packet_filter import Inlet
from model.service import Service

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPbVdLnsFyl5B4VpJUOgwvcmDxsMNMzJhLhvqU4jX1oK"
SERVICE = Service(name="shop", source=".", arguments=("{port}",))
OPERATORS = ["192.0.2.0/24", "2001:db8::/48"]


def machine(name: str, address: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "address": address, "architecture": "amd64", "hostKey": KEY, **more}


def region(*, edge: dict[str, Any] | None = None, **more: Any) -> Region:
    values = {
        "hosts": [machine("web1", "10.0.0.11", port=2222)],
        "firewall": {"operators": OPERATORS},
        **more,
    }
    if edge:
        values["edge"] = edge
    return Region.model_validate_json(json.dumps(values))


def test_a_host_is_open_to_its_edge_and_whoever_is_accepted_and_to_operators_at_its_ssh_port() -> None:
    made = region(edge=machine("edge1", "10.0.0.10"), accept=["10.9.0.0/16", "10.9.1.0/24"])
    found = made.host_base(made.hosts[0], SERVICE).firewall
    assert found
    assert found.logins == (Inlet(port=2222, sources=tuple(OPERATORS), why="SSH from operators"),)
    assert [(each.port, each.sources) for each in found.inlets] == [
        (8080, ("10.0.0.10/32",)),
        (8080, ("10.9.0.0/16",)),  # the smaller one lies in it, which nftables would refuse
    ]


def test_without_an_edge_a_host_is_open_as_its_proxy_is() -> None:
    for accept, sources in ((None, None), (["10.9.0.0/16"], ("10.9.0.0/16",))):
        made = region(accept=accept)
        found = made.host_base(made.hosts[0], SERVICE).firewall
        assert found
        assert [(each.port, each.sources) for each in found.inlets] == [(8080, sources)]


def test_an_edge_is_open_to_the_world_at_its_port_alone() -> None:
    made = region(edge=machine("edge1", "10.0.0.10", listen=8000))
    assert made.edge
    found = made.edge_base(made.edge, SERVICE).firewall
    assert found
    assert [(each.port, each.sources) for each in found.inlets] == [(8000, None)]
    assert [each.port for each in found.logins] == [22]


def test_what_the_user_opens_stands_on_the_machines_that_have_it() -> None:
    exporter = {"port": 9100, "sources": ["10.0.0.5"], "why": "node exporter"}
    database = {"port": 5432, "sources": ["10.0.0.0/24"], "on": "hosts", "why": "PostgreSQL"}
    made = region(
        edge=machine("edge1", "10.0.0.10"), firewall={"operators": OPERATORS, "open": [exporter, database]}
    )
    assert made.edge
    host, edge = made.host_base(made.hosts[0], SERVICE).firewall, made.edge_base(made.edge, SERVICE).firewall
    assert host and edge
    assert [each.port for each in host.inlets] == [8080, 9100, 5432]
    assert [each.port for each in edge.inlets] == [80, 9100]


def test_an_edge_that_is_known_by_name_alone_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"edge\.asksFrom"):
        region(edge=machine("edge1", "edge1.example.com"))
    assert region(edge=machine("edge1", "edge1.example.com", asksFrom=["10.0.0.10"]))


def test_a_filter_names_only_flows_that_end_at_its_machine() -> None:
    table = (flows.login(Role.EDGE), flows.requests(Role.EDGE, 8080), *flows.users(Role.EDGE))
    found = packet_filter.of(Role.EDGE, table, {Role.OPERATORS: ("192.0.2.1",), Role.WORLD: None})
    assert [each.port for each in (*found.logins, *found.inlets)] == [22, 80]


def test_nothing_is_filtered_unless_it_is_asked_for() -> None:
    made = region(firewall=None)
    assert made.host_base(made.hosts[0], SERVICE).firewall is None
    assert made.hosts[0].architecture is Architecture.AMD64
