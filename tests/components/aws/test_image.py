"""Which image an instance starts from, which architecture it has, and what is told about its age."""

import datetime
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.aws.image import UBUNTU, Image, age, image
from components.aws.instance import architectures_of
from model.architecture import Architecture
from tests.components.recording import Answer, Recording, record

SUPPORTED = {
    "m7g.large": ["arm64"],
    "m7i.large": ["x86_64"],
    "t2.small": ["i386", "x86_64"],
    "mac2.metal": ["arm64_mac"],
}
ANSWERS: dict[str, Answer] = {
    "aws:ec2/getAmi:getAmi": lambda args: {
        "id": "ami-01234567",
        "name": "debian-13-arm64-20261101-2283",
        "architecture": "arm64",
        "rootDeviceName": "/dev/xvda",
    },
    "aws:ec2/getInstanceType:getInstanceType": lambda args: {
        "supportedArchitectures": SUPPORTED[args["instanceType"]]
    },
}
TODAY = datetime.date(2026, 11, 21)


def chosen(wanted: str, architecture: Architecture) -> tuple[Image, Recording]:
    found: list[Image] = []

    def program() -> None:
        found.append(image(wanted, architecture, pulumi.InvokeOptions()))

    recording = record(program, looked_up=ANSWERS)
    return found[0], recording


def asked(*types: str) -> tuple[dict[str, Architecture], Recording]:
    found: dict[str, Architecture] = {}

    def program() -> None:
        found.update(architectures_of(types, pulumi.InvokeOptions()))

    recording = record(program, looked_up=ANSWERS)
    return found, recording


def test_ubuntus_own_image_is_refused_where_its_packages_cannot_be_had() -> None:
    mine = Image(id="ami-1", name="mine", root_device="/dev/xvda", follow=False, owner="123456789012")
    ubuntu = replace(mine, owner=UBUNTU)
    for fine in (lambda: mine.refuse_without_archive(False), lambda: ubuntu.refuse_without_archive(True)):
        fine()
    with pytest.raises(pulumi.RunError, match=r"ami-1 is Ubuntu's own.+egress.+80"):
        ubuntu.refuse_without_archive(False)


def test_the_latest_is_the_newest_of_debians_own_for_the_architecture() -> None:
    found, recording = chosen("latest", Architecture.ARM64)
    assert found == Image(
        id="ami-01234567", name="debian-13-arm64-20261101-2283", root_device="/dev/xvda", follow=True
    )
    ((_, args),) = recording.invoked
    assert (args["owners"], args["mostRecent"]) == (["136693071363"], True)
    filters: list[dict[str, Any]] = args["filters"]
    assert {each["name"]: each["values"] for each in filters} == {
        "name": ["debian-13-arm64-*"],
        "root-device-type": ["ebs"],
        "virtualization-type": ["hvm"],
    }


def test_an_image_that_is_named_is_that_image_whoever_made_it_and_however_old() -> None:
    found, recording = chosen("ami-01234567", Architecture.ARM64)
    assert found == Image(id="ami-01234567", name="ami-01234567", root_device="/dev/xvda", follow=False)
    ((_, args),) = recording.invoked
    assert args == {
        "filters": [{"name": "image-id", "values": ["ami-01234567"]}],
        "includeDeprecated": True,
    }


@pytest.mark.parametrize("wanted", ["latest", "ami-01234567"])
def test_an_image_of_another_architecture_is_refused(wanted: str) -> None:
    with pytest.raises(
        pulumi.RunError, match=r"image ami-01234567 .* is for arm64, but the instances are amd64;"
    ):
        chosen(wanted, Architecture.AMD64)


def test_an_older_image_is_told_with_its_age_and_the_way_on() -> None:
    told = age("eu-web1", "debian-13-arm64-20261012-2264", "debian-13-arm64-20261101-2283", TODAY)
    assert told == (
        "eu-web1 stays on its image debian-13-arm64-20261012-2264, 40 days old; debian-13-arm64-20261101-2283 is out: "
        "`make roll-images` moves all hosts to it, batch by batch"
    )


def test_an_image_without_a_date_in_its_name_is_told_without_an_age() -> None:
    told = age("eu-web1", "ami-01234567", "debian-13-arm64-20261101-2283", TODAY)
    assert told and told.startswith(
        "eu-web1 stays on its image ami-01234567; debian-13-arm64-20261101-2283 is out"
    )


def test_of_the_newest_image_nothing_is_told() -> None:
    assert age("eu-web1", "debian-13-arm64-20261101-2283", "debian-13-arm64-20261101-2283", TODAY) is None


def test_architectures_are_those_that_ec2_tells_and_each_type_is_asked_once() -> None:
    found, recording = asked("m7i.large", "t2.small", "m7g.large", "m7g.large")
    assert found == {
        "m7g.large": Architecture.ARM64,
        "m7i.large": Architecture.AMD64,
        "t2.small": Architecture.AMD64,
    }
    assert len(recording.invoked) == 3


def test_a_type_for_which_nothing_can_be_built_is_refused() -> None:
    with pytest.raises(
        pulumi.RunError, match=r"mac2\.metal is for arm64_mac; allowed are types for arm64 or x86_64"
    ):
        asked("mac2.metal")
