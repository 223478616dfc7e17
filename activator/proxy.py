"""The host's own HAProxy, by its admin socket: which slot gets requests, and who still has a session."""

from __future__ import annotations

import csv
from typing import Callable

from activator.failure import Failed
from activator.host import Host
from activator.judge import Seen, of_row
from activator.manifest import Release
from activator.systemd import look, systemctl, words_of

FROM_FILE = 0x04  # the file said `disabled`: stays set when the state has been changed since


class Proxy:
    """The proxy of one release."""

    def __init__(self, host: Host, release: Release) -> None:
        self.host, self.release = host, release
        self.unit, self.socket, self.backend = (release.proxy[key] for key in ("unit", "socket", "backend"))

    def sessions(self) -> dict[str, int]:
        """Slot -> how many it has."""
        return {slot: int(row["scur"] or 0) for slot, row in self.rows().items()}

    def seen(self) -> dict[str, Seen]:
        """Slot -> what it has done since the proxy started or was reloaded; nothing of a proxy that is down."""
        try:
            return {slot: of_row(row) for slot, row in self.rows().items()}
        except OSError:
            return {}

    def rows(self) -> dict[str, dict[str, str]]:
        text = self.host.ask_proxy(self.socket, "show stat")
        return {
            row["svname"]: row
            for row in csv.DictReader(text.lstrip("# ").splitlines())
            if row["pxname"] == self.backend and row["svname"] in self.release.slots
        }

    def ready(self) -> list[str]:
        """The slots that are to get requests, whether HAProxy finds them well or not; none when it does not answer."""
        return [slot for slot, row in self.states().items() if not int(row["srv_admin_state"]) & ~FROM_FILE]

    def states(self) -> dict[str, dict[str, str]]:
        """Slot -> its line of `show servers state`; none when the proxy does not answer."""
        try:
            text = self.host.ask_proxy(self.socket, f"show servers state {self.backend}")
        except OSError:
            return {}
        lines = [line.split() for line in text.splitlines()]
        names = next((line[1:] for line in lines if line[:1] == ["#"]), [])
        rows = [dict(zip(names, line)) for line in lines if len(line) == len(names)]
        return {row["srv_name"]: row for row in rows if row["srv_name"] in self.release.slots}

    def send_to(self, live: str, others: str) -> None:
        """Requests go to `live` alone; others get the state `others`, drain or maint. Proved by what HAProxy then shows."""
        self.set_state(live, "ready")
        self.until(lambda: live in self.ready(), f"never reported slot {live} as ready")
        for slot in self.release.slots:
            if slot != live:
                self.set_state(slot, others)
        self.until(lambda: self.ready() == [live], f"never reported slot {live} as the only one ready")
        for slot, row in self.states().items():
            if row["srv_uweight"] != "1":  # after a share
                self.set(slot, "weight", "1")

    def share(self, slot: str, others: str, percent: int) -> None:
        """`slot` gets `percent` of the requests, `others` the rest."""
        for each, weight in ((slot, percent), (others, 100 - percent)):
            self.set(each, "weight", str(weight))
        self.set_state(slot, "ready")
        both = {slot, others}
        self.until(
            lambda: set(self.ready()) == both, f"never reported the slots {slot} and {others} as ready"
        )

    def set_state(self, slot: str, state: str) -> None:
        self.set(slot, "state", state)

    def set(self, slot: str, what: str, state: str) -> None:
        command, said = f"set server {self.backend}/{slot} {what} {state}", ""

        def heard() -> bool:
            nonlocal said
            try:
                said = self.host.ask_proxy(self.socket, command)
            except OSError as error:
                raise Failed(f"the proxy does not answer on {self.socket}: {error}") from None
            # So says a worker from before a reload that took the connection on its way out.
            return said != "Proxy is disabled."

        self.until(heard, f"never let {self.backend}/{slot} be set to {what} {state}")
        if said:
            raise Failed(f"the proxy refused to set {self.backend}/{slot} to {what} {state}: {said}")

    def reload(self) -> None:
        """Returns when a new worker answers: a reload that HAProxy swallowed is a failure."""
        before = self.worker()
        systemctl(self.host, "reload", self.unit)
        # Both workers accept on the one socket until the old one is told to stop, so a single answer proves nothing.
        self.until(
            lambda: all(self.worker() not in (None, before) for _ in range(10)),
            "went on with its old configuration after a reload",
        )

    def worker(self) -> str | None:
        try:
            said = self.host.ask_proxy(self.socket, "show info")
        except OSError:
            return None
        return dict(line.split(": ", 1) for line in said.splitlines() if ": " in line).get("Pid")

    def until(self, condition: Callable[[], bool], otherwise: str) -> None:
        began, since = self.host.clock(), self.host.now()
        while not condition():
            if self.host.clock() - began > 10:
                said = words_of(self.host, self.unit, since)
                raise Failed(f"the proxy {self.unit} ({look(self.host, self.unit).state}) {otherwise}{said}")
            self.host.sleep(0.1)

    def drain(self, slot: str, seconds: float) -> str:
        """Waits for the slot's last session, and for workers from before a reload that may still hold one.

        Returns what is left after `seconds`, in words; empty when nothing is.
        """
        began, unit = self.host.clock(), look(self.host, self.unit)
        while True:
            open, old = self.open_sessions(slot), len(unit.processes(self.host)) > 2
            if not open and not old:
                return ""
            if self.host.clock() - began >= seconds:
                uncounted = " and those of a worker from before the proxy's reload" if old else ""
                return f"{open} session{'' if open == 1 else 's'}{uncounted}"
            self.host.sleep(0.1)

    def open_sessions(self, slot: str) -> int:
        try:
            return self.sessions()[slot]
        except (OSError, KeyError):
            return 0  # a proxy that is down has none
