"""Asks a cluster why the copies of one release are not well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clusters.api import Namespace
from clusters.errors import ClusterError
from model.kubernetes import evidence
from model.kubernetes.kept import Kept

LINES = 10
"""Of each container's log."""


def copies(namespace: Namespace, release: Kept) -> list[dict[str, Any]]:
    """The pods of a release, those that are going among them."""
    return [
        each
        for each in namespace.list("pods")
        if any(ref["uid"] == release.uid for ref in each["metadata"].get("ownerReferences") or ())
    ]


def gathered(namespace: Namespace, release: Kept) -> list[str]:
    """Lines for people. What cannot be asked is left out, or its refusal stands there instead."""
    lines = list[str]()
    try:
        told = evidence.event_lines(
            each for each in _events(namespace, release.replica_set) if each.get("type") != "Normal"
        )
        lines += [f"ReplicaSet {release.replica_set}:", *told] if told else []
        for pod in evidence.unwell(copies(namespace, release)):
            name = pod["metadata"]["name"]
            lines += evidence.lines(pod, _events(namespace, name), _logs(namespace, pod))
    except ClusterError as error:
        lines.append(str(error))
    return lines


def _events(namespace: Namespace, name: str) -> Sequence[Mapping[str, Any]]:
    return namespace.list("events", fieldSelector=f"involvedObject.name={name}")


def _logs(namespace: Namespace, pod: Mapping[str, Any]) -> Mapping[str, str]:
    found = dict[str, str]()
    for container, previous in evidence.restarted(pod):
        try:
            found[container] = namespace.log(pod["metadata"]["name"], container, LINES, previous=previous)
        except ClusterError as error:
            found[container] = f"({error})"
    return found
