"""What a month costs. That AWS asks these prices cannot be proven here: each stands with its source in cost/prices.py."""

import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cost import estimate as estimates
from cost import prices, stack
from cost.__main__ import report
from cost.estimate import Estimate, estimate
from cost.prices import Item
from cost.sibling import sibling
from model.aws import instance_type
from model.aws.access import Access, Tunnel
from model.aws.cloud_region import CloudRegion
from model.aws.instances import InstanceGroup
from model.aws.network import Network
from model.login import Login
from model.refusal import Refusal
from tests.components.aws.fleets import ANSWERS, RESOURCES, fleet, group
from tests.components.recording import record
from tests.program.eks_regions import region as eks_region

PROJECT = Path(__file__).parent.parent.parent


BASTION = {"bastion": {"operatorCidrs": ["203.0.113.0/24"]}}


def region(*groups: dict[str, Any], **more: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "instances": list(groups) or [{"type": "m7g.large", "count": 2}],
        "network": {"range": "10.20.0.0/16", "zones": 3, "gateways": "perZone"},
        "access": {"tunnel": {}},
        "login": {"user": "deploy"},
    }
    return plain | more


def month(name: str = "us-east-1", protected: bool = False, **one: Any) -> Estimate:
    config = {"slipway:regions": {name: region() | one}, "slipway:protected": protected}
    read = stack.parse(config, "Pulumi.x.yaml")
    return estimate(name, read.regions[name], protected=read.protected)


def dollars(made: Estimate) -> dict[str, Decimal | None]:
    return {line.what: line.monthly for line in made.lines}


def test_a_region_is_its_machines_and_what_stands_around_them() -> None:
    made = month(
        instances=[{"type": "m7g.large", "count": 2, "volume": 30}, {"type": "m7i.large"}],
        access=BASTION,
        protected=True,
    )
    assert dollars(made) == {
        "2 m7g.large": Decimal("119.136"),
        "1 m7i.large": Decimal("73.584"),
        "1 t4g.nano (bastion)": Decimal("3.066"),
        "88 GiB of gp3 volumes": Decimal("7.04"),
        "3 NAT gateways": Decimal("98.55"),
        "1 application load balancer": Decimal("16.425"),
        "1 web ACL": Decimal(5),
        "3 rules of it": Decimal(3),
        "7 public IPv4 addresses": Decimal("25.55"),
    }
    assert made.total == sum(line for line in dollars(made).values() if line)
    assert made.missing == ()


def test_without_protection_and_with_a_single_gateway_there_is_less() -> None:
    network = {"range": "10.20.0.0/16", "zones": 2}
    assert set(dollars(month(network=network))) == {
        "2 m7g.large",
        "40 GiB of gp3 volumes",
        "1 NAT gateway",
        "1 application load balancer",
        "3 public IPv4 addresses",
    }


def test_of_a_group_that_scales_only_those_that_are_always_there_are_counted() -> None:
    made = month(instances=[{"type": "m7g.large", "autoscaling": {"min": 2, "max": 6}}])
    assert dollars(made)["2 m7g.large (up to 6)"] == Decimal("119.136")
    assert "40 GiB of gp3 volumes" in dollars(made)


def test_a_cluster_is_its_control_plane_a_node_for_each_copy_and_what_stands_around_them() -> None:
    config = {"slipway:regions": {"us-east-1": eks_region(workload={"replicas": {"min": 3}})}}
    read = stack.parse(config, "Pulumi.x.yaml")
    made = estimates.cluster("us-east-1", read.clusters["us-east-1"], protected=False)
    assert not read.regions
    assert dollars(made) == {
        "1 EKS cluster": Decimal("73.00"),
        "3 m7g.large (nodes, at least)": Decimal("178.704"),
        "EKS Auto Mode for 3 of them": Decimal("178.704") * Decimal("0.12"),
        "240 GiB of gp3 volumes": Decimal("19.20"),
        "1 NAT gateway": Decimal("32.85"),
        "1 application load balancer": Decimal("16.425"),
        "4 public IPv4 addresses": Decimal("14.60"),
    }
    with pytest.raises(Refusal, match=r"slipway:regions\.us-east-1\.eks\.version"):
        stack.parse({"slipway:regions": {"us-east-1": eks_region(eks={"version": "2"})}}, "Pulumi.x.yaml")


def test_what_has_no_price_is_named_and_counted_nowhere() -> None:
    made = month("eu-central-1")
    assert made.missing == ("3 NAT gateways",)
    assert made.total == sum(line for line in dollars(made).values() if line is not None)
    said = "\n".join(report("x", [made]))
    assert "together, at least" in said and "no source was found for the price in eu-central-1" in said


def test_the_other_architecture_is_compared_size_by_size() -> None:
    said = "\n".join(report("x", [month(instances=[{"type": "m7g.large", "count": 3}])]))
    assert "instances as m7g.large: as it is" in said
    assert "instances as m7i.large: +42.05 (+24%)" in said


def test_a_comparison_with_an_unknown_price_says_so() -> None:
    said = "\n".join(report("x", [month(instances=[{"type": "m7g.medium"}])]))
    assert "instances as what m7g.medium would be as amd64: unknown, no price was found" in said


@given(st.sampled_from([kind for table in prices.INSTANCES.values() for kind in table]))
def test_a_sibling_has_the_other_architecture_and_this_one_as_its_sibling(kind: str) -> None:
    other = sibling(kind)
    if other is not None:
        assert instance_type.architecture(other) is not instance_type.architecture(kind)
        assert sibling(other) == kind


@given(count=st.integers(1, 200), volume=st.integers(8, 16384), zones=st.integers(2, 4))
def test_twice_as_many_instances_cost_twice_as_much_and_nothing_else_changes(
    count: int, volume: int, zones: int
) -> None:
    def with_instances(number: int) -> Estimate:
        machines = InstanceGroup(type="m7g.large", volume=volume).model_copy(update={"count": number})
        network = Network(range="10.20.0.0/16", zones=zones)
        one = CloudRegion(
            instances=(machines,), network=network, access=Access(tunnel=Tunnel()), login=Login()
        )
        return estimate("us-east-1", one, protected=False)

    once, twice = with_instances(count), with_instances(2 * count)
    volumes = prices.item("us-east-1", Item.VOLUME)
    assert volumes
    assert twice.now.monthly == 2 * once.now.monthly
    assert twice.total - once.total == once.now.monthly + count * volume * volumes.amount


def test_items_are_told_apart() -> None:
    assert len(Item.__members__) == len(set(Item)), "two items with one text would be one item"
    assert prices.item("us-east-1", Item.LOAD_BALANCER) != prices.item("us-east-1", Item.NAT_GATEWAY)


def test_every_price_is_more_than_nothing_and_has_a_source() -> None:
    found = [price for table in prices.INSTANCES.values() for price in table.values()]
    found += [price for name in prices.INSTANCES for what in Item if (price := prices.item(name, what))]
    assert all(price.amount > 0 and price.source.value for price in found)


def test_the_estimate_counts_what_the_program_declares() -> None:
    def program() -> None:
        made = fleet(group("m7g.large", 2), group("m7i.large"))
        before: list[pulumi.Resource] = []
        for name in made.names:
            made.host(name, before)

    recording = record(program, looked_up=ANSWERS, made=RESOURCES)
    disks = [
        recording.inputs("aws:ec2/instance:Instance", name)["rootBlockDevice"]["volumeSize"]
        for name in recording.names("aws:ec2/instance:Instance")
    ]
    made = month(
        instances=[{"type": "m7g.large", "count": 2}, {"type": "m7i.large"}],
        network={"range": "10.20.0.0/16", "zones": 3},
        access=BASTION,
    )
    said = dollars(made)
    assert f"{sum(disks):g} GiB of gp3 volumes" in said
    assert len(recording.names("aws:ec2/natGateway:NatGateway")) == 1 and "1 NAT gateway" in said
    public = len(recording.names("aws:ec2/eip:Eip")) + 3
    assert f"{public} public IPv4 addresses" in said, "the gateway's, the bastion's and the load balancer's"


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (region({"type": "m7g.lagre", "count": 0}), "slipway:regions.us-east-1.instances[0].count"),
        (region({"type": "quick.large"}) | {"network": {"range": "8.8.8.0/24"}}, "range"),
        (region() | {"network": None}, "slipway:regions.us-east-1.network"),
    ],
)
def test_settings_that_cannot_be_priced_are_refused_with_their_place(one: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal) as caught:
        stack.parse({"slipway:regions": {"us-east-1": one}}, "Pulumi.x.yaml")
    assert words in "\n".join(caught.value.lines)
    assert all(line.startswith("Pulumi.x.yaml: ") for line in caught.value.lines)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cost", *words], cwd=PROJECT, capture_output=True, text=True, timeout=60
    )


def test_a_stack_that_is_not_there_is_refused_with_those_there_are() -> None:
    done = run("--stack", "porduction")
    assert (done.returncode, done.stdout) == (1, "")
    there = sorted(file.name.split(".")[1] for file in PROJECT.glob("Pulumi.*.yaml"))
    assert done.stderr == f"There is no stack porduction; there are {', '.join(there)}.\n"


def test_machines_that_one_has_cost_nothing() -> None:
    done = run("--stack", "local")
    assert done.returncode == 0 and "cost nothing on AWS" in done.stdout


def test_help_says_what_exit_codes_mean() -> None:
    assert "it names what has none" in run("--help").stdout
