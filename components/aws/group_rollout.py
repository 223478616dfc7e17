"""A group is brought to its release by the deployer, who waits for it: see groups/. Not for what the release is."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_command as command

from model.aws.autoscaling import Autoscaling
from model.aws.load_balancer import HealthCheck
from model.aws.self_install import HEARTBEAT
from model.release_policy import ReleasePolicy

ASK = ".venv/bin/python -m groups"
"""From the project's folder, in which Pulumi starts its plugins: a path of one machine would change with whoever deploys."""
WATCHED = 60
"""Seconds for which a canary is watched at least: it is in the load balancer's hands by then."""
MOST_ALARMS = 10
"""That one refresh looks at (Auto Scaling API reference, `AlarmSpecification`)."""
MARGIN = 300
"""Seconds beyond what an instance may take until it is proven: for being launched, and for those that go."""


@dataclass(frozen=True, kw_only=True)
class GroupRolloutArgs:
    """`told` is what the group runs when it is done. It begins when all of `after` is done."""

    region: str
    bounds: Autoscaling
    type: str
    group: aws.autoscaling.Group
    template: aws.ec2.LaunchTemplate
    target_group: aws.lb.TargetGroup
    policy: ReleasePolicy
    told: pulumi.Output[Mapping[str, Any]]
    after: Sequence[pulumi.Resource]


def warm_up(check: HealthCheck) -> int:
    """Seconds until a load balancer trusts an instance that is in service: meanwhile it does not count, and is not replaced."""
    return check.until_healthy + WATCHED // 2


def group_rollout(name: str, args: GroupRolloutArgs, parent: pulumi.Resource) -> command.local.Command:
    """Done when every instance of the group runs the template's newest version. Its stdout is `told`.

    The group itself ignores its template: the provider would give it the new one before the refresh begins, and Auto Scaling's
    way back would lead there. What fails here is not in the state, so the next `up` tries again.
    """
    bounds, policy = args.bounds, args.policy
    alarms = [arn.split(":", 6)[6] for arn in policy.alarms if arn.split(":")[3] == args.region]
    if len(alarms) > MOST_ALARMS:
        raise pulumi.RunError(
            f"slipway:release.alarms has {len(alarms)} in {args.region}, but a group looks at {MOST_ALARMS} while its instances "
            "are exchanged; make one composite alarm of some."
        )

    def text(told: Sequence[Any]) -> str:
        group, target, template, version, what = told
        wanted = {
            "region": args.region,
            "group": group,
            "target_group": target,
            "template": template,
            "version": str(version),
            "least": bounds.min,
            "patience": HEARTBEAT + MARGIN + round(policy.drain + policy.pause),
            "canary": policy.canary,
            "pause": max(WATCHED, round(policy.pause)),
            "healthy": [bounds.maintenance.min_healthy, bounds.maintenance.max_healthy],
            "types": [args.type, *bounds.types] if bounds.mixed else [],
            "on_demand": bounds.spot.on_demand if bounds.spot else 0,
            "spot": bounds.spot.percent if bounds.spot else 0,
            **({"alarms": alarms} if alarms else {}),
            "told": what,
        }
        return f"{ASK} {shlex.quote(json.dumps(wanted))}"

    parts = (args.group.name, args.target_group.arn, args.template.id, args.template.latest_version)
    return command.local.Command(
        f"{name}-serving",
        create=pulumi.Output.all(*parts, args.told).apply(text),
        add_previous_output_in_env=False,
        logging=command.local.Logging.STDERR,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[args.group, *args.after]),
    )


def mixed_policy(
    type: str, bounds: Autoscaling, template: pulumi.Input[str], version: pulumi.Input[str]
) -> aws.autoscaling.GroupMixedInstancesPolicyArgs:
    """What a group begins with; later ones come by its refresh (groups/wanted.py)."""
    spot = bounds.spot
    return aws.autoscaling.GroupMixedInstancesPolicyArgs(
        launch_template=aws.autoscaling.GroupMixedInstancesPolicyLaunchTemplateArgs(
            launch_template_specification=aws.autoscaling.GroupMixedInstancesPolicyLaunchTemplateLaunchTemplateSpecificationArgs(
                launch_template_id=template, version=version
            ),
            overrides=[
                aws.autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideArgs(instance_type=each)
                for each in (type, *bounds.types)
            ],
        ),
        instances_distribution=aws.autoscaling.GroupMixedInstancesPolicyInstancesDistributionArgs(
            on_demand_base_capacity=spot.on_demand if spot else 0,
            on_demand_percentage_above_base_capacity=100 - (spot.percent if spot else 0),
            spot_allocation_strategy="price-capacity-optimized",
        ),
    )
