"""What a chat is told when an `up` is over. It never makes a run fail, and keeps nobody waiting for more than ten seconds."""

from __future__ import annotations

import getpass
import json
import os
import re
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any

from engine import event_log

PATIENCE = 10.0
"""Seconds for connecting and answering."""
NOTIFY, SERVICE = "slipway:notify", "slipway:service"
LONGEST = 300
"""Characters of one line; chats fold what is longer."""
MOST = 5
"""Failures that are told; people look at the run for the rest."""
RUNS = (
    ("GITHUB_RUN_ID", "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}"),
    ("CI_JOB_URL", "{CI_JOB_URL}"),
    ("BUILD_URL", "{BUILD_URL}"),
)
"""Where a run can be looked at: on GitHub, GitLab and Jenkins, by the variable that says so."""
_FAILED = re.compile(r"FAILED \S+ \S+ on .*")
COLOURS = {"succeeded": "good", "reverted": "warning", "failed": "danger"}


@dataclass(frozen=True, kw_only=True)
class Run:
    """How an `up` went: `succeeded`, `reverted` (a host put back what it had) or `failed`, in how many seconds, and why."""

    outcome: str
    seconds: float
    why: tuple[str, ...] = ()
    told: Mapping[str, Any] = field(default_factory=dict)
    """What the stack's outputs say; nothing of a run that failed."""


def seen(code: int, events: Path, seconds: float, told: Mapping[str, Any]) -> Run | None:
    """What became of the run; None where nothing was changed and nothing went wrong, or somebody said no."""
    changed, errors = False, list[str]()
    for event in event_log.events(events):
        if (step := event.get("resourcePreEvent")) and not step.get("planning"):
            changed |= step["metadata"]["op"] not in ("same", "read", "refresh")
        if (said := event.get("diagnosticEvent")) and said.get("severity") == "error":
            errors.append(said["message"])
    if code == 0:
        return Run(outcome="succeeded", seconds=seconds, told=told) if changed else None
    if not errors and not changed:
        return None
    put_back = any("put back: " in error for error in errors)
    return Run(outcome="reverted" if put_back else "failed", seconds=seconds, why=tuple(_first(errors)))


def _first(errors: Iterable[str]) -> Iterable[str]:
    """Of each failure the one line that says most, without what a service has logged."""
    found = dict.fromkeys(
        line[:LONGEST]
        for error in errors
        if (line := match[0] if (match := _FAILED.search(error)) else error.strip().partition("\n")[0])
    )
    return [*found][:MOST] + ([f"and {len(found) - MOST} more"] if len(found) > MOST else [])


def message(run: Run, stack: str, service: str, who: str, link: str = "") -> dict[str, Any]:
    """Slack's form: one line as `text`, the facts as fields below it."""
    name = f"{service} {run.told.get('version', '')}".strip()
    what = {"succeeded": "is released to", "reverted": "was put back on", "failed": "failed on"}[run.outcome]
    hosts = [host for region in run.told.get("regions", {}).values() for host in region.get("hosts", {})]
    facts = {
        "stack": stack,
        "outcome": run.outcome,
        "version": str(run.told.get("version", "")),
        "hosts": str(len(hosts)) if hosts else "",
        "seconds": f"{run.seconds:.0f}",
        "by": who,
        "url": str(run.told.get("url", "")),
        "run": link,
    }
    shown = [{"title": key, "value": _escaped(value), "short": True} for key, value in facts.items() if value]
    return {
        "text": _escaped(f"{name} {what} {stack} ({run.seconds:.0f} s, by {who})"),
        "attachments": [
            {
                "color": COLOURS[run.outcome],
                "fallback": run.outcome,
                "text": "\n".join(map(_escaped, run.why)),
                "fields": shown,
            }
        ],
    }


def send(url: str, body: Mapping[str, Any]) -> str:
    """Why it could not be sent; empty when it was. The URL is in no message."""
    said = [f"it did not answer within {PATIENCE:g} s"]
    thread = threading.Thread(target=lambda: said.append(_post(url, body)), daemon=True)
    thread.start()
    thread.join(PATIENCE)  # however slowly it answers
    return said[-1]


def _post(url: str, body: Mapping[str, Any]) -> str:
    head = {"Content-Type": "application/json", "User-Agent": "slipway"}
    try:
        request = urllib.request.Request(url, json.dumps(body).encode(), head, method="POST")
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=PATIENCE):
            return ""
    except urllib.error.HTTPError as error:
        return f"it answered {error.code}"
    except urllib.error.URLError as error:
        return str(error.reason)
    except (OSError, ValueError, HTTPException) as error:
        return type(error).__name__  # what these say may hold the path, which is the secret


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A POST that is sent on becomes a GET, which tells nobody anything."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> None:
        return None


class Notice:
    """Begins with a run; tells of it when it is over."""

    def __init__(self, stack: str) -> None:
        self._stack, self._began = stack, time.monotonic()

    def over(self, code: int, events: Path, config: Mapping[str, str], told: Mapping[str, Any]) -> str:
        """What people are told about the telling; empty where nobody was to be told. `config` is the program's, secrets open."""
        url = _inner(config.get(NOTIFY), "url")
        run = seen(code, events, time.monotonic() - self._began, told) if url else None
        if not run:
            return ""
        service = _inner(config.get(SERVICE), "name") or "the service"
        wrong = send(url, message(run, self._stack, service, _who(), _link()))
        return f"the chat could not be told: {wrong}" if wrong else f"the chat was told: {run.outcome}"


def _inner(value: str | None, key: str) -> str:
    try:
        found = json.loads(value or "{}")
    except ValueError:
        return ""
    return str(found.get(key) or "") if isinstance(found, dict) else ""


def _who() -> str:
    try:
        return f"{getpass.getuser()}@{socket.gethostname()}"
    except (KeyError, OSError):  # a user without a name, as in some containers
        return socket.gethostname()


def _link() -> str:
    """To the run, where a hosting service says which it is."""
    for variable, form in RUNS:
        if os.environ.get(variable):
            return re.sub(r"\{(\w+)\}", lambda found: os.environ.get(found[1], ""), form)
    return ""


def _escaped(text: str) -> str:
    """What Slack would take for a link or a name of somebody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
