"""Ids, ARNs and outputs of pretended resources."""

import ipaddress
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.aws import identity, nowhere, outputs, replacing, schema

REGION = "eu-central-1"


@pytest.mark.parametrize("type", [*identity.FORMS, *replacing.REPLACING])
def test_every_type_that_is_known_exists_in_the_sdk(type: str) -> None:
    assert schema.output_names(type)


@pytest.mark.parametrize("type", identity.FORMS)
def test_two_resources_of_a_type_are_told_apart_and_have_an_arn_when_the_sdk_says_so(type: str) -> None:
    one, two = (identity.create(type, {}, REGION) for _ in range(2))
    assert one.id != two.id
    if "arn" in schema.output_names(type):
        assert re.fullmatch(r"arn:aws:[a-z0-9]+:([a-z0-9-]*):(\d{12})?:[^{}]+", one.arn)


def test_a_name_is_taken_as_given_or_made_from_the_name_tag() -> None:
    made = identity.create("aws:lb/loadBalancer:LoadBalancer", {"tags": {"Name": "front"}}, REGION)
    assert re.fullmatch(r"front-[0-9a-f]{7}", made.name)
    assert f":loadbalancer/app/{made.name}/" in made.arn
    assert identity.create("aws:iam/role:Role", {"name": "web"}, REGION).id == "web"


def test_tags_of_the_provider_are_among_a_resources_own() -> None:
    made = identity.create("aws:ec2/vpc:Vpc", {}, REGION)
    inputs = {"tags": {"Name": "web", "owner": "ops"}}
    told = outputs.created("aws:ec2/vpc:Vpc", inputs, made, REGION, {"owner": "team", "stack": "prod"})
    assert told["tagsAll"] == {"Name": "web", "owner": "ops", "stack": "prod"}
    assert told["arn"].endswith(f":vpc/{made.id}")


def test_a_change_in_place_keeps_what_aws_had_decided() -> None:
    type = "aws:ec2/launchTemplate:LaunchTemplate"
    made = identity.create(type, {}, REGION)
    old = outputs.created(type, {"imageId": "ami-1"}, made, REGION, {})
    new = outputs.updated(type, old, {"imageId": "ami-2"}, {})
    assert (new["imageId"], new["arn"], new["latestVersion"]) == ("ami-2", old["arn"], 2)


@given(st.integers(0, 2**32 - 1))
def test_an_address_of_nowhere_is_known_as_one_and_others_are_not(number: int) -> None:
    assert nowhere.contains(nowhere.address())
    address = ipaddress.IPv4Address(number)
    assert nowhere.contains(str(address)) == (address in nowhere.RANGE)


@pytest.mark.parametrize("host", [None, "", "web1.example.com", {}])
def test_what_is_no_address_is_not_nowhere(host: object) -> None:
    assert not nowhere.contains(host)


def test_tags_that_are_a_list_stay_one() -> None:
    type = "aws:autoscaling/group:Group"
    inputs = {"tags": [{"key": "Name", "value": "web", "propagateAtLaunch": False}]}
    told = outputs.created(type, inputs, identity.create(type, inputs, REGION), REGION, {"owner": "team"})
    assert told["tags"] == inputs["tags"]


def test_a_version_of_a_secret_names_the_secret_and_itself() -> None:
    type = "aws:secretsmanager/secretVersion:SecretVersion"
    made = identity.create(type, {"secretId": "arn of web"}, REGION)
    told = outputs.created(type, {"secretId": "arn of web"}, made, REGION, {})
    assert told["secretArn"] == "arn of web" and re.fullmatch(r"[0-9a-f]{32}", str(told["versionId"]))


@pytest.mark.parametrize(
    ("host", "nobody"),
    [("198.17.255.255", False), ("198.18.0.1", True), ("198.19.255.254", True), ("198.20.0.0", False)],
)
def test_nowhere_is_the_range_that_rfc_2544_sets_aside(host: str, nobody: bool) -> None:
    assert nowhere.contains(host) == nobody
