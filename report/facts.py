"""What is on a page: each machine as it answered, and what that means beside its release."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from desk import drift, history, ssh
from desk.ask import Said, told
from desk.stack import Machine
from model import desk_script

LOOPBACK = ("127.", "[::1]")
PROGRAM = (Path(__file__).parent / "on_host.py").read_text()


@dataclass(frozen=True, kw_only=True)
class Socket:
    """Where a program of a machine listens, beside the loopback. `let_in`: from where its packet filter lets somebody come; None:
    nothing is known of one."""

    protocol: str
    port: int
    programs: tuple[str, ...]
    let_in: str | None


@dataclass(frozen=True, kw_only=True)
class File:
    """One of the live release. `change`: what it is beside the release before; empty where there is none."""

    path: str
    sha256: str
    change: str


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A machine. `error`: why nothing is known of it. The mappings are as the activator and the host answered."""

    machine: Machine
    error: str = ""
    status: Mapping[str, Any] = field(default_factory=dict)
    host: Mapping[str, Any] = field(default_factory=dict)
    differs: tuple[str, ...] = ()

    @property
    def wrong(self) -> bool:
        return bool(self.error or self.differs)

    @property
    def files(self) -> list[File]:
        """Of the release, and those that only the one before had."""
        now, then = _digests(self.host.get("current")), _digests(self.host.get("before"))
        known = self.host.get("before") is not None
        return [
            File(path=path, sha256=now.get(path, ""), change=_change(now.get(path), then.get(path), known))
            for path in sorted(now | then)
        ]

    @property
    def sockets(self) -> list[Socket]:
        """By port."""
        programs: dict[tuple[str, int], set[str]] = {}
        for each in self.host.get("listening", ()):
            if not each["address"].startswith(LOOPBACK):
                programs.setdefault((each["protocol"], each["port"]), set()).add(each["program"])
        table = self.host.get("lets_in")
        return [
            Socket(
                protocol=protocol,
                port=port,
                programs=tuple(sorted(filter(None, names))),
                let_in=None if table is None else _sources(table, protocol, port),
            )
            for (protocol, port), names in sorted(programs.items(), key=lambda item: item[0][::-1])
        ]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Of a whole stack. `events` as desk/history.py has them, newest first."""

    seen: Sequence[Seen]
    events: Sequence[Mapping[str, Any]]

    @property
    def wrong(self) -> list[Seen]:
        return [each for each in self.seen if each.wrong]


async def collect(machines: Sequence[Machine]) -> Facts:
    """Asks all of them at once, each over one connection. One that does not answer is told so on the page."""
    answers = await ssh.each(machines, _answers)
    seen = [_of(*each) for each in zip(machines, answers, strict=True)]
    histories = [each if isinstance(each, ssh.Unreachable) else each.history for each in answers]
    events, _ = history.told(machines, histories)
    return Facts(seen=seen, events=events)


@dataclass(frozen=True, kw_only=True)
class _Answers:
    """Of one machine; `host` as report/on_host.py prints it, the others as the activator does."""

    status: dict[str, Any]
    host: dict[str, Any]
    drift: Said
    history: Said


async def _answers(machine: Machine, reached: ssh.Reached) -> _Answers:
    return _Answers(
        status=await told(machine, reached, "status"),
        host=await _host(machine, reached),
        drift=await _if_it_says(told(machine, reached, "drift")),
        history=await _if_it_says(told(machine, reached, "history")),
    )


async def _host(machine: Machine, reached: ssh.Reached) -> dict[str, Any]:
    done = await reached.run(desk_script.look(PROGRAM, machine.service))
    if done.code:
        said = (done.stderr.strip() or f"ended with {done.code}").splitlines()[-1]
        raise ssh.Unreachable(f"cannot be looked at: {said}")
    return json.loads(done.stdout)


async def _if_it_says(asked: Awaitable[dict[str, Any]]) -> Said:
    """Without it the rest is still worth a page."""
    try:
        return await asked
    except ssh.Unreachable as reason:
        return reason


def _of(machine: Machine, answers: _Answers | ssh.Unreachable) -> Seen:
    if isinstance(answers, ssh.Unreachable):
        return Seen(machine=machine, error=str(answers))
    if not answers.status.get("release"):
        return Seen(machine=machine, error=f"{machine.service} is not installed", host=answers.host)
    found = drift.found(machine, answers.drift)
    unknown = (f"what differs is not known: {found.error}",) if found.error else ()
    return Seen(machine=machine, status=answers.status, host=answers.host, differs=(*unknown, *found.differs))


def _digests(manifest: Mapping[str, Any] | None) -> dict[str, str]:
    found = {each["target"]: each["sha256"] for each in (manifest or {}).get("files", ())}
    binary = (manifest or {}).get("binary")
    return found | ({"the binary": binary["sha256"]} if binary else {})


def _change(now: str | None, then: str | None, known: bool) -> str:
    if not known:
        return ""
    if then is None:
        return "new"
    return "gone" if now is None else "" if now == then else "changed"


def _sources(table: Sequence[Mapping[str, Any]], protocol: str, port: int) -> str:
    found = [each for each in table if (each["protocol"], each["port"]) == (protocol, port)]
    if any(each["from"] is None for each in found):
        return "everybody"
    sources = dict.fromkeys(source for each in found for source in each["from"])
    return ", ".join(sources) if sources else "nobody"
