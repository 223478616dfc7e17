"""Machine images: which one a new instance starts from. Not for what is done on it afterwards."""

import datetime
import re
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from model.architecture import Architecture
from model.aws.instances import LATEST

DEBIAN = "136693071363"
"""Debian's own account, and below what it calls its images: https://wiki.debian.org/Cloud/AmazonEC2Image."""
UBUNTU = "099720109477"
"""Canonical's account: https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/. Its images take
packages from http://REGION.ec2.archive.ubuntu.com (cloud-init, config/cloud.cfg.tmpl), which has no HTTPS."""
ARCHITECTURES = {"arm64": Architecture.ARM64, "x86_64": Architecture.AMD64}
"""By what EC2 calls them. It lists i386 and Macs, too, for which nothing is built."""


@dataclass(frozen=True, kw_only=True)
class Image:
    """`name` tells its date. Instances that `follow` take a newer one only when they are rolled."""

    id: str
    name: str
    root_device: str
    follow: bool
    owner: str | None = None
    """The account that published it."""

    def refuse_without_archive(self, plain_http: bool) -> None:
        """Raises RunError where its first start would wait for packages that it cannot get."""
        if self.owner == UBUNTU and not plain_http:
            raise pulumi.RunError(
                f"image {self.id} is Ubuntu's own, whose packages come over HTTP, but hosts get out to HTTPS alone: write "
                "`egress: [{to: 0.0.0.0/0, ports: [80], why: Ubuntu archive}]` in its region, or name an image of your own that "
                "has haproxy."
            )


def image(wanted: str, architecture: Architecture, opts: pulumi.InvokeOptions) -> Image:
    """The newest Debian 13 of that architecture or, given an id, that image. Raises RunError when it has another architecture."""
    if wanted == LATEST:
        found = aws.ec2.get_ami(
            owners=[DEBIAN],
            most_recent=True,
            filters=[
                aws.ec2.GetAmiFilterArgs(name="name", values=[f"debian-13-{architecture.debian}-*"]),
                aws.ec2.GetAmiFilterArgs(name="root-device-type", values=["ebs"]),
                aws.ec2.GetAmiFilterArgs(name="virtualization-type", values=["hvm"]),
            ],
            opts=opts,
        )
    else:
        found = aws.ec2.get_ami(
            include_deprecated=True,
            filters=[aws.ec2.GetAmiFilterArgs(name="image-id", values=[wanted])],
            opts=opts,
        )
    if ARCHITECTURES.get(found.architecture) is not architecture:
        raise pulumi.RunError(
            f"image {found.id} ({found.name}) is for {found.architecture}, but the instances are {architecture.value}; "
            "name an image of that architecture, or `latest`."
        )
    return Image(
        id=found.id,
        name=found.name if wanted == LATEST else found.id,
        root_device=found.root_device_name,
        follow=wanted == LATEST,
        owner=found.owner_id,
    )


def refuse_other(host: str, pinned: str, newest: str) -> None:
    """Raises RunError for a machine that would keep its image under a type of another architecture, which EC2 refuses."""
    kept, wanted = (re.match(r"debian-\d+-(\w+)-", each) for each in (pinned, newest))
    if kept and wanted and kept[1] != wanted[1]:
        raise pulumi.RunError(
            f"{host} keeps its image {pinned}, and its new type is {wanted[1]}: take one of {kept[1]}, or let `make roll-images` "
            "replace all machines."
        )


def age(host: str, pinned: str, newest: str, today: datetime.date) -> str | None:
    """What to tell about a host that stays on an older image; None when it has the newest."""
    if pinned == newest:
        return None
    made = re.search(r"-(\d{8})-", pinned)
    days = f", {(today - datetime.datetime.strptime(made[1], '%Y%m%d').date()).days} days old" if made else ""
    return f"{host} stays on its image {pinned}{days}; {newest} is out: `make roll-images` moves all hosts to it, batch by batch"
