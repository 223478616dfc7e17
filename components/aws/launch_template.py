"""How an instance that comes and goes is launched: as every other of ours, with all that is decided before it is there."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws.image import Image
from model.aws import instance_type


@dataclass(frozen=True, kw_only=True)
class LaunchTemplateArgs:
    """`security_groups` by id, `volume` in GiB. With `roll_image` it follows to the newest image; `tags` go onto all of it."""

    type: str
    image: Image
    roll_image: bool
    security_groups: Sequence[pulumi.Input[str]]
    profile: aws.iam.InstanceProfile
    user_data: pulumi.Output[str]
    volume: int
    credits: str | None
    protected: bool
    tags: Mapping[str, str]


def launch_template(name: str, args: LaunchTemplateArgs, parent: pulumi.Resource) -> aws.ec2.LaunchTemplate:
    """Another version of it with each change, and those before it stay."""
    stays = args.image.follow and not args.roll_image
    return aws.ec2.LaunchTemplate(
        name,
        image_id=args.image.id,
        instance_type=args.type,
        iam_instance_profile=aws.ec2.LaunchTemplateIamInstanceProfileArgs(arn=args.profile.arn),
        network_interfaces=[
            aws.ec2.LaunchTemplateNetworkInterfaceArgs(
                associate_public_ip_address="false",
                security_groups=[*args.security_groups],
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
                    volume_type="gp3", volume_size=args.volume, encrypted="true", delete_on_termination="true"
                ),
            )
        ],
        credit_specification=aws.ec2.LaunchTemplateCreditSpecificationArgs(
            cpu_credits=args.credits or "unlimited"
        )
        if instance_type.burstable(args.type)
        else None,
        monitoring=aws.ec2.LaunchTemplateMonitoringArgs(enabled=args.protected),
        maintenance_options=aws.ec2.LaunchTemplateMaintenanceOptionsArgs(auto_recovery="default"),
        user_data=args.user_data.apply(lambda text: base64.b64encode(text.encode()).decode()),
        tag_specifications=[
            aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=args.tags)
            for kind in ("instance", "volume")
        ],
        tags={"Name": name, "Image": args.image.name},
        opts=pulumi.ResourceOptions(
            parent=parent, ignore_changes=["imageId", "tags.Image"] if stays else None
        ),
    )
