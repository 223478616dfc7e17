"""AWS's managed rules before a load balancer: known attacks and addresses known for them are turned away."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from model.aws.managed_rules import GROUPS, counted
from model.aws.network import LogDays

SECRET = ("authorization", "cookie")
"""Headers that a log never has."""


@dataclass(frozen=True, kw_only=True)
class WebAclArgs:
    """`load_balancer` is what it stands before. With `counts` it turns nobody away, and the rules in `exempt` never do.

    What a rule took notice of is kept for `log_days`, if at all.
    """

    load_balancer: aws.lb.LoadBalancer
    counts: bool = False
    exempt: tuple[str, ...] = ()
    log_days: LogDays | None = None


class WebAcl(pulumi.ComponentResource):
    """Lets through whatever no managed rule refuses."""

    def __init__(self, name: str, args: WebAclArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:WebAcl", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        acl = aws.wafv2.WebAcl(
            name,
            scope="REGIONAL",
            description="Managed rules before the load balancer",
            default_action=aws.wafv2.WebAclDefaultActionArgs(allow=aws.wafv2.WebAclDefaultActionAllowArgs()),
            rules=[
                _rule(order, group, counted(group, args.exempt), args.counts)
                for order, group in enumerate(GROUPS)
            ],
            visibility_config=aws.wafv2.WebAclVisibilityConfigArgs(
                metric_name=name, cloudwatch_metrics_enabled=True, sampled_requests_enabled=True
            ),
            tags={"Name": name},
            opts=child,
        )
        aws.wafv2.WebAclAssociation(
            name, resource_arn=args.load_balancer.arn, web_acl_arn=acl.arn, opts=child
        )
        if args.log_days:
            self._log(name, acl, args.log_days)
        self.register_outputs({"arn": acl.arn})

    def _log(self, name: str, acl: aws.wafv2.WebAcl, days: int) -> None:
        """Of what was let through without a rule's notice, nothing: it is in the access logs."""
        child = pulumi.ResourceOptions(parent=self)
        group = aws.cloudwatch.LogGroup(
            f"{name}-waf",
            name_prefix=f"aws-waf-logs-{name}-",  # AWS WAF writes to no group of another name
            retention_in_days=days,
            tags={"Name": f"{name}-waf"},
            opts=child,
        )
        aws.wafv2.WebAclLoggingConfiguration(
            name,
            resource_arn=acl.arn,
            log_destination_configs=[group.arn],
            logging_filter=aws.wafv2.WebAclLoggingConfigurationLoggingFilterArgs(
                default_behavior="DROP",
                filters=[
                    aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterArgs(
                        behavior="KEEP",
                        requirement="MEETS_ANY",
                        conditions=[
                            aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionArgs(
                                action_condition=aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionActionConditionArgs(
                                    action=action
                                )
                            )
                            for action in ("BLOCK", "COUNT", "EXCLUDED_AS_COUNT")
                        ],
                    )
                ],
            ),
            redacted_fields=[
                aws.wafv2.WebAclLoggingConfigurationRedactedFieldArgs(
                    single_header=aws.wafv2.WebAclLoggingConfigurationRedactedFieldSingleHeaderArgs(
                        name=header
                    )
                )
                for header in SECRET
            ],
            opts=child,
        )


def _rule(order: int, group: str, counted: list[str], counts: bool) -> aws.wafv2.WebAclRuleArgs:
    return aws.wafv2.WebAclRuleArgs(
        name=group,
        priority=order,
        override_action=aws.wafv2.WebAclRuleOverrideActionArgs(
            count=aws.wafv2.WebAclRuleOverrideActionCountArgs()
        )
        if counts
        else aws.wafv2.WebAclRuleOverrideActionArgs(none=aws.wafv2.WebAclRuleOverrideActionNoneArgs()),
        statement=aws.wafv2.WebAclRuleStatementArgs(
            managed_rule_group_statement=aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementArgs(
                vendor_name="AWS",
                name=group,
                rule_action_overrides=[
                    aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgs(
                        name=rule,
                        action_to_use=aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseArgs(
                            count=aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseCountArgs()
                        ),
                    )
                    for rule in counted
                ],
            )
        ),
        visibility_config=aws.wafv2.WebAclRuleVisibilityConfigArgs(
            metric_name=group, cloudwatch_metrics_enabled=True, sampled_requests_enabled=True
        ),
    )
