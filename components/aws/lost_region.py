"""How Route 53 sees that a region is lost, and who hears of it."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from model.front_door.plan import Probe


@dataclass(frozen=True, kw_only=True)
class LostRegionArgs:
    """`target` is asked; `drained` regions count as lost however well they are."""

    region: str
    target: pulumi.Input[str]
    probe: Probe
    interval: int
    threshold: int
    drained: bool
    topic: aws.sns.Topic


class LostRegion(pulumi.ComponentResource):
    """A health check of the region's own endpoint, and an alarm on it: in us-east-1, where Route 53 writes its metrics."""

    check: aws.route53.HealthCheck
    """What the region's record goes by."""

    def __init__(self, name: str, args: LostRegionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:LostRegion", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        probe = args.probe
        self.check = asked = aws.route53.HealthCheck(
            name,
            type="HTTPS" if probe.tls else "HTTP",
            fqdn=args.target,
            port=probe.port,
            resource_path=probe.path,
            enable_sni=probe.tls,
            request_interval=args.interval,
            failure_threshold=args.threshold,
            tags={"Name": name},
            opts=child,
        )
        if args.drained:
            # More well children than there are: never well (API Reference, HealthCheckConfig, HealthThreshold). A weight of 0, or
            # no record, would not do: the one still gets users when all others are lost, the other needs a delete first.
            self.check = aws.route53.HealthCheck(
                f"{name}-drained",
                type="CALCULATED",
                child_healthchecks=[asked.id],
                child_health_threshold=2,
                tags={"Name": f"{name}-drained"},
                opts=child,
            )
        aws.cloudwatch.MetricAlarm(
            f"{name}-lost",
            alarm_description=f"The region {args.region} does not answer Route 53's health checks",
            namespace="AWS/Route53",
            metric_name="HealthCheckStatus",
            dimensions={"HealthCheckId": asked.id},
            statistic="Minimum",
            period=60,
            comparison_operator="LessThanThreshold",
            threshold=1,
            evaluation_periods=1,
            treat_missing_data="breaching",
            alarm_actions=[args.topic.arn],
            ok_actions=[args.topic.arn],
            tags={"Name": f"{name}-lost"},
            opts=child,
        )
        self.register_outputs({"check": self.check.id})
