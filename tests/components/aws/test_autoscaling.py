"""What an auto-scaling group asks of the engine. AWS has never been asked to scale, refresh or go back."""

import base64
import json
import shlex
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components import bundle
from components.aws.autoscaling import Scaling
from components.aws.group_rollout import ASK
from components.installation import Kept
from groups.wanted import Wanted, same
from model.architecture import Architecture
from model.aws import self_install
from model.aws.instances import InstanceGroup
from model.aws.stored import StoredRelease
from model.release import edge_release
from model.release_policy import ReleasePolicy
from model.service import Service
from plugins.aws.group_configuration import configuration
from tests.components.aws.fleets import ANSWERS, RESOURCES, fleet, group, made
from tests.components.recording import Answer, Recording, record

TEMPLATE, GROUP = "aws:ec2/launchTemplate:LaunchTemplate", "aws:autoscaling/group:Group"
LOCAL = "command:local:Command"
OBJECT, POLICY = "aws:s3/bucketObjectv2:BucketObjectv2", "aws:iam/rolePolicy:RolePolicy"
NAME = "eu-m7g-large"
SERVICE = Service(name="shop", source="shop", arguments=("{port}",))
RELEASE = edge_release(SERVICE, ReleasePolicy(), 80, ("10.0.0.1:80",))
MADE: dict[str, Answer] = RESOURCES | {
    TEMPLATE: lambda _: {"latestVersion": 7},
    "aws:iam/role:Role": lambda inputs: {"name": f"name of {inputs['name']}"},
    "aws:iam/instanceProfile:InstanceProfile": lambda inputs: {"arn": f"arn of {inputs['name']}"},
    "aws:secretsmanager/secretVersion:SecretVersion": lambda _: {
        "secretArn": "arn of secret",
        "versionId": "v1",
    },
}


def scaled(
    folder: Path, *, secrets: dict[str, str] | None = None, roll: bool = False, **more: Any
) -> Recording:
    """A fleet of one group that follows the load, and nothing else."""

    def release(architecture: Architecture) -> bundle.Bundle | Kept:
        assert architecture is Architecture.ARM64
        return more.get("release") or bundle.write(RELEASE, folder)

    def program() -> None:
        scaling = {"min": 2, "max": 6, **more.get("scaling", {})}
        given = {"type": "m7g.large", "autoscaling": scaling, "volume": more.get("volume", 20)}
        fleet(
            InstanceGroup.model_validate(given),
            access={"tunnel": {}},
            protected=True,
            roll_images=roll,
            scaling=Scaling(
                release=release,
                service=SERVICE,
                policy=ReleasePolicy.model_validate(more.get("policy", {})),
                target_group=aws.lb.TargetGroup("eu-hosts"),
                owner="slipway/prod/eu",
                tags={"owner": "team"},
                secrets=secrets or {},
            ),
        ).scale([aws.sns.Topic("balancer")])

    return record(program, looked_up=ANSWERS | more.get("look_ups", {}), made=MADE)


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """One without anything set."""
    return scaled(tmp_path_factory.mktemp("usual"))


def user_data(recording: Recording) -> str:
    return base64.b64decode(recording.inputs(TEMPLATE, NAME)["userData"]).decode()


def first_start(recording: Recording) -> str:
    (file,) = json.loads(user_data(recording).removeprefix("#cloud-config\n"))["write_files"]
    return file["content"]


def test_a_group_and_its_bucket_are_exactly_these_resources(tmp_path: Path, usual: Recording) -> None:
    def counted(recording: Recording) -> Counter[str]:
        parents = ("slipway:index:Autoscaling", "slipway:index:ArtifactStore")
        return Counter(
            each.type.split(":")[-1]
            for each in recording.registered
            if each.parent.split("::")[2].split("$")[-1] in parents
        )

    these = {
        "LaunchTemplate": 1, "Group": 1, "Policy": 1, "Role": 1, "RolePolicy": 1, "InstanceProfile": 1, "Command": 1,
        "Bucket": 1, "BucketVersioning": 1, "BucketOwnershipControls": 1, "BucketPublicAccessBlock": 1,
        "BucketServerSideEncryptionConfiguration": 1, "BucketLifecycleConfiguration": 1, "BucketPolicy": 1, "BucketObjectv2": 1,
    }  # fmt: skip
    assert counted(usual) == these
    assert counted(scaled(tmp_path, secrets={"TOKEN": "x"})) == these | {"Secret": 1, "SecretVersion": 1}


def test_its_instances_are_as_every_other(tmp_path: Path) -> None:
    found = scaled(tmp_path, volume=30).inputs(TEMPLATE, NAME)
    assert found["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
    }
    assert found["networkInterfaces"] == [
        {
            "associatePublicIpAddress": "false",
            "securityGroups": ["eu-hosts-id"],
            "deleteOnTermination": "true",
        }
    ]
    assert found["blockDeviceMappings"] == [
        {
            "deviceName": "/dev/xvda",
            "ebs": {
                "volumeType": "gp3",
                "volumeSize": 30,
                "encrypted": "true",
                "deleteOnTermination": "true",
            },
        }
    ]
    assert (found["imageId"], found["instanceType"]) == ("ami-arm64", "m7g.large")
    assert found["tagSpecifications"] == [
        {"resourceType": kind, "tags": {"owner": "team", "Name": NAME}} for kind in ("instance", "volume")
    ]


def wanted(recording: Recording) -> dict[str, Any]:
    """What the deployer brings the group to."""
    (told,) = shlex.split(recording.inputs(LOCAL, f"{NAME}-serving")["create"].removeprefix(ASK))
    return json.loads(told)


def test_a_release_is_another_template_which_the_deployer_brings_about(usual: Recording) -> None:
    """The group ignores it: given first, it would be what a refresh goes back to."""
    recording = usual
    found = recording.inputs(GROUP, NAME)
    assert found["launchTemplate"] == {"id": f"{NAME}-id", "version": "7"}
    assert "instanceRefresh" not in found
    assert list(recording.request(GROUP, NAME).ignoreChanges) == ["launchTemplate", "mixedInstancesPolicy"]
    told = wanted(recording)
    assert (told["template"], told["version"], told["least"]) == (f"{NAME}-id", "7", 2)
    assert (told["group"], told["healthy"], told["canary"]) == (f"name of {NAME}", [100, 110], 1)
    assert told["told"]["release"] == RELEASE.id and told["told"]["template"] == f"{NAME}-id:7"
    waits = recording.waits_for(LOCAL, f"{NAME}-serving")
    assert {NAME, "balancer"} <= waits, "the order of regions holds for the exchange"
    assert Wanted.read(json.dumps(told)).types == ()


def test_alarms_of_its_region_are_looked_at_while_instances_are_exchanged(tmp_path: Path) -> None:
    def arns(count: int) -> list[str]:
        return [f"arn:aws:cloudwatch:eu-central-1:123456789012:alarm:errors-{n}" for n in range(count)]

    elsewhere = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors"
    recording = scaled(tmp_path, policy={"alarms": (*arns(2), elsewhere)})
    told = wanted(recording)
    assert told["alarms"] == ["errors-0", "errors-1"]
    assert Wanted.read(json.dumps(told)).alarms == ("errors-0", "errors-1")
    with pytest.raises(Exception, match="has 11 in eu-central-1, but a group looks at 10"):
        scaled(tmp_path, policy={"alarms": (*arns(11),)})


def test_an_instance_is_in_service_when_it_has_said_that_the_release_runs(usual: Recording) -> None:
    recording = usual
    found = recording.inputs(GROUP, NAME)
    assert found["initialLifecycleHooks"] == [
        {
            "name": self_install.HOOK,
            "lifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING",
            "heartbeatTimeout": 1800,
            "defaultResult": "ABANDON",
        }
    ]
    assert found["healthCheckGracePeriod"] == found["defaultInstanceWarmup"] == 60
    hook = f"--lifecycle-hook-name {self_install.HOOK} --auto-scaling-group-name 'name of {NAME}'"
    assert hook in first_start(recording)
    assert found["name"] == f"name of {NAME}", "the name that the first start was told"


def test_a_group_of_several_kinds_begins_as_its_refreshes_go_on(tmp_path: Path) -> None:
    more = {"types": ("m6g.large",), "spot": {"percent": 70, "onDemand": 2}}
    recording = scaled(tmp_path, scaling=more)
    found, told = recording.inputs(GROUP, NAME), wanted(recording)
    assert "launchTemplate" not in found and found["capacityRebalance"]
    begun = configuration(found)
    assert same(begun, Wanted.read(json.dumps(told)).configuration)
    assert told["types"] == ["m7g.large", "m6g.large"] and (told["spot"], told["on_demand"]) == (70, 2)


def test_maintenance_warm_instances_and_schedules_are_auto_scalings_own(tmp_path: Path) -> None:
    morning = {"at": "0 7 * * MON-FRI", "zone": "Europe/Berlin", "min": 4}
    schedules = (morning, {"at": "0 19 * * *", "min": 2, "max": 5})
    more = {"maintenance": {"minHealthy": 90, "maxHealthy": 120}, "warm": 3, "schedules": schedules}
    recording = scaled(tmp_path, scaling=more)
    found = recording.inputs(GROUP, NAME)
    assert found["instanceMaintenancePolicy"] == {"minHealthyPercentage": 90, "maxHealthyPercentage": 120}
    assert found["warmPool"] == {"minSize": 3, "poolState": "Stopped"}
    assert wanted(recording)["healthy"] == [90, 120]
    days = [recording.inputs("aws:autoscaling/schedule:Schedule", f"{NAME}-{number}") for number in (0, 1)]
    assert [(each["recurrence"], each["timeZone"], each["minSize"], each["maxSize"]) for each in days] == [
        ("0 7 * * MON-FRI", "Europe/Berlin", 4, 6),
        ("0 19 * * *", "UTC", 2, 5),
    ]


def test_the_load_balancer_says_who_is_well_and_is_there_before_the_first_instance(usual: Recording) -> None:
    recording = usual
    found = recording.inputs(GROUP, NAME)
    assert found["healthCheckType"] == "ELB"
    assert (found["minSize"], found["maxSize"]) == (2, 6)
    assert found["targetGroupArns"] == ["arn:eu-hosts"]
    assert found["vpcZoneIdentifiers"] == ["eu-private-1-id", "eu-private-2-id", "eu-private-3-id"]
    assert {"balancer", "eu-private-1", "eu-hosts-egress-world-443", NAME} <= recording.waits_for(GROUP, NAME)


def test_as_many_as_there_must_be_are_waited_for_and_more_are_no_reason_to_wait(usual: Recording) -> None:
    """The provider waits for exactly as many as the state knows of, which are not those that there are by then."""
    recording = usual
    found = recording.inputs(GROUP, NAME)
    assert found["waitForCapacityTimeout"] == "0" and "minElbCapacity" not in found
    assert (wanted(recording)["least"], wanted(recording)["target_group"]) == (2, "arn:eu-hosts")


def test_the_group_follows_its_processors(usual: Recording) -> None:
    found = usual.inputs("aws:autoscaling/policy:Policy", NAME)
    assert found["policyType"] == "TargetTrackingScaling"
    assert found["targetTrackingConfiguration"]["targetValue"] == 60
    assert found["autoscalingGroupName"] == f"name of {NAME}"


def test_an_instance_fetches_the_bundle_by_its_digest_and_installs_what_it_needs_for_that(
    tmp_path: Path,
) -> None:
    recording = scaled(tmp_path)
    (key,) = (path.name for path in tmp_path.glob("*.tar.gz"))
    (name,) = recording.names(OBJECT)
    stored = recording.inputs(OBJECT, name)
    assert stored["key"].startswith("shop-") and f"--key {stored['key']}" in first_start(recording)
    assert "--bucket eu-bundles" in first_start(recording) and "eu-central-1" in first_start(recording)
    assert Path(str(stored["source"].path)).name == key
    told = json.loads(user_data(recording).removeprefix("#cloud-config\n"))
    assert told["packages"] == ["haproxy", "logrotate", "python3", "awscli"]
    assert "ssh_keys" not in told


def test_the_role_may_fetch_bundles_and_its_secret_and_nothing_else(tmp_path: Path, usual: Recording) -> None:
    def allowed(recording: Recording) -> list[Any]:
        return json.loads(recording.inputs(POLICY, NAME)["policy"])["Statement"]

    bundles = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:eu-bundles/*"}
    secret = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "arn of secret"}
    own = "arn:aws:autoscaling:eu-central-1:*:autoScalingGroup:*:autoScalingGroupName/name of eu-m7g-large"
    hook = {"Effect": "Allow", "Action": "autoscaling:CompleteLifecycleAction", "Resource": own}
    assert allowed(usual) == [bundles, hook]
    assert allowed(scaled(tmp_path, secrets={"TOKEN": "x"})) == [bundles, hook, secret]


def test_a_secret_is_kept_apart_and_named_by_its_version(tmp_path: Path) -> None:
    recording = scaled(tmp_path, secrets={"TOKEN": "very private"})
    assert "very private" not in user_data(recording)
    assert "--secret-id 'arn of secret' --version-id v1" in first_start(recording)
    request = recording.request("aws:secretsmanager/secretVersion:SecretVersion", NAME)
    assert recording.inputs(request.type, NAME)["secretString"] == '{"TOKEN": "very private"}'
    assert "4dabf18193072939515e22adb298388d" in request.object["secretString"].fields  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", [OBJECT, "aws:secretsmanager/secretVersion:SecretVersion"])
def test_what_the_release_before_needs_stays_for_going_back(tmp_path: Path, kind: str) -> None:
    recording = scaled(tmp_path, secrets={"TOKEN": "x"})
    (name,) = recording.names(kind)
    assert recording.request(kind, name).retainOnDelete


def test_a_newer_image_makes_no_other_template_until_it_is_rolled(tmp_path: Path, usual: Recording) -> None:
    assert list(usual.request(TEMPLATE, NAME).ignoreChanges) == ["imageId", "tags.Image"]
    assert list(scaled(tmp_path, roll=True).request(TEMPLATE, NAME).ignoreChanges) == []


def test_the_bucket_is_private_encrypted_versioned_and_kept_where_protected(usual: Recording) -> None:
    recording = usual
    found = {
        each.type.split(":")[-1]: recording.inputs(each.type, each.name)
        for each in recording.registered
        if each.parent.endswith("ArtifactStore::eu-bundles")
    }
    assert found["Bucket"]["forceDestroy"] is False
    assert found["BucketVersioning"]["versioningConfiguration"] == {"status": "Enabled"}
    block = found["BucketPublicAccessBlock"]
    assert all(
        block[key]
        for key in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    )
    (rule,) = found["BucketServerSideEncryptionConfiguration"]["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}
    (statement,) = json.loads(found["BucketPolicy"]["policy"])["Statement"]
    assert (statement["Effect"], statement["Condition"]) == (
        "Deny",
        {"Bool": {"aws:SecureTransport": "false"}},
    )


def pinned(folder: Path, *ids: str) -> Recording:
    """A run of a pin, with a bucket that keeps RELEASE for arm64, one for amd64 and one that nothing is known of."""
    kept = StoredRelease.of(RELEASE, "f" * 64)
    objects = {
        f"shop-{RELEASE.id}-1.tar.gz": replace(kept, architecture="amd64").metadata,
        f"shop-{RELEASE.id}-2.tar.gz": replace(kept, architecture="arm64", version="v1").metadata,
        "shop-0123456789ab-3.tar.gz": {},
    }
    look_ups: dict[str, Answer] = {
        "aws:s3/getObjects:getObjects": lambda args: {
            "keys": [key for key in objects if key.startswith(args["prefix"])]
        },
        "aws:s3/getObject:getObject": lambda args: {"metadata": objects[args["key"]]},
    }
    return scaled(folder, release=Kept(service="shop", ids=ids or None, waits=60), look_ups=look_ups)


def test_a_pinned_release_is_the_one_that_the_bucket_keeps_for_that_architecture(tmp_path: Path) -> None:
    recording = pinned(tmp_path, RELEASE.id)
    assert f"--key shop-{RELEASE.id}-2.tar.gz" in first_start(recording) and "f" * 64 in first_start(
        recording
    )
    assert wanted(recording)["told"]["version"] == "v1"
    assert recording.names(OBJECT) == [], "nothing is stored again"


@pytest.mark.parametrize("ids", [("0123456789ab",), ("ffffffffffff",), ()])
def test_a_pin_that_the_bucket_cannot_keep_is_refused_with_the_way_to_one(
    tmp_path: Path, ids: tuple[str, ...]
) -> None:
    with pytest.raises(pulumi.RunError, match=r"`make (releases|rollback)` "):
        pinned(tmp_path, *ids)


def test_without_a_release_for_them_instances_that_scale_are_refused() -> None:
    with pytest.raises(
        pulumi.RunError, match=r"instances of m7g\.large have autoscaling.*write a count instead"
    ):
        made(InstanceGroup.model_validate({"type": "m7g.large", "autoscaling": {"max": 6}}))


def test_groups_of_one_architecture_share_a_bundle_in_one_bucket(tmp_path: Path) -> None:
    def program() -> None:
        groups = [
            InstanceGroup.model_validate({"type": type, "autoscaling": {"max": 6}})
            for type in ("m7g.large", "c7g.large")
        ]
        fleet(
            group("t4g.small"),
            *groups,
            scaling=Scaling(
                release=lambda _: bundle.write(RELEASE, tmp_path),
                service=SERVICE,
                policy=ReleasePolicy(),
                target_group=aws.lb.TargetGroup("eu-hosts"),
                owner="o",
            ),
        ).scale([])

    recording = record(program, looked_up=ANSWERS, made=MADE)
    assert recording.names(GROUP) == ["eu-c7g-large", "eu-m7g-large"]
    assert len(recording.names(OBJECT)) == len(recording.names("aws:s3/bucket:Bucket")) == 1
