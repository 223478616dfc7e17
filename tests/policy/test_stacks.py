"""The whole table over every resource that each stack declares."""

import pytest
from pulumi.runtime import mocks
from pulumi.runtime.proto import resource_pb2

from policy.companions import Declared
from policy.rules import stack_violations, violations
from tests.program.recorder import Recorder, inputs, run_program
from tests.program.stack_files import configuration

STACKS = ("dev", "test", "prod")


def is_protected(stack: str) -> bool:
    return configuration(stack).get("slipway:protected") == "true"


def declared(recorder: mocks.MockMonitor, request: resource_pb2.RegisterResourceRequest) -> Declared:
    references = {name: tuple(found.urns) for name, found in request.propertyDependencies.items()}
    urn = recorder.make_urn(request.parent, request.type, request.name)
    return Declared(urn=urn, type=request.type, references=references)


def broken(recorder: Recorder, *, protected: bool) -> list[str]:
    """Every violation, with the resource's name."""
    alone = [
        f"{request.name}: {violation}"
        for request in recorder.registered
        for violation in violations(request.type, inputs(request), protected=protected)
    ]
    together = stack_violations(
        [declared(recorder, request) for request in recorder.registered], protected=protected
    )
    return alone + [f"{urn}: {violation}" for urn, violation in together]


@pytest.mark.parametrize("stack", STACKS)
def test_every_resource_of_the_stack_keeps_every_rule(stack: str) -> None:
    recorder = run_program(stack, release={"uncommitted": "allow"})
    for kind in ("command:remote:Command", "aws:ec2/instance:Instance", "aws:lb/loadBalancer:LoadBalancer"):
        assert recorder.of(kind), f"the stack must have declared a {kind}, or nothing is shown"
    assert broken(recorder, protected=is_protected(stack)) == []
