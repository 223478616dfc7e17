"""Rules for networks: who may reach what."""

from __future__ import annotations

import ipaddress

from policy.rule import Properties, rule

GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
WEB_PORTS = (80, 443)
WIDEST = 8
"""Bits of an address range's prefix from which on it counts as some place and not as the world."""


def _is_world(rule: Properties) -> bool:
    ranges = [rule[key] for key in ("cidrIpv4", "cidrIpv6") if rule.get(key)]
    return any(ipaddress.ip_network(each, strict=False).prefixlen < WIDEST for each in ranges)


@rule(
    INGRESS,
    ids=("EC2.13", "EC2.14", "EC2.18", "EC2.19", "CKV_AWS_24", "CKV_AWS_25", "CKV_AWS_277"),
    passes={"cidrIpv4": "0.0.0.0/0", "fromPort": 443, "toPort": 443, "ipProtocol": "tcp"},
    fails={"cidrIpv6": "::/0", "fromPort": 22, "toPort": 22, "ipProtocol": "tcp"},
)
def world_reaches_web_ports_only(ingress: Properties) -> str | None:
    """Nothing but ports 80 and 443 is open to the world."""
    ports = (ingress.get("fromPort"), ingress.get("toPort"))
    if not _is_world(ingress) or (ports[0] == ports[1] and ports[0] in WEB_PORTS):
        return None
    return (
        f"Ports {ports[0]} to {ports[1]} ({ingress.get('ipProtocol')}) are open to everybody; "
        "name a security group or your own address range."
    )


@rule(
    EGRESS,
    ids=("CKV_AWS_382",),
    passes={"cidrIpv4": "0.0.0.0/0", "fromPort": 443, "toPort": 443, "ipProtocol": "tcp"},
    fails={"cidrIpv4": "0.0.0.0/0", "ipProtocol": "-1"},
)
def egress_to_the_world_names_its_port(egress: Properties) -> str | None:
    """What may leave for anywhere is stated port by port."""
    if not _is_world(egress) or (egress.get("ipProtocol") != "-1" and egress.get("fromPort") is not None):
        return None
    return "Everything may leave for anywhere; state protocol, fromPort and toPort."


@rule(
    GROUP,
    INGRESS,
    EGRESS,
    ids=("CKV_AWS_23",),
    passes={"description": "Requests from the load balancer"},
    fails={"description": "Managed by Pulumi"},
)
def firewall_is_described(part: Properties) -> str | None:
    """Every security group and each of its rules says what it is for."""
    text = part.get("description")
    return None if text and text != "Managed by Pulumi" else f"description is {text}; say what it is for."


@rule(
    GROUP,
    passes={"description": "Hosts"},
    fails={"description": "Hosts", "ingress": [{"fromPort": 22, "toPort": 22, "protocol": "tcp"}]},
)
def rules_stand_for_themselves(group: Properties) -> str | None:
    """A security group's rules are resources of their own: mixed with inline ones, each deployment undoes the other's."""
    inline = [key for key in ("ingress", "egress") if group.get(key)]
    return f"{inline[0]} is written inline; declare SecurityGroup{inline[0].title()}Rule." if inline else None


@rule(
    "aws:ec2/securityGroupRule:SecurityGroupRule",
    passes={},
    fails={"type": "ingress"},
)
def rules_are_of_the_new_kind(rule: Properties) -> str | None:
    """Nothing uses the old kind of rule, which cannot be told apart from others with the same content."""
    return (
        "SecurityGroupRule is used; declare SecurityGroupIngressRule or SecurityGroupEgressRule."
        if rule
        else None
    )


@rule(
    DEFAULT_GROUP,
    ids=("EC2.2", "CKV2_AWS_12"),
    passes={"vpcId": "vpc-1"},
    fails={"vpcId": "vpc-1", "egress": [{"protocol": "-1", "cidrBlocks": ["0.0.0.0/0"]}]},
)
def default_group_lets_nothing_through(group: Properties) -> str | None:
    """A network's default security group is empty, so what forgets its group is cut off."""
    filled = [key for key in ("ingress", "egress") if group.get(key)]
    return f"{' and '.join(filled)} must be empty." if filled else None


@rule(
    "aws:ec2/subnet:Subnet",
    ids=("EC2.15", "CKV_AWS_130"),
    passes={"mapPublicIpOnLaunch": False},
    fails={"mapPublicIpOnLaunch": True},
)
def subnets_give_no_public_addresses(subnet: Properties) -> str | None:
    """No subnet gives its machines public addresses by itself."""
    return (
        "mapPublicIpOnLaunch is true; it must be false or absent."
        if subnet.get("mapPublicIpOnLaunch")
        else None
    )


@rule(
    "aws:ec2/flowLog:FlowLog",
    ids=("EC2.6",),
    passes={"trafficType": "ALL"},
    fails={"trafficType": "REJECT"},
)
def flow_logs_have_all_traffic(log: Properties) -> str | None:
    """Flow logs have what was let through, too."""
    kind = log.get("trafficType")
    return None if kind == "ALL" else f"trafficType is {kind}; it must be 'ALL'."
