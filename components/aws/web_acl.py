"""AWS's managed rules before a load balancer: known attacks and addresses known for them are turned away."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

RULE_GROUPS = {
    "AWSManagedRulesAmazonIpReputationList": [],
    # Its limit is 8 KB for any body, which would refuse ordinary uploads; it counts them instead.
    "AWSManagedRulesCommonRuleSet": ["SizeRestrictions_BODY"],
    "AWSManagedRulesKnownBadInputsRuleSet": [],
}
"""Groups in their order, each with the rules of it that only count."""


@dataclass(frozen=True, kw_only=True)
class WebAclArgs:
    """`load_balancer` is what it stands before. With `counts` it turns nobody away."""

    load_balancer: aws.lb.LoadBalancer
    counts: bool = False


class WebAcl(pulumi.ComponentResource):
    """Lets through whatever no rule of RULE_GROUPS refuses."""

    def __init__(self, name: str, args: WebAclArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:WebAcl", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        acl = aws.wafv2.WebAcl(
            name,
            scope="REGIONAL",
            description="Managed rules before the load balancer",
            default_action=aws.wafv2.WebAclDefaultActionArgs(allow=aws.wafv2.WebAclDefaultActionAllowArgs()),
            rules=[
                _rule(order, group, counted, args.counts)
                for order, (group, counted) in enumerate(RULE_GROUPS.items())
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
        self.register_outputs({"arn": acl.arn})


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
