"""What a region's network asks of the engine. That packets then flow as meant is AWS's to show."""

import json
from collections import Counter
from typing import Literal

import pulumi
import pytest

from components.aws.network import Network, NetworkArgs, network_told
from model.aws.network import Network as NetworkSettings
from tests.components.aws.cloud import ACCOUNT, LOOK_UPS, MADE
from tests.components.recording import Answer, Recording, record

SUBNET, ROUTE, NAT = "aws:ec2/subnet:Subnet", "aws:ec2/route:Route", "aws:ec2/natGateway:NatGateway"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"


def network(
    zones: int = 2, gateways: Literal["perZone", "single"] = "single", types: tuple[str, ...] = ()
) -> Recording:
    def program() -> None:
        _made(zones, gateways, types)

    return record(program, looked_up=LOOK_UPS, made=MADE)


def _made(zones: int, gateways: Literal["perZone", "single"], types: tuple[str, ...] = ()) -> Network:
    settings = {"range": "10.20.0.0/16", "zones": zones, "gateways": gateways, "flowLogDays": 90}
    return Network("eu", NetworkArgs(settings=NetworkSettings.model_validate(settings), instance_types=types))


def kinds(recording: Recording) -> dict[str, int]:
    return Counter(each.type.split(":")[-1] for each in recording.registered if each.type.startswith("aws:"))


def test_two_zones_with_one_nat_are_exactly_these_resources() -> None:
    assert kinds(network()) == {
        "FlowLog": 1, "Vpc": 1, "Subnet": 4, "InternetGateway": 1, "RouteTable": 3, "Route": 3,
        "RouteTableAssociation": 4, "Eip": 1, "NatGateway": 1, "VpcEndpoint": 1, "LogGroup": 1, "Role": 1, "RolePolicy": 1,
    }  # fmt: skip


def test_three_zones_with_a_nat_each_are_exactly_these_resources() -> None:
    assert kinds(network(3, "perZone")) == {
        "FlowLog": 1, "Vpc": 1, "Subnet": 6, "InternetGateway": 1, "RouteTable": 4, "Route": 4,
        "RouteTableAssociation": 6, "Eip": 3, "NatGateway": 3, "VpcEndpoint": 1, "LogGroup": 1, "Role": 1, "RolePolicy": 1,
    }  # fmt: skip


def test_what_joins_another_network_to_it_is_told_and_kept_back_where_it_is_somebody_elses() -> None:
    told: list[dict[str, list[str]]] = []

    def program() -> None:
        network = _made(2, "single")
        pulumi.Output.from_input(network_told(network)).apply(told.append)
        network.private_tables = ()
        pulumi.Output.from_input(network_told(network)).apply(told.append)

    record(program, looked_up=LOOK_UPS, made=MADE)
    (own,) = [each for each in told if "privateRouteTableIds" in each]
    assert own["privateRouteTableIds"] == ["eu-private-1-id", "eu-private-2-id"]
    assert len(told) == 2


def test_subnets_take_the_regions_zones_in_their_order_and_the_planned_ranges() -> None:
    recording = network(3)
    found = {
        name: (
            recording.inputs(SUBNET, name)["availabilityZone"],
            recording.inputs(SUBNET, name)["cidrBlock"],
        )
        for name in recording.names(SUBNET)
    }
    assert found == {
        "eu-private-1": ("eu-central-1a", "10.20.0.0/19"),
        "eu-private-2": ("eu-central-1b", "10.20.32.0/19"),
        "eu-private-3": ("eu-central-1c", "10.20.64.0/19"),
        "eu-public-1": ("eu-central-1a", "10.20.128.0/20"),
        "eu-public-2": ("eu-central-1b", "10.20.144.0/20"),
        "eu-public-3": ("eu-central-1c", "10.20.160.0/20"),
    }


def test_no_subnet_gives_machines_public_addresses() -> None:
    recording = network(3)
    assert not any(recording.inputs(SUBNET, name)["mapPublicIpOnLaunch"] for name in recording.names(SUBNET))


def test_a_zone_that_is_out_of_order_for_a_while_moves_no_subnet() -> None:
    recording = network()
    for name in recording.names(SUBNET):
        assert list(recording.request(SUBNET, name).ignoreChanges) == ["availabilityZone"]


def stays(*zones: str) -> dict[str, Answer]:
    """Private subnets in the zones where an earlier run put them."""
    kept = {f"eu-private-{number}": f"eu-central-1{zone}" for number, zone in enumerate(zones, 1)}
    return MADE | {
        SUBNET: lambda inputs: {"availabilityZone": kept.get(inputs["name"], inputs["availabilityZone"])}
    }


def test_a_zone_that_comes_back_puts_no_two_subnets_into_one() -> None:
    """Those that are there stay in b and c; the third of the zones that there are now is c."""

    def program() -> None:
        _made(3, "single")

    with pytest.raises(Exception, match=r"zones is 3, which puts a second subnet into eu-central-1c"):
        record(program, looked_up=LOOK_UPS, made=stays("b", "c"))
    assert record(program, looked_up=LOOK_UPS, made=stays("b", "c", "a")).registered


def test_a_type_that_cannot_be_had_where_a_subnet_stays_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("pulumi.log.warn", lambda text, *_: told.append(text))

    def program() -> None:
        _made(2, "single", ("m7g.large",))

    record(program, looked_up=LOOK_UPS, made=stays("a", "b"))
    (line,) = told
    assert line.startswith("slipway:regions.eu: m7g.large cannot be had in eu-central-1a, where")
    record(program, looked_up=LOOK_UPS, made=stays("c", "b"))
    assert told == [line]


def test_only_zones_that_are_open_to_every_account_are_asked_for() -> None:
    ((_, asked),) = (each for each in network().invoked if "getAvailabilityZones" in each[0])
    assert asked["state"] == "available"
    assert asked["filters"] == [{"name": "opt-in-status", "values": ["opt-in-not-required"]}]


def test_fewer_zones_than_asked_for_are_refused_by_name() -> None:
    with pytest.raises(pulumi.RunError) as caught:
        network(zones=4)
    assert str(caught.value) == (
        "slipway:regions.eu-central-1.network.zones is 4, but only eu-central-1a, eu-central-1b, eu-central-1c can be used "
        "there; allowed are at most 3."
    )


def test_zones_without_one_of_the_instance_types_are_left_out() -> None:
    recording = network(types=("t4g.nano", "m7g.large"))
    zones = {recording.inputs(SUBNET, name)["availabilityZone"] for name in recording.names(SUBNET)}
    assert zones == {"eu-central-1b", "eu-central-1c"}
    everywhere = network(types=("t4g.nano", "t4g.nano"))
    assert everywhere.inputs(SUBNET, "eu-public-1")["availabilityZone"] == "eu-central-1a"


def test_fewer_zones_with_the_instance_types_than_asked_for_are_refused_with_the_types() -> None:
    with pytest.raises(pulumi.RunError) as caught:
        network(3, types=("t4g.nano", "m7g.large"))
    assert str(caught.value) == (
        "slipway:regions.eu-central-1.network.zones is 3, but only eu-central-1b, eu-central-1c offer m7g.large, t4g.nano there; "
        "allowed are at most 2."
    )


@pytest.mark.parametrize(
    ("gateways", "expected"),
    [
        (
            "single",
            {"eu-private-1": "eu-nat-1-id", "eu-private-2": "eu-nat-1-id", "eu-private-3": "eu-nat-1-id"},
        ),
        (
            "perZone",
            {"eu-private-1": "eu-nat-1-id", "eu-private-2": "eu-nat-2-id", "eu-private-3": "eu-nat-3-id"},
        ),
    ],
)
def test_hosts_leave_through_the_nat_of_their_zone_or_the_only_one(
    gateways: Literal["perZone", "single"], expected: dict[str, str]
) -> None:
    recording = network(3, gateways)
    routes = {name: recording.inputs(ROUTE, name) for name in recording.names(ROUTE)}
    assert {name: r["natGatewayId"] for name, r in routes.items() if "natGatewayId" in r} == expected
    assert routes["eu-public"]["gatewayId"] == "eu-internet-id"
    assert {route["destinationCidrBlock"] for route in routes.values()} == {"0.0.0.0/0"}
    for number in (1, 2, 3):
        association = recording.inputs(ASSOCIATION, f"eu-private-{number}")
        assert association == {
            "routeTableId": f"eu-private-{number}-id",
            "subnetId": f"eu-private-{number}-id",
        }
        assert routes[f"eu-private-{number}"]["routeTableId"] == f"eu-private-{number}-id"


def test_each_nat_stands_in_the_public_subnet_of_its_zone_with_an_address_of_its_own() -> None:
    recording = network(3, "perZone")
    for number in (1, 2, 3):
        inputs = recording.inputs(NAT, f"eu-nat-{number}")
        assert (inputs["subnetId"], inputs["allocationId"]) == (
            f"eu-public-{number}-id",
            f"eu-nat-{number}-id",
        )
        assert "eu-public" in recording.waits_for(NAT, f"eu-nat-{number}"), "NAT without a way out is useless"


def test_it_is_ready_when_every_subnet_has_its_way_to_the_internet() -> None:
    ready: list[str] = []
    recording = record(
        lambda: ready.extend(
            each.pulumi_resource_type + each.pulumi_resource_name for each in _made(3, "single").ready
        ),
        looked_up=LOOK_UPS,
        made=MADE,
    )
    assert sorted(ready) == sorted(
        each.type + each.name for each in recording.registered if each.type in (ROUTE, ASSOCIATION)
    )


def test_private_subnets_reach_s3_without_nat() -> None:
    inputs = network().inputs("aws:ec2/vpcEndpoint:VpcEndpoint", "eu-s3")
    assert inputs["serviceName"] == "com.amazonaws.eu-central-1.s3"
    assert inputs["vpcEndpointType"] == "Gateway"
    assert inputs["routeTableIds"] == ["eu-private-1-id", "eu-private-2-id"]


def test_all_traffic_is_logged_and_kept_as_long_as_asked() -> None:
    recording = network()
    log = recording.inputs("aws:ec2/flowLog:FlowLog", "eu")
    assert (log["trafficType"], log["vpcId"]) == ("ALL", "eu-id")
    assert (log["logDestination"], log["iamRoleArn"]) == ("arn:eu-flow", "arn:eu-flow")
    assert recording.inputs("aws:cloudwatch/logGroup:LogGroup", "eu-flow")["retentionInDays"] == 90
    assert "eu-flow" in recording.waits_for("aws:ec2/flowLog:FlowLog", "eu")


def test_flow_logs_may_write_to_their_own_group_and_to_nothing_else() -> None:
    recording = network()
    (allowed,) = json.loads(recording.inputs("aws:iam/rolePolicy:RolePolicy", "eu-flow")["policy"])[
        "Statement"
    ]
    assert allowed["Resource"] == ["arn:eu-flow", "arn:eu-flow:*"]
    assert not any("*" in action for action in allowed["Action"])
    (trust,) = json.loads(recording.inputs("aws:iam/role:Role", "eu-flow")["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
