"""What the name of an instance type tells, and where it misleads."""

import gzip
import json
from importlib.resources import files

import pytest

from model.architecture import Architecture
from model.aws.instance_type import architecture, burstable


@pytest.mark.parametrize(
    "name",
    [
        *("a1.large", "m6g.metal", "m7gd.large", "c7gn.xlarge", "r8g.48xlarge", "t4g.nano", "x2gd.medium", "i8ge.large"),
        *("im4gn.large", "is4gen.medium", "hpc7g.16xlarge", "g5g.xlarge", "c9g.metal-48xl", "p6e-gb200.36xlarge"),
    ],
)  # fmt: skip
def test_graviton_and_grace_are_arm(name: str) -> None:
    assert architecture(name) is Architecture.ARM64


@pytest.mark.parametrize(
    "name",
    [
        *("m7i.large", "m7i-flex.large", "c7a.medium", "r7iz.32xlarge", "t3.micro", "x2iedn.metal", "i7ie.large", "c1.medium"),
        *("g4dn.xlarge", "g5.xlarge", "g6e.large", "gr6.4xlarge", "gr6f.4xlarge", "dl2q.24xlarge", "p6-b200.48xlarge"),
        *("u-6tb1.metal", "u-3tb1.56xlarge", "u7in-16tb.224xlarge"),
    ],
)  # fmt: skip
def test_a_g_that_is_no_processor_does_not_mislead(name: str) -> None:
    assert architecture(name) is Architecture.AMD64


@pytest.mark.parametrize(
    "name", ["mac1.metal", "mac2.metal", "mac2-m2pro.metal", "mac-m4.metal", "m7g", "M7G.large", ""]
)
def test_a_mac_and_what_is_no_type_have_no_architecture(name: str) -> None:
    assert architecture(name) is None


def test_only_four_families_live_on_credits() -> None:
    names = [
        "t2.small",
        "t3.small",
        "t3a.small",
        "t4g.small",
        "t1.micro",
        "t8i.small",
        "m7g.large",
        "trn1.2xlarge",
    ]
    assert [name for name in names if burstable(name)] == names[:4]


def test_every_type_that_moto_knows_has_the_architecture_that_ec2_tells_and_credits_where_it_says_so() -> (
    None
):
    names = {"arm64": Architecture.ARM64, "x86_64": Architecture.AMD64}
    packed = files("moto.ec2").joinpath("resources", "instance_types.json.gz").read_bytes()
    known = json.loads(gzip.decompress(packed))
    assert len(known) > 1000
    for name, facts in known.items():
        told = {names.get(each) for each in facts["ProcessorInfo"]["SupportedArchitectures"]} - {None}
        assert {architecture(name)} - {None} == told, name
        if burstable(name):
            assert facts["BurstablePerformanceSupported"], name
