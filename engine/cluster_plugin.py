"""Who speaks with clusters: pulumi-kubernetes' own plugin, downloaded or built, for stacks that have a cluster."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from engine import original_plugin
from engine.refusal import Refused
from engine.stacks import Stack
from gobuild.refusal import Refused as BuildRefused
from tools.kubernetes_provider import provider

CLUSTERS = ("cluster", "eks")
"""Keys of a region that only one with a cluster has."""


def environment(program: Path, stack: Stack, say: Callable[[str], None]) -> Mapping[str, str]:
    """What the engine needs to find the plugin; nothing where it has it, or the stack no cluster. Raises Refused."""
    if not has_cluster(stack):
        return {}
    missing = original_plugin.missing(program, "kubernetes")
    if missing is None:
        return {}
    say(f"plugin: pulumi-kubernetes {version('pulumi-kubernetes')} from its own Go modules, since {missing}")
    try:
        folder = provider(say)
    except BuildRefused as refused:
        raise Refused(str(refused)) from None
    return {"PATH": f"{folder}{os.pathsep}{stack.environment.get('PATH', os.defpath)}"}


def has_cluster(stack: Stack) -> bool:
    """Whether the stack file names one. What is wrong in the file is for the program to say."""
    return any(key in region for region in _regions(stack) for key in CLUSTERS)


def _regions(stack: Stack) -> Iterator[Mapping[str, Any]]:
    try:
        held = yaml.safe_load((stack.directory / f"Pulumi.{stack.name}.yaml").read_text())
        regions = held["config"]["slipway:regions"].values()
    except (OSError, ValueError, yaml.YAMLError, LookupError, TypeError, AttributeError):
        return
    for region in regions:
        if isinstance(region, dict):
            yield _inventory(stack, region) if "inventory" in region else region


def _inventory(stack: Stack, region: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        found = json.loads((stack.program / str(region["inventory"])).read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
