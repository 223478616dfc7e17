"""The dev and prod stacks on AWS: exactly what they declare, with the inputs that matter. That AWS takes it is not proven."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pytest

from tests.program import recorder
from tests.program.recorder import Recorder, inputs, run_program
from tests.program.stack_files import configuration

INSTANCE, PROVIDER = "aws:ec2/instance:Instance", "pulumi:providers:aws"
COPY, COMMAND = "command:remote:CopyToRemote", "command:remote:Command"
TARGET = "aws:lb/targetGroupAttachment:TargetGroupAttachment"
REGIONS = ("eu-central-1", "us-east-1")
DEV: dict[str, int] = {
    "Bucket": 1,
    "BucketLifecycleConfiguration": 1,
    "BucketOwnershipControls": 1,
    "BucketPolicy": 1,
    "BucketPublicAccessBlock": 1,
    "BucketServerSideEncryptionConfiguration": 1,
    "Dashboard": 1,
    "DefaultSecurityGroup": 1,
    "Eip": 2,
    "FlowLog": 1,
    "Instance": 2,
    "InstanceProfile": 1,
    "InternetGateway": 1,
    "Listener": 1,
    "LoadBalancer": 1,
    "LogGroup": 1,
    "MetricAlarm": 4,
    "NatGateway": 1,
    "Role": 2,
    "RolePolicy": 1,
    "Route": 3,
    "RouteTable": 3,
    "RouteTableAssociation": 4,
    "SecurityGroup": 3,
    "SecurityGroupEgressRule": 4,
    "SecurityGroupIngressRule": 4,
    "Subnet": 4,
    "TargetGroup": 1,
    "TargetGroupAttachment": 1,
    "Topic": 1,
    "Vpc": 1,
    "VpcEndpoint": 1,
}
PROD: dict[str, int] = {
    "Bucket": 2,
    "BucketLifecycleConfiguration": 2,
    "BucketOwnershipControls": 2,
    "BucketPolicy": 2,
    "BucketPublicAccessBlock": 2,
    "BucketServerSideEncryptionConfiguration": 2,
    "Certificate": 2,
    "CertificateValidation": 2,
    "Dashboard": 2,
    "DefaultSecurityGroup": 2,
    "Eip": 8,
    "FlowLog": 2,
    "Instance": 8,
    "InstanceProfile": 2,
    "HealthCheck": 2,
    "InternetGateway": 2,
    "Listener": 4,
    "LoadBalancer": 2,
    "LogGroup": 2,
    "MetricAlarm": 12,
    "NatGateway": 6,
    "Record": 8,
    "Role": 4,
    "RolePolicy": 2,
    "Route": 8,
    "RouteTable": 8,
    "RouteTableAssociation": 12,
    "SecurityGroup": 6,
    "SecurityGroupEgressRule": 8,
    "SecurityGroupIngressRule": 10,
    "Subnet": 12,
    "TargetGroup": 2,
    "TargetGroupAttachment": 6,
    "Topic": 3,
    "TopicSubscription": 3,
    "Vpc": 2,
    "VpcEndpoint": 2,
    "WebAcl": 2,
    "WebAclAssociation": 2,
}


@cache
def prod() -> Recorder:
    return run_program("prod", release={"uncommitted": "allow", "batches": ["50%"], "watch": 5})


@cache
def dev() -> Recorder:
    return run_program("dev")


def counts(recorder: Recorder) -> dict[str, int]:
    kinds = Counter(request.type for request in recorder.registered if request.type.startswith("aws:"))
    return {kind.split(":")[-1]: number for kind, number in sorted(kinds.items())}


def test_dev_is_one_small_machine_with_all_that_belongs_to_it() -> None:
    assert counts(dev()) == DEV


def test_prod_is_two_regions_of_three_machines_each() -> None:
    assert counts(prod()) == PROD


@pytest.mark.parametrize("stack", [dev, prod])
def test_everything_and_every_look_up_goes_to_the_provider_of_its_own_region(stack: Any) -> None:
    recorder = stack()
    providers = recorder.of(PROVIDER)
    regions = {name: inputs(request)["region"] for name, request in providers.items()}
    assert regions == {name: "us-east-1" if name == "front-door" else name for name in regions}
    for request in recorder.registered:
        if request.type.startswith("aws:"):
            assert f"{PROVIDER}::" in request.provider, f"{request.name} would go to a default provider"
            region = request.provider.split("::")[3]
            assert request.name.startswith(region), f"{request.name} goes to {region}"
    looked_up = [provider for token, provider in recorder.asked if token.startswith("aws:")]
    assert looked_up
    assert all(f"{PROVIDER}::" in provider for provider in looked_up)
    assert {provider.split("::")[3] for provider in looked_up} == set(regions)


def test_default_providers_are_off_and_everything_is_tagged_with_whose_it_is() -> None:
    for stack in ("dev", "test", "prod"):
        written = configuration(stack)
        assert json.loads(written["pulumi:disable-default-providers"]) == ["aws"]
    for request in prod().of(PROVIDER).values():
        tags = json.loads(inputs(request)["defaultTags"])["tags"]
        assert tags == {
            "project": "slipway",
            "stack": "prod",
            "service": "greeter",
            "owner": "web",
            "cost-centre": "web",
        }


def test_only_the_account_that_the_stack_names_is_used() -> None:
    """The providers' own guard: it asks AWS who is there before anything else."""
    for request in prod().of(PROVIDER).values():
        assert "allowedAccountIds" not in inputs(request)
    named = run_program("prod", aws={"account": "012345678901"}).of(PROVIDER)
    assert set(named) == {*REGIONS, "front-door"}
    for request in named.values():
        assert json.loads(inputs(request)["allowedAccountIds"]) == ["012345678901"]


def test_a_zone_without_the_bastions_type_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def offered(args: dict[str, Any]) -> dict[str, Any]:
        found = recorder.offered(args)
        pairs = zip(found["instanceTypes"], found["locations"], strict=True)
        kept = [pair for pair in pairs if pair != ("t4g.nano", "eu-central-1a")]
        return {"instanceTypes": [type for type, _ in kept], "locations": [zone for _, zone in kept]}

    monkeypatch.setitem(recorder.LOOK_UPS, recorder.OFFERINGS, offered)
    subnets = run_program("dev").of("aws:ec2/subnet:Subnet").values()
    assert {inputs(each)["availabilityZone"] for each in subnets} == {"eu-central-1b", "eu-central-1c"}


def test_what_is_built_follows_from_the_instance_types() -> None:
    assert list(dev().outputs["artifacts"]) == ["arm64"]
    assert list(prod().outputs["artifacts"]) == ["amd64", "arm64"]
    sources = {name: inputs(request)["source"].path for name, request in prod().of(COPY).items()}
    arm = {path for name, path in sources.items() if "m7g" in name}
    amd = {path for name, path in sources.items() if "m7i" in name}
    assert len(arm) == len(amd) == 1 and arm != amd


def test_every_host_is_reached_through_its_regions_bastion_with_pinned_keys() -> None:
    requests = {**prod().of(COPY), **prod().of(COMMAND)}
    hosts = {name: each for name, each in requests.items() if "bastion" not in name}
    assert len(hosts) == 2 * 3 * 4, "ready, copy, apply and confirm of three hosts in two regions"
    for name, request in hosts.items():
        connection = inputs(request)["connection"]["value"]
        region = next(region for region in REGIONS if name.startswith(region))
        assert connection["user"] == connection["proxy"]["user"] == "deploy"
        assert connection["hostKey"] and connection["proxy"]["hostKey"]
        assert connection["proxy"]["host"] == f"address for {region}-bastion-id"


def test_requests_arrive_only_after_the_release_is_installed() -> None:
    for name, request in prod().of(TARGET).items():
        waits_for = {urn.split("::")[-1] for urn in request.dependencies}
        assert name in waits_for, f"{name} would get requests before its release is there"
        assert any("http" in each for each in waits_for)


def test_machines_are_replaced_in_the_order_of_a_release() -> None:
    machines = prod().of(INSTANCE)
    first, second = "us-east-1-m7g-large-1", "us-east-1-m7g-large-2"

    def waits(name: str) -> set[str]:
        return {urn.split("::")[-1] for urn in machines[name].dependencies}

    assert f"{first}-serving" in waits(second)
    assert not any("serving" in each for each in waits(first)), "the canary waits for nobody"
    assert any(
        each.startswith("us-east-1") and each.endswith("-serving")
        for each in waits("eu-central-1-m7g-large-1")
    ), "the primary waits for the standby"


def test_prod_cannot_be_deleted_by_mistake_and_dev_can() -> None:
    for stack, protected in ((prod, True), (dev, False)):
        for name, request in stack().of(INSTANCE).items():
            assert inputs(request)["disableApiTermination"] is protected, name
        for request in stack().of("aws:lb/loadBalancer:LoadBalancer").values():
            assert inputs(request)["enableDeletionProtection"] is protected


LASTING = {
    "Bucket": {"eu-central-1-logs", "us-east-1-logs"},
    "LoadBalancer": {"eu-central-1", "us-east-1"},
    "Record": {"eu-central-1", "us-east-1", "front-door-primary", "front-door-secondary"},
    "TargetGroup": {"eu-central-1", "us-east-1"},
    "Vpc": {"eu-central-1", "us-east-1"},
}
"""What prod's users depend on: a deletion or replacement of any of it is refused by the engine's preview."""


def lasting(recorder: Recorder) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for request in recorder.registered:
        if request.protect:
            found.setdefault(request.type.rpartition(":")[2], set()).add(request.name)
    return found


def test_what_users_depend_on_is_protected_in_prod_and_nothing_is_in_dev() -> None:
    assert lasting(prod()) == LASTING
    assert lasting(dev()) == {}


def test_a_made_zone_and_an_accelerators_addresses_are_protected() -> None:
    door = {"name": "api.example.net", "zone": "example.net", "makeZone": True, "stateless": True}
    recorder = run_program(
        "prod",
        regions={"eu-central-1": region(), "us-east-1": SECOND},
        frontDoor=door | {"mechanism": "globalAccelerator", "objective": 300},
        release={"uncommitted": "allow"},
    )
    found = lasting(recorder)
    assert found["Zone"] == {"front-door-zone"} and found["Accelerator"] == {"front-door"}
    assert "front-door" in found["Record"]


def test_of_a_removable_region_nothing_is_kept_and_of_the_other_everything() -> None:
    written = json.loads(configuration("prod")["slipway:regions"])
    regions = {name: each | {"login": region()["login"]} for name, each in written.items()}
    regions["us-east-1"]["removable"] = True
    door = json.loads(configuration("prod")["slipway:frontDoor"])
    recorder = run_program("prod", regions=regions, frontDoor=door, release={"uncommitted": "allow"})
    assert lasting(recorder) == {
        kind: {name for name in names if name.startswith("eu-central-1")} for kind, names in LASTING.items()
    }
    balancers = recorder.of("aws:lb/loadBalancer:LoadBalancer")
    kept = {name: inputs(request)["enableDeletionProtection"] for name, request in balancers.items()}
    assert kept == {"eu-central-1": True, "us-east-1": False}
    assert len(recorder.of("aws:wafv2/webAcl:WebAcl")) == 2, "users are filtered until the last one has gone"


def test_no_alarm_is_made_before_a_host_serves() -> None:
    for name, request in prod().of("aws:cloudwatch/metricAlarm:MetricAlarm").items():
        if name.endswith("-lost"):
            continue
        waits_for = {urn.split("::")[-1] for urn in request.dependencies}
        hosts = {f"{name.rpartition('-')[0]}" for name in waits_for if name.endswith("-serving")}
        assert len(hosts) == 3, f"{name} would ring before there is a host"


def test_groups_get_a_release_after_the_hosts_before_them_and_before_the_next_region() -> None:
    mixed = [{"type": "m7g.large"}, {"type": "c7g.large", "autoscaling": {"max": 4}}]
    scaled = [{"type": "c7g.large", "autoscaling": {"max": 4}}]
    recorder = run_program(
        "prod",
        regions={
            "eu-central-1": region(instances=mixed),
            "us-east-1": SECOND | {"instances": scaled},
        },
        release={"uncommitted": "allow"},
    )

    def waits(name: str) -> set[str]:
        """For what the exchange of a group's instances waits; the group itself waits for the same when it is made."""
        exchange = recorder.of("command:local:Command")[f"{name}-serving"]
        group = recorder.of("aws:autoscaling/group:Group")[name]
        begun, made = ({urn.split("::")[-1] for urn in each.dependencies} for each in (exchange, group))
        return begun & made

    assert {"eu-central-1-m7g-large-1-serving", "eu-central-1-https"} <= waits("eu-central-1-c7g-large")
    assert {"eu-central-1-c7g-large-serving", "us-east-1-https"} <= waits("us-east-1-c7g-large")
    alarms = recorder.of("aws:cloudwatch/metricAlarm:MetricAlarm")
    assert inputs(alarms["eu-central-1-unhealthy"])["threshold"] == 3, (
        "one host, and two of the group at least"
    )
    assert (
        inputs(prod().of("aws:cloudwatch/metricAlarm:MetricAlarm")["eu-central-1-unhealthy"])["threshold"]
        == 0
    )


def test_alarms_are_looked_at_after_groups_too() -> None:
    scaled = region(instances=[{"type": "c7g.large", "autoscaling": {"max": 4}}])
    alarm = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors"
    recorder = run_program(
        "prod",
        regions={"eu-central-1": scaled},
        release={"uncommitted": "allow", "alarms": [alarm]},
    )
    looks = recorder.of("command:local:Command")["eu-central-1-c7g-large-alarms"]
    assert "eu-central-1-c7g-large-serving" in {urn.split("::")[-1] for urn in looks.dependencies}
    assert f"quiet {alarm} " in inputs(looks)["create"]


def test_nothing_but_the_load_balancers_ports_is_open_to_the_world() -> None:
    for stack, ports in ((prod, {80, 443}), (dev, {80})):
        rules = stack().of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        world = {
            name: inputs(request)
            for name, request in rules.items()
            if inputs(request).get("cidrIpv4") == "0.0.0.0/0" or inputs(request).get("cidrIpv6") == "::/0"
        }
        assert all("load-balancer" in name for name in world)
        assert {int(rule["fromPort"]) for rule in world.values()} == ports


def test_the_outputs_keep_to_the_contract() -> None:
    outputs = prod().outputs
    assert outputs["contract"] == 1
    assert set(outputs) == {"contract", "service", "version", "artifacts", "regions", "url", "frontDoor"}


def test_a_region_whose_machines_all_come_and_go_is_built_and_has_no_named_host() -> None:
    scaled = region(instances=[{"type": "m7g.large", "autoscaling": {"max": 4}}])
    recorder = run_program("prod", regions={"eu-central-1": scaled}, release={"uncommitted": "allow"})
    assert counts(recorder)["Group"] == 1
    assert set(recorder.of(INSTANCE)) == {"eu-central-1-bastion"}
    assert list(recorder.outputs["artifacts"]) == ["arm64"]
    assert not [name for name in recorder.of(COPY) if "bastion" not in name]


RANGES = [f"slipway:regions.{name}.access.bastion.operatorCidrs lets in 203.0.113.0/24" for name in REGIONS]


def test_ranges_that_nobody_comes_from_are_told_before_anything_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []
    monkeypatch.setattr("pulumi.log.info", lambda text, *_: told.append(text))
    run_program("prod")
    assert [each for each in told[: len(RANGES)] if each.startswith(tuple(RANGES))] == told[: len(RANGES)]
    told.clear()
    monkeypatch.setenv("SLIPWAY_PRETENDED", "1")
    run_program("prod")
    assert not [each for each in told if "operatorCidrs" in each]


@pytest.mark.parametrize(("changing", "wanted"), [("1", 2), ("", 0)])
def test_the_preview_of_an_up_asks_where_this_machine_comes_from_and_no_other_does(
    changing: str, wanted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    way = region(access={"bastion": {"operatorCidrs": ["8.8.4.0/24"]}})
    monkeypatch.setenv("SLIPWAY_CHANGING", changing)
    monkeypatch.setattr("pulumi.log.warn", lambda text, *_: told.append(text))
    monkeypatch.setattr("logins.outside.address", lambda: "1.1.1.1")
    monkeypatch.setattr("pulumi.runtime.is_dry_run", lambda: True)
    two = {
        "eu-west-1": way,
        "us-east-1": {**way, **{key: SECOND[key] for key in ("network", "loadBalancer")}},
    }
    run_program("prod", regions=two)
    assert len([each for each in told if "this machine comes from 1.1.1.1" in each]) == wanted


def test_who_would_lock_themselves_out_is_refused_before_anything_is_declared() -> None:
    other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID2HRIAnDujLGCzBwPxHeFMeKfHW5O5Ydl7zGygH3JGM"
    key = recorder._login_key()
    said = refused(regions={"eu-west-1": region(login={"privateKeyFile": key, "publicKeys": [other]})})
    own = Path(f"{key}.pub").read_text().split()[1]
    assert "not among publicKeys" in said and own in said
    both = {"privateKeyFile": key, "publicKeys": [other, f"ssh-ed25519 {own} me@here"]}
    made = run_program("prod", regions={"eu-west-1": region(login=both)})
    for name in ("eu-west-1-bastion", "eu-west-1-m7g-large-1"):
        began = json.loads(inputs(made.of(INSTANCE)[name])["userData"]["value"].split("\n", 1)[1])
        assert began["users"][0]["ssh_authorized_keys"] == [other, f"ssh-ed25519 {own}"]
        ready = inputs(made.of(COMMAND)[f"{name}-ready"])["create"]
        assert f"'{other}' 'ssh-ed25519 {own}'" in ready


def refused(**settings: Any) -> str:
    with pytest.raises(pulumi.RunError) as caught:
        run_program("prod", **settings)
    return str(caught.value)


def region(**changes: Any) -> dict[str, Any]:
    return {
        "instances": [{"type": "m7g.large"}],
        "network": {"range": "10.40.0.0/16"},
        "access": {"bastion": {"operatorCidrs": ["203.0.113.0/24"]}},
        "login": {
            "publicKey": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID2HRIAnDujLGCzBwPxHeFMeKfHW5O5Ydl7zGygH3JGM"
        },
        "loadBalancer": {"domain": "api.example.com", "zone": "example.com"},
    } | changes


SECOND = region(
    network={"range": "10.41.0.0/16"}, loadBalancer={"domain": "us.example.com", "zone": "example.com"}
)


@pytest.mark.parametrize(
    ("regions", "words"),
    [
        ({"europe": region()}, ["slipway:regions.europe", "eu-central-1"]),
        ({"eu-west-1": region(loadBalancer={})}, ["loadBalancer.domain", "plain HTTP"]),
        (
            {"eu-west-1": region(access={"bastion": {"operatorCidrs": ["0.0.0.0/0"]}})},
            ["access.bastion", "0.0.0.0/0"],
        ),
        ({"eu-west-1": region(login={})}, ["login.publicKey", "whom to let in"]),
        ({"eu-west-1": region(instances=[{"type": "mac2.metal"}])}, ["instances[0].type", "mac2.metal"]),
        ({"eu-west-1": region(instances=[])}, ["slipway:regions.eu-west-1.instances"]),
        ({"eu-west-1": region(hosts=[])}, ["slipway:regions.eu-west-1.hosts is not a setting"]),
        (
            {
                "eu-west-1": region(),
                "eu-west-2": region(loadBalancer={"domain": "b.example.com", "zone": "example.com"}),
            },
            ["network.range", "overlaps"],
        ),
    ],
)
def test_what_cannot_be_on_aws_is_refused_before_anything_is_declared(regions: Any, words: list[str]) -> None:
    said = refused(regions=regions)
    missing = [word for word in words if word not in said]
    assert not missing, f"{said!r} does not say {missing}"
