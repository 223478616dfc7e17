"""Whole runs of a program for AWS with everything pretended, as a user starts them. Hosts are in tests/lab."""

import json
from pathlib import Path

import pytest

from plugins.aws import INSTANCE
from plugins.aws.record import Record
from tests.engine.projects import Project

PROGRAM = """
import pulumi_aws as aws
import pulumi_command as command
REGION = "eu-central-1"
provider = aws.Provider(REGION, region=REGION, default_tags={"tags": {"project": "trial"}})
explicit = ResourceOptions(provider=provider)
look_up = pulumi.InvokeOptions(provider=provider)
zone = aws.get_availability_zones(opts=look_up).names[0]
image = aws.ec2.get_ami(filters=[{"name": "name", "values": ["debian-13-arm64-*"]}], opts=look_up)
vpc = aws.ec2.Vpc("net", cidr_block="10.20.0.0/16", tags={"Name": "net"}, opts=explicit)
subnet = aws.ec2.Subnet("net", vpc_id=vpc.id, availability_zone=zone, cidr_block="10.20.0.0/24", opts=explicit)
key = local.Command("key", create="head -c 16 /dev/urandom | base64", opts=ResourceOptions(additional_secret_outputs=["stdout"]))
web = aws.ec2.Instance(
    "web", ami=image.id, instance_type=TYPE, subnet_id=subnet.id, user_data=Output.format("# {0} {1}", key.stdout, WORD),
    user_data_replace_on_change=True, tags={"Name": "web"}, opts=explicit,
)
hello = command.remote.Command(
    "hello", connection={"host": web.private_ip}, create=web.id.apply(lambda id: f"echo {id}"), delete="echo bye",
    opts=ResourceOptions(deleted_with=web),
)
pulumi.export("vpc", vpc.id)
pulumi.export("arn", vpc.arn)
pulumi.export("tags", vpc.tags_all)
pulumi.export("zone", web.availability_zone)
pulumi.export("instance", web.id)
"""


def program(type: str = "m7g.large", word: str = "one") -> str:
    return f"TYPE, WORD = {type!r}, {word!r}\n{PROGRAM}"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path / "trial", pretend=True)
    (made.directory / "Pulumi.dev.yaml").write_text("config:\n  pulumi:disable-default-providers: [aws]\n")
    return made


def test_a_stack_lives_and_ends_and_says_what_was_pretended(project: Project) -> None:
    project.program(program())
    first = project.must("up")
    assert "pretended: 3 AWS resources (ec2 3), of which AWS knows nothing" in first.stdout
    assert "the instance web (m7g.large, arm64) is no machine at all; 1 remote operations" in first.stdout
    told = project.outputs()
    assert told["vpc"].startswith("vpc-")
    assert told["arn"] == f"arn:aws:ec2:eu-central-1:123456789012:vpc/{told['vpc']}"
    assert told["tags"] == {"Name": "net", "project": "trial"}
    assert told["zone"] == "eu-central-1a"

    assert "7 unchanged" in project.must("up").stdout
    assert project.outputs() == told

    project.program(program(word="two"))
    assert "aws:ec2:Instance web replaced" in project.must("up").stdout
    assert project.outputs()["instance"] != told["instance"]

    project.must("destroy")
    assert json.loads((project.directory / "cloud.json").read_text())["resources"] == {}


def test_a_refresh_sees_what_the_cloud_has_lost(project: Project) -> None:
    project.program(program())
    project.must("up")
    record = Record(project.directory / "cloud.json")
    record.remove(INSTANCE, project.outputs()["instance"])
    assert "aws:ec2:Instance web deleted" in project.must("refresh").stdout
    assert "aws:ec2:Instance web created" in project.must("up").stdout


def test_an_instance_that_a_killed_run_did_not_write_down_is_no_longer_there(project: Project) -> None:
    project.program(program())
    project.must("up")
    (id,) = Record(project.directory / "cloud.json").of(INSTANCE)
    record = Record(project.directory / "cloud.json")
    record.add(INSTANCE, "i-0123456789abcdef0", record.of(INSTANCE)[id])
    assert "7 unchanged" in project.must("up").stdout
    assert set(Record(project.directory / "cloud.json").of(INSTANCE)) == {id}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "opts=explicit)\nsubnet",
            ")\nsubnet",
            "Default provider for 'aws' disabled",
        ),
        ("opts=look_up).names", ").names", "Default provider for 'aws' disabled"),
        ("region=REGION, def", 'region="eu-nowhere-1", def', "there is no region eu-nowhere-1"),
        ('"values": [', '"value": [', "getAmi failed"),
        (
            'tags={"Name": "web"},',
            'metadata_options={"http_token": "x"},',
            "there is no such property; allowed are",
        ),
    ],
)
def test_what_aws_or_its_provider_would_refuse_is_refused(
    project: Project, old: str, new: str, words: str
) -> None:
    text = program()
    assert old in text
    project.program(text.replace(old, new, 1))
    done = project.run("up")
    assert done.returncode != 0
    assert words in done.stdout


def test_an_image_of_the_other_architecture_is_refused(project: Project) -> None:
    project.program(program(type="m7i.large"))
    done = project.run("up")
    assert done.returncode != 0
    assert "m7i.large is x86_64, but its image" in done.stdout


def test_another_region_of_a_provider_replaces_what_lies_in_it(project: Project) -> None:
    text = """
import pulumi_aws as aws
here = aws.Provider("here", region="eu-central-1")
vpc = aws.ec2.Vpc("net", cidr_block="10.20.0.0/16", opts=ResourceOptions(provider=here))
pulumi.export("arn", vpc.arn)
"""
    project.program(text)
    project.must("up")
    assert ":eu-central-1:" in project.outputs()["arn"]
    project.program(text.replace("eu-central-1", "us-east-1"))
    assert "aws:ec2:Vpc net replaced" in project.must("up").stdout
    assert ":us-east-1:" in project.outputs()["arn"]
