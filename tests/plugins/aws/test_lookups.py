"""What the pretended look-ups answer: facts out of moto's data, or something plainly made up."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.aws import catalogue, lookups
from plugins.provider import ProviderError
from plugins.values import Values

IMAGE = "aws:ec2/getAmi:getAmi"
TYPE = "aws:ec2/getInstanceType:getInstanceType"


def image(name: str, region: str = "eu-central-1") -> Values:
    return lookups.answer(IMAGE, {"filters": [{"name": "name", "values": [name]}]}, region)


@pytest.mark.parametrize(
    ("type", "region", "architectures"),
    [
        ("m7g.large", "eu-central-1", ["arm64"]),
        ("m7i.large", "eu-central-1", ["x86_64"]),
        ("t4g.nano", "eu-central-1", ["arm64"]),
        ("a1.large", "eu-central-1", ["arm64"]),
        ("g4dn.xlarge", "eu-central-1", ["x86_64"]),
        ("g5g.xlarge", "us-east-1", ["arm64"]),
        ("im4gn.large", "us-east-1", ["arm64"]),
        ("mac2.metal", "us-east-1", ["arm64_mac"]),
    ],
)
def test_architectures_of_instance_types_are_what_ec2_says(
    type: str, region: str, architectures: list[str]
) -> None:
    assert lookups.answer(TYPE, {"instanceType": type}, region)["supportedArchitectures"] == architectures


def test_an_instance_type_that_does_not_exist_or_is_not_offered_is_refused() -> None:
    with pytest.raises(ProviderError, match=r"m7x\.large does not exist"):
        lookups.answer(TYPE, {"instanceType": "m7x.large"}, "eu-central-1")
    assert catalogue.zones_with("hpc7g.4xlarge", "us-east-1")
    with pytest.raises(ProviderError, match=r"hpc7g\.4xlarge cannot be had in eu-central-1"):
        lookups.answer(TYPE, {"instanceType": "hpc7g.4xlarge"}, "eu-central-1")


def test_zones_are_the_regions_ordinary_ones() -> None:
    zones = lookups.answer("aws:index/getAvailabilityZones:getAvailabilityZones", {}, "us-east-1")["names"]
    assert zones == [f"us-east-1{letter}" for letter in "abcdef"]
    with pytest.raises(ProviderError, match="there is no region eu-nowhere-1"):
        catalogue.zones("eu-nowhere-1")


def test_an_image_is_marked_as_pretended_and_knows_its_architecture() -> None:
    arm, intel = image("debian-13-arm64-*"), image("debian-13-amd64-*")
    assert (arm["architecture"], intel["architecture"]) == ("arm64", "x86_64")
    assert arm["name"] == "debian-13-arm64-pretended"
    assert "pretended" in arm["description"]


@given(st.sampled_from(["eu-central-1", "us-east-1"]), st.sampled_from(["arm64", "amd64"]))
def test_an_images_id_is_the_same_in_every_run_and_differs_by_region_and_name(
    region: str, architecture: str
) -> None:
    name = f"debian-13-{architecture}-*"
    assert image(name, region)["id"] == image(name, region)["id"]
    others = {
        image(f"debian-13-{other}-*", elsewhere)["id"]
        for other in ("arm64", "amd64")
        for elsewhere in ("eu-central-1", "us-east-1")
        if (other, elsewhere) != (architecture, region)
    }
    assert image(name, region)["id"] not in others


def test_a_policy_document_is_written_as_iam_reads_it() -> None:
    told = lookups.answer(
        "aws:iam/getPolicyDocument:getPolicyDocument",
        {
            "statements": [
                {
                    "sid": "Read",
                    "actions": ["s3:GetObject"],
                    "resources": ["a", "b"],
                    "principals": [{"type": "Service", "identifiers": ["ec2.amazonaws.com"]}],
                    "conditions": [
                        {"test": "Bool", "variable": "aws:SecureTransport", "values": ["true"]},
                        {"test": "Bool", "variable": "aws:ViaAWSService", "values": ["false"]},
                    ],
                }
            ]
        },
        "eu-central-1",
    )
    assert json.loads(told["json"])["Statement"] == [
        {
            "Sid": "Read",
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": ["a", "b"],
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Condition": {"Bool": {"aws:SecureTransport": "true", "aws:ViaAWSService": "false"}},
        }
    ]


def test_a_look_up_that_is_not_pretended_is_refused_with_those_that_are() -> None:
    with pytest.raises(ProviderError, match="getInstanceType"):
        lookups.answer("aws:ec2/getVpcPeeringConnection:getVpcPeeringConnection", {}, "eu-central-1")
