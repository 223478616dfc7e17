"""The table of who may reach what."""

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.aws import firewall
from model.aws.firewall import AccessKind, Rule
from model.flows import Role

PROJECT = Path(__file__).parents[3]
ACCESS: tuple[AccessKind, ...] = get_args(AccessKind)
tables = st.builds(
    firewall.rules,
    service_port=st.integers(1, 65535),
    tls=st.booleans(),
    access=st.sampled_from(ACCESS),
)


@given(tables)
def test_nothing_but_the_load_balancers_web_ports_is_open_to_the_world(rules: tuple[Rule, ...]) -> None:
    open_to_world = {
        (rule.group, rule.port) for rule in rules if (rule.direction, rule.peer) == ("ingress", Role.WORLD)
    }
    assert open_to_world <= {(Role.LOAD_BALANCER, 443), (Role.LOAD_BALANCER, 80)}
    assert (Role.LOAD_BALANCER, 80) in open_to_world


@given(tables)
def test_ssh_is_open_to_operators_or_to_what_passes_them_on_and_to_nobody_else(
    rules: tuple[Rule, ...],
) -> None:
    allowed = {Role.OPERATORS, Role.BASTION, Role.TUNNEL}
    ssh = [rule for rule in rules if "SSH" in rule.description]
    assert ssh and all(rule.port == 22 for rule in ssh)
    assert all(rule.peer in allowed for rule in ssh if rule.direction == "ingress")


@given(tables)
def test_what_one_group_sends_to_another_the_other_lets_in(rules: tuple[Rule, ...]) -> None:
    sent = {(r.group, r.peer, r.port) for r in rules if r.direction == "egress" and not r.peer.outside}
    let_in = {(r.peer, r.group, r.port) for r in rules if r.direction == "ingress" and not r.peer.outside}
    assert sent == let_in


@given(tables)
def test_a_group_is_never_made_of_addresses_outside(rules: tuple[Rule, ...]) -> None:
    assert not [rule for rule in rules if rule.group.outside]


@given(tables)
def test_no_rule_stands_twice_and_each_has_a_reason_that_aws_takes(rules: tuple[Rule, ...]) -> None:
    places = [(rule.direction, rule.group, rule.peer, rule.port) for rule in rules]
    assert len(places) == len(set(places))
    allowed = set(" ._-:/()#,@[]+=&;{}!$*")
    for rule in rules:
        assert 0 < len(rule.description) <= 255
        assert all(each.isascii() and (each.isalnum() or each in allowed) for each in rule.description)


@given(st.integers(1, 65535), st.sampled_from(ACCESS))
def test_users_come_over_plain_http_only_where_there_is_no_certificate(port: int, access: AccessKind) -> None:
    def doors(tls: bool) -> set[int]:
        rules = firewall.rules(service_port=port, tls=tls, access=access)
        return {
            rule.port for rule in rules if rule.group is Role.LOAD_BALANCER and rule.direction == "ingress"
        }

    assert doors(tls=True) == {80, 443}
    assert doors(tls=False) == {80}


@given(tables)
def test_hosts_begin_connections_to_https_alone(rules: tuple[Rule, ...]) -> None:
    out = [(rule.peer, rule.port) for rule in rules if (rule.group, rule.direction) == (Role.HOSTS, "egress")]
    assert out == [(Role.WORLD, 443)]


@pytest.mark.parametrize(
    ("access", "ssh"),
    [
        ("bastion", {(Role.BASTION, Role.OPERATORS), (Role.HOSTS, Role.BASTION)}),
        ("direct", {(Role.HOSTS, Role.OPERATORS)}),
        ("tunnel", {(Role.HOSTS, Role.TUNNEL)}),
    ],
)
def test_each_access_opens_ssh_exactly_where_it_needs_it(
    access: AccessKind, ssh: set[tuple[Role, Role]]
) -> None:
    rules = firewall.rules(service_port=8080, tls=True, access=access)
    assert {(r.group, r.peer) for r in rules if r.direction == "ingress" and r.port == 22} == ssh


def test_the_page_is_the_one_that_the_table_gives() -> None:
    page = PROJECT / "docs" / "firewall.md"
    assert page.read_text() == firewall.page(), "write it again: make docs"
