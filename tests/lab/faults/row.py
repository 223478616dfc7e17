"""One fault on a fleet of three: deploy into it, look at every host, let go back what has to, and heal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from lab.machine import Machine
from tests.lab.faults.fleet import (
    PORT,
    PRECIOUS,
    REVERT,
    SERVICE,
    UPLOADS,
    Deploy,
    Fleet,
    events,
    nothing_left,
    on_disk,
    reaches,
    root,
    until,
)
from tests.lab.faults.record import Record, Users, users
from tests.lab.project import Run

PLACES = ("first", "middle", "last")
at_each_host = pytest.mark.parametrize(
    "where", ["first", pytest.param("middle", marks=pytest.mark.quick), "last"]
)


def at(where: str) -> pytest.MarkDecorator:
    """For a fault whose place makes no difference, or that takes too long to be tried at each."""
    return pytest.mark.parametrize("where", [where])


@dataclass(kw_only=True)
class Row:
    """The fault happens on `host`, the `place`-th that gets the release (0, 1 or 2)."""

    fleet: Fleet
    record: Record
    old: str
    place: int
    known: dict[str, int] = field(default_factory=dict)

    @property
    def host(self) -> Machine:
        return self.fleet.hosts[self.place]

    @property
    def others(self) -> list[Machine]:
        return [host for host in self.fleet.hosts if host is not self.host]

    @contextmanager
    def users(self, *hosts: Machine, lossless: bool = True) -> Iterator[Users]:
        """Load on `hosts`, or on all."""
        with users(self.record, *(hosts or self.fleet.hosts), port=PORT, lossless=lossless) as seen:
            yield seen

    def fails(self, evidence: str, run: Run | None = None) -> Run:
        """An `up` ends non-zero and says why, in a line that holds `evidence`."""
        done = run or self.fleet.up()
        assert done.code not in (0, None), done.text
        assert "Traceback" not in done.text
        self.record.deployed(done.code, done.seconds, done.text, evidence)
        return done

    def begin(self) -> Deploy:
        """Starts an `up` that can be waited for with `reached`."""
        self.known = {host.name: len(events(host)) for host in self.fleet.hosts}
        return self.fleet.start()

    def reached(self, step: str, host: Machine | None = None) -> None:
        """Waits until the ledger of `host` (this row's, if none is named) tells of a step or event."""
        host = host or self.host
        until(reaches(host, self.known[host.name], f'"{step}"'), f"{step} on {host.name}")

    def half_copied(self) -> int | None:
        """The size of an upload to this row's host that is not yet whole, as that host has it."""
        wanted = max(self.fleet.project.kept.glob("bundles/*.tar.gz"), key=lambda path: path.stat().st_mtime)
        for upload in on_disk(self.host, UPLOADS).glob(f"{wanted.name[: wanted.name.rindex('-')]}-*"):
            size = upload.stat().st_size
            return size if size < wanted.stat().st_size else None
        return None

    def died(self, deploy: Deploy) -> None:
        """Whoever deployed was killed, so there is no last word."""
        self.record.code = deploy.process.returncode
        self.record.seconds = time.monotonic() - deploy.began
        self.record.said = "killed"
        assert self.record.code == -9, "it had ended before it was killed"

    def idle(self) -> None:
        """Waits until no activator works on any host: what a dead deployer began has ended."""
        for host in self.fleet.hosts:
            root(
                host,
                f"[ ! -e /var/lib/slipway/{SERVICE}/lock ] || flock /var/lib/slipway/{SERVICE}/lock true",
            )

    def serves(self, *wanted: str) -> None:
        """Each host's users read the old or the new release, as named in order."""
        names = {"old": self.old, "new": self.fleet.wanted}
        assert self.fleet.serves() == [names[one] for one in wanted]
        self.record.after = ", ".join(wanted)

    def stopped_here(self) -> None:
        """Hosts before this one have the new release and wait; this one and all behind it have the old one."""
        before = self.fleet.hosts[: self.place]
        self.serves(*("new" for _ in before), *("old" for _ in self.fleet.hosts[self.place :]))
        assert [host.name for host in self.fleet.armed()] == [host.name for host in before]
        nothing_left(*self.fleet.hosts)
        self.goes_back()

    def goes_back(self) -> None:
        """What the timers start when their minutes are over, now; every host then has the old release."""
        waiting = self.fleet.armed()
        for host in waiting:
            root(host, f"systemctl start {REVERT}.service")
        until(lambda: self.fleet.serves() == [self.old] * len(self.fleet.hosts), "the old release everywhere")
        self.idle()
        if waiting:
            self.record.after += "; then old everywhere, by themselves"

    def arrives(self, done: Run) -> None:
        """The release goes on in spite of the fault, and all hosts get it."""
        assert done.code == 0, done.text
        self.record.deployed(done.code, done.seconds, done.text, " updated")
        self.serves(*["new"] * len(self.fleet.hosts))
        self.record.heals = "nothing to heal"
        self.converged()

    def heals(self, same: bool = False, data_lost: bool = False) -> Run:
        """The next good `up` (of the `same` release, or of another one) converges, and one more changes nothing."""
        if not same:
            self.fleet.configure()
        began = time.monotonic()
        done = self.fleet.up()
        assert done.code == 0, done.text
        if data_lost:
            root(self.host, f"[ ! -e {PRECIOUS} ] && echo {self.host.name} >{PRECIOUS}")
        what = "the same" if same else "another"
        self.record.heals = f"`up` with {what} release, {time.monotonic() - began:.0f} s"
        self.converged()
        return done

    def converged(self) -> None:
        """All hosts have what is wanted, for good; nothing is left over, and data is as it was."""
        fleet = self.fleet
        assert fleet.serves() == [fleet.wanted] * len(fleet.hosts)
        again = fleet.up()
        assert (again.code, again.changed) == (0, {}), again.text
        assert fleet.serves() == [fleet.wanted] * len(fleet.hosts)
        nothing_left(*fleet.hosts)
        assert fleet.armed() == []
        for host in fleet.hosts:
            assert root(host, f"ls -A /opt/{SERVICE}/app/failed 2>/dev/null; true") == ""
            assert root(host, f"cat {PRECIOUS}") == host.name, "the service's own data"
        fleet.good, fleet.sound = fleet.wanted, True
        self.record.done = True
