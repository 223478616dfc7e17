"""What DNS hosts are told to serve. That PowerDNS answers so is tested on real hosts."""

import re
from typing import Any

import pytest

from model.front_door import dns_files
from model.front_door.plan import release_order
from model.front_door.zone import delegation
from tests.model.front_door.test_front_door_settings import dns, machine, parsed, plain, two

EU, US = "192.0.2.11", "192.0.2.21"


def files(door: dict[str, Any] | None = None, regions: dict[str, Any] | None = None) -> dict[str, str]:
    facts = parsed(door or dns(), regions or two()).door
    assert facts
    server = facts.door.hosts["eu"].hosts[0]
    made = dns_files.files(facts.door, facts.plan, facts.places, facts.service, server)
    return {file.target: file.content.decode() for file in made}


def found(name: str, **changes: Any) -> str:
    return files(**changes)[f"{dns_files.FOLDER}/{name}"]


def program(text: str, kind: str = "A") -> str:
    """The code as PowerDNS puts it together."""
    (line,) = re.findall(rf"IN LUA {kind} \( (.*) \)", text)
    parts = re.findall(r'"([^"]*)"', line)
    assert all(len(part) <= 255 and part != " " for part in parts)
    return "".join(parts)


def test_the_zone_names_its_servers_with_their_addresses_and_answers_for_five_seconds() -> None:
    text = found("zone")
    assert "$ORIGIN example.com." in text
    assert "@ IN NS m91.eu.example.com.\nm91.eu.example.com. IN A 192.0.2.91" in text
    assert "@ IN NS m92.us.example.com.\nm92.us.example.com. IN A 192.0.2.92" in text
    assert "api.example.com. 5 IN LUA A (" in text and "AAAA" not in text
    assert "api.example.com. 60 IN LUA A (" in found("zone", door=dns(ttl=60))


def test_regions_are_asked_for_in_the_order_of_their_priority_and_drained_ones_are_known() -> None:
    code = program(found("zone", regions=two(drained=True)))
    assert code.index(f"drained=true,'{EU}'") < code.index(f"drained=false,'{US}'")
    assert "pickwrandom" not in code
    weighted = program(found("zone", door=dns(routing="weighted"), regions=two(weight=9)))
    assert f"weight=9,drained=false,'{EU}'" in weighted and "pickwrandom" in weighted


def test_a_name_of_both_families_has_a_program_for_each() -> None:
    regions = {
        "eu": plain(10, answers=[EU, "2001:db8::11"]),
        "us": plain(20, answers=[US, "2001:db8::21"]),
    }
    text = found("zone", regions=regions)
    assert "2001" not in program(text) and "['0.0.0.0']" in program(text)
    six = program(text, "AAAA")
    assert EU not in six and "'2001:db8::11'" in six and "['::']" in six


def test_each_address_has_a_check_of_its_own_as_often_as_the_arithmetic_says() -> None:
    text = found("haproxy.cfg", door=dns(check={"interval": 3, "threshold": 4, "timeout": 2}))
    assert text.count("check inter 3s fall 4 rise 5") == 2
    assert "timeout connect 1000ms" in text and "timeout check 1000ms" in text, "together they take `timeout`"
    for address in (EU, US):
        assert f"if {{ path /{address} }} {{ nbsrv({address}) ge 1 }}" in text
        assert f"backend {address}\n" in text and f"server edge {address}:80\n" in text
    assert "uri '/healthz' ver HTTP/1.1 hdr Host 'api.example.com'" in text
    assert "bind 127.0.0.1:5380\n" in text


def test_a_region_with_https_is_asked_over_it_by_the_shared_name() -> None:
    tls = {"certificate": "/etc/ssl/shop.pem", "key": "/etc/ssl/shop.key"}
    regions = {
        "eu": plain(10) | {"edge": machine(11, tls=tls)},
        "us": plain(20) | {"edge": machine(21, tls=tls)},
    }
    text = found("haproxy.cfg", regions=regions)
    assert f"server edge {EU}:443 ssl verify none sni str(api.example.com)" in text


def test_a_region_without_an_edge_is_its_hosts() -> None:
    regions = {
        "eu": {"hosts": [machine(10), machine(11)]},
        "us": {"hosts": [machine(20)]},
    }
    assert f"'192.0.2.10','{EU}'" in program(found("zone", regions=regions))
    assert found("haproxy.cfg", regions=regions).count("\nbackend ") == 3


def test_a_name_server_answers_for_its_zone_alone_and_tells_nothing_else() -> None:
    text = found("pdns.conf")
    for line in ("disable-axfr=yes", "api=no", "webserver=no", "version-string=anonymous", "any-to-tcp=yes"):
        assert f"\n{line}\n" in text
    assert "resolver" not in text and "recurs" not in text
    assert "local-address=0.0.0.0\n@ipv6@ local-address+=::\n" in text
    bound = dns(hosts={"eu": {"hosts": [machine(91, bind=["10.0.0.91"])]}})
    assert "local-address=10.0.0.91\n" in found("pdns.conf", door=bound)


def test_the_parent_zone_is_told_who_serves_and_where() -> None:
    hosts = {"eu": {"hosts": [machine(91, reachedAt=["198.51.100.91", "2001:db8::91"])]}}
    facts = parsed(dns(hosts=hosts), two()).door
    assert facts and delegation(facts.door) == (
        "example.com. 86400 IN NS m91.eu.example.com.",
        "m91.eu.example.com. 86400 IN A 198.51.100.91",
        "m91.eu.example.com. 86400 IN AAAA 2001:db8::91",
    )


def test_a_firewall_lets_in_dns_from_everybody_ssh_from_operators_and_nothing_else() -> None:
    servers = {"eu": {"hosts": [machine(91, port=2222)], "firewall": {"operators": ["203.0.113.0/24"]}}}
    facts = parsed(dns(hosts=servers), two()).door
    assert facts
    one = facts.door.hosts["eu"]
    filter = one.base(one.hosts[0]).firewall
    assert filter
    assert [(each.protocol, each.port, each.sources) for each in filter.inlets] == [
        ("udp", 53, None),
        ("tcp", 53, None),
    ]
    assert [(each.port, each.sources) for each in filter.logins] == [(2222, ("203.0.113.0/24",))]


@pytest.mark.parametrize(
    ("drained", "order"),
    [((), ["asia", "us", "eu"]), (("eu",), ["eu", "asia", "us"]), (("us",), ["us", "asia", "eu"])],
)
def test_a_release_reaches_drained_regions_first_then_standbys_and_the_primary_last(
    drained: tuple[str, ...], order: list[str]
) -> None:
    names = {"eu": 10, "us": 20, "asia": 30}
    regions = {name: plain(number, drained=name in drained) for name, number in names.items()}
    found = parsed(dns(), regions)
    assert release_order(found.places) == order
    assert list(found.rollout().batches) == order
    assert list(
        parsed({}, {name: plain(number) for name, number in names.items()}).rollout().batches
    ) == list(names)
