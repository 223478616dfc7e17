"""Whole runs of a program for AWS with everything pretended, as a user starts them. Hosts are in tests/lab."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.rehearsal.projects import Project

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
PRETENDING = ("--pretend-cloud", "--cloud-hosts", "0")


def program(type: str = "m7g.large", word: str = "one") -> str:
    return f"TYPE, WORD = {type!r}, {word!r}\n{PROGRAM}"


def outputs(project: Project) -> dict:
    done = project.run("outputs", "--json", "--pretend-cloud")
    return json.loads(done.stdout)


def up(project: Project) -> subprocess.CompletedProcess[str]:
    done = project.run("up", *PRETENDING)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture
def folder(project: Project) -> Path:
    return project.directory / ".slipway" / "rehearsal"


def test_a_stack_lives_and_ends_and_says_what_was_pretended(project: Project, folder: Path) -> None:
    project.program(program())
    first = up(project)
    assert "pretended: 3 AWS resources (ec2 3), of which AWS knows nothing" in first.stdout
    assert "the instance web (m7g.large, arm64) is no machine at all; 1 remote operations" in first.stdout
    told = outputs(project)
    assert told["vpc"].startswith("vpc-")
    assert told["arn"] == f"arn:aws:ec2:eu-central-1:123456789012:vpc/{told['vpc']}"
    assert told["tags"] == {"Name": "net", "project": "trial"}
    assert told["zone"] == "eu-central-1a"

    assert "Up: 0 changes" in up(project).stdout
    assert outputs(project) == told

    # The key was made in the first run and is known in this one: another machine gets it again.
    project.program(program(word="two"))
    assert "web [aws:ec2/instance:Instance] replaced (userData)" in up(project).stdout
    assert outputs(project)["instance"] != told["instance"]

    assert sorted(path.name for path in folder.iterdir()) == [
        "dev.pretended.json",
        "dev.pretended.keys",
        "dev.pretended.lock",
    ]
    gone = project.run("destroy", *PRETENDING)
    assert gone.returncode == 0, gone.stdout
    assert json.loads((folder / "dev.pretended.json").read_text())["resources"] == []
    assert not (folder / "dev.pretended.keys").exists()


def test_nothing_is_pretended_unless_asked_for(project: Project, folder: Path) -> None:
    project.program(program())
    done = project.run("up")
    assert done.returncode == 1
    assert "pretend its cloud with --pretend-cloud" in done.stdout
    assert not list(folder.glob("*pretended*"))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "opts=explicit)\nsubnet",
            ")\nsubnet",
            "names no provider, and there are no default ones here for aws",
        ),
        ("opts=look_up).names", ").names", "names no provider, and there are no default ones here for aws"),
        ("region=REGION, def", 'region="eu-nowhere-1", def', "there is no region eu-nowhere-1"),
        ('"values": [', '"value": [', "getAmi failed"),
        (
            'tags={"Name": "web"},',
            'metadata_options={"http_token": "x"},',
            "metadataOptions.http_token: there is no",
        ),
    ],
)
def test_what_aws_or_its_provider_would_refuse_is_refused(
    project: Project, old: str, new: str, words: str
) -> None:
    text = program()
    assert old in text
    project.program(text.replace(old, new, 1))
    done = project.run("up", *PRETENDING)
    assert done.returncode == 1
    assert words in done.stdout


def test_an_image_of_the_other_architecture_is_refused(project: Project) -> None:
    project.program(program(type="m7i.large"))
    done = project.run("up", *PRETENDING)
    assert done.returncode == 1
    assert "m7i.large is x86_64, but its image" in done.stdout


def test_a_stack_of_a_pretended_cloud_is_seen_only_by_others_of_one(tmp_path: Path) -> None:
    told = Project(tmp_path)
    told.program('pulumi.export("endpoint", "http://pretended/")')
    assert told.run("up", *PRETENDING).returncode == 0
    (tmp_path / "reader").mkdir()
    reader = Project(tmp_path / "reader")
    (reader.directory / "Pulumi.yaml").write_text("name: reader\nruntime: python\n")
    reader.program(
        'pulumi.export("seen", pulumi.StackReference("organization/trial/dev").require_output("endpoint"))'
    )
    refused = reader.run("up")
    assert refused.returncode == 1
    assert "has not been rehearsed here" in refused.stdout
    up(reader)
    assert outputs(reader) == {"seen": "http://pretended/"}


def test_another_provider_means_another_resource_and_another_region_is_refused(project: Project) -> None:
    text = """
import pulumi_aws as aws
here = aws.Provider("here", region="eu-central-1")
vpc = aws.ec2.Vpc("net", cidr_block="10.20.0.0/16", opts=ResourceOptions(provider=here))
pulumi.export("vpc", vpc.id)
"""
    project.program(text)
    up(project)
    before = outputs(project)
    assert before["vpc"].startswith("vpc-")

    project.program(text.replace("eu-central-1", "us-east-1"))
    refused = project.run("up", *PRETENDING)
    assert refused.returncode == 1
    assert "its region was eu-central-1 and is now us-east-1" in refused.stdout

    project.program(text.replace('"here"', '"there"').replace("eu-central-1", "us-east-1"))
    moved = up(project).stdout
    assert "net [aws:ec2/vpc:Vpc] replaced (provider)" in moved
    # The old network is deleted by the provider that made it, and only then that provider.
    assert moved.index("Vpc] deleted the old one") < moved.index("here [pulumi:providers:aws] deleted")
    assert outputs(project) != before
