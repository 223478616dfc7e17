"""The example that reads a stack's outputs, end to end."""

import json
import re
import runpy
import shutil
from pathlib import Path
from typing import Any

import pytest

from model import contract_fields
from tests.engine.projects import Project

PROJECT = Path(__file__).parent.parent.parent
CONSUMER = PROJECT / "examples" / "consumer"
PRODUCER = """
import pulumi
from pulumi_command import local

from components import stack_outputs

said = local.Command("web1", create="echo http://{address}/")
host = {{"release": "r", "version": "{version}", "architecture": "arm64", "sha256": "s", "address": "{address}"}}
built = {{"version": "{version}", "artifacts": {{"arm64": {{"sha256": "s", "size": 8388608, "goVersion": "go1.27.3"}}}}}}
region = {{"endpoint": said.stdout, "network": None, "securityGroups": {{}}, "hosts": {{"web1": host}}}}
stack_outputs.export("greeter", built, {{"eu": pulumi.Output.from_input(region)}})
"""


class Stacks:
    """A Slipway stack and the consumer below it, each of them a project directory; both keep their state in one folder."""

    def __init__(self, directory: Path) -> None:
        self.producer = Project(directory)
        project = directory / "Pulumi.yaml"
        project.write_text(project.read_text().replace("trial", "slipway"))
        folder = directory / "examples" / "consumer"
        folder.parent.mkdir()
        self.consumer = Project(folder)
        shutil.copytree(
            CONSUMER, folder, ignore=shutil.ignore_patterns(".slipway", "__pycache__"), dirs_exist_ok=True
        )
        self.consumer.state = self.producer.state
        self.consumer.stack = self.producer.stack = "local"

    def release(self, version: str, address: str = "10.0.0.1") -> None:
        """Brings the Slipway stack up."""
        self.produce(PRODUCER.format(version=version, address=address))

    def produce(self, program: str) -> None:
        (self.producer.directory / "__main__.py").write_text(program)
        self.producer.must("up")

    @property
    def targets(self) -> list[dict[str, Any]]:
        return json.loads((self.consumer.directory / "targets.json").read_text())


@pytest.fixture
def stacks(tmp_path: Path) -> Stacks:
    return Stacks(tmp_path / "slipway")


def test_a_program_of_its_own_follows_the_stacks_outputs(stacks: Stacks) -> None:
    stacks.release("v1.0.0")
    stacks.consumer.must("up")
    labels = {"service": "greeter", "version": "v1.0.0", "region": "eu"}
    assert stacks.targets == [{"targets": ["http://10.0.0.1/"], "labels": labels}]
    assert stacks.consumer.outputs() == {"probed": ["http://10.0.0.1/"]}

    assert "updated" not in stacks.consumer.must("up").stdout

    stacks.release("v1.1.0", "10.0.0.2")
    stacks.consumer.must("up")
    assert stacks.targets == [{"targets": ["http://10.0.0.2/"], "labels": labels | {"version": "v1.1.0"}}]

    stacks.consumer.must("destroy")
    assert not (stacks.consumer.directory / "targets.json").exists()


def test_a_stack_without_a_contract_is_refused_before_anything_is_made(stacks: Stacks) -> None:
    stacks.release("v1.0.0")
    stacks.produce("import pulumi\npulumi.export('url', 'http://x/')")
    done = stacks.consumer.run("up")
    assert done.returncode != 0
    assert "exports no contract number" in done.stdout + done.stderr
    assert not (stacks.consumer.directory / "targets.json").exists()


def outputs(**changes: Any) -> dict[str, Any]:
    """Every field of the contract."""
    network = {"vpcId": "vpc-1", "publicSubnetIds": ["subnet-1"], "privateSubnetIds": ["subnet-2"]}
    host = {"release": "r", "version": "v", "architecture": "arm64", "sha256": "s", "address": "10.0.0.1"}
    cluster = {"namespace": "shop", "deployment": "shop", "image": "r/shop@sha256:0", "release": "r"}
    region = {
        "endpoint": "https://here/",
        "network": network,
        "securityGroups": {"hosts": "sg-1"},
        "hosts": {"web1": host},
        "cluster": cluster,
    }
    door = {
        "name": "api.example.com",
        "url": "https://api.example.com/",
        "mechanism": "route53",
        "servedWithin": 173,
        "objective": 180,
        "drained": ["eu"],
        "nameServers": [],
        "delegation": [],
    }
    return {
        "contract": 1,
        "service": "greeter",
        "version": "v1",
        "artifacts": {"arm64": {"sha256": "s", "size": 12, "goVersion": "go1.27.3"}},
        "url": "https://here/",
        "regions": {"eu": region},
        "frontDoor": door,
    } | changes


@pytest.fixture(scope="module")
def reader() -> dict[str, Any]:
    return runpy.run_path(str(CONSUMER / "slipway.py"))


def test_the_reader_has_every_field_of_the_contract(reader: dict[str, Any]) -> None:
    region = reader["parse"]("s", outputs()).regions["eu"]
    assert (region.endpoint, region.network.vpc_id, region.hosts["web1"].address) == (
        "https://here/",
        "vpc-1",
        "10.0.0.1",
    )
    door = reader["parse"]("s", outputs()).front_door
    assert (door.served_within, door.objective, door.drained) == (173, 180, ("eu",))
    text = (CONSUMER / "slipway.py").read_text()
    read = set(re.findall(r'\["(\w+)"\]', text)) | set(re.findall(r'\.get\("(\w+)"\)', text))
    assert read == {re.split(r"\.", field.path)[-1] for field in contract_fields.fields()}


def test_the_reader_ignores_what_it_does_not_know(reader: dict[str, Any]) -> None:
    assert reader["parse"]("s", outputs(weather={"name": "x"})) == reader["parse"]("s", outputs())


def test_the_reader_refuses_another_contract_by_number(reader: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="the stack s follows contract 2, and this program reads contract 1"):
        reader["parse"]("s", outputs(contract=2))
