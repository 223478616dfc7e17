"""What is on a page: each machine as it answered, and what that means beside its release."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from desk import drift, history, ssh
from desk.ask import ask
from desk.drift import Found
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
        table = (self.host.get("current") or {}).get("firewall")
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
    """Asks all of them at once. One that does not answer is told so on the page."""
    statuses, found, (events, _), hosts = await asyncio.gather(
        ask(machines, "status"), drift.drift(machines), history.history(machines), _seen(machines)
    )
    seen = [_of(*facts) for facts in zip(machines, statuses, found, hosts, strict=True)]
    return Facts(seen=seen, events=events)


async def _seen(machines: Sequence[Machine]) -> list[dict[str, Any] | ssh.Unreachable]:
    async def one(machine: Machine, reached: ssh.Reached) -> dict[str, Any]:
        done = await reached.run(desk_script.look(PROGRAM, machine.service))
        if done.code:
            said = (done.stderr.strip() or f"ended with {done.code}").splitlines()[-1]
            raise ssh.Unreachable(f"cannot be looked at: {said}")
        return json.loads(done.stdout)

    return await ssh.each(machines, one)


def _of(
    machine: Machine,
    status: dict[str, Any] | ssh.Unreachable,
    found: Found,
    host: dict[str, Any] | ssh.Unreachable,
) -> Seen:
    for said in (status, host):
        if isinstance(said, ssh.Unreachable):
            return Seen(machine=machine, error=str(said))
    assert isinstance(status, dict) and isinstance(host, dict)
    if not status.get("release"):
        return Seen(machine=machine, error=f"{machine.service} is not installed", host=host)
    error = found.error and (f"what differs is not known: {found.error}",)
    return Seen(machine=machine, status=status, host=host, differs=(*(error or ()), *found.differs))


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


def _sources(table: Mapping[str, Any], protocol: str, port: int) -> str:
    found = list(_inlets(table, protocol, port))
    if any(each["from"] is None for each in found):
        return "everybody"
    sources = dict.fromkeys(source for each in found for source in each["from"])
    return ", ".join(sources) if sources else "nobody"


def _inlets(table: Mapping[str, Any], protocol: str, port: int) -> Iterator[Mapping[str, Any]]:
    for each in (*table["logins"], *table["inlets"]):
        if (each["protocol"], each["port"]) == (protocol, port):
            yield each
