"""The table of `model/aws/firewall.py` as security groups. It opens nothing that stands not there."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws.network import Ground
from model.aws.egress import SECURITY_GROUP, Egress
from model.aws.firewall import Rule
from model.flows import Role

DESCRIPTIONS = {
    Role.LOAD_BALANCER: "The load balancer",
    Role.HOSTS: "Hosts that run the service",
    Role.BASTION: "The machine through which operators log in",
    Role.TUNNEL: "The endpoint through which operators log in",
    Role.CONTROL_PLANE: "The API of the cluster",
}
"""Of each group. AWS cannot change one; another text is another group."""


@dataclass(frozen=True, kw_only=True)
class FirewallArgs:
    """`operator_cidrs` are the ranges that OPERATORS stands for in `rules`, `accepted` those of ACCEPTED.

    Hosts also reach `egress`.
    """

    network: Ground
    rules: tuple[Rule, ...]
    operator_cidrs: Sequence[str]
    accepted: Sequence[str] = ()
    egress: Sequence[Egress] = ()


class Firewall(pulumi.ComponentResource):
    """A security group for each role that has rules; the network's default group has none."""

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Firewall", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        vpc = args.network.vpc.id

        if args.network.security_groups is None:  # in a network that is there it may be somebody's
            # Without rules it lets nothing through: taking it over removes those that AWS put there.
            aws.ec2.DefaultSecurityGroup(
                f"{name}-default", vpc_id=vpc, tags={"Name": f"{name}-default"}, opts=child
            )
        self._groups = {
            role: aws.ec2.SecurityGroup(
                f"{name}-{role.value}",
                vpc_id=vpc,
                description=DESCRIPTIONS[role],
                tags={"Name": f"{name}-{role.value}"},
                opts=child,
            )
            for role in Role
            if any(rule.group is role for rule in args.rules)
        }
        for rule in args.rules:
            for peer in _addresses(rule.peer, args):
                self._allow(name, rule, peer)
        for each in args.egress:
            for port in each.ports:
                self._reach(name, each, port)
        self.register_outputs({role.value: group.id for role, group in self._groups.items()})

    def group(self, role: Role) -> aws.ec2.SecurityGroup:
        """The security group of those who play `role`; KeyError when no rule speaks of it."""
        return self._groups[role]

    @property
    def group_ids(self) -> dict[str, pulumi.Output[str]]:
        """Each group's id by the name of its role."""
        return {role.value: group.id for role, group in self._groups.items()}

    def _allow(self, name: str, rule: Rule, range: str | None) -> None:
        place = f"{name}-{rule.group.value}-{rule.direction}-{rule.peer.value}-{rule.port}"
        if rule.peer in (Role.OPERATORS, Role.ACCEPTED):
            place += f"-{range}"
        kind = (
            aws.vpc.SecurityGroupIngressRule
            if rule.direction == "ingress"
            else aws.vpc.SecurityGroupEgressRule
        )
        kind(
            place,
            security_group_id=self._groups[rule.group].id,
            ip_protocol="tcp",
            from_port=rule.port,
            to_port=rule.port,
            cidr_ipv4=range if range and ":" not in range else None,
            cidr_ipv6=range if range and ":" in range else None,
            referenced_security_group_id=None if range else self._groups[rule.peer].id,
            description=rule.description,
            tags={"Name": place},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _reach(self, name: str, egress: Egress, port: int) -> None:
        place = f"{name}-{Role.HOSTS.value}-reach-{egress.to}-{egress.protocol}-{port}"
        group = SECURITY_GROUP.fullmatch(egress.to)
        aws.vpc.SecurityGroupEgressRule(
            place,
            security_group_id=self._groups[Role.HOSTS].id,
            ip_protocol=egress.protocol,
            from_port=port,
            to_port=port,
            cidr_ipv4=egress.to if not group and ":" not in egress.to else None,
            cidr_ipv6=egress.to if not group and ":" in egress.to else None,
            referenced_security_group_id=egress.to if group else None,
            description=egress.why,
            tags={"Name": place},
            opts=pulumi.ResourceOptions(parent=self),
        )


def _addresses(peer: Role, args: FirewallArgs) -> Sequence[str | None]:
    """The ranges that a rule is made for, one each; for a security group there is none."""
    if peer is Role.WORLD:
        return ["0.0.0.0/0"]
    return {Role.OPERATORS: args.operator_cidrs, Role.ACCEPTED: args.accepted}.get(peer, [None])
