"""What is wrong with the inputs of an AWS resource, as the installed SDK's classes have it."""

import pytest

from plugins.aws import schema
from plugins.values import UNKNOWN, Values

INSTANCE = "aws:ec2/instance:Instance"
GOOD: Values = {
    "ami": "ami-1",
    "instanceType": "m7g.large",
    "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
    "ebsBlockDevices": [{"deviceName": "/dev/sdf", "volumeSize": 1}],
    "vpcSecurityGroupIds": ["sg-1"],
    "tags": {"Name": "web1"},
}


def refused(type: str, inputs: Values) -> list[str]:
    return [each.property for each in schema.failures(type, inputs)]


def test_inputs_as_the_sdk_sends_them_are_accepted() -> None:
    assert refused(INSTANCE, GOOD) == []


@pytest.mark.parametrize(
    ("wrong", "property"),
    [
        ({"instanceTyp": "m7g.large"}, "instanceTyp"),
        ({"metadataOptions": {"httpToken": "required"}}, "metadataOptions.httpToken"),
        ({"metadataOptions": "required"}, "metadataOptions"),
        ({"ebsBlockDevices": [{"deviceName": "x", "size": 1}]}, "ebsBlockDevices[0].size"),
        ({"ebsBlockDevices": [{"volumeSize": 1}]}, "ebsBlockDevices[0].deviceName"),
        ({"vpcSecurityGroupIds": "sg-1"}, "vpcSecurityGroupIds"),
        ({"tags": ["web1"]}, "tags"),
        ({"ami": {"id": "ami-1"}}, "ami"),
    ],
)
def test_a_misspelt_or_misshapen_property_is_refused_with_its_path(wrong: Values, property: str) -> None:
    assert refused(INSTANCE, {**GOOD, **wrong}) == [property]


def test_a_missing_property_is_refused() -> None:
    assert refused("aws:ec2/subnet:Subnet", {"cidrBlock": "10.0.0.0/24"}) == ["vpcId"]


def test_what_is_not_known_yet_fits_everywhere() -> None:
    assert refused(INSTANCE, {**GOOD, "metadataOptions": UNKNOWN, "vpcSecurityGroupIds": [UNKNOWN]}) == []


@pytest.mark.parametrize("policy", ['{"Version": "2012-10-17"}', {"version": "2012-10-17", "statements": []}])
def test_a_policy_may_be_text_or_a_map(policy: object) -> None:
    found = refused("aws:iam/rolePolicy:RolePolicy", {"role": "web", "policy": policy})
    assert [each for each in found if not each.startswith("policy.")] == []


@pytest.mark.parametrize("type", ["aws:ec2/instanse:Instanse", "aws:nowhere/thing:Thing"])
def test_a_type_that_the_sdk_does_not_have_is_refused_by_name(type: str) -> None:
    (failure,) = schema.failures(type, {})
    assert type in failure.reason


def test_the_inputs_of_a_provider_are_checked_too() -> None:
    assert refused(schema.PROVIDER, {"region": "eu-central-1", "defaultTags": {"tags": {"a": "b"}}}) == []
    assert refused(schema.PROVIDER, {"regio": "eu-central-1"}) == ["regio"]
