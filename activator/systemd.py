"""systemd, as far as a release needs it. Each call starts a process, so units are asked about together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from activator.failure import Failed
from activator.host import Host

STOPPING = 3700  # seconds: the longest drain, after which systemd itself kills, and some more
SHOWN = "ActiveState,SubState,MainPID,NRestarts,Result,ExecMainStatus,ControlGroup,ActiveEnterTimestamp"


@dataclass(frozen=True)
class Unit:
    """What systemd knows of a unit."""

    active: bool
    state: str
    pid: int
    restarts: int
    group: str
    since: str = ""

    def processes(self, host: Host) -> set[int]:
        """The process ids in its control group."""
        path = f"/sys/fs/cgroup{self.group}/cgroup.procs"
        return {int(pid) for pid in (host.read(path) or b"").split()} if self.group else set()


def look(host: Host, unit: str) -> Unit:
    return look_at(host, [unit])[unit]


def look_at(host: Host, units: list[str]) -> dict[str, Unit]:
    """By name. Units that do not exist are inactive."""
    if not units:
        return {}
    shown = host.run("systemctl", "show", *units, f"--property={SHOWN}").text.split("\n\n")
    shown += [""] * (len(units) - len(shown))  # systemd does not answer: all unknown
    return {unit: _parsed(text) for unit, text in zip(units, shown)}


def _parsed(text: str) -> Unit:
    facts = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    active = facts.get("ActiveState", "unknown")
    state = f"{active}/{facts.get('SubState', 'unknown')}"
    if facts.get("Result", "success") != "success":
        state += f" ({facts['Result']}, status {facts.get('ExecMainStatus', '?')})"
    return Unit(
        active in ("active", "reloading"),
        state,
        int(facts.get("MainPID") or 0),
        int(facts.get("NRestarts") or 0),
        facts.get("ControlGroup", ""),
        facts.get("ActiveEnterTimestamp", ""),
    )


def systemctl(host: Host, *words: str, timeout: float = 120) -> None:
    since = host.now()
    done = host.run("systemctl", *words, timeout=timeout)
    # 5 from stop: systemd knows no such unit, such as that of a slot that no release was ever in.
    if done.code and (words[0], done.code) != ("stop", 5):
        why = tail(without_advice(done.text), 5)
        raise Failed(
            f"`systemctl {' '.join(words)}` ended with {done.code}: {why}{words_of(host, words[-1], since)}"
        )


def without_advice(text: str) -> str:
    """systemctl's own words without its advice to look into the journal, which is shown instead."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("See "))


def words_of(host: Host, unit: str, since: str) -> str:
    """What a unit and systemd said about it since then, to be put behind a failure's message.

    Nothing of a slot: `evidence` shows its journal, without the service's secrets.
    """
    if "." not in unit or "@" in unit:
        return ""
    when = since.replace("T", " ").replace("Z", " UTC")
    how = ("--lines=8", "--no-pager", "--output=cat", f"--since={when}")
    lines = host.run("journalctl", "--unit", unit, *how).text
    said = [line for line in lines.splitlines() if line.strip() and not line.startswith("-- ")]
    return "".join(f"\n  {line[:240]}" for line in ["its journal:", *said]) if said else ""


def printed(host: Host, unit: str, since: str, lines: int) -> str:
    """What the processes of a unit wrote since then, without what systemd says of them."""
    when = since.replace("T", " ").replace("Z", " UTC")
    how = (f"--lines={lines}", "--no-pager", "--output=cat", f"--since={when}")
    return tail(host.run("journalctl", f"_SYSTEMD_UNIT={unit}", *how).text, lines)


def stop(host: Host, unit: str) -> None:
    """Stops a unit, be it running or waiting to restart. One that has no file is stopped already."""
    systemctl(host, "stop", unit, timeout=STOPPING)


def change(host: Host, action: str, unit: str) -> None:
    """Reloads or restarts; returns when no process answers any more as the configuration of before had it.

    nginx only sends itself a signal: when its configuration cannot be had, for want of a port perhaps, the old one goes on.
    """
    before = look(host, unit)
    workers = before.processes(host) - {before.pid}
    systemctl(host, action, unit)
    began = host.clock()
    while any(serves(host, pid) for pid in workers):
        if host.clock() - began > 10:
            log = (host.read("/var/log/nginx/error.log") or b"").decode(errors="replace")
            raise Failed(f"{unit} went on with its old configuration after its {action}: {tail(log, 3)}")
        host.sleep(0.05)


def again(unit: dict[str, Any]) -> str:
    """How a unit takes its files of before: one whose command line changes cannot do so while it runs."""
    return "restart" if unit["action"] == "restart" else "reload-or-restart"


def serves(host: Host, pid: int) -> bool:
    """Whether a worker takes new connections. One on its way out ends those that it has."""
    words = host.read(f"/proc/{pid}/cmdline")
    return words is not None and b"shutting down" not in words


def set_enabled(host: Host, unit: str, wanted: bool) -> None:
    """Decides what a boot starts. Boots read the disk, so the running systemd need not load all units again."""
    if host.enabled(unit) != wanted:
        systemctl(host, "enable" if wanted else "disable", "--no-reload", unit)


def tail(text: str, lines: int) -> str:
    return "\n".join(text.splitlines()[-lines:])
