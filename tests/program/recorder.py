"""Runs the whole program under Pulumi's mocks and keeps what it asked of the engine. Cannot prove that an engine would agree."""

import json
import re
import runpy
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pulumi
from pulumi.runtime import rpc
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import get_root_resource
from pulumi.runtime.stack import Stack

from lab.identity import new_key
from tests.components.aws.fleets import ANSWERS, RESOURCES
from tests.components.recording import Answer, Recording, Request
from tests.program.stack_files import configuration

PROJECT = Path(__file__).parent.parent.parent


@dataclass
class Recorder(Recording):
    """A whole program's run. gobuild really runs, and the cloud answers as the components' tests have it."""

    asked: list[tuple[str, str]] = field(default_factory=list)
    """Token and provider of each look-up."""
    outputs: dict[str, Any] = field(default_factory=dict)

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> Any:
        self.asked.append((request.tok, request.provider))
        return super().Invoke(request)

    def of(self, kind: str) -> dict[str, Request]:
        """Requests of one resource type, by name."""
        return {request.name: request for request in self.registered if request.type == kind}


def _run(args: dict[str, Any]) -> dict[str, Any]:
    """What `command.local.run` does; of an account's quotas nobody is asked."""
    if " -m quotas" in args["command"]:
        return {"stdout": "{}", "stderr": ""}
    done = subprocess.run(
        args["command"], shell=True, cwd=args["dir"], input=args["stdin"], text=True, capture_output=True
    )
    assert done.returncode == 0, done.stderr
    return {"stdout": done.stdout.strip(), "stderr": done.stderr}


def _reported(inputs: dict[str, Any]) -> dict[str, Any]:
    """What the activator would report; tests on real hosts check that it does."""
    said = {
        "version": "v",
        "architecture": "amd64",
        "sha256": "s",
        "size": 1,
        "goVersion": "go1",
        "host": "h",
    }
    release = f"said by {inputs['name']}"
    if found := re.search(
        r" apply .*--release (.+?) --owner|releases/([0-9a-f]{12})/.* apply ", inputs["create"]
    ):
        release = found[1] or found[2]
    return {"stdout": "a word of the login shell " + json.dumps({"release": release, **said})}


def offered(args: dict[str, Any]) -> dict[str, Any]:
    """Every type in every zone."""
    types = args["filters"][0]["values"]
    offers = [(type, f"eu-central-1{zone}") for type in types for zone in "abc"]
    return {"instanceTypes": [type for type, _ in offers], "locations": [zone for _, zone in offers]}


OFFERINGS = "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings"
LOOK_UPS: dict[str, Answer] = ANSWERS | {
    OFFERINGS: offered,
    "command:local:run": _run,
}
LOCAL = "command:local:Command"


def _local(inputs: dict[str, Any]) -> dict[str, Any]:
    """A group's rollout prints what it was told to; tests/plugins/aws has it do what it says."""
    create = str(inputs.get("create"))
    if " -m groups " not in create:
        return dict(RESOURCES[LOCAL](inputs))
    return {"stdout": json.dumps(json.loads(shlex.split(create)[-1])["told"])}


MADE: dict[str, Answer] = RESOURCES | {"command:remote:Command": _reported, LOCAL: _local}


@cache
def _login_key() -> str:
    """A private key of this test run's, its public half beside it: stack files name the user's own."""
    key = new_key()
    path = Path(mkdtemp()) / "id_ed25519"
    path.write_text(key.private)
    path.with_suffix(".pub").write_text(key.public)
    return str(path)


def run_program(stack: str, **settings: Any) -> Recorder:
    """The program's run for `stack`, its stack file read and merged as the CLI does, `settings` put over it.

    A front door is one of certain regions, so it goes with them.
    """
    settings = ({"frontDoor": {}} if "regions" in settings else {}) | settings
    values = configuration(stack)
    config = {key: value.replace("~/.ssh/id_ed25519", _login_key()) for key, value in values.items()}
    config |= {
        f"slipway:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in settings.items()
    }
    recorder = Recorder(looked_up=LOOK_UPS, made=MADE)
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
