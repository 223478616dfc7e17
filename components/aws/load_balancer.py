"""What stands before a region's instances: an Application Load Balancer, over HTTPS where it has a domain."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws.access_logs import AccessLogs, AccessLogsArgs
from components.aws.alarms import Alarms, AlarmsArgs
from components.aws.certificate import Certificate, CertificateArgs
from components.aws.firewall import Firewall
from components.aws.network import Ground
from components.aws.shared_name import SharedName
from components.aws.target import Target, TargetArgs
from components.aws.web_acl import WebAcl, WebAclArgs
from model.aws.load_balancer import LoadBalancer as LoadBalancerSettings
from model.aws.load_balancer import health_check, idle_timeout
from model.flows import HTTP, HTTPS, Role
from model.host_files import whole_seconds
from model.service import Service

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
"""TLS 1.2 and 1.3, key exchange safe from quantum computers where the client can. Without a policy AWS allows TLS 1.0."""

DAY = 86_400


@dataclass(frozen=True, kw_only=True)
class LoadBalancerArgs:
    """`drain` (seconds) is how long requests in flight may take when a host goes. `filters`: a web ACL stands before it.

    `protected`, it can be neither deleted nor replaced, nor can what leads users to it. `shared` is the front door's name, its
    second one. `own_ports`: each target names its port, as an auto-scaling group's do not. Targets are instances or, with
    `joined_by`, whatever addresses the EKS cluster of that name keeps in its target group.
    """

    settings: LoadBalancerSettings
    network: Ground
    firewall: Firewall
    service: Service
    drain: float
    protected: bool
    filters: bool
    own_ports: bool = True
    shared: SharedName | None = None
    joined_by: str | None = None


class LoadBalancer(pulumi.ComponentResource):
    """Spreads requests over the hosts that `attach` names."""

    url: pulumi.Output[str]
    """Where users reach it."""
    dns_name: pulumi.Output[str]
    """AWS's name for it, and with `zone_id` what an alias record points at."""
    zone_id: pulumi.Output[str]
    arn: pulumi.Output[str]
    target_group: aws.lb.TargetGroup
    listeners: list[aws.lb.Listener]
    """A target group is not checked, and so nobody in it is healthy, before one of them uses it."""

    def __init__(self, name: str, args: LoadBalancerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:LoadBalancer", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        settings, service = args.settings, args.service
        check = health_check(service.health)
        self._name, self._port = name, service.port
        self._drain, self._until_healthy = whole_seconds(args.drain), check.until_healthy

        logs = AccessLogs(name, AccessLogsArgs(days=settings.log_days, protected=args.protected), child)
        balancer = aws.lb.LoadBalancer(
            name,
            load_balancer_type="application",
            internal=settings.internal,
            subnets=[
                subnet.id
                for subnet in (
                    args.network.private_subnets if settings.internal else args.network.public_subnets
                )
            ],
            security_groups=[args.firewall.group(Role.LOAD_BALANCER).id],
            drop_invalid_header_fields=True,
            desync_mitigation_mode="defensive",
            idle_timeout=idle_timeout(service.request_timeout),
            enable_deletion_protection=args.protected,
            access_logs=aws.lb.LoadBalancerAccessLogsArgs(bucket=logs.bucket.bucket, enabled=True),
            tags={"Name": name},
            opts=pulumi.ResourceOptions(
                parent=self, protect=args.protected, depends_on=[logs.writable, *args.network.ready]
            ),
        )
        self.target_group = aws.lb.TargetGroup(
            name,
            vpc_id=args.network.vpc.id,
            target_type="ip" if args.joined_by else "instance",
            protocol="HTTP",
            port=service.port,
            deregistration_delay=self._drain,
            load_balancing_algorithm_type=settings.algorithm,
            slow_start=settings.slow_start,
            # Left out, AWS would keep what an earlier setting wanted.
            stickiness=aws.lb.TargetGroupStickinessArgs(
                type="lb_cookie",
                enabled=settings.stickiness is not None,
                cookie_duration=settings.stickiness or DAY,
            ),
            health_check=aws.lb.TargetGroupHealthCheckArgs(
                path=service.health.path,
                matcher="200-299",
                interval=check.interval,
                timeout=check.timeout,
                healthy_threshold=check.healthy,
                unhealthy_threshold=check.unhealthy,
            ),
            # Without it, EKS may not register targets (AmazonEKSLoadBalancingPolicy).
            tags={"Name": name} | ({"eks:eks-cluster-name": args.joined_by} if args.joined_by else {}),
            # Another port would be another group, to which the listeners turn before there is a target in it.
            opts=pulumi.ResourceOptions(
                parent=self, protect=args.protected, ignore_changes=["port"] if args.own_ports else None
            ),
        )
        forward = aws.lb.ListenerDefaultActionArgs(type="forward", target_group_arn=self.target_group.arn)
        self.dns_name, self.zone_id, self.arn = balancer.dns_name, balancer.zone_id, balancer.arn

        self._certificate: pulumi.Input[str] | None = None
        if settings.domain:
            zone = self._zone(settings) if settings.zone else None
            certificate_arn = settings.certificate
            if zone and not certificate_arn:
                certificate_arn = Certificate(
                    name,
                    CertificateArgs(
                        domain=settings.domain, names=settings.names, zone_id=zone, shared=args.shared
                    ),
                    child,
                ).arn
            self._certificate = certificate_arn
            https = aws.lb.Listener(
                f"{name}-https",
                load_balancer_arn=balancer.arn,
                port=HTTPS,
                protocol="HTTPS",
                ssl_policy=TLS_POLICY,
                certificate_arn=certificate_arn,
                default_actions=[forward],
                tags={"Name": f"{name}-https"},
                opts=child,
            )
            for number, domain in enumerate(settings.all_names if zone else ()):
                self._record(f"{name}-{domain}" if number else name, domain, zone, args.protected)
            at_http, served_by = _redirect(), [https]
            self.url = pulumi.Output.from_input(f"https://{settings.domain}/")
        else:
            at_http, served_by = forward, []
            self.url = pulumi.Output.format("http://{0}/", self.dns_name)
        http = aws.lb.Listener(
            f"{name}-http",
            load_balancer_arn=balancer.arn,
            port=HTTP,
            protocol="HTTP",
            default_actions=[at_http],
            tags={"Name": f"{name}-http"},
            # A domain that is added to a balancer with users: nobody is sent to HTTPS before it serves.
            opts=pulumi.ResourceOptions(parent=self, depends_on=served_by),
        )

        self.listeners = [*served_by, http]

        if args.filters:
            WebAcl(
                name,
                WebAclArgs(
                    load_balancer=balancer,
                    counts=settings.waf == "count",
                    exempt=settings.waf_except,
                    log_days=settings.waf_log_days,
                ),
                child,
            )
        self._balancer, self._settings = balancer, settings
        self.register_outputs({"url": self.url})

    def _zone(self, settings: LoadBalancerSettings) -> str:
        """The id of the zone that is there. Raises RunError where `zoneId` is another one's, or proves no certificate."""
        looking = pulumi.InvokeOptions(parent=self)
        if not settings.zone_id:
            return aws.route53.get_zone(name=settings.zone, private_zone=False, opts=looking).zone_id
        found = aws.route53.get_zone(zone_id=settings.zone_id, opts=looking)
        if found.name.rstrip(".") != settings.zone:
            raise pulumi.RunError(
                f"slipway:regions.{self._name}.loadBalancer.zoneId {settings.zone_id} is the zone {found.name.rstrip('.')}, and "
                f"not {settings.zone}; correct one of them."
            )
        if found.private_zone and not settings.certificate:
            raise pulumi.RunError(
                f"slipway:regions.{self._name}.loadBalancer.zoneId {settings.zone_id} is a private zone, where ACM sees no "
                "proof for a certificate; name a `certificate` that is there, or a public zone."
            )
        return found.zone_id

    def _record(self, name: str, domain: str, zone: str | None, protected: bool) -> None:
        aws.route53.Record(
            name,
            zone_id=zone or "",
            name=domain,
            type="A",
            aliases=[
                aws.route53.RecordAliasArgs(
                    name=self.dns_name, zone_id=self.zone_id, evaluate_target_health=True
                )
            ],
            opts=pulumi.ResourceOptions(parent=self, protect=protected),
        )

    def watch(self, after: Sequence[pulumi.Resource], least: int | None = None) -> None:
        """Alarms on it, made after all of `after`: those that serve, without whom the alarms would ring at once.

        `least` is how many hosts there must be where some come and go.
        """
        Alarms(
            self._name,
            AlarmsArgs(
                load_balancer=self._balancer,
                target_group=self.target_group,
                latency=self._settings.alarm_latency,
                least=least,
                email=self._settings.alarm_email,
                certificate=self._certificate,
                after=after,
            ),
            pulumi.ResourceOptions(parent=self),
        )

    def attach(
        self, host_name: str, instance_id: pulumi.Input[str], after: Sequence[pulumi.Resource]
    ) -> Target:
        """Sends requests to that instance once all of `after` are done, such as the installation of its release."""
        return Target(
            f"{self._name}-{host_name}",
            TargetArgs(
                group=self.target_group,
                instance_id=instance_id,
                port=self._port,
                until_healthy=self._until_healthy,
                drain=self._drain,
                after=[*self.listeners, *after],
            ),
            pulumi.ResourceOptions(parent=self),
        )


def _redirect() -> aws.lb.ListenerDefaultActionArgs:
    return aws.lb.ListenerDefaultActionArgs(
        type="redirect",
        redirect=aws.lb.ListenerDefaultActionRedirectArgs(
            protocol="HTTPS", port=str(HTTPS), status_code="HTTP_301"
        ),
    )
