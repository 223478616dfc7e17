"""The example that reads a stack's outputs, end to end: on the rehearsal, and on the real CLI where there is one."""

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from model import contract_fields

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
REAL = pytest.param(
    "pulumi", marks=pytest.mark.skipif(shutil.which("pulumi") is None, reason="no Pulumi CLI on PATH")
)


class Stacks:
    """A Slipway stack and the consumer below it, each of them a project directory."""

    def __init__(self, directory: Path, engine: str) -> None:
        self._engine, self._directory = engine, directory
        self.consumer = directory / "examples" / "consumer"
        shutil.copytree(CONSUMER, self.consumer, ignore=shutil.ignore_patterns(".slipway", "__pycache__"))
        settings = self.consumer / "Pulumi.yaml"
        settings.write_text(settings.read_text().replace("../../.venv", sys.prefix))
        runtime = f"runtime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}"
        (directory / "Pulumi.yaml").write_text(f"name: slipway\n{runtime}\n")
        if engine == "pulumi":
            for project in (directory, self.consumer):
                self._call(["pulumi", "stack", "init", "organization/" + self._name(project)], project)

    def release(self, version: str, address: str = "10.0.0.1") -> None:
        """Brings the Slipway stack up."""
        (self._directory / "__main__.py").write_text(PRODUCER.format(version=version, address=address))
        done = self.run("up", self._directory)
        assert done.returncode == 0, done.stdout + done.stderr

    def run(self, action: str, project: Path | None = None) -> subprocess.CompletedProcess[str]:
        if self._engine == "pulumi":
            words = ["pulumi", action, "--yes", "--skip-preview", "--non-interactive"]
        else:
            words = [sys.executable, "-m", "rehearsal", action]
        return self._call([*words, "--stack", "local"], project or self.consumer)

    def outputs(self) -> dict[str, Any]:
        if self._engine == "pulumi":
            words = ["pulumi", "stack", "output", "--json"]
        else:
            words = [sys.executable, "-m", "rehearsal", "outputs", "--json"]
        return json.loads(self._call([*words, "--stack", "local"], self.consumer).stdout)

    @property
    def targets(self) -> list[dict[str, Any]]:
        return json.loads((self.consumer / "targets.json").read_text())

    def _name(self, project: Path) -> str:
        return "consumer/local" if project == self.consumer else "slipway/local"

    def _call(self, words: list[str], project: Path) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "PYTHONPATH": str(PROJECT),
            "PULUMI_BACKEND_URL": f"file://{self._directory}",
            "PULUMI_CONFIG_PASSPHRASE": "only for this test",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        return subprocess.run(
            words, cwd=project, env=environment, capture_output=True, text=True, timeout=120, check=False
        )


@pytest.fixture(params=["rehearsal", REAL])
def stacks(request: pytest.FixtureRequest, tmp_path: Path) -> Stacks:
    return Stacks(tmp_path, request.param)


def test_a_program_of_its_own_follows_the_stacks_outputs(stacks: Stacks) -> None:
    stacks.release("v1.0.0")
    done = stacks.run("up")
    assert done.returncode == 0, done.stdout + done.stderr
    labels = {"service": "greeter", "version": "v1.0.0", "region": "eu"}
    assert stacks.targets == [{"targets": ["http://10.0.0.1/"], "labels": labels}]
    assert stacks.outputs() == {"probed": ["http://10.0.0.1/"]}

    again = stacks.run("up")
    assert again.returncode == 0 and "updated" not in again.stdout, again.stdout

    stacks.release("v1.1.0", "10.0.0.2")
    assert stacks.run("up").returncode == 0
    assert stacks.targets == [{"targets": ["http://10.0.0.2/"], "labels": labels | {"version": "v1.1.0"}}]

    assert stacks.run("destroy").returncode == 0
    assert not (stacks.consumer / "targets.json").exists()


def test_a_stack_without_a_contract_is_refused_before_anything_is_made(stacks: Stacks) -> None:
    stacks.release("v1.0.0")
    (stacks.consumer.parent.parent / "__main__.py").write_text(
        "import pulumi\npulumi.export('url', 'http://x/')"
    )
    assert stacks.run("up", stacks.consumer.parent.parent).returncode == 0
    done = stacks.run("up")
    assert done.returncode != 0
    assert "exports no contract number" in done.stdout + done.stderr
    assert not (stacks.consumer / "targets.json").exists()


def outputs(**changes: Any) -> dict[str, Any]:
    """Every field of the contract."""
    network = {"vpcId": "vpc-1", "publicSubnetIds": ["subnet-1"], "privateSubnetIds": ["subnet-2"]}
    host = {"release": "r", "version": "v", "architecture": "arm64", "sha256": "s", "address": "10.0.0.1"}
    region = {
        "endpoint": "https://here/",
        "network": network,
        "securityGroups": {"hosts": "sg-1"},
        "hosts": {"web1": host},
    }
    return {
        "contract": 1,
        "service": "greeter",
        "version": "v1",
        "artifacts": {"arm64": {"sha256": "s", "size": 12, "goVersion": "go1.27.3"}},
        "url": "https://here/",
        "regions": {"eu": region},
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
    text = (CONSUMER / "slipway.py").read_text()
    read = set(re.findall(r'\["(\w+)"\]', text)) | set(re.findall(r'\.get\("(\w+)"\)', text))
    assert read == {re.split(r"\.", field.path)[-1] for field in contract_fields.fields()}


def test_the_reader_ignores_what_it_does_not_know(reader: dict[str, Any]) -> None:
    assert reader["parse"]("s", outputs(frontDoor={"name": "x"})) == reader["parse"]("s", outputs())


def test_the_reader_refuses_another_contract_by_number(reader: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="the stack s follows contract 2, and this program reads contract 1"):
        reader["parse"]("s", outputs(contract=2))
