"""Somebody is told when a region's load balancer sees trouble, and finds one page that shows it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from model.aws.alarms import Alarm, Dashboard, alarms


@dataclass(frozen=True, kw_only=True)
class AlarmsArgs:
    """`latency` in seconds; `email` gets a mail to confirm once, and alarms from then on. They are made after `after`.

    `least` is how many hosts there must be where some come and go. `certificate` is the ARN of what users are shown, if anything.
    """

    load_balancer: aws.lb.LoadBalancer
    target_group: aws.lb.TargetGroup
    latency: float
    least: int | None = None
    email: str | None
    certificate: pulumi.Input[str] | None = None
    after: Sequence[pulumi.Resource] = ()


class Alarms(pulumi.ComponentResource):
    """The alarms of `model/aws/alarms.py`, the topic that they report to, and a dashboard."""

    topic: aws.sns.Topic
    """Without a key of its own: CloudWatch may not use the one that SNS has for everybody, and no alarm holds a secret."""

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Alarms", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self._balancer, self._group = args.load_balancer.arn_suffix, args.target_group.arn_suffix
        self._certificate = args.certificate or ""
        self._after = list(args.after)

        self.topic = aws.sns.Topic(f"{name}-alarms", tags={"Name": f"{name}-alarms"}, opts=child)
        if args.email:
            aws.sns.TopicSubscription(
                f"{name}-alarms", topic=self.topic.arn, protocol="email", endpoint=args.email, opts=child
            )
        wanted = alarms(args.latency, args.least, tls=args.certificate is not None)
        made = [self._alarm(f"{name}-{alarm.name}", alarm) for alarm in wanted]

        region = aws.get_region(opts=pulumi.InvokeOptions(parent=self)).region
        aws.cloudwatch.Dashboard(
            name,
            # Dashboards share one list in an account; the load balancer's own name is used once in it.
            dashboard_name=args.load_balancer.name,
            dashboard_body=pulumi.Output.all(
                balancer=self._balancer, group=self._group, alarms=[alarm.arn for alarm in made]
            ).apply(lambda known: json.dumps(Dashboard(region=region, **known).body)),
            opts=child,
        )
        self.register_outputs({"topic": self.topic.arn})

    def _alarm(self, name: str, alarm: Alarm) -> aws.cloudwatch.MetricAlarm:
        needed, of_last = alarm.periods
        queries = [
            aws.cloudwatch.MetricAlarmMetricQueryArgs(
                id=key,
                return_data=alarm.expression is None,
                metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
                    namespace=metric.namespace,
                    metric_name=metric.name,
                    stat=metric.statistic,
                    period=alarm.period,
                    dimensions=pulumi.Output.all(self._balancer, self._group, self._certificate).apply(
                        lambda known, metric=metric: metric.dimensions(*known)
                    ),
                ),
            )
            for key, metric in alarm.metrics.items()
        ]
        if alarm.expression:
            queries.append(
                aws.cloudwatch.MetricAlarmMetricQueryArgs(
                    id="value", expression=alarm.expression, label=alarm.description, return_data=True
                )
            )
        return aws.cloudwatch.MetricAlarm(
            name,
            alarm_description=alarm.description,
            metric_queries=queries,
            comparison_operator=alarm.comparison,
            threshold=alarm.threshold,
            datapoints_to_alarm=needed,
            evaluation_periods=of_last,
            treat_missing_data=alarm.missing,
            alarm_actions=[self.topic.arn],
            ok_actions=[self.topic.arn],
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._after),
        )
