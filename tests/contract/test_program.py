"""The program's own outputs are what the contract says. Resources are mocked: that AWS fills in ids is not shown here."""

import asyncio
from pathlib import Path
from typing import Any

import pulumi
import pytest

from model import contract
from tests.program.clusters import kubeconfig, region
from tests.program.recorder import run_program

STACKS = ("dev", "test", "prod")


async def told(outputs: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The values of a stack's outputs, and which of them are secret."""
    as_outputs = {name: pulumi.Output.from_input(value) for name, value in outputs.items()}
    values = {name: await output.future() for name, output in as_outputs.items()}
    return values, [name for name, output in as_outputs.items() if await output.is_secret()]


@pytest.mark.parametrize("stack", STACKS)
def test_what_a_stack_exports_is_the_contract_and_nothing_of_it_is_secret(stack: str) -> None:
    recorder = run_program(stack, release={"uncommitted": "allow"})
    values, secret = asyncio.run(told(recorder.outputs))
    assert contract.checked(contract.Contract, values) == values
    assert values["regions"], "a stack has regions"
    assert secret == []


def test_what_a_stack_with_a_cluster_exports_is_the_contract(tmp_path: Path) -> None:
    recorder = run_program("local", regions={"edge": region(kubeconfig(tmp_path / "config"))})
    values, secret = asyncio.run(told(recorder.outputs))
    assert contract.checked(contract.Contract, values) == values
    cluster = values["regions"]["edge"]["cluster"]
    assert cluster["image"].startswith("registry.example.com/team/greeter@sha256:")
    assert (cluster["namespace"], cluster["deployment"]) == ("greeter", "greeter")
    assert values["url"] == "http://greeter.greeter.svc:8080/"
    assert secret == []
