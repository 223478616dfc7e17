"""A region's own network: public subnets for what users reach, private ones for hosts, and the way out through NAT."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pulumi
import pulumi_aws as aws

from components.aws.flow_log import FlowLog, FlowLogArgs
from components.aws.zones import Offers, offers, zones_with
from model.aws import subnets
from model.aws.network import Network as NetworkSettings

ANYWHERE = "0.0.0.0/0"


class Part(Protocol):
    """A network, or a subnet of one."""

    @property
    def id(self) -> pulumi.Output[str]: ...

    @property
    def region(self) -> pulumi.Output[str]: ...


class Ground(Protocol):
    """What machines stand on, whoever made it."""

    @property
    def vpc(self) -> Part: ...

    @property
    def public_subnets(self) -> Sequence[Part]:
        """In the order of the zones."""
        ...

    @property
    def private_subnets(self) -> Sequence[Part]:
        """In the order of the zones."""
        ...

    @property
    def ready(self) -> Sequence[pulumi.Resource]:
        """All that must be there before a machine in any subnet reaches the internet."""
        ...

    @property
    def private_tables(self) -> Sequence[aws.ec2.RouteTable]:
        """The private subnets' own, in the order of the zones; none where the network is not this program's."""
        ...

    @property
    def security_groups(self) -> Sequence[str] | None:
        """Those that hosts are in, too; None where the network is this program's own."""
        ...


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """`settings` as configured; the region is the provider's. Zones that do not offer all of `instance_types` are left out.

    So are those whose ids, which are the same in every account, are in `without`. A `protected` network can be neither deleted
    nor replaced, and so nothing in it goes by mistake.
    """

    settings: NetworkSettings
    instance_types: Sequence[str] = ()
    without: Sequence[str] = ()
    protected: bool = False


class Network(pulumi.ComponentResource):
    """One VPC over several zones. Its default security group is emptied by the firewall."""

    vpc: aws.ec2.Vpc
    public_subnets: tuple[aws.ec2.Subnet, ...]
    """In the order of the zones."""
    private_subnets: tuple[aws.ec2.Subnet, ...]
    """In the order of the zones."""
    ready: tuple[pulumi.Resource, ...]
    """All that must be there before a machine in any subnet reaches the internet."""
    private_tables: tuple[aws.ec2.RouteTable, ...]
    """Those of the private subnets."""
    security_groups: None = None

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Network", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        look_up = pulumi.InvokeOptions(parent=self)
        settings = args.settings
        offered = offers(args.instance_types, look_up)
        zones = zones_with(settings.zones, args.instance_types, look_up, args.without, offered)
        if settings.range is None:
            raise pulumi.RunError(f"{name} has no range of addresses to make a network of")
        plan = subnets.plan(settings.range, settings.zones)

        self.vpc = aws.ec2.Vpc(
            name,
            cidr_block=settings.range,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self, protect=args.protected),
        )
        FlowLog(name, FlowLogArgs(vpc=self.vpc, days=settings.flow_log_days), child)

        def subnet(kind: str, number: int, range: str) -> aws.ec2.Subnet:
            return aws.ec2.Subnet(
                f"{name}-{kind}-{number}",
                vpc_id=self.vpc.id,
                cidr_block=range,
                availability_zone=zones[number - 1],
                map_public_ip_on_launch=False,
                tags={"Name": f"{name}-{kind}-{number}"},
                # A zone that is out of order leaves the list for a while; nothing may move because of that.
                opts=pulumi.ResourceOptions(parent=self, ignore_changes=["availabilityZone"]),
            )

        self.public_subnets = tuple(subnet("public", *each) for each in enumerate(plan.public, 1))
        self.private_subnets = tuple(subnet("private", *each) for each in enumerate(plan.private, 1))
        pulumi.Output.all(*(each.availability_zone for each in self.private_subnets)).apply(
            lambda there: self._stands(name, there, args.instance_types, offered)
        )

        gateway = aws.ec2.InternetGateway(
            f"{name}-internet", vpc_id=self.vpc.id, tags={"Name": f"{name}-internet"}, opts=child
        )
        public = self._route_table(f"{name}-public")
        way_out = aws.ec2.Route(
            f"{name}-public",
            route_table_id=public.id,
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway.id,
            opts=child,
        )
        ready: list[pulumi.Resource] = [way_out]
        ready += [
            self._associate(f"{name}-public-{n}", public, each) for n, each in _numbered(self.public_subnets)
        ]

        nats = [
            self._nat(f"{name}-nat-{number}", subnet, [way_out])
            for number, subnet in _numbered(self.public_subnets)
            if number == 1 or settings.gateways == "perZone"
        ]
        # A table for each zone even with one NAT, so that more of them change routes and nothing else.
        self.private_tables = tables = tuple(
            self._route_table(f"{name}-private-{number}") for number, _ in _numbered(self.private_subnets)
        )
        for number, (table, subnet_) in enumerate(zip(tables, self.private_subnets, strict=True), 1):
            ready += [
                aws.ec2.Route(
                    f"{name}-private-{number}",
                    route_table_id=table.id,
                    destination_cidr_block=ANYWHERE,
                    nat_gateway_id=nats[min(number, len(nats)) - 1].id,
                    opts=child,
                ),
                self._associate(f"{name}-private-{number}", table, subnet_),
            ]
        self.ready = tuple(ready)

        aws.ec2.VpcEndpoint(
            f"{name}-s3",
            vpc_id=self.vpc.id,
            service_name=f"com.amazonaws.{aws.get_region(opts=look_up).region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=[table.id for table in tables],
            tags={"Name": f"{name}-s3"},
            opts=child,
        )
        self.register_outputs({"vpcId": self.vpc.id})

    def _stands(self, name: str, there: Sequence[str], types: Sequence[str], offered: Offers) -> None:
        """Subnets stay in zones that were chosen long ago. Raises RunError where a new one would join an old one in its zone."""
        key = f"slipway:regions.{name}"
        if twice := sorted({each for each in there if there.count(each) > 1}):
            raise pulumi.RunError(
                f"{key}.network.zones is {len(there)}, which puts a second subnet into {', '.join(twice)}, since others were "
                "chosen while a zone was out of order; a load balancer takes one in each: leave the number as it was."
            )
        for zone, each in ((zone, each) for zone in there for each in sorted({*types})):
            if (zone, each) not in offered:
                pulumi.log.warn(
                    f"{key}: {each} cannot be had in {zone}, where this network has a subnet; a machine that stands there is "
                    "refused by EC2: take another type.",
                    self,
                )

    def _route_table(self, name: str) -> aws.ec2.RouteTable:
        return aws.ec2.RouteTable(
            name, vpc_id=self.vpc.id, tags={"Name": name}, opts=pulumi.ResourceOptions(parent=self)
        )

    def _associate(
        self, name: str, table: aws.ec2.RouteTable, subnet: aws.ec2.Subnet
    ) -> aws.ec2.RouteTableAssociation:
        return aws.ec2.RouteTableAssociation(
            name, route_table_id=table.id, subnet_id=subnet.id, opts=pulumi.ResourceOptions(parent=self)
        )

    def _nat(self, name: str, subnet: aws.ec2.Subnet, after: Sequence[pulumi.Resource]) -> aws.ec2.NatGateway:
        after_child = pulumi.ResourceOptions(parent=self, depends_on=after)
        address = aws.ec2.Eip(name, domain="vpc", tags={"Name": name}, opts=after_child)
        return aws.ec2.NatGateway(
            name, allocation_id=address.id, subnet_id=subnet.id, tags={"Name": name}, opts=after_child
        )


def network_told(network: Ground) -> pulumi.Output[Any]:
    """For the stack's outputs: its ids, and those of its parts."""
    tables = [table.id for table in network.private_tables]
    return pulumi.Output.all(
        vpcId=network.vpc.id,
        publicSubnetIds=[subnet.id for subnet in network.public_subnets],
        privateSubnetIds=[subnet.id for subnet in network.private_subnets],
        **({"privateRouteTableIds": tables} if tables else {}),
    )


def _numbered(subnets: Sequence[aws.ec2.Subnet]) -> list[tuple[int, aws.ec2.Subnet]]:
    return list(enumerate(subnets, 1))
