"""A preview needs no key of the hosts, and what it shows of a release is what they then have."""

import json
import re

import pytest

from tests.lab import evidence
from tests.lab.acceptance.conftest import Stack
from tests.lab.project import greeter, region

EXPORT = """
from engine import binary, stacks
from engine.process import Pulumi
from lab.progress import Progress
print(Pulumi(binary.ensure(Progress()), stacks.named("local")).told("stack", "export"))
"""

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


def test_a_preview_without_the_key_shows_what_up_then_installs(native: Stack) -> None:
    project, machines = native.project, native.machines
    configured = greeter(region(native.hosts, native.edge))
    keyless = json.loads(json.dumps(configured))
    keyless["regions"]["lab"]["login"]["privateKeyFile"] = "nowhere/key"
    seen = [evidence.accepted(machine) for machine in machines]

    project.configure(keyless)
    unchanged = project.run("-m", "engine", "preview")
    assert unchanged.code == 0 and "there is no " in unchanged.text, unchanged.text
    assert re.search(r"^Resources:\n +\d+ unchanged$", unchanged.text, re.MULTILINE), unchanged.text

    project.edit("examples/greeter/greeter.go", 'message = "Hello"', 'message = "Good day"')
    keyless["service"]["requestTimeout"] = 61
    project.configure(keyless)
    previewed = project.run("-m", "summary", "--stack", "local", "--output", "summary.md")
    page = (project.directory / "summary.md").read_text()
    assert previewed.code == 0, previewed.text
    assert "restart behind the proxy (2)" in page and "reload (1)" in page
    assert re.search(r"^-.*\b60s", page, re.MULTILINE) and re.search(r"^\+.*\b61s", page, re.MULTILINE), page
    assert [evidence.accepted(machine) for machine in machines] == seen, "a preview asks no host"

    refused = project.up()
    assert refused.code != 0 and "there is no file" in refused.text

    configured["service"]["requestTimeout"] = 61
    project.configure(configured)
    project.must_up()
    binary, bundle = re.findall(r"`([0-9a-f]{64})`", page)[:2]
    assert {evidence.status(host)["sha256"] for host in native.hosts} == {binary}
    told = project.run("-c", EXPORT)
    applied = [
        each.get("inputs", {}).get("create", "") for each in json.loads(told.text)["deployment"]["resources"]
    ]
    assert sum(f"s={bundle} " in create for create in applied if "apply --bundle" in create) == len(
        native.hosts
    )
