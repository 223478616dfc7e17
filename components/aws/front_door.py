"""What moves users between regions of AWS: records with health checks in Route 53, or Global Accelerator."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws.load_balancer import LoadBalancer
from components.aws.lost_region import LostRegion, LostRegionArgs
from components.aws.shared_name import SharedName
from model.flows import HTTP, HTTPS
from model.front_door.front_door import FrontDoor as FrontDoorSettings
from model.front_door.plan import Plan, Way


@dataclass(frozen=True, kw_only=True)
class FrontDoorArgs:
    """`balancers` are the regions' load balancers, by region. The provider must be of us-east-1: see `LostRegion`.

    With `regions_stay`, no region's own record can be deleted; the shared name's own protection is `shared`'s.
    """

    settings: FrontDoorSettings
    plan: Plan
    shared: SharedName
    balancers: Mapping[str, LoadBalancer]
    regions_stay: bool = False


class FrontDoor(pulumi.ComponentResource):
    """The shared name's records, and what they depend on."""

    def __init__(self, name: str, args: FrontDoorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:FrontDoor", name, {}, opts)
        self._name, self._args = name, args
        if args.settings.mechanism == "route53":
            self._records()
        else:
            self._accelerator()
        self.register_outputs({"url": args.plan.url})

    def _records(self) -> None:
        """Each region's record is answered while its own check and its load balancer's hosts are well."""
        child = pulumi.ResourceOptions(parent=self)
        name, plan, settings = self._name, self._args.plan, self._args.settings
        topic = aws.sns.Topic(f"{name}-alarms", tags={"Name": f"{name}-alarms"}, opts=child)
        if settings.alarm_email:
            aws.sns.TopicSubscription(
                f"{name}-alarms", topic=topic.arn, protocol="email", endpoint=settings.alarm_email, opts=child
            )
        for way in plan.ways:
            balancer, (probe,) = self._args.balancers[way.region], way.probes
            lost = LostRegion(
                f"{name}-{way.region}",
                LostRegionArgs(
                    region=way.region,
                    target=probe.target or balancer.dns_name,
                    probe=probe,
                    interval=settings.interval,
                    threshold=settings.threshold,
                    drained=way.drained,
                    topic=topic,
                ),
                child,
            )
            aws.route53.Record(
                f"{name}-{way.key}",
                zone_id=self._args.shared.zone_id,
                name=plan.name,
                type="A",
                set_identifier=way.key,
                health_check_id=lost.check.id,
                aliases=[
                    aws.route53.RecordAliasArgs(
                        name=balancer.dns_name,
                        zone_id=balancer.zone_id,
                        evaluate_target_health=way.follows_targets,
                    )
                ],
                failover_routing_policies=[aws.route53.RecordFailoverRoutingPolicyArgs(type=way.key.upper())]
                if settings.routing == "failover"
                else None,
                weighted_routing_policies=[aws.route53.RecordWeightedRoutingPolicyArgs(weight=way.weight)]
                if settings.routing == "weighted"
                else None,
                latency_routing_policies=[aws.route53.RecordLatencyRoutingPolicyArgs(region=way.region)]
                if settings.routing == "latency"
                else None,
                opts=pulumi.ResourceOptions(parent=self, protect=self._args.regions_stay),
            )

    def _accelerator(self) -> None:
        """Two addresses that never change; which region they lead to is AWS's to decide, within dials and weights."""
        child = pulumi.ResourceOptions(parent=self)
        lasting = pulumi.ResourceOptions(parent=self, protect=self._args.shared.protected)
        name, plan = self._name, self._args.plan
        accelerator = aws.globalaccelerator.Accelerator(
            name, ip_address_type="IPV4", enabled=True, tags={"Name": name}, opts=lasting
        )
        ports = [HTTP, HTTPS] if plan.certified else [HTTP]
        listener = aws.globalaccelerator.Listener(
            name,
            accelerator_arn=accelerator.arn,
            protocol="TCP",
            port_ranges=[
                aws.globalaccelerator.ListenerPortRangeArgs(from_port=port, to_port=port) for port in ports
            ],
            opts=child,
        )
        for way in plan.ways:
            self._endpoint(listener, way)
        aws.route53.Record(
            name,
            zone_id=self._args.shared.zone_id,
            name=plan.name,
            type="A",
            aliases=[
                aws.route53.RecordAliasArgs(
                    name=accelerator.dns_name,
                    zone_id=accelerator.hosted_zone_id,
                    evaluate_target_health=True,
                )
            ],
            opts=lasting,
        )

    def _endpoint(self, listener: aws.globalaccelerator.Listener, way: Way) -> None:
        """Without a check of its own: of a load balancer, Global Accelerator takes the load balancer's word."""
        aws.globalaccelerator.EndpointGroup(
            f"{self._name}-{way.region}",
            listener_arn=listener.arn,
            endpoint_group_region=way.region,
            traffic_dial_percentage=way.dial,
            endpoint_configurations=[
                aws.globalaccelerator.EndpointGroupEndpointConfigurationArgs(
                    endpoint_id=self._args.balancers[way.region].arn,
                    weight=way.endpoint_weight,
                    client_ip_preservation_enabled=True,
                )
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )
