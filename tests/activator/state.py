"""All that a fake machine knows, and what happens there by itself: services die, timers fire, a reboot starts what is enabled."""

from __future__ import annotations

import copy
import re
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

PROXY = "greeter-proxy.service"
TIMER = "run/systemd/transient/slipway-greeter-revert.timer"
FLAGS = {"cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3"}


class Crash(BaseException):
    """The machine went off, or the activator was killed: nothing whatever happens after it."""


OF_PACKAGES = ("nginx.service", "haproxy.service", "pdns.service")
"""Units that are there with their programs."""


@dataclass
class Running:
    """A unit that systemd knows."""

    active: bool = False
    pid: int = 0
    enabled: bool = False
    restarts: int = 0
    program: str = ""
    port: int = 0
    since: float = 0.0
    starts: list[float] = field(default_factory=list)
    failed: bool = False


@dataclass
class State:
    """What outlives a run of the activator: a directory, and what systemd, HAProxy and the clock know."""

    root: Path = field(
        default_factory=lambda: Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    )
    units: dict[str, Running] = field(default_factory=dict)
    servers: dict[str, str] = field(default_factory=dict)  # slot -> state, of the running proxy
    sessions: dict[str, int] = field(default_factory=dict)
    weights: dict[str, int] = field(default_factory=dict)
    requests: float = 0  # that users send in a second
    failing: dict[str, float] = field(default_factory=dict)  # program -> share of its requests that it fails
    milliseconds: dict[str, int] = field(default_factory=dict)  # program -> how long its answers take
    counted: dict[str, list[float]] = field(default_factory=dict)  # slot -> requests, failed ones
    users: set[str] = field(default_factory=lambda: {"root"})
    homes: dict[str, str] = field(default_factory=dict)  # of accounts that Slipway did not make
    owners: dict[str, tuple[str, str]] = field(default_factory=dict)
    installable: dict[str, str] = field(default_factory=dict)
    journal: str = "09:00:00 greeter[101]: cannot reach the database with hunter22"
    ill_with: str = ""  # more words of a failing health check
    foreign: list[str] = field(default_factory=list)  # more lines of `ss`
    commands: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    outages: list[str] = field(default_factory=list)
    served: bool = False  # a release was live: from now on one must always answer
    time: float = 1000.0
    pids: int = 100
    effects: int = 0
    crash_at: int | None = None
    torn: bool = False
    free: int = 10 << 30
    cpu: tuple[str, set[str]] = ("x86_64", FLAGS)
    deaf_proxy: bool = False
    packages_locked_until: float = 0
    # After the next reload: which words to the proxy are heard by the old worker, that is on its way out.
    heard_by_old_worker: list[bool] = field(default_factory=list)
    old_worker: int | None = None
    ill: set[str] = field(default_factory=set)  # programs that answer their health check no more
    refusal: str = ""  # what a CA says instead of giving a certificate
    reachable_at: float = 0.0  # when what a service needs accepts connections
    acl: dict[str, str] = field(default_factory=dict)  # path -> the group that may read, too
    unreadable: bool = False  # setfacl fails
    sshd: str = "permitrootlogin no\npasswordauthentication no\n"  # what sshd says of itself
    synchronised: str = "yes"  # what timedatectl says of the clock
    silent: set[str] = field(default_factory=set)  # programs that answer nothing
    loaded: dict[str, str] = field(default_factory=dict)  # unit files as systemd read them
    elsewhere: dict[tuple[str, int], tuple[int, str]] = field(
        default_factory=dict
    )  # what other machines answer
    address: str = "127.0.0.1"  # on which the service listens
    groups: dict[str, str] = field(default_factory=dict)  # control groups that have processes
    packaged: dict[str, str] = field(
        default_factory=dict
    )  # configuration files as their package unpacked them
    table: str | None = None  # what the kernel filters packets by
    guard: str | None = None  # the shell's words that an armed timer of the firewall will run
    refuses_tables: bool = False
    ran: list[str] = field(default_factory=list)  # units that run a program to its end
    touched: float | None = None  # when a worker last touched the file that tells that it is well
    timer: list[str] | None = None  # the activator's words that an armed timer will start it with

    def __post_init__(self) -> None:
        for path in ("usr/sbin/haproxy", "usr/sbin/nginx", "usr/sbin/nft", "usr/bin/apt-get"):
            self.put("/" + path, "")
        for path in ("opt", "etc/logrotate.d", "etc/systemd/system", "etc/nginx/conf.d"):
            (self.root / path).mkdir(parents=True)
        self.units["nginx.service"] = Running(active=True, pid=7, enabled=True)

    def clone(self) -> Self:
        """Another one in the same state, so that a test need not go the same way to it many times."""
        root = Path(tempfile.mkdtemp(dir=self.root.parent))
        shutil.copytree(self.root, root, symlinks=True, dirs_exist_ok=True)
        made = copy.deepcopy(self)
        made.root = root
        return made

    def put(self, path: str, text: str | bytes) -> None:
        real = self.root / path.lstrip("/")
        real.parent.mkdir(parents=True, exist_ok=True)
        real.write_bytes(text if isinstance(text, bytes) else text.encode())

    def text(self, path: str) -> str:
        return (self.root / path.lstrip("/")).read_text()

    def tree(self) -> dict[str, str]:
        """Everything on disk but the activator's own records and what it keeps of failures."""
        found = {}
        for path in sorted(self.root.rglob("*")):
            name = "/" + str(path.relative_to(self.root))
            if name.startswith(("/var/lib/slipway", "/opt/greeter/app/failed", "/home", "/run")) or name in (
                "/var",
                "/var/lib",
            ):
                continue
            shown = (
                str(path.readlink())
                if path.is_symlink()
                else path.read_text()
                if path.is_file()
                else "directory"
            )
            found[name] = f"{path.lstat().st_mode & 0o777:o} {self.owners.get(name)} {shown}"
        return found

    def states(self) -> dict[str, Any]:
        return {
            "servers": dict(self.servers),
            "units": {
                name: (unit.active, unit.enabled)
                for name, unit in self.units.items()
                if unit.active or unit.enabled
            },
        }

    def close(self) -> None:
        shutil.rmtree(self.root)

    # -- what a user sees
    def answering(self) -> set[str]:
        """The programs that requests reach; "nobody" for a request that would be lost."""
        if not self.units.get(PROXY, Running()).active:
            return {"nobody"}
        found = set()
        for slot, state in self.servers.items():
            unit = self.units.get(f"greeter@{slot}.service", Running())
            if state == "ready":
                found.add(unit.program if unit.active else "nobody")
        return found or {"nobody"}

    def reboot(self) -> None:
        self.servers.clear()
        self.loaded.clear()
        self.timer = self.guard = self.table = None
        shutil.rmtree(self.root / "run", ignore_errors=True)
        for name, unit in self.units.items():
            unit.active, unit.pid, unit.restarts, unit.failed = False, 0, 0, False
            unit.starts.clear()
            if unit.enabled:
                self.start(name)

    # -- systemd, as far as the activator uses it
    def unit_file(self, name: str) -> bool:
        return name in OF_PACKAGES or (self.root / "etc/systemd/system" / name).exists()

    def start(self, name: str) -> str:
        unit = self.units.setdefault(name, Running())
        if unit.active:
            return ""
        if not self.unit_file(name):
            return f"Unit {name} not found."
        if name == "slipway-firewall.service":
            self.table = self.text("/etc/slipway/firewall.nft")
            (self.root / "run/slipway-firewall.unconfirmed.nft").unlink(missing_ok=True)
            self.put("/run/slipway-firewall.shown", self.table)
        if name not in OF_PACKAGES:
            text = self.text(f"/etc/systemd/system/{name}")
            assert self.loaded.setdefault(name, text) == text, "systemd would start the unit file of before"
        if re.match("slipway-greeter-(health|task)", name):
            return self.to_its_end(name)
        unit.starts = [time for time in unit.starts if self.time - time < 10] + [self.time]
        if len(unit.starts) > 5:
            return "Start request repeated too quickly."
        if name == PROXY:
            self.load_proxy()
        elif "@" in name:
            slot = name.split("@")[1].removesuffix(".service")
            program = self.root / f"opt/greeter/app/{slot}/bin/greeter"
            if not program.exists():
                return f"Failed to start {name}."
            unit.program = program.read_text()
            port = re.search(r'SLIPWAY_PORT="(\d+)"', self.text(f"/opt/greeter/conf/{slot}.env"))
            unit.port = int(port.group(1)) if port else 0
        self.pids += 1
        unit.active, unit.pid, unit.restarts, unit.since, unit.failed = True, self.pids, 0, self.time, False
        return ""

    def to_its_end(self, name: str) -> str:
        """A task, or the command that tells whether a worker is well."""
        slot = name.partition("@")[2].removesuffix(".service")
        program = (self.root / f"opt/greeter/app/{slot}/bin/greeter").read_text()
        self.ran.append(f"{name} {program}")
        kind = "task" if "-task-" in name else "command"
        if f"{kind} fails" not in program:
            return ""
        self.units.setdefault(name, Running()).failed = True
        return f"Job for {name} failed because the control process exited with error code."

    def shown(self, name: str) -> str:
        unit = self.units.setdefault(name, Running())
        state = "active" if unit.active else "failed" if unit.failed else "inactive"
        pid = unit.pid if unit.active else 0
        shown = f"ActiveState={state}\nSubState=x\nMainPID={pid}\nNRestarts={unit.restarts}"
        return f"{shown}\nControlGroup={self.groups.get(name, '')}"

    def load_proxy(self) -> None:
        config = self.text("/opt/greeter/conf/haproxy.cfg")
        self.servers = {
            slot: "maint" if "disabled" in rest else "ready"
            for slot, rest in re.findall(r"server (\w+) \S+(.*)", config)
        }
        assert "@" not in "".join(re.findall(r"server .*", config)), "an unrendered word reached the proxy"

    def live_on(self) -> None:
        """Lets time do to the services what their words say."""
        for unit in self.units.values():
            if unit.active and "dies" in unit.program and self.time - unit.since > 1:
                unit.active, unit.failed, unit.pid = False, True, 0
            if unit.active and "restarts" in unit.program and self.time - unit.since > 1:
                self.pids += 1
                unit.restarts, unit.pid, unit.since = unit.restarts + 1, self.pids, self.time
