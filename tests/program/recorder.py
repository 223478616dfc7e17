"""Runs the whole program under Pulumi's mocks and keeps what it asked of the engine. Cannot prove that an engine would agree."""

import json
import os
import runpy
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pulumi
from pulumi.runtime import mocks, rpc
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import get_root_resource
from pulumi.runtime.stack import Stack

from lab.identity import new_key
from rehearsal.stack_config import read_stack_config
from tests.components.fleets import ANSWERS, RESOURCES

PROJECT = Path(__file__).parent.parent.parent
os.environ["PULUMI_ERROR_OUTPUT_STRING"] = "1"


@dataclass
class Recorder(mocks.MockMonitor):
    """What the program asked the engine for, in order. gobuild really runs; resources are answered with their inputs."""

    registered: list[resource_pb2.RegisterResourceRequest] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)
    invoked: list[str] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Token and provider of each look-up."""
    outputs: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(_Answers(self))

    def RegisterResource(self, request: resource_pb2.RegisterResourceRequest) -> Any:
        if request.type != "pulumi:pulumi:Stack":
            self.registered.append(request)
        return super().RegisterResource(request)

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> Any:
        self.asked.append((request.tok, request.provider))
        return super().Invoke(request)

    def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> Any:
        self.completed.append(request.urn)
        if "pulumi:pulumi:Stack::" in request.urn:
            self.outputs.update(rpc.deserialize_properties(request.outputs))
        return super().RegisterResourceOutputs(request)

    def of(self, kind: str) -> dict[str, resource_pb2.RegisterResourceRequest]:
        """Requests of one resource type, by name."""
        return {request.name: request for request in self.registered if request.type == kind}


def _offered(args: dict[str, Any]) -> dict[str, Any]:
    """Every type in every zone."""
    types = args["filters"][0]["values"]
    offers = [(type, f"eu-central-1{zone}") for type in types for zone in "abc"]
    return {"instanceTypes": [type for type, _ in offers], "locations": [zone for _, zone in offers]}


LOOK_UPS = ANSWERS | {"aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": _offered}


class _Answers(mocks.Mocks):
    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def call(self, args: mocks.MockCallArgs) -> Any:
        self._recorder.invoked.append(args.token)
        if args.token != "command:local:run":
            assert args.token in LOOK_UPS, f"the program calls {args.token}, which this test does not answer"
            return LOOK_UPS[args.token](args.args)
        done = subprocess.run(
            args.args["command"],
            shell=True,
            cwd=args.args["dir"],
            input=args.args["stdin"],
            text=True,
            capture_output=True,
        )
        assert done.returncode == 0, done.stderr
        return {"stdout": done.stdout.strip(), "stderr": done.stderr}

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        outputs = dict(args.inputs)
        if args.typ == "command:remote:Command":
            # What the activator would report; tests on real hosts check that it does.
            said = {"version": "v", "architecture": "amd64", "sha256": "s", "size": 1, "goVersion": "go1"}
            outputs["stdout"] = json.dumps({"release": f"said by {args.name}", **said})
        if args.typ in RESOURCES:
            outputs |= RESOURCES[args.typ]({**args.inputs, "name": args.name})
        return f"{args.name}-id", outputs


@cache
def _login_key() -> str:
    """A private key of this test run's, its public half beside it: stack files name the user's own."""
    key = new_key()
    path = Path(mkdtemp()) / "id_ed25519"
    path.write_text(key.private)
    path.with_suffix(".pub").write_text(key.public)
    return str(path)


def run_program(stack: str, **settings: Any) -> Recorder:
    """The program's run for `stack`, its stack file read and merged as the CLI does, `settings` put over it."""
    values = read_stack_config(PROJECT, stack, {}).values
    config = {key: value.replace("~/.ssh/id_ed25519", _login_key()) for key, value in values.items()}
    config |= {
        f"slipway:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in settings.items()
    }
    recorder = Recorder()
    pulumi.runtime.set_mocks(recorder.mocks, project="slipway", stack=stack, monitor=recorder)
    pulumi.runtime.set_all_config(config, [key for key in config if key == "slipway:secrets"])
    _program()
    root = get_root_resource()
    assert isinstance(root, Stack)
    recorder.outputs = dict(root.outputs)
    return recorder


@pulumi.runtime.test
def _program() -> None:
    _forget_modules()
    runpy.run_path(str(PROJECT / "__main__.py"), run_name="__main__")


def _forget_modules() -> None:
    """Each run reads the settings anew, as a new process would."""
    sys.modules.pop("settings", None)


def inputs(request: resource_pb2.RegisterResourceRequest) -> dict[str, Any]:
    """A request's inputs as plain values; secrets are wrapped in Pulumi's own marks."""
    return rpc.deserialize_properties(request.object, keep_unknowns=True)
