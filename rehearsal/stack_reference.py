"""Outputs of another stack that was rehearsed, of this project or of one that this lies in. Not for stacks of the Pulumi CLI."""

from __future__ import annotations

from pathlib import Path

from pulumi.runtime.proto import resource_pb2

from rehearsal import state as states
from rehearsal import urn as urns
from rehearsal.engine import Engine, Refused, Registered
from rehearsal.planner import Operation
from rehearsal.project_schema import read_project
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
    directory, project = _project_of(name, Path.cwd(), state.project)
    outputs = stack_outputs(directory, name.rpartition("/")[2], project, pretended=state.pretended)
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


def _project_of(reference: str, directory: Path, own: str) -> tuple[Path, str]:
    """Where the project of `organization/project/stack` is, and its name: the nearest one upwards. Raises Refused."""
    project = reference.rpartition("/")[0].rpartition("/")[2]
    if project in ("", own) or reference.count("/") < 2:
        return directory, own
    for above in directory.resolve().parents:
        if (above / "Pulumi.yaml").is_file() and read_project(above).name == project:
            return above, project
    raise Refused(
        f"the stack {reference} belongs to the project {project}, which the rehearsal looks for in the directories above "
        f"{directory}, and there is none; write {own} there, or use the Pulumi CLI"
    )


def stack_outputs(directory: Path, stack: str, project: str, *, pretended: bool) -> Values:
    """The outputs of a stack as its state has them (secrets as digests). Raises Refused if it was never brought up.

    With `pretended`, that of a pretended cloud: the two kinds do not see each other.
    """
    path = states.path_of(directory, stack, pretended=pretended)
    if not path.exists():
        raise Refused(
            f"the stack {stack} has not been rehearsed here ({path} is missing); bring it up first: "
            f"python -m rehearsal up --cwd {directory} --stack {stack}{' --pretend-cloud' if pretended else ''}"
        )
    for resource in states.load(path, stack, project).resources:
        if resource.type == urns.ROOT_TYPE:
            return resource.outputs
    return {}
