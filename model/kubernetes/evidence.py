"""Why copies are not well, in the words that `kubectl describe` and `kubectl logs` have for it."""

from collections.abc import Iterable, Mapping
from typing import Any

COPIES = 3
"""Told of in full: they mostly fail alike."""
ENDS = 3
"""After which a release is not well although the cluster calls it progress: a copy that is ready for a moment between two ends
puts off the cluster's own deadline each time."""
EVENTS = 8
"""The newest of each copy."""


def ready(pod: Mapping[str, Any]) -> bool:
    """Whether it gets requests."""
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def unwell(pods: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """At most COPIES, those that were begun most often first."""
    return sorted(
        (each for each in pods if not ready(each)),
        key=lambda pod: -sum(each.get("restartCount", 0) for each in _statuses(pod)),
    )[:COPIES]


def ended(pods: Iterable[Mapping[str, Any]]) -> str:
    """Says which copy's process has ended ENDS times; empty where none has."""
    for pod in pods:
        for each in _statuses(pod):
            if each.get("restartCount", 0) >= ENDS:
                return f"{each['name']} of {pod['metadata']['name']} has ended {each['restartCount']} times"
    return ""


def restarted(pod: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """Names of its containers that have begun at least once, and whether the last lines are those of the run before."""
    return [
        (each["name"], each.get("restartCount", 0) > 0 and "running" not in (each.get("state") or {}))
        for each in _statuses(pod)
        if "running" in (each.get("state") or {})
        or each.get("restartCount")
        or "terminated" in (each.get("state") or {})
    ]


def lines(pod: Mapping[str, Any], events: Iterable[Mapping[str, Any]], logs: Mapping[str, str]) -> list[str]:
    """What is known of one copy; `logs` are the last lines by container."""
    status, spec = pod.get("status") or {}, pod["spec"]
    on = f"on node {spec['nodeName']}" if spec.get("nodeName") else "on no node"
    told = [f"{pod['metadata']['name']} {on}: {status.get('phase', 'Unknown')}"]
    told += [
        f"  {each['type']} is {each['status']}: {_because(each)}"
        for each in status.get("conditions") or ()
        if each["status"] != "True" and (each.get("reason") or each.get("message"))
    ]
    told += [f"  container {each['name']}: {_state(each)}" for each in _statuses(pod)]
    told += event_lines(events)
    for container, text in logs.items():
        told += [f"  log of {container}:", *(f"    {line}" for line in text.splitlines())]
    return told


def event_lines(events: Iterable[Mapping[str, Any]]) -> list[str]:
    """Oldest first."""
    newest = sorted(events, key=lambda each: each.get("lastTimestamp") or each.get("eventTime") or "")[
        -EVENTS:
    ]
    return [
        f"  event {each.get('type', '')} {each.get('reason', '')}"
        + (f" ({count} times)" if (count := each.get("count") or 1) > 1 else "")
        + f": {' '.join((each.get('message') or '').split())}"
        for each in newest
    ]


def _statuses(pod: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    status = pod.get("status") or {}
    return [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]


def _state(container: Mapping[str, Any]) -> str:
    (state, about), *_ = [*(container.get("state") or {}).items(), ("unknown", {})]
    told = [f"{state}{f' ({_because(about)})' if _because(about) else ''}"]
    told.append("ready" if container.get("ready") else "not ready")
    if count := container.get("restartCount"):
        told.append(f"restarted {count} times")
    if last := (container.get("lastState") or {}).get("terminated"):
        told.append(f"ended before ({_because(last)})")
    return ", ".join(told)


def _because(about: Mapping[str, Any]) -> str:
    code = f"exit code {about['exitCode']}" if "exitCode" in about else ""
    message = " ".join((about.get("message") or "").split())
    return ": ".join(part for part in (about.get("reason"), code, message) if part)
