"""The security groups that the table of rules becomes."""

from typing import Any

import pytest

from components.aws.firewall import DESCRIPTIONS, Firewall, FirewallArgs
from components.aws.network import Network, NetworkArgs
from model.aws import firewall
from model.aws.egress import Egress
from model.aws.firewall import AccessKind
from model.aws.network import Network as NetworkSettings
from model.flows import Role
from tests.components.aws.cloud import LOOK_UPS, MADE
from tests.components.recording import Recording, record

GROUP, DEFAULT = "aws:ec2/securityGroup:SecurityGroup", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"


def made(
    access: AccessKind = "bastion",
    operators: tuple[str, ...] = ("203.0.113.0/24",),
    tls: bool = True,
    egress: tuple[Egress, ...] = (),
) -> Recording:
    rules = firewall.rules(service_port=8080, tls=tls, access=access)

    def program() -> None:
        network = Network("eu", NetworkArgs(settings=NetworkSettings(range="10.20.0.0/16")))
        args = FirewallArgs(network=network, rules=rules, operator_cidrs=operators, egress=egress)
        found = Firewall("eu", args)
        assert set(found.group_ids) == {rule.group.value for rule in rules}
        with pytest.raises(KeyError):
            found.group(Role.WORLD)

    return record(program, looked_up=LOOK_UPS, made=MADE)


def rule(recording: Recording, kind: str, name: str) -> dict[str, Any]:
    inputs = recording.inputs(kind, name)
    assert inputs.pop("fromPort") == inputs["toPort"]
    assert inputs.pop("ipProtocol") == "tcp"
    assert inputs.pop("description")
    assert inputs.pop("tags") == {"Name": name}
    return inputs


def test_behind_a_bastion_there_are_three_groups_and_exactly_these_rules() -> None:
    recording = made("bastion", ("203.0.113.0/24", "198.51.100.7/32"))
    assert recording.names(GROUP) == ["eu-bastion", "eu-hosts", "eu-load-balancer"]
    group = {role: f"eu-{role}-id" for role in ("bastion", "hosts", "load-balancer")}
    assert {name: rule(recording, INGRESS, name) for name in recording.names(INGRESS)} == {
        "eu-load-balancer-ingress-world-443": {
            "securityGroupId": group["load-balancer"], "cidrIpv4": "0.0.0.0/0", "toPort": 443
        },
        "eu-load-balancer-ingress-world-80": {
            "securityGroupId": group["load-balancer"], "cidrIpv4": "0.0.0.0/0", "toPort": 80
        },
        "eu-hosts-ingress-load-balancer-8080": {
            "securityGroupId": group["hosts"], "referencedSecurityGroupId": group["load-balancer"], "toPort": 8080
        },
        "eu-hosts-ingress-bastion-22": {
            "securityGroupId": group["hosts"], "referencedSecurityGroupId": group["bastion"], "toPort": 22
        },
        "eu-bastion-ingress-operators-22-203.0.113.0/24": {
            "securityGroupId": group["bastion"], "cidrIpv4": "203.0.113.0/24", "toPort": 22
        },
        "eu-bastion-ingress-operators-22-198.51.100.7/32": {
            "securityGroupId": group["bastion"], "cidrIpv4": "198.51.100.7/32", "toPort": 22
        },
    }  # fmt: skip
    assert {name: rule(recording, EGRESS, name) for name in recording.names(EGRESS)} == {
        "eu-load-balancer-egress-hosts-8080": {
            "securityGroupId": group["load-balancer"], "referencedSecurityGroupId": group["hosts"], "toPort": 8080
        },
        "eu-bastion-egress-hosts-22": {
            "securityGroupId": group["bastion"], "referencedSecurityGroupId": group["hosts"], "toPort": 22
        },
        "eu-hosts-egress-world-443": {
            "securityGroupId": group["hosts"], "cidrIpv4": "0.0.0.0/0", "toPort": 443
        },
        "eu-bastion-egress-world-443": {
            "securityGroupId": group["bastion"], "cidrIpv4": "0.0.0.0/0", "toPort": 443
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("access", "groups"),
    [("direct", ["eu-hosts", "eu-load-balancer"]), ("tunnel", ["eu-hosts", "eu-load-balancer", "eu-tunnel"])],
)
def test_a_role_without_rules_has_no_group(access: AccessKind, groups: list[str]) -> None:
    assert made(access).names(GROUP) == groups


def test_a_tunnel_opens_no_port_to_anybody_outside_but_users() -> None:
    recording = made("tunnel")
    outside = [name for name in recording.names(INGRESS) if "cidrIpv4" in recording.inputs(INGRESS, name)]
    assert outside == ["eu-load-balancer-ingress-world-443", "eu-load-balancer-ingress-world-80"]


def test_operators_may_come_from_ipv6_addresses() -> None:
    inputs = made("direct", ("2001:db8::/48",)).inputs(INGRESS, "eu-hosts-ingress-operators-22-2001:db8::/48")
    assert inputs["cidrIpv6"] == "2001:db8::/48"
    assert "cidrIpv4" not in inputs and "referencedSecurityGroupId" not in inputs


def test_the_default_group_of_the_network_is_emptied() -> None:
    recording = made()
    assert recording.inputs(DEFAULT, "eu-default") == {"vpcId": "eu-id", "tags": {"Name": "eu-default"}}


def test_groups_hold_no_rules_inline() -> None:
    recording = made()
    for name in recording.names(GROUP):
        assert set(recording.inputs(GROUP, name)) == {"description", "tags", "vpcId"}


def test_every_role_that_can_be_a_group_has_a_description() -> None:
    assert set(DESCRIPTIONS) == set(Role) - {Role.EDGE, Role.MONITOR, Role.DNS} - {
        role for role in Role if role.outside
    }


def test_hosts_reach_what_is_set_and_nobody_else_does() -> None:
    group, range = "sg-0123456789abcdef0", "10.8.0.0/16"
    recording = made(
        egress=(
            Egress(to=group, ports=(5432, 6379), why="Database and cache"),
            Egress(to=range, ports=(514,), protocol="udp", why="Logs"),
        )
    )
    found = {name: recording.inputs(EGRESS, name) for name in recording.names(EGRESS) if "reach" in name}
    assert set(found) == {
        f"eu-hosts-reach-{group}-tcp-5432",
        f"eu-hosts-reach-{group}-tcp-6379",
        f"eu-hosts-reach-{range}-udp-514",
    }
    assert {each["securityGroupId"] for each in found.values()} == {"eu-hosts-id"}
    logs = found[f"eu-hosts-reach-{range}-udp-514"]
    assert (logs["ipProtocol"], logs["fromPort"], logs["toPort"], logs["cidrIpv4"]) == (
        "udp",
        514,
        514,
        range,
    )
    assert found[f"eu-hosts-reach-{group}-tcp-5432"]["referencedSecurityGroupId"] == group
