"""A network that is there already: looked at, and left as it is."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws.zones import zones_with
from model.aws.network import Network as NetworkSettings


@dataclass(frozen=True)
class Given:
    """The VPC or one of its subnets, by its id."""

    id: pulumi.Output[str]
    region: pulumi.Output[str]


@dataclass(frozen=True, kw_only=True)
class GivenNetworkArgs:
    """`settings` name a VPC; all of `instance_types` must be there in the zones of its private subnets.

    An `internal` load balancer stands in these, any other in the public ones.
    """

    settings: NetworkSettings
    instance_types: Sequence[str] = ()
    internal: bool = False


class GivenNetwork(pulumi.ComponentResource):
    """As `components.aws.network.Network`, with nothing made. What does not fit together is refused in the preview."""

    vpc: Given
    public_subnets: tuple[Given, ...]
    private_subnets: tuple[Given, ...]
    ready: tuple[pulumi.Resource, ...] = ()
    private_tables: tuple[aws.ec2.RouteTable, ...] = ()
    security_groups: tuple[str, ...]

    def __init__(self, name: str, args: GivenNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:GivenNetwork", name, {}, opts)
        settings, types = args.settings, args.instance_types
        self._key, self._vpc = f"slipway:regions.{name}.network", str(settings.vpc)
        self._looking = pulumi.InvokeOptions(parent=self)
        region = aws.get_region(opts=self._looking).region
        found = aws.ec2.get_vpc(id=self._vpc, opts=self._looking)
        if not (found.enable_dns_support and found.enable_dns_hostnames):
            pulumi.log.warn(
                f"{self._key}.vpc {self._vpc} has enableDnsSupport or enableDnsHostnames off: hosts find neither AWS nor "
                "package archives.",
                self,
            )
        entered = self._zones("publicSubnets", settings.public_subnets)
        zones = self._zones("privateSubnets", settings.private_subnets)
        if not args.internal and (shut := set(zones) - set(entered)):
            raise pulumi.RunError(
                f"{self._key}.privateSubnets are in {', '.join(sorted(shut))}, too, where publicSubnets has none: a load "
                "balancer sends nothing to hosts in a zone that it does not stand in. Name a public subnet of there, or leave "
                "the private one out."
            )
        if lacking := set(zones) - set(zones_with(None, types, self._looking)):
            raise pulumi.RunError(
                f"{self._key}.privateSubnets are in {', '.join(sorted(lacking))}, too, where not all of "
                f"{', '.join(sorted(set(types)))} can be had; take other subnets or types."
            )
        inside = aws.ec2.get_security_groups(
            filters=[{"name": "vpc-id", "values": [self._vpc]}], opts=self._looking
        )
        self._belong("securityGroups", settings.security_groups, inside.ids)

        def given(id: str) -> Given:
            return Given(pulumi.Output.from_input(id), pulumi.Output.from_input(region))

        self.vpc = given(self._vpc)
        self.public_subnets = tuple(map(given, settings.public_subnets))
        self.private_subnets = tuple(map(given, settings.private_subnets))
        self.security_groups = settings.security_groups
        self.register_outputs({"vpcId": self._vpc})

    def _zones(self, kind: str, subnets: tuple[str, ...]) -> list[str]:
        """In which each is. Raises RunError for one of another network, and for two in one zone."""
        # Not by its id at once: a look-up that finds nothing ends the run without saying for what.
        inside = aws.ec2.get_subnets(filters=[{"name": "vpc-id", "values": [self._vpc]}], opts=self._looking)
        self._belong(kind, subnets, inside.ids)
        zones = [aws.ec2.get_subnet(id=each, opts=self._looking).availability_zone for each in subnets]
        if twice := {each for each in zones if zones.count(each) > 1}:
            raise pulumi.RunError(
                f"{self._key}.{kind} has two in {', '.join(sorted(twice))}, but a load balancer takes one in each zone; leave "
                "one out."
            )
        return zones

    def _belong(self, kind: str, wanted: Sequence[str], inside: Sequence[str]) -> None:
        if strange := [each for each in wanted if each not in inside]:
            raise pulumi.RunError(
                f"{self._key}.{kind} has {', '.join(strange)}, which {self._vpc} does not have; correct one of them."
            )
