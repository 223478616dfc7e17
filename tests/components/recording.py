"""Runs a piece of a program under Pulumi's mocks and keeps what it asked of the engine. Cannot prove that an engine agrees."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime import mocks, rpc
from pulumi.runtime.proto import resource_pb2

os.environ["PULUMI_ERROR_OUTPUT_STRING"] = "1"

Request = resource_pb2.RegisterResourceRequest
Answer = Callable[[dict[str, Any]], dict[str, Any]]
"""From the arguments of a look-up, or the inputs of a resource, to what is answered in addition."""


@dataclass
class Recording(mocks.MockMonitor):
    """What was registered and looked up, in order. Resources are answered with their inputs and what `made` adds by type."""

    looked_up: Mapping[str, Answer] = field(default_factory=dict)
    made: Mapping[str, Answer] = field(default_factory=dict)
    registered: list[Request] = field(default_factory=list)
    invoked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(_Answers(self))

    def RegisterResource(self, request: Request) -> Any:
        if request.type != "pulumi:pulumi:Stack":
            self.registered.append(request)
        return super().RegisterResource(request)

    def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> Any:
        self.completed.append(request.urn.split("::")[-1])
        return super().RegisterResourceOutputs(request)

    def names(self, kind: str) -> list[str]:
        return sorted(request.name for request in self.registered if request.type == kind)

    def request(self, kind: str, name: str) -> Request:
        (found,) = (each for each in self.registered if (each.type, each.name) == (kind, name))
        return found

    def inputs(self, kind: str, name: str) -> dict[str, Any]:
        """Plain values; the marks of secrets are taken off."""
        return plain(
            rpc.deserialize_properties(
                self.request(kind, name).object, keep_unknowns=True, keep_internal=True
            )
        )

    def waits_for(self, kind: str, name: str) -> set[str]:
        """Names of all that it depends on directly."""
        return {urn.split("::")[-1] for urn in self.request(kind, name).dependencies}


def record(
    program: Callable[[], None],
    *,
    looked_up: Mapping[str, Answer] | None = None,
    made: Mapping[str, Answer] | None = None,
) -> Recording:
    """Runs `program` to its end, all of its outputs included. An unexpected look-up fails it."""
    recording = Recording(looked_up=looked_up or {}, made=made or {})
    pulumi.runtime.set_mocks(recording.mocks, project="slipway", stack="test", monitor=recording)
    pulumi.runtime.test(program)()
    return recording


def plain(value: Any) -> Any:
    """The value without Pulumi's marks of secrets."""
    if isinstance(value, dict):
        if "4dabf18193072939515e22adb298388d" in value:
            return plain(value.get("value"))
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


class _Answers(mocks.Mocks):
    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def call(self, args: mocks.MockCallArgs) -> Any:
        self._recording.invoked.append((args.token, dict(args.args)))
        assert args.token in self._recording.looked_up, (
            f"{args.token} is looked up, which this test does not answer"
        )
        return self._recording.looked_up[args.token](dict(args.args))

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        inputs = dict(args.inputs)
        more = self._recording.made.get(args.typ, lambda _: {})({"name": args.name, **plain(inputs)})
        return f"{args.name}-id", inputs | more
