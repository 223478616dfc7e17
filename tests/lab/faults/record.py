"""What one fault did: to users, to whoever deployed, and to the hosts. Collected while the tests run; nothing is judged here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from lab.machine import Machine
from tests.load import Plan, Result, running

RATE = 50
"""Requests a second to each host, half of a core for three hosts and this machine's client together."""


@dataclass(kw_only=True)
class Record:
    """One row of the page's table of that title.

    `code` and `seconds` are those of the first deployment after the fault; `said` is its line of evidence.
    """

    id: str
    broken: str
    where: str
    table: str
    sent: int = 0
    lost: int = 0
    code: int = 0
    seconds: float = 0
    said: str = ""
    after: str = ""
    heals: str = ""
    done: bool = False

    def deployed(self, code: int, seconds: float, text: str, evidence: str) -> None:
        """The deployment ended; `text` must hold `evidence`, and the line with it is what the page shows."""
        lines = [line.strip() for line in text.splitlines() if evidence in line]
        assert lines, f"nothing says {evidence!r}:\n{text}"
        self.code, self.seconds, self.said = code, seconds, lines[-1]


@dataclass(kw_only=True)
class Users:
    """Requests to hosts, and what became of them. Complete once the load has ended."""

    loads: dict[str, Result] = field(default_factory=dict)

    @property
    def lost(self) -> dict[str, str]:
        return {host: str(load) for host, load in self.loads.items() if load.lost}


@contextmanager
def users(
    record: Record, *hosts: Machine, port: int, lossless: bool = True, rate: float = RATE, name: str = ""
) -> Iterator[Users]:
    """`rate` requests a second to each of `hosts` while the body runs; unless told otherwise none may be lost.

    With `name` over TLS, to an edge: its nginx closes idle connections when it is reloaded (docs/http.md); users ask once more.
    """
    seen = Users()
    with ExitStack() as loads:
        for host in hosts:
            plan = Plan(
                url=f"{'https' if name else 'http'}://{host.address}:{port}/",
                name=name,
                again=bool(name),
                rate=rate,
                seconds=600,
                connections=4,
                expect='"message"',
                timeout=60,
            )
            seen.loads[host.name] = loads.enter_context(running(plan))
        yield seen
    record.sent += sum(load.scheduled for load in seen.loads.values())
    record.lost += sum(load.lost for load in seen.loads.values())
    assert record.sent > 0
    assert not lossless or not seen.lost, seen.lost
