"""One `up`, `preview`, `refresh` or `destroy`: what the engine needs is served, then Pulumi does it."""

from __future__ import annotations

import ast
import contextlib
import importlib
import os
import re
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from engine import binary, cluster_plugin, original_plugin
from engine.failures import (
    bastions,
    clusters,
    failed,
    just_made,
    logins,
    protected,
    put_back,
    unreachable,
    withdrawn,
)
from engine.notice import Notice
from engine.process import Pulumi
from engine.server import Server
from engine.stacks import ONLY_SHOWN, Stack
from plugins.provider import Package

UNSAVED = {"PULUMI_SKIP_CHECKPOINTS": "true"}
"""For a preview, which has nothing to save: the engine would else write the whole state, to nowhere, at each of its steps. Of 128
hosts that is more than half of a preview's time, and six of seven parts of its memory (`make bench-scale`)."""

DETAILS = re.compile(r"(-d|--debug(=true)?)$|-v|--verbose|--logtostderr|--logflow")
"""Options of Pulumi that show or write down what the SDK has to tell."""

CHANGING = "SLIPWAY_CHANGING"
"""Tells the program, which `settings` reads it for, that this run does not end with a preview."""


def operate(
    program: Path,
    stack: Stack,
    action: str,
    *,
    yes: bool = False,
    more: Sequence[str] = (),
    packages: Mapping[str, Package] | None = None,
) -> int:
    """Gives Pulumi's exit status. `packages` are served in place of plugins; None: `command`, where its own cannot be had."""
    say(f"engine: {binary.describe(program)}")
    for_clusters = cluster_plugin.environment(program, stack, say) if packages is None else {}
    packages = _commands(program) if packages is None else packages
    threading.Thread(target=_load_imports, args=[stack.program / "__main__.py"], daemon=True).start()
    with Server(stack.program, packages, details=any(map(DETAILS.match, more))) as server:
        if action == "up":
            os.environ[CHANGING] = "1"  # the program runs in this process
        saved = UNSAVED if action == "preview" else {}
        pulumi = Pulumi(program, stack, {**server.environment, **saved, **for_clusters})
        if stack.state is not None:
            _prepare(pulumi, stack)
        elif yes and action == "up" and not pulumi.succeeds("stack", "--show-name"):
            # At a terminal Pulumi offers to make a stack that is missing; here nobody is asked.
            pulumi.quietly("stack", "init")
        with tempfile.TemporaryDirectory(prefix="slipway-") as directory:
            events = Path(directory) / "events"
            notice = Notice(stack.name)
            code = pulumi.run(*_words(stack, action, yes, more), "--event-log", str(events), *more)
            went_wrong = failed(events) if code else ()
            for line in (*logins(went_wrong), *(put_back(events) if code else ())):
                say(line)
            if code and protected(events):
                say(
                    f"{stack.name} is protected: this would delete or replace what users depend on, which is named above. To do "
                    f"it on purpose, set `slipway:protected: false` in Pulumi.{stack.name}.yaml, or `removable: true` of one "
                    f"region alone, and run `make up STACK={stack.name}`, which lifts AWS's own protection, too; then this again."
                )
            if code and (lost := withdrawn(events)):
                say(
                    f"{', '.join(lost)}: the image that machines have is no more, so none can be made from it: "
                    f"`make roll-images STACK={stack.name}` moves all to the newest, or name another `image`."
                )
            if code and (silent := clusters(events)):
                say(
                    f"the cluster does not answer: {', '.join(silent)}. Is it up, and can this machine reach it (network, "
                    f"VPN, proxy)? Ask it with kubectl and the kubeconfig that Pulumi.{stack.name}.yaml names. One that is gone "
                    "for good: take its region out of that file, and drop what it held from the state with "
                    f"`PULUMI_K8S_DELETE_UNREACHABLE=true make up STACK={stack.name}`."
                )
            names = unreachable(went_wrong)
            if closed := bastions(names):
                say(
                    f"{', '.join(closed)} lets in the networks of access.bastion.operatorCidrs alone and drops all others: is "
                    "this machine's public address among them? Where it changes, as in CI, take `access: {tunnel: {}}`."
                )
            elif new := just_made(names):
                say(
                    f"{', '.join(new)}: there, and not reached. With `access: {{direct: …}}` your network has to be joined to "
                    "theirs first (its route tables are called REGION-private-1 and so on): do that, and run the same again. One "
                    f"that was there before and is gone: `make refresh STACK={stack.name}`."
                )
            elif names:
                say(
                    f"not reached: {', '.join(names)}. A host that is gone for good: take it out of Pulumi.{stack.name}.yaml and "
                    f"drop it from the state with `make forget STACK={stack.name} HOST=NAME`."
                )
            language = server.language
            if action == "up" and (told := notice.over(code, events, language.config, language.outputs)):
                say(told)
        if code == 0 and action == "up" and (places := _places(server.language.outputs)):
            print("", *places, sep="\n")
    return code


def _places(outputs: Mapping[str, Any]) -> list[str]:
    """Where users reach the service, and where its monitors are read."""
    regions = outputs.get("regions")
    told = regions.items() if isinstance(regions, Mapping) else ()
    watched = {
        name: each["monitor"] for name, each in told if isinstance(each, Mapping) and "monitor" in each
    }
    found = [outputs.get("url"), *(f"{url} watches {name}" for name, url in watched.items())]
    return [each for each in found if each and isinstance(each, str)]


def _words(stack: Stack, action: str, yes: bool, more: Sequence[str]) -> list[str]:
    # What changes nothing has no answer beforehand: Pulumi refuses both words beside the other.
    if action == "preview" or ONLY_SHOWN in more:
        return [action]
    words = [action, "--yes"] if yes or not stack.asks else [action]
    # Of a stack that nobody depends on nothing has to be looked at beforehand; settings are refused before the first change.
    return [*words, "--skip-preview"] if not stack.asks else words


def _commands(program: Path) -> Mapping[str, Package]:
    missing = original_plugin.missing(program, "command")
    name = f"pulumi-command {version('pulumi-command')}"
    if missing is None:
        say(f"plugin: {name}")
        return {}
    from plugins.command import CommandPackage

    say(f"plugin: the project's own in place of {name}, since {missing}")
    return {"command": CommandPackage()}


def _prepare(pulumi: Pulumi, stack: Stack) -> None:
    """Of a stack in a folder: made if it is not there, and freed from a run that was killed."""
    if told := stack.recovered():
        say(told)
    if not stack.exists:
        pulumi.quietly("stack", "init", "--secrets-provider", "passphrase")
        return
    if stack.dead_lock():
        say("the last run was killed: its lock is taken away")
        pulumi.quietly("cancel", "--yes")
    if stack.has_unfinished():
        say("the last run was stopped in the middle: what it was creating is created again")
        pulumi.quietly("refresh", "--yes", "--skip-preview", "--clear-pending-creates")


def _load_imports(file: Path) -> None:
    """Beside the engine's start, which takes as long: the program then finds its modules loaded."""
    for node in ast.parse(file.read_text()).body:
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            modules = [node.module]
        for module in modules:
            # What is wrong with an import is for the program's own run to say.
            with contextlib.suppress(Exception):
                importlib.import_module(module)


def say(line: str) -> None:
    """To people; what the engine prints is the result."""
    print(line, file=sys.stderr, flush=True)
