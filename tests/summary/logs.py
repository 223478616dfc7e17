"""Event logs as the engine writes them, made by hand for what a test is about."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

PROVIDER = "urn:pulumi:prod::slipway::pulumi:providers:aws::eu-central-1::id"
INSTALLATION = "slipway:index:Region$slipway:index:Installation$command:remote:Command"
EDGE = "slipway:index:Region$slipway:index:Edge$slipway:index:Installation$command:remote:Command"


def urn(name: str, path: str) -> str:
    return f"urn:pulumi:prod::slipway::{path}::{name}"


def step(
    op: str,
    name: str,
    path: str,
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
    *,
    before: Mapping[str, Any] | None = None,
    changed: Iterable[str] = (),
    parent: str = "",
    retained: bool = False,
) -> dict[str, Any]:
    """One `resourcePreEvent`."""
    state: dict[str, Any] = {"parent": parent, "provider": PROVIDER if "aws:" in path else ""}
    state |= {"retainOnDelete": True} if retained else {}
    return {
        "resourcePreEvent": {
            "metadata": {
                "op": op,
                "urn": urn(name, path),
                "type": path.rpartition("$")[2],
                "old": None if op == "create" else {**state, "inputs": old or {}, "outputs": before or {}},
                "new": None if op == "delete" else {**state, "inputs": new or {}, "outputs": {}},
                "keys": [],
                "diffs": [*changed],
                "provider": state["provider"],
            },
            "planning": True,
        }
    }


def said(severity: str, message: str) -> dict[str, Any]:
    return {
        "diagnosticEvent": {"severity": severity, "message": message, "urn": urn("s", "pulumi:pulumi:Stack")}
    }


def promised(**outputs: Any) -> dict[str, Any]:
    """The `resOutputsEvent` of the stack."""
    new = {"outputs": outputs}
    return {"resOutputsEvent": {"metadata": {"op": "same", "type": "pulumi:pulumi:Stack", "new": new}}}


def configured(**values: str) -> dict[str, Any]:
    return {"preludeEvent": {"config": {f"slipway:{key}": value for key, value in values.items()}}}


DONE = {"summaryEvent": {"result": "succeeded", "isPreview": True}}


def write(path: Path, *events: Mapping[str, Any]) -> Path:
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return path


def applies(
    release: str, *, service: str = "shop", sha: str = "11111111", machine: str = "aaaaaaaaaaaa"
) -> str:
    """What brings a host a release, as model/remote_script.py words it."""
    bundle = f".slipway/{service}-{release}-{sha}-{machine}.tar.gz"
    return f"sh -c 'b=~/{bundle} … apply --bundle \"$b\" --sha256 $s --owner slipway/prod/eu-web1/{machine}'"
