"""What of a protected region the engine itself refuses to lose: its own engine, AWS pretended, no host."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.projects import Project

PROGRAM = """
import pulumi_aws as aws
from components.aws.firewall import Firewall, FirewallArgs
from components.aws.load_balancer import LoadBalancer, LoadBalancerArgs
from components.aws.network import Network, NetworkArgs
from model.aws import firewall
from model.aws.load_balancer import LoadBalancer as Settings
from model.aws.network import Network as NetworkSettings
from model.service import Service

for name, (range, port, own_ports, protected) in REGIONS.items():
    parent = pulumi.ComponentResource(
        "trial:index:Region", name, {}, ResourceOptions(providers=[aws.Provider(name, region=name)])
    )
    child = ResourceOptions(parent=parent)
    network = Network(name, NetworkArgs(settings=NetworkSettings(range=range), protected=protected), child)
    rules = firewall.rules(service_port=port, tls=True, access="tunnel")
    LoadBalancer(
        name,
        LoadBalancerArgs(
            settings=Settings(domain=f"{name}.example.com", zone="example.com"),
            network=network,
            firewall=Firewall(name, FirewallArgs(network=network, rules=rules, operator_cidrs=()), child),
            service=Service(name="shop", source="shop", arguments=("{port}",), port=port),
            drain=0,
            protected=protected,
            filters=False,
            own_ports=own_ports,
        ),
        child,
    )
"""
BOTH = {
    "eu-central-1": ("10.20.0.0/16", 8080, True, True),
    "us-east-1": ("10.21.0.0/16", 8080, True, True),
}
PREVIEWED = "--skip-preview=false"
"""As every stack but the local one is run."""
Regions = dict[str, tuple[str, int, bool, bool]]


def cloud(project: Project) -> str:
    return (project.directory / "cloud.json").read_text()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Two protected regions. Tests leave them as they are."""
    project = Project(tmp_path_factory.mktemp("protection") / "trial", pretend=True)
    say(project, BOTH)
    project.must("up")
    return project


def say(project: Project, regions: Regions) -> None:
    project.program(f"REGIONS = {regions!r}\n{PROGRAM}")


CHANGES: dict[str, Callable[[Regions], Regions]] = {
    "a region is left out": lambda all: {"eu-central-1": all["eu-central-1"]},
    "a region is renamed": lambda all: {"eu-central-1": all["eu-central-1"], "us-west-2": all["us-east-1"]},
    "another range": lambda all: all | {"us-east-1": ("10.22.0.0/16", 8080, True, True)},
    "another port of a group that scales": lambda all: all | {"us-east-1": ("10.21.0.0/16", 9090, False, True)},
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_what_would_take_a_protected_region_away_is_refused_before_the_first_step(
    made: Project, change: str
) -> None:
    before = cloud(made)
    say(made, CHANGES[change](BOTH))
    done = made.run("up", PREVIEWED)
    assert done.returncode != 0
    assert "because it is protected" in done.stdout or "marked for protection" in done.stdout
    assert "removable: true" in done.stderr, "nobody is told how it is done on purpose"
    assert cloud(made) == before


def test_destroy_is_refused_before_the_first_step(made: Project) -> None:
    say(made, BOTH)
    before = cloud(made)
    done = made.run("destroy", PREVIEWED)
    assert done.returncode != 0 and "slipway:protected: false" in done.stderr
    assert cloud(made) == before


def test_another_port_of_the_service_keeps_the_target_group_that_listeners_use(made: Project) -> None:
    group = "aws:lb/targetGroup:TargetGroup"
    before = set(json.loads(cloud(made))["resources"][group])
    say(made, BOTH | {"us-east-1": ("10.21.0.0/16", 9090, True, True)})
    made.must("up", PREVIEWED)
    assert set(json.loads(cloud(made))["resources"][group]) == before
    say(made, BOTH)
    made.must("up", PREVIEWED)


def test_what_may_go_on_purpose_goes(tmp_path: Path) -> None:
    project = Project(tmp_path / "trial", pretend=True)
    say(project, {"us-east-1": ("10.21.0.0/16", 8080, True, True)})
    project.must("up", PREVIEWED)
    say(project, {"us-east-1": ("10.21.0.0/16", 8080, True, False)})
    project.must("up", PREVIEWED)
    project.must("destroy", PREVIEWED)
    assert json.loads(cloud(project))["resources"] == {}
