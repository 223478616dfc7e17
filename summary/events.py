"""The engine's events of one preview, read from its event log: what becomes of each resource, and what it says besides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from engine import event_log

REPLACING = {"replace", "create-replacement", "delete-replaced"}
STACK = "pulumi:pulumi:Stack"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What stands for a value that only `up` gives; sdk/go/common/resource/plugin/rpc.go of the engine."""


@dataclass(kw_only=True)
class Step:
    """What is planned for one resource; secrets are `[secret]` already, which the engine sees to."""

    urn: str
    type: str
    parent: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    before: Mapping[str, Any]
    """The outputs that the state has."""
    region: str
    """Of AWS, as its provider is called; else empty."""
    retained: bool = False
    """It stays where it is when the stack lets it go."""
    op: str = "same"
    """same, create, update, replace or delete."""
    changed: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        return self.urn.rpartition("::")[2]

    @property
    def path(self) -> tuple[str, ...]:
        """The types of all that it stands in, itself last."""
        return tuple(self.urn.split("::")[2].split("$"))


@dataclass(frozen=True, kw_only=True)
class Preview:
    """One run. `said` are remarks, warnings and errors, with their severity; `result` is `succeeded` unless it broke off."""

    steps: tuple[Step, ...]
    said: tuple[tuple[str, str], ...]
    policies: tuple[str, ...]
    config: Mapping[str, str]
    finished: bool
    promised: Mapping[str, Any] = field(default_factory=dict)
    """The outputs that the stack would have, as far as a preview knows them."""

    @cached_property
    def service(self) -> Mapping[str, Any]:
        """As it is set; empty where that is not told."""
        try:
            found = json.loads(self.config.get("slipway:service") or "{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @cached_property
    def outputs(self) -> Mapping[str, Any]:
        """Those that the stack has now."""
        return next((step.before for step in self.steps if step.type == STACK), {})

    @cached_property
    def errors(self) -> list[str]:
        return self._said("error")

    @cached_property
    def warnings(self) -> list[str]:
        return self._said("warning")

    @cached_property
    def remarks(self) -> list[str]:
        return self._said("info")

    def _said(self, severity: str) -> list[str]:
        return [text for each, text in self.said if each == severity]


def read(path: Path) -> Preview:
    """What a log holds; of a run that was killed, what it had come to."""
    steps: dict[str, Step] = {}
    said: dict[tuple[str, str], None] = {}
    policies: dict[str, None] = {}
    config: Mapping[str, str] = {}
    promised: Mapping[str, Any] = {}
    finished = False
    for event in event_log.events(path):
        if told := event.get("resourcePreEvent"):
            _take(steps, told["metadata"])
        elif told := event.get("diagnosticEvent"):
            if told["severity"] in ("error", "warning", "info"):
                said[told["severity"], _named(told)] = None
        elif (told := event.get("resOutputsEvent")) and told["metadata"]["type"] == STACK:
            promised = (told["metadata"].get("new") or {}).get("outputs") or promised
        elif told := event.get("policyEvent"):
            name = told.get("resourceUrn", "").rpartition("::")[2]
            policies[f"{told['policyName']} ({told['enforcementLevel']}): {name}: {told['message']}"] = None
        elif told := event.get("preludeEvent"):
            config = told.get("config") or {}
        elif told := event.get("summaryEvent"):
            finished = told.get("result", "succeeded") == "succeeded"
    return Preview(
        steps=tuple(steps.values()),
        said=tuple(said),
        policies=tuple(policies),
        config=config,
        finished=finished,
        promised=promised,
    )


def _take(steps: dict[str, Step], told: Mapping[str, Any]) -> None:
    old, new = told.get("old") or {}, told.get("new") or {}
    step = steps.setdefault(
        told["urn"],
        Step(
            urn=told["urn"],
            type=told["type"],
            parent=new.get("parent") or old.get("parent") or "",
            old=old.get("inputs") or {},
            new=new.get("inputs") or {},
            before=old.get("outputs") or {},
            retained=bool(old.get("retainOnDelete")),
            region=_region(told.get("provider") or new.get("provider") or old.get("provider") or ""),
        ),
    )
    step.old, step.new = step.old or old.get("inputs") or {}, step.new or new.get("inputs") or {}
    step.retained = step.retained or bool(old.get("retainOnDelete"))
    step.before = step.before or old.get("outputs") or {}
    op = "replace" if told["op"] in REPLACING else told["op"]
    if step.op == "same" or op == "replace":
        step.op = "same" if op in ("read", "refresh") else op
    step.changed |= {*(told.get("diffs") or ()), *(told.get("keys") or ()), *(told.get("detailedDiff") or ())}


def _region(provider: str) -> str:
    kind, _, rest = provider.partition("::pulumi:providers:")[2].partition("::")
    return rest.partition("::")[0] if kind == "aws" else ""


def _named(told: Mapping[str, Any]) -> str:
    name = told.get("urn", "").rpartition("::")[2]
    text = told["message"].strip()
    return f"{name}: {text}" if name and STACK not in told["urn"] else text
