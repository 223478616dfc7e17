"""A group of instances that follows the load. Nobody logs in to them to install: see model/aws/self_install.py."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from components.aws.artifact_store import ArtifactStore, Stored
from components.aws.firewall import Firewall
from components.aws.granted import granted
from components.aws.group_rollout import GroupRolloutArgs, group_rollout, mixed_policy, warm_up
from components.aws.image import Image
from components.aws.instance_role import InstanceRole, instance_role
from components.aws.launch_template import LaunchTemplateArgs, launch_template
from components.aws.network import Ground
from components.bundle import Bundle
from components.installation import Kept
from model.architecture import Architecture
from model.aws import self_install
from model.aws.autoscaling import Autoscaling as Bounds
from model.aws.instances import InstanceGroup
from model.aws.load_balancer import health_check
from model.aws.user_data import PACKAGES, cloud_config
from model.flows import Role
from model.permissions import Permissions
from model.release_policy import ReleasePolicy
from model.service import Service


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """What is released to instances that come and go. `release` gives the bundle for an architecture.

    `owner` is what hosts remember of who installed; `tags` are the provider's, which EC2 does not give to a group's instances.
    """

    release: Callable[[Architecture], Bundle | Kept]
    service: Service
    policy: ReleasePolicy
    target_group: aws.lb.TargetGroup
    owner: str
    tags: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class AutoscalingArgs:
    """`group` has autoscaling. `user` may log in with the keys of `public_keys`, to look around.

    The group is made or changed when all of `after` is done: the listeners, without which nobody is healthy, and whoever gets the
    release before it.
    """

    group: InstanceGroup
    architecture: Architecture
    image: Image
    roll_image: bool
    network: Ground
    firewall: Firewall
    store: ArtifactStore
    scaling: Scaling
    user: str
    public_keys: Sequence[str]
    protected: bool
    permissions: Permissions | None = None
    after: Sequence[pulumi.Resource] = ()


class Autoscaling(pulumi.ComponentResource):
    """Launch template, group and the way from one release to the next, which is another version of the template.

    An instance is in service when it has said that the release runs there, proven; until then nobody counts on it, and no old one
    goes. Whoever deploys begins the exchange, waits for it and fails when it was taken back (`group_rollout`).
    """

    group: aws.autoscaling.Group
    serving: pulumi.Resource
    """What the next region waits for: all instances run the release, and as many as there must be are healthy."""
    report: pulumi.Output[str]
    """What they run, as a host says it."""

    def __init__(self, name: str, args: AutoscalingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Autoscaling", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self._name, self._args = name, args
        self._region = aws.get_region(opts=pulumi.InvokeOptions(parent=self)).region
        scaling, bounds = args.scaling, _bounds(args.group)
        tags = {**scaling.tags, "Name": name}
        secret = self._secret() if scaling.secrets else None
        role = instance_role(
            name,
            "Hosts of the service that install it by themselves: they may fetch it, say that it runs, and nothing else.",
            child,
        )
        rights = self._rights(role, secret)
        stored = args.store.release(scaling.release(args.architecture), args.architecture)
        # The group is called as its role is, whose name is known before the template's text that names the group.
        called, trusted = role.role.name, warm_up(health_check(scaling.service.health))

        template = launch_template(
            name,
            LaunchTemplateArgs(
                type=args.group.type,
                image=args.image,
                roll_image=args.roll_image,
                security_groups=[args.firewall.group(Role.HOSTS).id, *(args.network.security_groups or ())],
                profile=role.profile,
                user_data=self._user_data(stored, called, secret),
                volume=args.group.volume,
                credits=args.group.credits,
                protected=args.protected,
                tags=tags,
            ),
            self,
        )
        version = template.latest_version.apply(str)
        self.group = aws.autoscaling.Group(
            name,
            name=called,
            min_size=bounds.min,
            max_size=bounds.max,
            vpc_zone_identifiers=[subnet.id for subnet in args.network.private_subnets],
            # A number and not `$Latest`, or there would be nothing to go back to.
            launch_template=None
            if bounds.mixed
            else aws.autoscaling.GroupLaunchTemplateArgs(id=template.id, version=version),
            mixed_instances_policy=mixed_policy(args.group.type, bounds, template.id, version)
            if bounds.mixed
            else None,
            capacity_rebalance=bounds.spot is not None,
            target_group_arns=[scaling.target_group.arn],
            initial_lifecycle_hooks=[
                aws.autoscaling.GroupInitialLifecycleHookArgs(
                    name=self_install.HOOK,
                    lifecycle_transition="autoscaling:EC2_INSTANCE_LAUNCHING",
                    heartbeat_timeout=self_install.HEARTBEAT,
                    default_result="ABANDON",
                )
            ],
            health_check_type="ELB",
            health_check_grace_period=trusted,
            default_instance_warmup=trusted,
            instance_maintenance_policy=aws.autoscaling.GroupInstanceMaintenancePolicyArgs(
                min_healthy_percentage=bounds.maintenance.min_healthy,
                max_healthy_percentage=bounds.maintenance.max_healthy,
            ),
            warm_pool=aws.autoscaling.GroupWarmPoolArgs(min_size=bounds.warm, pool_state="Stopped")
            if bounds.warm
            else None,
            # The provider would wait for exactly as many as there were in the last `up`: another minimum for a group that has
            # scaled out since would end in a time-out. So it waits for none, and `serving` below for as many as there must be.
            wait_for_capacity_timeout="0",
            tags=[
                # The provider adds none of its own to a group.
                aws.autoscaling.GroupTagArgs(key=key, value=value, propagate_at_launch=False)
                for key, value in tags.items()
            ],
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[*args.network.ready, args.firewall, *rights, *args.after],
                # Nothing but the refresh gives it another one (group_rollout.py).
                ignore_changes=["launchTemplate", "mixedInstancesPolicy"],
            ),
        )
        aws.autoscaling.Policy(
            name,
            autoscaling_group_name=self.group.name,
            policy_type="TargetTrackingScaling",
            target_tracking_configuration=aws.autoscaling.PolicyTargetTrackingConfigurationArgs(
                predefined_metric_specification=aws.autoscaling.PolicyTargetTrackingConfigurationPredefinedMetricSpecificationArgs(
                    predefined_metric_type="ASGAverageCPUUtilization"
                ),
                target_value=bounds.target_cpu,
            ),
            opts=child,
        )
        for number, each in enumerate(bounds.schedules):
            aws.autoscaling.Schedule(
                f"{name}-{number}",
                autoscaling_group_name=self.group.name,
                scheduled_action_name=f"slipway-{number}",
                recurrence=each.at,
                time_zone=each.zone,
                min_size=each.min,
                max_size=each.max or bounds.max,
                # -1: as many as there are, within these bounds.
                desired_capacity=-1,
                opts=child,
            )

        def told(known: Sequence[Any]) -> dict[str, Any]:
            found, group, id, number, bucket = known
            more = {"template": f"{id}:{number}", "bundles": bucket}
            return {**found.release.told(group), **more}

        facts = (stored, self.group.name, template.id, template.latest_version, args.store.bucket.bucket)
        rollout = GroupRolloutArgs(
            region=self._region,
            bounds=bounds,
            type=args.group.type,
            group=self.group,
            template=template,
            target_group=scaling.target_group,
            policy=scaling.policy,
            told=pulumi.Output.all(*facts).apply(told),
            after=[*rights, *args.after],
        )
        done = group_rollout(name, rollout, self)
        self.serving, self.report = done, done.stdout
        self.register_outputs({"group": self.group.name})

    def _secret(self) -> aws.secretsmanager.SecretVersion:
        """The service's secrets, which nothing but the group's role reads."""
        child = pulumi.ResourceOptions(parent=self)
        kept = aws.secretsmanager.Secret(
            self._name,
            description="Environment of the service, read at an instance's first start.",
            recovery_window_in_days=7 if self._args.protected else 0,
            tags={"Name": self._name},
            opts=child,
        )
        text = pulumi.Output.secret(
            pulumi.Output.json_dumps(dict(sorted(self._args.scaling.secrets.items())))
        )
        # The one before stays: a group that goes back asks for it by its version.
        return aws.secretsmanager.SecretVersion(
            self._name,
            secret_id=kept.id,
            secret_string=text,
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )

    def _rights(
        self, role: InstanceRole, secret: aws.secretsmanager.SecretVersion | None
    ) -> Sequence[pulumi.Resource]:
        """May fetch bundles and this secret, complete the hook of its own group, and nothing else."""
        store, region = self._args.store, self._region
        group = pulumi.Output.concat(
            f"arn:aws:autoscaling:{region}:*:autoScalingGroup:*:autoScalingGroupName/", role.role.name
        )
        allowed: list[dict[str, Any]] = [
            {
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": pulumi.Output.concat(store.bucket.arn, "/*"),
            },
            {"Effect": "Allow", "Action": "autoscaling:CompleteLifecycleAction", "Resource": group},
        ]
        if secret:
            allowed.append(
                {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": secret.secret_arn}
            )
        policy = aws.iam.RolePolicy(
            self._name,
            role=role.role.name,
            policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": allowed}),
            opts=pulumi.ResourceOptions(parent=self),
        )
        child = pulumi.ResourceOptions(parent=self)
        return [policy, *granted(self._name, role.role, self._args.permissions, child)]

    def _user_data(
        self,
        stored: pulumi.Output[Stored],
        group: pulumi.Output[str],
        secret: aws.secretsmanager.SecretVersion | None,
    ) -> pulumi.Output[str]:
        args, region, service = self._args, self._region, self._args.scaling.service

        def text(told: Sequence[Any]) -> str:
            found, bucket, group, *named = told
            if wrong := self_install.too_long(found.release.known):
                raise pulumi.RunError(f"the release {wrong}")
            place = self_install.Stored(
                bucket=bucket,
                key=found.key,
                sha256=found.release.bundle,
                region=region,
                group=group,
                answers=f"http://127.0.0.1:{service.port}{service.health.path}",
                secret=(named[0], named[1]) if named else None,
            )
            return cloud_config(
                user=args.user,
                public_keys=args.public_keys,
                packages=[*PACKAGES, *self_install.PACKAGES],
                program=self_install.script(found.release.known, place, args.scaling.owner),
            )

        named = [secret.secret_arn, secret.version_id] if secret else []
        return pulumi.Output.all(stored, args.store.bucket.bucket, group, *named).apply(text)


def _bounds(group: InstanceGroup) -> Bounds:
    if group.autoscaling is None:
        raise ValueError(f"{group.type} has no autoscaling")
    return group.autoscaling
