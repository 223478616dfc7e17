"""What regions take of quotas, at first and at the most."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from model.aws.cloud_region import CloudRegion
from model.aws.quotas import Needs, Span
from model.eks.region import EksRegion
from tests.program.eks_regions import region as eks_region
from tests.program.recorder import PROJECT
from tests.program.test_cloud import region


def needs(written: dict[str, Any]) -> Needs:
    return CloudRegion.model_validate_json(json.dumps(written)).needs


def test_prod_takes_addresses_for_gateways_and_bastion_and_twice_its_machines_while_all_are_replaced() -> (
    None
):
    written = yaml.safe_load((PROJECT / "Pulumi.prod.yaml").read_text())["config"]["slipway:regions"]
    found = needs(written["eu-central-1"])
    assert found.instances == {
        "m7g.large": Span(least=2, most=4),
        "m7i.large": Span(least=1, most=2),
        "t4g.nano": Span(least=1, most=2),
    }
    assert (found.addresses, found.networks, found.balancers, found.spot) == (4, 1, 1, {})


def test_a_network_that_is_there_takes_none_and_a_bastion_of_the_same_type_is_counted_with_the_machines() -> (
    None
):
    there = {"vpc": "vpc-0123456789abcdef0", "privateSubnets": ["subnet-0123456789abcdef0"]}
    access = {"bastion": {"type": "t4g.small", "operatorCidrs": ["203.0.113.0/24"]}}
    found = needs(region(network=there, access=access, instances=[{"type": "t4g.small", "count": 3}]))
    assert (found.addresses, found.networks) == (1, 0)
    assert found.instances == {"t4g.small": Span(least=4, most=8)}


@pytest.mark.parametrize(
    ("bounds", "on_demand", "spot"),
    [
        ({"min": 2, "max": 10}, Span(least=2, most=11), None),
        ({"min": 2, "max": 10, "maintenance": {"maxHealthy": 200}}, Span(least=2, most=20), None),
        (
            {"min": 3, "max": 10, "spot": {"percent": 75, "onDemand": 1}},
            Span(least=2, most=4),
            Span(least=1, most=7),
        ),
        (
            {"min": 2, "max": 2, "spot": {"percent": 100, "onDemand": 0}},
            Span(least=0, most=0),
            Span(least=2, most=3),
        ),
    ],
)
def test_a_group_takes_its_least_at_first_and_its_most_while_it_is_exchanged(
    bounds: dict[str, Any], on_demand: Span, spot: Span | None
) -> None:
    found = needs(region(instances=[{"type": "c7g.large", "autoscaling": bounds}], access={"tunnel": {}}))
    assert found.instances == {"c7g.large": on_demand}
    assert found.spot == ({"c7g.large": spot} if spot else {})


def test_a_cluster_takes_a_network_and_its_way_out() -> None:
    found = EksRegion.model_validate_json(json.dumps(eks_region())).needs
    assert (found.addresses, found.networks, dict(found.instances)) == (1, 1, {})
