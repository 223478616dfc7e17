"""From one release to another: the steps up to the point of no return, which is the ledger's `commit`."""

from __future__ import annotations

from typing import Any, Callable

from activator import (
    certificate,
    files,
    firewall,
    gate,
    hidden,
    jobs,
    judge,
    kernel,
    name_server,
    own_units,
    snapshot,
    system,
    tasks,
    timer,
)
from activator.failure import Failed
from activator.files import File
from activator.host import Host
from activator.judge import Seen
from activator.ledger import Ledger, Live
from activator.manifest import Release
from activator.proxy import Proxy
from activator.systemd import change, look, set_enabled, systemctl, tail, words_of


class Transaction:
    """Made from the ledger's `begin` alone, so that a later run can take over.

    Until `commit` it can be put back at any point (`back`), after it it can only be finished (`finish`); both may
    be begun again after a crash, because every part of them first looks and then does what is still missing.
    """

    def __init__(self, host: Host, ledger: Ledger, begin: dict[str, Any], before: Live | None) -> None:
        self.host, self.ledger, self.begin, self.before = host, ledger, begin, before
        self.release = Release(begin["manifest"])
        self.slot: str | None = begin["slot"]
        self.rolls: bool = begin["rolls"]  # False: it stays in its slot, only what drifted is put right
        self.copies = f"{ledger.directory}/transaction.json"
        self.old = before.slot if before and self.rolls else None  # the slot to be left
        self.also = tuple(begin.get("also") or ())
        self.replaced = f"{self.release.app}/releases/.replaced-{self.release.id}"
        self.of_old: Seen | None = None  # what users had from the slot to be left, lately

    @staticmethod
    def start(host: Host, ledger: Ledger, release: Release, **begin: Any) -> Transaction:
        begin = {"what": "apply", "manifest": release.manifest, **begin}
        transaction = Transaction(host, ledger, begin, ledger.live)
        before = ledger.live.release.paths() if ledger.live else []
        links = [f"{release.app}/{name}" for name in (*release.slots, "current")]
        unpacked = host.entry(release.tree) is not None
        secrets = [
            release.secret_file(slot, name)
            for slot in release.slots
            for name in (*release.secret_files, *host.names(f"{release.conf}/{slot}.secrets.d"))
        ]
        begin["kernel"] = kernel.seen(host, release, ledger.live.release if ledger.live else None)
        shut = firewall.pending(host, transaction.own(), release.service)
        paths = [*release.paths(), *before, *secrets, *links, *(firewall.TABLES if shut else ())]
        begin["firewall"] = shut
        old = ledger.live.release if ledger.live else None
        units = release.every_unit() + jobs.gone(release, old) + own_units.gone(release, old)
        snapshot.take(host, transaction.copies, paths, units, unpacked=unpacked)
        ledger.add("begin", **begin)
        assert ledger.unfinished
        transaction.begin = ledger.unfinished
        return transaction

    @property
    def shares(self) -> list[int]:
        """Percent of the requests that the new slot gets at first; the way back takes all at once."""
        return [] if self.begin.get("undoes") else self.release.share

    def copied(self) -> dict[str, Any]:
        return snapshot.read(self.host, self.copies)

    @property
    def read_by(self) -> bool:
        """Whether anybody but root has to do with it, now or before."""
        before = self.before.release if self.before else None
        return bool(system.readers(self.release) or system.readers(before))

    def steps(self) -> list[tuple[str, Callable[[], str | None]]]:
        """Name and what to do; a step may return a line that people care about."""
        service, moves, proxied = bool(self.slot), self.slot and self.rolls, bool(self.release.proxy)
        return [
            *([("unpack", self.unpack)] if self.rolls else []),
            ("directories", self.directories),
            *([("readers", self.readers)] if self.read_by else []),
            ("files", self.files),
            *([("certificate", self.certificate)] if certificate.acme(self.release) else []),
            *([("kernel", self.kernel)] if self.begin.get("kernel") else []),
            *([("tasks", self.tasks)] if moves and self.release.tasks else []),
            *([("start", self.start_slot), ("health", self.health)] if moves else []),
            *([("proxy", self.proxy)] if proxied else []),
            *([("share", self.share)] if moves and self.old and self.shares else []),
            *([("switch", self.switch)] if proxied else []),
            ("units", self.units),
            *([("watch", self.watch)] if moves else []),
            *(
                [("jobs", self.jobs)]
                if self.release.timers or (self.before and self.before.release.timers)
                else []
            ),
            *([("boot", self.boot)] if service else []),
            *([("firewall", self.firewall)] if self.begin.get("firewall") else []),
            *([("arm", self.arm)] if self.begin.get("confirm") else []),
        ]

    def run(self, secrets: dict[str, str] | None) -> None:
        self.secrets = secrets
        for name, do in self.steps():
            self.ledger.add("step", step=name)
            line = do()
            if line:
                self.host.tell(line)

    def unpack(self) -> None:
        staged = f"{self.release.app}/releases/.staged"
        if self.host.entry(staged):
            if self.host.entry(self.release.tree):
                self.host.move(self.release.tree, self.replaced)
            self.host.move(staged, self.release.tree)

    def directories(self) -> None:
        user = self.release.user
        if user and not self.host.has_user(user):
            made = ("useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin")
            done = self.host.run(*made, "--home-dir", f"{self.release.home}/data", user)
            if done.code:
                raise Failed(f"could not make the user {user}: {tail(done.text, 3)}")
        for path, wanted in self.release.directories(self.slot).items():
            if self.host.entry(path) != wanted:
                self.host.directory(path, wanted.mode, wanted.owner, wanted.group)

    def files(self) -> None:
        host, release = self.host, self.release
        live = self.before.slot if self.before and self.before.slot in release.slots else self.slot
        own_units.end(host, own_units.gone(release, self.before.release if self.before else None))
        wanted = self.shared(live)
        if self.slot and self.rolls:
            wanted += files.of_slot(host, release, release.tree, self.slot, self.secrets)
        wanted += hidden.files(host, release, self.secrets)
        if self.before:
            self.give_back(self.before.release)
        gone = {file["target"] for file in self.before.release.files(False)} if self.before else set()
        absent = [File(path, None, 0, "", "") for path in sorted(gone - set(release.paths()))]
        changed = [file.path for file in [*absent, *wanted] if file.put(host)]
        if self.slot and self.rolls:
            host.link(f"{release.app}/{self.slot}", f"releases/{release.id}")
        if any(path.startswith("/etc/systemd/") for path in changed):
            systemctl(host, "daemon-reload")

    def shared(self, live: str | None) -> list[File]:
        wanted = files.shared(self.host, self.release, self.release.tree, live, self.also)
        return certificate.as_it_is(self.host, self.release, wanted)

    def readers(self) -> None:
        system.follow(self.host, self.release, self.before.release if self.before else None)

    def certificate(self) -> str | None:
        """HTTPS serves from the reload after this one, and HTTP is sent on by the same."""
        line = certificate.obtain(self.host, self.release)
        for file in self.shared(self.slot):
            file.put(self.host)
        return line

    def give_back(self, before: Release) -> None:
        """What made way for the release before, and need not for this one."""
        kept = snapshot.read(self.host, snapshot.originals(self.ledger.directory))
        for path in before.displaces.keys() - self.release.displaces.keys():
            if self.host.entry(path) is None:
                snapshot.restore(self.host, path, kept.get(path))

    def kernel(self) -> str | None:
        return kernel.change(
            self.host, self.release, self.before.release if self.before else None, self.ledger
        )

    def tasks(self) -> str | None:
        """None for a release that comes back: the ledger says that they were done when it was new."""
        assert self.slot
        return tasks.run(self.host, self.ledger, self.release, self.slot)

    def start_slot(self) -> str:
        assert self.slot
        unit = self.release.unit(self.slot)
        self.seen = self.counted()
        self.host.run("systemctl", "reset-failed", unit)  # else many releases in a row meet the start limit
        systemctl(self.host, "restart", unit, timeout=self.release.health["deadline"] + 10)
        return f"started in slot {self.slot}"

    def health(self) -> str:
        """Healthy, and the artifact's own bytes."""
        assert self.slot
        began = self.host.clock()
        self.pid = gate.healthy(self.host, self.release, self.slot)
        gate.prove(self.host, self.release, self.slot, self.pid)
        if self.old:
            self.of_old = self.counted()[self.old].since(self.seen[self.old])
        where = ", ".join(gate.open_to_others(self.host, self.release, self.slot))
        if where:
            self.host.tell(
                f"warning: the service listens on {where}, so that whoever reaches this host goes round its proxy: "
                "let it listen on 127.0.0.1:{port}"
            )
        return f"healthy after {self.host.clock() - began:.1f} s, runs the artifact's bytes"

    def proxy(self) -> None:
        """Brings the proxy up with the new configuration, still sending requests where they went before."""
        path, unit = self.release.proxy["config"], self.release.proxy["unit"]
        if not look(self.host, unit).active:
            self.host.run("systemctl", "reset-failed", unit)
            systemctl(self.host, "start", unit)
        elif snapshot.copy(self.host, path) != self.copied()["paths"][path]:
            self.ledger.add("step", step="reload")  # what has to be done again on the way back
            Proxy(self.host, self.release).reload()

    def counted(self) -> dict[str, Seen]:
        seen = Proxy(self.host, self.release).seen() if self.release.proxy else {}
        return {**dict.fromkeys(self.release.slots, Seen()), **seen}

    def share(self) -> None:
        """Some users first, beside those who stay, each time watched and compared with them."""
        assert self.slot and self.old
        for percent in self.shares:
            Proxy(self.host, self.release).share(self.slot, self.old, percent)
            self.host.tell(f"{percent} % of the requests go to slot {self.slot}")
            self.of_old = None
            self.judge()

    def switch(self) -> str:
        assert self.slot
        Proxy(self.host, self.release).send_to(self.slot, "drain" if self.old else "maint")
        return f"switched: requests go to slot {self.slot}"

    def units(self) -> str | None:
        acted: list[str] = []
        for unit in self.release.units:
            running, since = look(self.host, unit["unit"]).active, self.host.now()
            set_enabled(self.host, unit["unit"], True)
            if running and not self.concerns(unit):
                continue
            name_server.asks(
                self.host, unit["unit"], self.release, self.before.release if self.before else None
            )
            change(self.host, unit["action"] if running else "start", unit["unit"])
            found = look(self.host, unit["unit"])
            if not found.active:
                said = words_of(self.host, unit["unit"], since)
                raise Failed(f"{unit['unit']} is {found.state} after its {unit['action']}{said}")
            gate.ready(self.host, unit, since)
            acted.append(f"{unit['unit']}: {unit['action'] if running else 'start'}")
        name_server.serves(self.host, self.release)
        return ", ".join(acted) or None

    def concerns(self, unit: dict[str, Any]) -> bool:
        """Whether the release changed anything that the unit was started with; of one that names no files nobody knows."""
        if "files" not in unit:
            return True
        copies = self.copied()["paths"]
        return any(snapshot.copy(self.host, path) != copies.get(path) for path in unit["files"])

    def watch(self) -> str | None:
        return self.judge()

    def judge(self) -> str | None:
        """Watches the new slot for a while, then compares it with the old one: of the same time, or of that before the switch."""
        assert self.slot
        before, rules = (
            self.counted(),
            None if self.begin.get("undoes") else self.release.manifest.get("judge"),
        )
        gate.watch(self.host, self.release, self.slot, self.pid)
        if not (rules and self.old):
            return None
        after = self.counted()
        new = after[self.slot].since(before[self.slot])
        old = self.of_old = self.of_old or after[self.old].since(before[self.old])
        if why := judge.worse(old, new, rules):
            raise Failed(f"slot {self.slot} fails its users: {why} (release.judge says what is allowed)")
        enough = min(new.requests, old.requests) >= rules["requests"]
        return f"users fare as before: {new}; before: {old}" if enough else None

    def jobs(self) -> str | None:
        assert self.slot
        return jobs.follow(self.host, self.release, self.slot, self.before.release if self.before else None)

    def boot(self) -> None:
        """What a reboot brings back. Both slots are enabled while the file changes: one always comes up."""
        assert self.slot
        if self.release.proxy:
            Proxy(self.host, self.release).send_to(self.slot, "drain" if self.old else "maint")
            set_enabled(self.host, self.release.proxy["unit"], True)
        set_enabled(self.host, self.release.unit(self.slot), True)
        for idle in self.release.slots.keys() - {self.slot, self.old}:
            set_enabled(self.host, self.release.unit(idle), False)
        for file in self.shared(self.slot):
            file.put(self.host)

    def firewall(self) -> str | None:
        return firewall.change(self.host, self.own(), self.begin.get("confirm"))

    def own(self) -> Live:
        """The release as it will be live."""
        return Live(self.release, self.slot, None, self.also)

    def arm(self) -> str:
        """Before the commit, so that no release is ever live without its dead-man's switch."""
        seconds = self.begin["confirm"]
        timer.arm(self.host, self.release, seconds)
        return f"goes back by itself unless confirmed within {seconds:g} s"

    def commit(self) -> None:
        before = self.before
        previous = before.previous if before else None
        if before and before.release.id != self.release.id:
            previous = before.release.id
        facts = {
            "slot": self.slot,
            "previous": previous,
            "confirm": self.begin.get("confirm"),
            "also": self.also,
        }
        self.ledger.add("commit", manifest=self.release.manifest, **facts)
