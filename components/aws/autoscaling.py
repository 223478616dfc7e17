"""A group of instances that follows the load. Nobody logs in to them to install: see model/aws/self_install.py."""

import base64
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws
import pulumi_command as command

from components.aws.artifact_store import ArtifactStore
from components.aws.firewall import Firewall
from components.aws.image import Image
from components.aws.instance_role import instance_role
from components.aws.network import Network
from components.aws.target import ASK
from components.bundle import Bundle
from components.installation import Kept
from model.architecture import Architecture
from model.aws import instance_type, self_install
from model.aws.instances import Autoscaling as Bounds
from model.aws.instances import InstanceGroup
from model.aws.self_install import Stored
from model.aws.user_data import PACKAGES, PATIENCE, cloud_config
from model.flows import Role

WARM_UP = 60
"""Seconds after a start during which an instance's processor says nothing about the load."""


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """What is released to instances that come and go. `release` gives the bundle for an architecture.

    `owner` is what hosts remember of who installed; `tags` are the provider's, which EC2 does not give to a group's instances.
    """

    release: Callable[[Architecture], Bundle | Kept]
    target_group: aws.lb.TargetGroup
    owner: str
    tags: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class AutoscalingArgs:
    """`group` has autoscaling. `user` may log in with the key of `public_key`, to look around.

    The group is made or changed when all of `after` is done: the listeners, without which nobody is healthy, and whoever gets the
    release before it.
    """

    group: InstanceGroup
    architecture: Architecture
    image: Image
    roll_image: bool
    network: Network
    firewall: Firewall
    store: ArtifactStore
    scaling: Scaling
    user: str
    public_key: str
    protected: bool
    after: Sequence[pulumi.Resource] = ()


class Autoscaling(pulumi.ComponentResource):
    """Launch template, group and refresh. A release is another template: AWS replaces instance by instance.

    This program does not wait for that: it ends when the group has the template, and the alarms tell of what went wrong.
    The first time, and with another minimum, it waits until that many are healthy behind the load balancer.
    AWS does not go back to the one before (docs/limits.md).
    """

    group: aws.autoscaling.Group
    serving: pulumi.Resource
    """What the next region waits for: as many as there must be at least are healthy."""
    report: pulumi.Output[str]
    """Another one with each release."""

    def __init__(self, name: str, args: AutoscalingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Autoscaling", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self._name, self._args = name, args
        scaling, bounds = args.scaling, _bounds(args.group)
        tags = {**scaling.tags, "Name": name}
        stays = args.image.follow and not args.roll_image
        secret = self._secret() if scaling.secrets else None
        profile, rights = self._role(secret)

        template = aws.ec2.LaunchTemplate(
            name,
            image_id=args.image.id,
            instance_type=args.group.type,
            iam_instance_profile=aws.ec2.LaunchTemplateIamInstanceProfileArgs(arn=profile.arn),
            network_interfaces=[
                aws.ec2.LaunchTemplateNetworkInterfaceArgs(
                    associate_public_ip_address="false",
                    security_groups=[args.firewall.group(Role.HOSTS).id],
                    delete_on_termination="true",
                )
            ],
            metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
                http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
            ),
            block_device_mappings=[
                aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                    device_name=args.image.root_device,
                    ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                        volume_type="gp3",
                        volume_size=args.group.volume,
                        encrypted="true",
                        delete_on_termination="true",
                    ),
                )
            ],
            credit_specification=aws.ec2.LaunchTemplateCreditSpecificationArgs(
                cpu_credits=args.group.credits or "unlimited"
            )
            if instance_type.burstable(args.group.type)
            else None,
            monitoring=aws.ec2.LaunchTemplateMonitoringArgs(enabled=args.protected),
            maintenance_options=aws.ec2.LaunchTemplateMaintenanceOptionsArgs(auto_recovery="default"),
            user_data=self._user_data(secret).apply(lambda text: base64.b64encode(text.encode()).decode()),
            tag_specifications=[
                aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=tags)
                for kind in ("instance", "volume")
            ],
            tags={"Name": name, "Image": args.image.name},
            opts=pulumi.ResourceOptions(
                parent=self, ignore_changes=["imageId", "tags.Image"] if stays else None
            ),
        )

        self.group = aws.autoscaling.Group(
            name,
            min_size=bounds.min,
            max_size=bounds.max,
            vpc_zone_identifiers=[subnet.id for subnet in args.network.private_subnets],
            # A number and not `$Latest`, or there would be nothing to go back to.
            launch_template=aws.autoscaling.GroupLaunchTemplateArgs(
                id=template.id, version=template.latest_version.apply(str)
            ),
            target_group_arns=[scaling.target_group.arn],
            health_check_type="ELB",
            health_check_grace_period=PATIENCE,
            default_instance_warmup=WARM_UP,
            # The provider would wait for exactly as many as there were in the last `up`: another minimum for a group that has
            # scaled out since would end in a time-out. So it waits for none, and `serving` below for as many as there must be.
            wait_for_capacity_timeout="0",
            instance_refresh=aws.autoscaling.GroupInstanceRefreshArgs(
                strategy="Rolling",
                preferences=aws.autoscaling.GroupInstanceRefreshPreferencesArgs(
                    # New before old, about one in ten at a time.
                    min_healthy_percentage=100,
                    max_healthy_percentage=110,
                    auto_rollback=True,
                    skip_matching=True,
                ),
            ),
            tags=[
                # The provider adds none of its own to a group.
                aws.autoscaling.GroupTagArgs(key=key, value=value, propagate_at_launch=False)
                for key, value in tags.items()
            ],
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[*args.network.ready, args.firewall, *rights, *args.after]
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
        self.serving = command.local.Command(
            f"{name}-serving",
            create=pulumi.Output.all(scaling.target_group.arn, self.group.name).apply(
                lambda told: f"{ASK} scaled {shlex.join(told)} {bounds.min} --within {2 * PATIENCE}"
            ),
            add_previous_output_in_env=False,
            logging=command.local.Logging.STDERR,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.group]),
        )
        self.report = template.latest_version.apply(str)
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

    def _role(
        self, secret: aws.secretsmanager.SecretVersion | None
    ) -> tuple[aws.iam.InstanceProfile, Sequence[pulumi.Resource]]:
        """May fetch bundles and this secret, and nothing else."""
        child, store = pulumi.ResourceOptions(parent=self), self._args.store
        made = instance_role(
            self._name,
            "Hosts of the service that install it by themselves: they may fetch it, and nothing else.",
            child,
        )
        allowed = [
            {
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": pulumi.Output.concat(store.bucket.arn, "/*"),
            }
        ]
        if secret:
            allowed.append(
                {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": secret.secret_arn}
            )
        policy = aws.iam.RolePolicy(
            self._name,
            role=made.role.name,
            policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": allowed}),
            opts=child,
        )
        return made.profile, [policy]

    def _user_data(self, secret: aws.secretsmanager.SecretVersion | None) -> pulumi.Output[str]:
        args = self._args
        region = aws.get_region(opts=pulumi.InvokeOptions(parent=self)).region
        bundle = _bundle(args.scaling.release(args.architecture))
        found = args.store.holds(bundle)

        def text(told: Sequence[str]) -> str:
            bucket, key, *named = told
            stored = Stored(
                bucket=bucket,
                key=key,
                sha256=bundle.sha256,
                region=region,
                secret=(named[0], named[1]) if named else None,
            )
            return cloud_config(
                user=args.user,
                public_key=args.public_key,
                packages=[*PACKAGES, *self_install.PACKAGES],
                program=self_install.script(bundle.release, stored, args.scaling.owner),
            )

        parts = [found.bucket, found.key, *([secret.secret_arn, secret.version_id] if secret else [])]
        return pulumi.Output.all(*parts).apply(text)


def _bounds(group: InstanceGroup) -> Bounds:
    if group.autoscaling is None:
        raise ValueError(f"{group.type} has no autoscaling")
    return group.autoscaling


def _bundle(release: Bundle | Kept) -> Bundle:
    """A pinned release stands on the disks of hosts; an instance that is made today has none."""
    if isinstance(release, Kept):
        raise pulumi.RunError(
            "a release is pinned, but instances with autoscaling can only get one that is built; deploy from its source instead."
        )
    return release
