"""A machine that is a directory: real files, and fakes of systemd, HAProxy, the service and the clock.

The real ones cannot be crashed before and after every single effect; tests/lab/test_activator.py has those.
"""

from __future__ import annotations

import copy
import hashlib
import io
import json
import re
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from activator import cli
from activator.failure import Failed
from activator.host import Host, Process, Result
from tests.activator.bundles import Made

PROXY = "greeter-proxy.service"
TIMER = "run/systemd/transient/slipway-greeter-revert.timer"
FLAGS = {"cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3"}


class Crash(BaseException):
    """The machine went off, or the activator was killed: nothing whatever happens after it."""


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
class Machine:
    """What outlives a run of the activator."""

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
    reachable_at: float = 0.0  # when what a service needs accepts connections
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

    def clone(self) -> Machine:
        """Another machine in the same state, so that a test need not go the same way to it many times."""
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

    def upload(self, made: Made) -> str:
        path = f"/home/deploy/.slipway/{made.name}"
        self.put(path, made.data)
        return path

    # -- runs of the activator
    def apply(
        self, made: Made, *more: str, secrets: str = "", owner: str = "me", host: FakeHost | None = None
    ) -> int:
        return self.apply_at(self.upload(made), made.sha256, *more, secrets=secrets, owner=owner, host=host)

    def apply_at(
        self,
        path: str,
        sha256: str,
        *more: str,
        secrets: str = "",
        owner: str = "me",
        host: FakeHost | None = None,
    ) -> int:
        words = ["apply", "--bundle", path, "--sha256", sha256, "--owner", owner, *more]
        code = cli.main(words, host or FakeHost(self), secrets.encode)
        self.served = self.served or (code == 0 and "greeter" in path)
        return code

    def remove(self, *more: str, owner: str = "me", service: str = "greeter") -> int:
        self.served = self.served and owner != self.owner()
        return cli.main(["remove", "--service", service, "--owner", owner, *more], FakeHost(self), bytes)

    def owner(self) -> str:
        path = self.root / "var/lib/slipway/greeter/owner"
        return path.read_text() if path.exists() else ""

    def status(self, service: str = "greeter") -> dict[str, Any]:
        assert cli.main(["status", "--service", service], FakeHost(self), bytes) == 0
        return self.answers[-1]

    def events(self, service: str = "greeter") -> list[dict[str, Any]]:
        return [
            json.loads(line) for line in self.text(f"/var/lib/slipway/{service}/ledger.jsonl").splitlines()
        ]

    def confirm(self, made: Made, *, secrets: str = "", owner: str = "me") -> int:
        words = ("--service", "greeter", "--release", made.release, "--owner", owner)
        return self.main("confirm", *words, secrets=secrets)

    def main(self, *words: str, secrets: str = "") -> int:
        return cli.main(list(words), FakeHost(self), secrets.encode)

    def releases(self) -> dict[str, Any]:
        assert self.main("releases", "--service", "greeter") == 0
        return self.answers[-1]

    def fire(self) -> int:
        """The timer's time has come: it is gone, and the activator that it starts runs."""
        words, self.timer = self.timer, None
        (self.root / TIMER).unlink()
        assert words
        return cli.main(words, FakeHost(self), bytes)

    def reboot(self) -> None:
        self.servers.clear()
        self.loaded.clear()
        self.timer = self.guard = self.table = None
        (self.root / TIMER).unlink(missing_ok=True)
        for name, unit in self.units.items():
            unit.active, unit.pid, unit.restarts, unit.failed = False, 0, 0, False
            unit.starts.clear()
            if unit.enabled:
                self.start(name)

    # -- systemd, as far as the activator uses it
    def unit_file(self, name: str) -> bool:
        return name == "nginx.service" or (self.root / "etc/systemd/system" / name).exists()

    def start(self, name: str) -> str:
        unit = self.units.setdefault(name, Running())
        if unit.active:
            return ""
        if not self.unit_file(name):
            return f"Unit {name} not found."
        if name == "slipway-firewall.service":
            self.table = self.text("/etc/slipway/firewall.nft")
        if name != "nginx.service":
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


class FakeHost(Host):
    """The activator's door to a `Machine`. It counts effects and can crash before or after each."""

    def __init__(self, machine: Machine, *, root: bool = True) -> None:
        self.machine, self.privileged = machine, root
        self.asked_for: list[str] = []
        super().__init__(str(machine.root))

    def effect(self) -> None:
        """Called before and after everything that changes something."""
        machine = self.machine
        machine.effects += 1
        machine.live_on()
        if machine.served:
            for program in machine.answering():
                if program == "nobody" or "ill at once" in program or "dies" in program:
                    machine.outages.append(f"effect {machine.effects}: {program} answered")
        if machine.crash_at is not None and machine.effects >= machine.crash_at:
            raise Crash

    # -- files
    def own(self, path: str, owner: str, group: str) -> None:
        if {owner, group} - self.machine.users:
            raise Failed(f"no user {owner}:{group}")
        self.machine.owners[path.replace(".slipway-", "")] = (owner, group)

    def ownership(self, path: str, status: Any) -> tuple[str, str]:
        return self.machine.owners.get(path, ("root", "root"))

    def free(self, path: str) -> int:
        return self.machine.free

    def age(self, path: str) -> float | None:
        return None if self.machine.touched is None else self.machine.time - self.machine.touched

    def write(
        self, path: str, data: bytes, mode: int = 0o644, owner: str = "root", group: str = "root"
    ) -> None:
        self.effect()
        super().write(path, data, mode, owner, group)
        self.effect()

    def store(
        self, path: str, source: IO[bytes], mode: int, owner: str = "root", group: str = "root"
    ) -> None:
        self.effect()
        super().store(path, source, mode, owner, group)
        self.effect()

    def link(self, path: str, target: str) -> None:
        self.effect()
        super().link(path, target)
        self.effect()

    def directory(self, path: str, mode: int, owner: str = "root", group: str = "root") -> None:
        self.effect()
        super().directory(path, mode, owner, group)
        self.effect()

    def move(self, source: str, target: str) -> None:
        self.effect()
        super().move(source, target)
        self.effect()

    def remove(self, path: str) -> None:
        self.effect()
        super().remove(path)
        self.effect()

    def append(self, path: str, line: str) -> None:
        try:
            self.effect()
        except Crash:
            if self.machine.torn and (self.machine.root / path.lstrip("/")).exists():
                with (self.machine.root / path.lstrip("/")).open("a") as stream:
                    stream.write(line[: len(line) // 2])
            raise
        super().append(path, line)
        self.effect()

    # -- the rest
    def run(self, *command: str, timeout: float = 60, **environment: str) -> Result:
        changes = command[:2] != ("systemctl", "show")
        if changes:
            self.effect()
        self.machine.commands.append(" ".join(command))
        said = getattr(self, "run_" + re.sub(r"\W", "_", command[0]))(*command[1:])
        if changes:
            self.effect()
        return said if isinstance(said, Result) else Result(1 if said else 0, said)

    def run_systemctl(self, verb: str, *words: str) -> Result | str:
        machine = self.machine
        if verb == "daemon-reload":
            machine.loaded.clear()
            return ""
        if verb == "show":
            machine.live_on()
            return Result(0, "\n\n".join(machine.shown(name) for name in words[:-1]))
        if words[0] == "slipway-firewall-back.timer":
            machine.guard = None
            return ""
        if words[0].endswith("-revert.timer"):
            machine.timer = None
            (machine.root / TIMER).unlink(missing_ok=True)
            return ""
        name = words[-1]
        unit = machine.units.setdefault(name, Running())
        if verb in ("enable", "disable"):
            if verb == "enable" and not machine.unit_file(name):
                return f"Unit {name} does not exist"
            unit.enabled = verb == "enable"
        elif verb in ("start", "restart") or (verb == "reload-or-restart" and not unit.active):
            unit.active = unit.active and verb != "restart"
            machine.silent.discard(unit.program)
            return machine.start(name)
        elif verb == "stop":
            if not unit.active and not machine.unit_file(name):
                return Result(5, f"Failed to stop {name}: Unit {name} not loaded.")
            unit.active, unit.pid, unit.failed = False, 0, False
            if name == PROXY:
                machine.servers.clear()
        elif verb == "kill":
            assert words[:2] == ("--kill-who=main", "--signal=SIGQUIT")
            if "deaf to signals" not in unit.program:
                machine.pids += 1
                unit.pid, unit.restarts, machine.silent = machine.pids, unit.restarts + 1, set()
        elif verb == "reset-failed":
            unit.failed, unit.restarts = False, 0
            unit.starts.clear()
        elif verb in ("reload", "reload-or-restart"):
            if name == PROXY and not machine.deaf_proxy:
                machine.load_proxy()
                machine.pids += 1
                machine.old_worker = unit.pid
                unit.pid = machine.pids
            texts = [path.read_text() for path in (machine.root / "etc/nginx").rglob("*.conf")]
            if name == "nginx.service" and any("breaks the reload" in text for text in texts):
                unit.active = False
        else:
            raise AssertionError(f"systemctl {verb} is not known to the fake")
        return ""

    def check(self, path: str) -> str:
        return "line 1: refused" if "refused by its check" in self.behind(path).read_text() else ""

    def run_systemd_analyze(self, *words: str) -> str:
        return self.check(words[-1])

    def run_haproxy(self, *words: str) -> str:
        return self.check(words[-1])

    def run_nginx(self, *words: str) -> Result | str:
        """Refuses a second default server for a port, and warns of a name that another site has."""
        defaults, names, said = set[str](), set[str](), ""
        for path in self.included(words[-1]):
            if self.check(path):
                return self.check(path)
            text = self.behind(path).read_text()
            for port in re.findall(r"listen (\d+) default_server;", text):
                if port in defaults:
                    return f"nginx: [emerg] a duplicate default server for 0.0.0.0:{port} in {path}:1"
                defaults.add(port)
            for name in re.findall(r"server_name (\S+);", text):
                said += f'nginx: [warn] conflicting server name "{name}", ignored' if name in names else ""
                names.add(name)
        return Result(0, said)

    def behind(self, path: str) -> Path:
        """What a link leads to on this machine."""
        found = Path(path)
        return self.machine.root / str(found.readlink()).lstrip("/") if found.is_symlink() else found

    def included(self, path: str) -> list[str]:
        """The file and those that it includes, in their order."""
        folder, pattern = str(Path(path).parent), Path(path).name
        found = [str(each) for each in sorted(Path(folder).glob(pattern)) if not each.name.startswith(".")]
        found = found if "*" in path else [path]
        inner = [
            word for each in found for word in re.findall(r"include (\S+);", self.behind(each).read_text())
        ]
        root = str(self.machine.root)
        return found + [
            name for word in inner for name in self.included(word if word.startswith(root) else root + word)
        ]

    def run_dpkg_query(self, *words: str) -> Result | str:
        if words[0] == "--search":
            packaged = words[1] in self.machine.packaged
            return Result(0, f"nginx-common: {words[1]}") if packaged else Result(1, "no path found")
        sums = [
            f" {path} {hashlib.md5(text.encode()).hexdigest()}"
            for path, text in self.machine.packaged.items()
        ]
        return Result(0, "\n".join(sums))

    def run_nft(self, *words: str) -> Result | str:
        machine = self.machine
        if words[0] == "--file":
            machine.table = Path(words[1]).read_text()
        elif words[0] == "--check":
            return "Error: syntax error" if machine.refuses_tables else ""
        elif words[0] == "delete":
            machine.table = None
        else:
            return (
                Result(0, machine.table.strip()) if machine.table else Result(1, "No such file or directory")
            )
        return ""

    def run_systemd_run(self, *words: str) -> str:
        if "--unit=slipway-firewall-back" in words:
            assert self.machine.guard is None, "systemd refuses a name that is taken"
            self.machine.guard = words[-1]
            return ""
        assert self.machine.timer is None, "systemd refuses a name that is taken"
        program = next(number for number, word in enumerate(words) if word.endswith("activator.pyz"))
        self.machine.timer = list(words[program + 1 :])
        self.machine.put("/" + TIMER, " ".join(words))
        return ""

    def run_useradd(self, *words: str) -> str:
        self.machine.users.add(words[-1])
        return ""

    def run_userdel(self, name: str) -> str:
        self.machine.users.discard(name)
        return ""

    def run_apt_get(self, *words: str) -> str:
        if self.machine.time < self.machine.packages_locked_until:
            return (
                "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 812 (unattended-upgr)\n"
                "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?"
            )
        if words[0] == "update":
            return ""
        missing = [
            word for word in words[1:] if not word.startswith("-") and word not in self.machine.installable
        ]
        for word in words[1:]:
            if word in self.machine.installable:
                self.machine.put(self.machine.installable[word], "")
        return f"E: Unable to locate package {missing[0]}" if missing else ""

    def run_journalctl(self, *words: str) -> Result:
        return Result(0, self.machine.journal)

    def run_ss(self, *words: str) -> Result:
        lines = list(self.machine.foreign)
        for unit in self.machine.units.values():
            if unit.active and unit.port:
                lines.append(
                    f'LISTEN 0 4096 {self.machine.address}:{unit.port} 0.0.0.0:* users:(("greeter",pid={unit.pid},fd=3))'
                )
        return Result(0, "\n".join(lines))

    def ask(
        self, address: str, port: int, path: str, timeout: float, name: str = ""
    ) -> tuple[int | None, str]:
        return self.machine.elsewhere.get((address, port), (None, "No route to host"))

    def get(self, port: int, path: str, timeout: float, name: str = "") -> tuple[int | None, str]:
        self.machine.time += 0.01
        self.machine.live_on()
        for unit in self.machine.units.values():
            if unit.active and unit.port == port:
                age = self.machine.time - unit.since
                if unit.program in self.machine.silent:
                    self.machine.time += timeout
                    return None, "timed out"
                slot = "blue" if port == 18081 else "green"
                flapping = "flaps" in unit.program and int(age) % 2
                after_switch = (
                    "ill after the switch" in unit.program and self.machine.servers.get(slot) == "ready"
                )
                slow = "slow start" in unit.program and age < 8
                if (
                    "ill at once" in unit.program
                    or unit.program in self.machine.ill
                    or flapping
                    or after_switch
                    or slow
                ):
                    return 500, repr("the database is away" + self.machine.ill_with)
                return 200, "'ok'"
        return None, "Connection refused"

    def ask_proxy(self, path: str, command: str) -> str:
        machine = self.machine
        if not machine.units.get(PROXY, Running()).active:
            raise ConnectionRefusedError(path)
        if command == "show stat":
            names = {"ready": "no check", "drain": "DRAIN", "maint": "MAINT"}
            rows = []
            for slot, state in machine.servers.items():
                requests, failed = machine.counted.get(slot, (0, 0))
                time = machine.milliseconds.get(self.served_by(slot), 5)
                rows.append(
                    f"greeter,{slot},{names[state]},{machine.sessions.get(slot, 0)},"
                    f"{int(requests) - int(failed)},{int(failed)},{time}"
                )
            head = "# pxname,svname,status,scur,hrsp_2xx,hrsp_5xx,rtime"
            return "\n".join([head, *rows, "greeter,BACKEND,UP,0,0,0,0"])
        if command == "show servers state greeter":
            admin = {"ready": 0, "drain": 8, "maint": 5}
            rows = [
                f"3 greeter {number} {slot} 127.0.0.1 2 {admin[state]} {machine.weights.get(slot, 1)}"
                for number, (slot, state) in enumerate(machine.servers.items())
            ]
            head = "# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight"
            return "\n".join(["1", head, *rows])
        asked = machine.heard_by_old_worker if machine.old_worker else []
        if asked and asked.pop(0):
            return f"Pid: {machine.old_worker}" if command == "show info" else "Proxy is disabled."
        if command == "show info":
            return f"Name: HAProxy\nPid: {machine.units[PROXY].pid}"
        found = re.fullmatch(r"set server greeter/(\w+) (?:state ([a-z]+)|weight (\d+))", command)
        assert found, command
        if found.group(1) not in machine.servers:
            return "No such server."
        self.effect()
        if found.group(3):
            machine.weights[found.group(1)] = int(found.group(3))
        elif not machine.deaf_proxy:
            machine.servers[found.group(1)] = found.group(2)
        self.effect()
        return ""

    def process(self, pid: int) -> Process | None:
        for unit in self.machine.units.values():
            if unit.active and unit.pid == pid and unit.program:
                program = "swapped" if "runs another file" in unit.program else unit.program
                uid = 0 if "runs as root" in unit.program else 990
                return Process(uid, hashlib.sha256(program.encode()).hexdigest(), "/opt/greeter/bin/greeter")
        return Process(33, "", "/usr/bin/squatter --port 18082")

    def runs(self, pid: int) -> bool:
        self.machine.live_on()
        return any(unit.active and unit.pid == pid for unit in self.machine.units.values())

    def enabled(self, unit: str) -> bool:
        return self.machine.units.get(unit, Running()).enabled

    def cpu(self) -> tuple[str, set[str]]:
        return self.machine.cpu

    def unreachable(self, name: str, port: int, timeout: float) -> str:
        self.asked_for.append(f"{name}:{port}")
        return "" if self.machine.time >= self.machine.reachable_at else "Connection refused"

    def memory(self) -> int:
        return 4 << 30

    def has_user(self, name: str) -> bool:
        return name in self.machine.users

    def is_root(self) -> bool:
        return self.privileged

    def user(self) -> str:
        return "deploy"

    def name(self) -> str:
        return "web1"

    def clock(self) -> float:
        return self.machine.time

    def now(self) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.machine.time))

    def served_by(self, slot: str) -> str:
        return self.machine.units.get(f"greeter@{slot}.service", Running()).program

    def sleep(self, seconds: float) -> None:
        self.machine.time += seconds
        ready = {
            slot: self.machine.weights.get(slot, 1)
            for slot, state in self.machine.servers.items()
            if state == "ready"
        }
        for slot, weight in ready.items():
            requests = self.machine.requests * seconds * weight / sum(ready.values())
            counted = self.machine.counted.setdefault(slot, [0, 0])
            counted[0] += requests
            counted[1] += requests * self.machine.failing.get(self.served_by(slot), 0)
        for slot in self.machine.sessions:
            if self.machine.servers.get(slot) == "drain":
                self.machine.sessions[slot] = max(0, self.machine.sessions[slot] - 1)

    def say(self, text: str) -> None:
        self.machine.said.append(text)

    def conclude(self, text: str) -> None:
        self.machine.said.append(text)

    def answer(self, line: dict[str, Any]) -> None:
        self.machine.answers.append(line)

    def program(self) -> bytes:
        return b"the activator that runs"

    def stream(self, path: str) -> IO[bytes]:
        return io.BytesIO((self.machine.root / path.lstrip("/")).read_bytes())
