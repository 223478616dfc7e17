"""EC2 instances as every one of ours is: metadata for a token alone, an encrypted disk, recovery on. Not what runs on them."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws.image import ARCHITECTURES, Image, age, refuse_other
from components.aws.network import Part
from model.architecture import Architecture
from model.aws import instance_type


@dataclass(frozen=True, kw_only=True)
class InstanceArgs:
    """`volume` is in GiB. `public` gives it an address of its own; `after` must be done before it is made.

    With `protected`, nobody but this program terminates it, and its metrics come every minute.
    """

    type: str
    image: Image
    roll_image: bool
    subnet: Part
    security_group: aws.ec2.SecurityGroup
    user_data: pulumi.Input[str]
    volume: int
    protected: bool
    more_groups: Sequence[str] = ()
    credits: str | None = None
    public: bool = False
    profile: aws.iam.InstanceProfile | None = None
    after: Sequence[pulumi.Resource] = ()


def instance(name: str, args: InstanceArgs, parent: pulumi.Resource) -> aws.ec2.Instance:
    """An instance, and a line in the log when it stays on an older image or first start than a new one would get.

    Both are read only at a first start, so either replaces it: an image that was asked for by its id at once, anything else
    when images are rolled.
    """
    burstable = instance_type.burstable(args.type)
    stays = args.image.follow and not args.roll_image
    # The tag tells which image it has: whoever looks, and the line below.
    kept = [] if args.roll_image else ["userData", *(["ami", "tags.Image"] if stays else [])]
    made = aws.ec2.Instance(
        name,
        ami=args.image.id,
        instance_type=args.type,
        subnet_id=args.subnet.id,
        vpc_security_group_ids=[args.security_group.id, *args.more_groups],
        associate_public_ip_address=args.public,
        iam_instance_profile=args.profile.name if args.profile else None,
        user_data=args.user_data,
        user_data_replace_on_change=True,
        metadata_options=aws.ec2.InstanceMetadataOptionsArgs(
            http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
        ),
        root_block_device=aws.ec2.InstanceRootBlockDeviceArgs(
            volume_type="gp3",
            volume_size=args.volume,
            encrypted=True,
            delete_on_termination=True,
            tags={"Name": name},
        ),
        # In standard mode a new t3 or t4g starts without credits, at its baseline, just when it installs:
        # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-performance-instances-standard-mode-concepts.html
        credit_specification=aws.ec2.InstanceCreditSpecificationArgs(cpu_credits=args.credits or "unlimited")
        if burstable
        else None,
        maintenance_options=aws.ec2.InstanceMaintenanceOptionsArgs(auto_recovery="default"),
        monitoring=args.protected,
        disable_api_termination=args.protected,
        force_destroy=True,  # this program may still replace it
        tags={"Name": name, "Image": args.image.name},
        opts=pulumi.ResourceOptions(parent=parent, depends_on=list(args.after), ignore_changes=kept or None),
    )
    if stays:
        made.tags.apply(lambda tags: _tell(name, (tags or {}).get("Image"), args.image))
    if not args.roll_image:
        pulumi.Output.all(made.user_data, args.user_data).apply(lambda both: _tell_start(name, *both))
    return made


def _tell(name: str, pinned: str | None, newest: Image) -> None:
    refuse_other(name, pinned or newest.name, newest.name)
    told = age(name, pinned or newest.name, newest.name, datetime.date.today())
    if told:
        pulumi.log.info(told)


def _tell_start(name: str, began_with: str | None, wanted: str | None) -> None:
    if began_with and wanted and began_with != wanted:
        pulumi.log.info(
            f"{name} began with another first start than machines get now, "
            "and keeps all of it but its keys until `make roll-images`"
        )


def architectures_of(types: Iterable[str], opts: pulumi.InvokeOptions) -> dict[str, Architecture]:
    """The architecture of each instance type, as EC2 says. Raises RunError for a type that is unknown there or runs no Linux."""
    found: dict[str, Architecture] = {}
    for each in sorted(set(types)):
        supported = aws.ec2.get_instance_type(instance_type=each, opts=opts).supported_architectures
        known = [ARCHITECTURES[name] for name in supported if name in ARCHITECTURES]
        if len(known) != 1:
            raise pulumi.RunError(
                f"instance type {each} is for {', '.join(supported)}; allowed are types for arm64 or x86_64: take one such as "
                "m7g.large or m7i.large."
            )
        found[each] = known[0]
    return found
