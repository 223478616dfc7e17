"""Regions of machines: addresses of both families, who is let in, and what users type."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from model.door import HostDoor
from model.machines.region import Edge, Region
from tests.model.kubernetes.placements import service

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHWaNgGVNfKQDcV9BKcmkrOl1Vud7NpQJaAq5Tw2hQJ5"
HOST = {"name": "web1", "address": "192.0.2.11", "architecture": "amd64", "hostKey": KEY}
EDGE = HOST | {"name": "edge1", "address": "192.0.2.10"}


def region(**changes: object) -> Region:
    return Region.model_validate_json(json.dumps({"hosts": [HOST]} | changes))


def edge(**changes: object) -> Edge:
    return Edge.model_validate_json(json.dumps(EDGE | changes))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("[fd00:89::11]", "fd00:89::11"),
        ("FD00:89:0::11", "fd00:89::11"),
        ("web1.example.com", "web1.example.com"),
    ],
)
def test_an_address_has_one_spelling_with_or_without_brackets(written: str, meant: str) -> None:
    assert edge(address=written).address == meant


@pytest.mark.parametrize("written", ["[fd00::1", "fd00::1]", "fd00::g", "192.0.2.1:80", "a b", ""])
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(ValidationError):
        edge(address=written)


@pytest.mark.parametrize(
    ("changes", "url"),
    [
        ({}, "http://192.0.2.10/"),
        ({"listen": 8088}, "http://192.0.2.10:8088/"),
        ({"address": "[2001:db8::1]"}, "http://[2001:db8::1]/"),
        ({"address": "2001:db8::80", "listen": 8088}, "http://[2001:db8::80]:8088/"),
        ({"names": ["*.example.com", "shop.example.com"]}, "http://shop.example.com/"),
    ],
)
def test_a_url_is_what_a_client_takes(changes: dict[str, object], url: str) -> None:
    assert edge(**changes).url == url


def test_hosts_know_the_edge_by_where_it_asks_from() -> None:
    host = {**HOST, "bind": ["192.0.2.11"]}
    for changes, seen in (({}, ("192.0.2.10",)), ({"asksFrom": ["10.0.0.9"]}, ("10.0.0.9",))):
        made = region(hosts=[host], edge=EDGE | changes)
        assert made.host_door(made.hosts[0]) == HostDoor(bind=("192.0.2.11",), accepted=(), edges=seen)
    alone = region(trustedProxies=["192.0.2.0/24"])
    assert alone.host_door(alone.hosts[0]) == HostDoor(trusted=("192.0.2.0/24",))


def test_a_name_that_nginx_would_read_otherwise_is_refused() -> None:
    for name in ("a b", "shop.example.com;", "~^a", "*", ""):
        with pytest.raises(ValidationError):
            edge(names=[name])


def test_a_closed_path_begins_with_a_slash() -> None:
    for path in ("metrics", "/a b", '/a"b', ""):
        with pytest.raises(ValidationError):
            edge(closed=[path])


@pytest.mark.parametrize(
    ("edge", "monitor", "left"),
    [
        ({}, {}, set[str]()),
        ({"tls": {"listen": 20443, "certificate": "/etc/ssl/c.pem", "key": "/etc/ssl/k.pem"}}, {}, {"edge"}),
        ({"listen": 20080}, {}, {"edge"}),
        ({}, {"metrics": 29180}, {"host", "edge"}),
    ],
)
def test_no_outgoing_connection_takes_a_port_at_which_the_machine_is_asked(
    edge: dict[str, object], monitor: dict[str, object], left: set[str]
) -> None:
    watching = HOST | {"name": "watch", "address": "192.0.2.12"} | monitor
    made = region(edge=EDGE | edge, monitor=watching, tuning={})
    assert made.edge
    bases = {"host": made.host_base(made.hosts[0], service()), "edge": made.edge_base(made.edge, service())}
    without = {name for name, base in bases.items() if "net.ipv4.ip_local_port_range" not in base.kernel}
    assert without == left
