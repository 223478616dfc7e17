"""What a fleet asks of the engine. That its user data works is tested on real hosts; EC2 itself has never been asked."""

import json
from collections import Counter
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components.aws import instance
from components.aws.firewall import Firewall, FirewallArgs
from components.aws.fleet import Fleet, FleetArgs
from components.aws.network import Network, NetworkArgs
from model.architecture import Architecture
from model.aws import firewall
from model.aws.access import Access
from model.aws.instances import InstanceGroup
from model.aws.network import Network as NetworkSettings
from model.login import Login
from model.permissions import Permissions, Statement
from tests.components.aws.fleets import (
    ANSWERS,
    BASTION,
    COMMAND,
    INSTANCE,
    KEY,
    LOCAL,
    NEWEST,
    RESOURCES,
    SECRET,
    connection,
    fleet,
    group,
    made,
)
from tests.components.recording import Recording, record


def kinds(recording: Recording) -> Counter[str]:
    """How many of each type the fleet asked for; network and firewall are tested elsewhere."""
    places = ("Fleet", "Bastion", "Tunnel")
    return Counter(
        each.type.split(":")[-1]
        for each in recording.registered
        if each.type.split(":")[-1] in places or each.parent.split("::")[2].split(":")[-1] in places
    )


def told(recording: Recording, name: str) -> dict[str, Any]:
    return json.loads(recording.inputs(INSTANCE, name)["userData"].removeprefix("#cloud-config\n"))


def test_three_hosts_behind_a_bastion_are_exactly_these_resources() -> None:
    assert kinds(made(group("m7g.large", 2), group("m7i.large"))) == {
        "Fleet": 1, "Bastion": 1, "Eip": 1, "Instance": 4, "Role": 1, "InstanceProfile": 1, "Command": 11,
    }  # fmt: skip


def test_hosts_are_named_after_region_and_type_and_spread_over_the_zones() -> None:
    recording = made(group("m7g.large", 2), group("m7i.large"))
    hosts = ["eu-m7g-large-1", "eu-m7g-large-2", "eu-m7i-large-1"]
    assert recording.names(INSTANCE) == ["eu-bastion", *hosts]
    assert [recording.inputs(INSTANCE, name)["subnetId"] for name in hosts] == [
        "eu-private-1-id", "eu-private-2-id", "eu-private-3-id",
    ]  # fmt: skip


def test_an_instance_is_exactly_what_the_baseline_asks() -> None:
    recording = made(group("m7g.large", volume=30), protected=True)
    found = recording.inputs(INSTANCE, "eu-m7g-large-1")
    found.pop("userData")
    assert found == {
        "ami": "ami-arm64",
        "instanceType": "m7g.large",
        "subnetId": "eu-private-1-id",
        "vpcSecurityGroupIds": ["eu-hosts-id"],
        "associatePublicIpAddress": False,
        "iamInstanceProfile": "name of eu-hosts",
        "userDataReplaceOnChange": True,
        "metadataOptions": {
            "httpEndpoint": "enabled",
            "httpTokens": "required",
            "httpPutResponseHopLimit": 1,
        },
        "rootBlockDevice": {
            "volumeType": "gp3",
            "volumeSize": 30,
            "encrypted": True,
            "deleteOnTermination": True,
            "tags": {"Name": "eu-m7g-large-1"},
        },
        "maintenanceOptions": {"autoRecovery": "default"},
        "monitoring": True,
        "disableApiTermination": True,
        "forceDestroy": True,
        "tags": {"Name": "eu-m7g-large-1", "Image": NEWEST.format("arm64")},
    }


def test_what_is_not_protected_may_be_terminated_by_anybody_who_may() -> None:
    found = made(group("m7g.large")).inputs(INSTANCE, "eu-m7g-large-1")
    assert (found["monitoring"], found["disableApiTermination"]) == (False, False)


@pytest.mark.parametrize(
    ("given", "credits"),
    [
        (group("t4g.small"), {"cpuCredits": "unlimited"}),
        (group("t4g.small", credits="standard"), {"cpuCredits": "standard"}),
        (group("m7g.large"), None),
    ],
)
def test_credits_are_stated_where_there_are_any(given: InstanceGroup, credits: dict[str, str] | None) -> None:
    assert made(given).inputs(INSTANCE, f"eu-{given.hosts[0]}").get("creditSpecification") == credits


def test_hosts_share_a_role_that_may_do_nothing() -> None:
    recording = made(group("m7g.large"))
    role = recording.inputs("aws:iam/role:Role", "eu-hosts")
    assert json.loads(role["assumeRolePolicy"])["Statement"] == [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]
    assert not {"inlinePolicies", "managedPolicyArns"} & set(role)
    assert (
        recording.inputs("aws:iam/instanceProfile:InstanceProfile", "eu-hosts")["role"] == "name of eu-hosts"
    )
    assert "iamInstanceProfile" not in recording.inputs(INSTANCE, "eu-bastion")


def test_each_host_has_a_host_key_of_its_own_which_its_user_data_brings_and_the_connection_pins() -> None:
    recording = made(group("m7g.large", 2))
    for name in ("eu-m7g-large-1", "eu-m7g-large-2"):
        key = f"{name}-host-key"
        assert told(recording, name)["ssh_keys"] == {
            "ed25519_private": f"PRIVATE\n{key}\n",
            "ed25519_public": f"ssh-ed25519 {key}",
        }
        assert connection(recording, f"{name}-ready")["hostKey"] == f"ssh-ed25519 {key}"


def test_a_host_key_is_never_made_again_and_never_shown() -> None:
    request = made(group("m7g.large")).request(LOCAL, "eu-m7g-large-1-host-key")
    assert list(request.ignoreChanges) == ["create"]
    assert list(request.additionalSecretOutputs) == ["stdout"]
    assert request.object["logging"] == "none"


@pytest.mark.parametrize(
    ("kind", "name", "key"),
    [
        (INSTANCE, "eu-m7g-large-1", "userData"),
        (INSTANCE, "eu-bastion", "userData"),
        (COMMAND, "eu-m7g-large-1-ready", "connection"),
    ],
)
def test_what_holds_a_private_key_is_a_secret(kind: str, name: str, key: str) -> None:
    assert SECRET in made(group("m7g.large")).request(kind, name).object[key].fields  # type: ignore[union-attr]


def test_hosts_get_the_operators_key_and_what_the_activator_needs() -> None:
    found = told(made(group("m7g.large")), "eu-m7g-large-1")
    assert found["users"][0]["ssh_authorized_keys"] == [KEY]
    assert found["packages"] == ["haproxy", "logrotate", "python3"]


def test_an_instance_waits_for_its_way_out_and_for_its_turn() -> None:
    def earlier() -> pulumi.Resource:
        return aws.sns.Topic("earlier")

    recording = made(group("m7g.large", 2), after=earlier)
    waits = recording.waits_for(INSTANCE, "eu-m7g-large-1")
    assert {"eu-private-1", "eu-private-3", "eu-hosts-egress-world-443", "earlier"} <= waits
    assert "eu-m7g-large-1-ready" in recording.waits_for(INSTANCE, "eu-m7g-large-2")
    assert "eu-m7g-large-1-ready" not in recording.waits_for(LOCAL, "eu-m7g-large-2-host-key")


def test_connections_go_through_the_bastion_each_end_pinned() -> None:
    recording = made(group("m7g.large"))
    found = connection(recording, "eu-m7g-large-1-ready")
    assert (found["host"], found["port"], found["user"]) == ("private of eu-m7g-large-1", 22, "deploy")
    assert found["privateKey"] == found["proxy"]["privateKey"] == "operator's private half"
    assert found["proxy"]["host"] == "address for eu-bastion-id"
    assert found["proxy"]["hostKey"] == "ssh-ed25519 eu-bastion-host-key"
    assert "eu-bastion-ready" in recording.waits_for(COMMAND, "eu-m7g-large-1-ready")


def test_the_first_connection_has_time_for_a_start_and_later_ones_end_within_a_minute() -> None:
    recording = made(group("m7g.large"))
    first = connection(recording, "eu-m7g-large-1-ready")
    assert (first["dialErrorLimit"], first["proxy"]["dialErrorLimit"]) == (60, 1)
    bastion = connection(recording, "eu-bastion-ready")
    assert (bastion["dialErrorLimit"], bastion["perDialTimeout"]) == (30, 5), "within five minutes"

    found: list[Any] = []

    def program() -> None:
        found.append(fleet(group("m7g.large")).host("m7g-large-1", ()).connection)

    record(program, looked_up=ANSWERS, made=RESOURCES)
    assert (found[0].dial_error_limit, found[0].per_dial_timeout) == (1, 15)


def test_all_later_connections_are_pinned_to_what_the_host_showed_over_the_first() -> None:
    keys: list[str | None] = []

    def program() -> None:
        host = fleet(group("m7g.large")).host("m7g-large-1", ())
        pulumi.Output.from_input(host.connection.host_key).apply(keys.append)

    shown = "ecdsa-sha2-nistp256 AAAA"
    answers = {
        **RESOURCES,
        COMMAND: lambda inputs: {"stdout": f"a word of the shell\n{shown}\n"},
        LOCAL: lambda inputs: (
            {"stdout": f"i-1 {inputs['stdin']}"}
            if inputs["name"].endswith("-own-key")
            else RESOURCES[LOCAL](inputs)
        ),
    }
    recording = record(program, looked_up=ANSWERS, made=answers)
    assert keys == [shown]
    kept = recording.inputs(LOCAL, "eu-m7g-large-1-own-key")
    assert kept["stdin"] == shown and kept["create"].startswith("# eu-m7g-large-1-id\n")
    assert kept.get("addPreviousOutputInEnv") is not False, "it knows what it was told before by nothing else"


def test_the_first_start_is_waited_for_on_each_machine_anew_and_forgotten_with_it() -> None:
    recording = made(group("m7g.large"))
    request = recording.request(COMMAND, "eu-m7g-large-1-ready")
    assert recording.inputs(COMMAND, "eu-m7g-large-1-ready")["create"].startswith(
        "# eu-m7g-large-1-id, 20 GiB\n"
    )
    assert request.deletedWith.endswith("::eu-m7g-large-1")
    assert "delete" not in request.object


def test_the_bastion_keeps_its_address_whatever_becomes_of_its_machine() -> None:
    recording = made(group("m7g.large"))
    assert recording.inputs("aws:ec2/eip:Eip", "eu-bastion")["instance"] == "eu-bastion-id"
    for name in ("eu-bastion-ready", "eu-m7g-large-1-ready"):
        way = connection(recording, name)
        assert way.get("proxy", way)["host"] == "address for eu-bastion-id"


def test_the_bastion_is_public_small_and_lets_nobody_become_root() -> None:
    recording = made(group("m7i.large"))
    found = recording.inputs(INSTANCE, "eu-bastion")
    assert (found["associatePublicIpAddress"], found["subnetId"]) == (True, "eu-public-1-id")
    assert (found["ami"], found["instanceType"]) == ("ami-arm64", "t4g.nano")
    assert found["vpcSecurityGroupIds"] == ["eu-bastion-id"]
    assert found["metadataOptions"]["httpTokens"] == "required" and found["rootBlockDevice"]["encrypted"]
    assert "sudo" not in told(recording, "eu-bastion")["users"][0]


def test_over_a_connected_network_private_addresses_are_dialled_and_nothing_else_is_made() -> None:
    recording = made(group("m7g.large"), access={"direct": {"operatorCidrs": ["10.8.0.0/16"]}})
    found = connection(recording, "eu-m7g-large-1-ready")
    assert found["host"] == "private of eu-m7g-large-1" and "proxy" not in found
    assert recording.names(INSTANCE) == ["eu-m7g-large-1"]


def test_without_a_key_file_the_agent_is_asked() -> None:
    def program() -> None:
        network = Network("eu", NetworkArgs(settings=NetworkSettings(range="10.20.0.0/16")))
        rules = firewall.rules(service_port=8080, tls=True, access="direct")
        wall = Firewall("eu", FirewallArgs(network=network, rules=rules, operator_cidrs=["10.8.0.0/16"]))
        Fleet(
            "eu",
            FleetArgs(
                groups=(group("m7g.large"),), network=network, firewall=wall, login=Login(), public_keys=(KEY,),
                access=Access.model_validate_json('{"direct": {"operatorCidrs": ["10.8.0.0/16"]}}'),
                private_key=None, architectures={"m7g.large": Architecture.ARM64}, protected=False,
            ),
        ).host("m7g-large-1", ())  # fmt: skip

    assert "privateKey" not in connection(
        record(program, looked_up=ANSWERS, made=RESOURCES), "eu-m7g-large-1-ready"
    )


def ignored(recording: Recording, name: str) -> list[str]:
    return list(recording.request(INSTANCE, name).ignoreChanges)


def test_a_newer_image_replaces_nothing_until_hosts_are_rolled() -> None:
    asked = (group("m7g.large"),)
    assert (
        ignored(made(*asked), "eu-m7g-large-1")
        == ignored(made(*asked), "eu-bastion")
        == ["userData", "ami", "tags.Image"]
    )
    rolled = made(*asked, roll_images=True)
    assert ignored(rolled, "eu-m7g-large-1") == ignored(rolled, "eu-bastion") == []


@pytest.mark.parametrize("rolled", [False, True])
def test_a_bastion_that_stays_on_its_image_gets_no_type_of_another_architecture(rolled: bool) -> None:
    """EC2 takes no such change, and the image is kept with it until machines are rolled."""

    def program() -> None:
        fleet(
            group("m7i.large"),
            access={"bastion": BASTION["bastion"] | {"type": "m7i.large"}},
            roll_images=rolled,
        )

    there = {**RESOURCES, INSTANCE: lambda _: {"tags": {"Image": NEWEST.format("arm64")}}}
    if rolled:
        assert (
            record(program, looked_up=ANSWERS, made=there).inputs(INSTANCE, "eu-bastion")["ami"]
            == "ami-amd64"
        )
        return
    with pytest.raises(Exception, match=r"eu-bastion keeps its image debian-13-arm64.*its new type is amd64"):
        record(program, looked_up=ANSWERS, made=there)


def test_an_image_that_is_asked_for_by_its_id_is_taken_at_once() -> None:
    recording = made(group("m7i.large", image="ami-0123456789abcdef0"))
    assert recording.inputs(INSTANCE, "eu-m7i-large-1")["ami"] == "ami-0123456789abcdef0"
    assert ignored(recording, "eu-m7i-large-1") == ["userData"]


def test_a_machine_that_began_otherwise_stays_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("pulumi.log.info", lambda text, *_: told.append(text))
    instance._tell_start("eu-web-1", "#cloud-config of an older key", "#cloud-config")
    instance._tell_start("eu-web-2", "#cloud-config", "#cloud-config")
    instance._tell_start("eu-web-3", None, "#cloud-config")
    (line,) = told
    assert line.startswith("eu-web-1 began with another first start")
    assert "`make roll-images`" in line


def test_hosts_have_what_the_service_may_do_before_they_are_made() -> None:
    policy = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    statement = Statement(actions=("s3:PutObject",), resources=("arn:aws:s3:::shop/*",))
    allowed = Permissions(policies=(policy,), statements=(statement,))
    recording = made(group("m7g.large"), permissions=allowed)
    attached = recording.inputs(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "eu-hosts-AmazonS3ReadOnlyAccess"
    )
    assert attached == {"role": "name of eu-hosts", "policyArn": policy}
    own = json.loads(recording.inputs("aws:iam/rolePolicy:RolePolicy", "eu-hosts-service")["policy"])
    assert own["Statement"] == [
        {"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": ["arn:aws:s3:::shop/*"]}
    ]
    waits = recording.waits_for(INSTANCE, "eu-m7g-large-1")
    assert {"eu-hosts-AmazonS3ReadOnlyAccess", "eu-hosts-service"} <= waits
    options = recording.inputs(INSTANCE, "eu-m7g-large-1")["metadataOptions"]
    assert (options["httpTokens"], options["httpPutResponseHopLimit"]) == ("required", 1)
    assert made(group("m7g.large")).names("aws:iam/rolePolicy:RolePolicy") == ["eu-flow"]
