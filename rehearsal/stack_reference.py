"""Outputs of another stack that was rehearsed in the same project directory. Not for stacks of the Pulumi CLI."""

from __future__ import annotations

from pathlib import Path

from pulumi.runtime.proto import resource_pb2

from rehearsal import state as states
from rehearsal import urn as urns
from rehearsal.engine import Engine, Refused, Registered
from rehearsal.planner import Operation
from rehearsal.state import Resource
from rehearsal.values import Digest, Values, from_struct, plain

TYPE = "pulumi:pulumi:StackReference"


async def read_stack_reference(engine: Engine, request: resource_pb2.ReadResourceRequest) -> Registered:
    """What a StackReference gives: the other stack's outputs. Raises Refused for anything else that is read."""
    if request.type != TYPE:
        raise Refused(
            f"reading an existing {request.type} is not supported by the rehearsal; use the Pulumi CLI"
        )
    state = engine.state
    urn = urns.create(state.stack, state.project, request.type, request.name, request.parent)
    engine.reads.add(urn)
    engine.display.started(Operation.READ, urn)
    name = str(plain(from_struct(request.properties)).get("name", request.name))
    outputs = stack_outputs(Path.cwd(), name.rpartition("/")[2], state.project)
    secret = [key for key, value in outputs.items() if isinstance(value, Digest)]
    properties: Values = {"name": name, "outputs": outputs, "secretOutputNames": secret}
    new = Resource(
        urn=urn,
        custom=True,
        id=name,
        parent=request.parent,
        inputs={"name": name},
        outputs=properties,
        external=True,
    )
    old = state.live().get(urn)
    if new != old:
        state.put(new, instead_of=old)
        state.save()
    engine.display.finished(Operation.READ, urn)
    return Registered(urn=urn, id=name, outputs=engine.vault.reveal(properties))


def stack_outputs(directory: Path, stack: str, project: str) -> Values:
    """The outputs of a stack as its state has them (secrets as digests). Raises Refused if it was never brought up."""
    path = states.path_of(directory, stack)
    if not path.exists():
        raise Refused(
            f"the stack {stack} has not been rehearsed here ({path} is missing); bring it up first: "
            f"python -m rehearsal up --stack {stack}"
        )
    for resource in states.load(path, stack, project).resources:
        if resource.type == urns.ROOT_TYPE:
            return resource.outputs
    return {}
