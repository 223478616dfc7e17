"""The programs that the activator starts on a fake machine: systemctl, nginx, nft, apt-get and the like."""

from __future__ import annotations

import hashlib
import itertools
import re
import subprocess
from pathlib import Path

from activator.host import Host, Result
from tests.activator.state import PROXY, TIMER, Crash, Running, State


class FakePrograms(Host):
    """It counts effects and can crash before or after each."""

    def __init__(self, machine: State, *, root: bool = True) -> None:
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

    def run(self, *command: str, timeout: float = 60, **environment: str) -> Result:
        changes = command[:2] != ("systemctl", "show")
        if changes:
            self.effect()
        self.machine.commands.append(" ".join(command))
        said = getattr(self, "run_" + re.sub(r"\W", "_", command[0]))(*command[1:])
        if changes:
            self.effect()
        return said if isinstance(said, Result) else Result(1 if said else 0, said)

    def run_getent(self, what: str, name: str) -> Result:
        assert what == "group"
        return Result(0 if name in self.machine.users else 2, "")

    def run_find(self, *words: str) -> str:
        assert "-perm" in words, "what root alone may read is nobody's"
        return ""

    def run_setfacl(self, *words: str) -> str:
        if self.machine.unreadable:
            return "Operation not supported"
        change = next(each for each in words if each in ("-m", "-x", "-b"))
        at = words.index(change) + (1 if change == "-b" else 2)
        for path in words[at:]:
            if change == "-m":
                self.machine.acl[path] = words[at - 1].split(":")[1]
            else:
                self.machine.acl.pop(path, None)
        return ""

    def run_getfacl(self, *words: str) -> Result:
        group = self.machine.acl.get(words[-1])
        return Result(0, f"user::rwx\ngroup:{group}:r-x\ndefault:group:{group}:r-x" if group else "user::rwx")

    def run__usr_sbin_sshd(self, *words: str) -> Result:
        assert words == ("-T",)
        return Result(0, self.machine.sshd)

    def run_timedatectl(self, *words: str) -> Result:
        assert words == ("show", "--property=NTPSynchronized", "--value")
        return Result(0, f"{self.machine.synchronised}\n")

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

    def run_sh(self, *words: str) -> Result:
        """For real: what it is asked are files below this machine's root, which it only reads."""
        done = subprocess.run(["sh", *words], capture_output=True, text=True)
        return Result(done.returncode, done.stdout + done.stderr)

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

    def run_pdns_server(self, *words: str) -> str:
        return self.check(words[0].removeprefix("--config-dir=") + "/pdns.conf")

    def run_pdnsutil(self, *words: str) -> str:
        """Follows the settings to the zone."""
        settings = Path(words[0].removeprefix("--config-dir=") + "/pdns.conf").read_text()
        return self.check(re.findall(r"zone=(\S+)", settings)[0])

    def run_pdns_control(self, where: str, *words: str) -> Result:
        folder = self.machine.root / where.removeprefix("--config-dir=/")
        zone = (folder / "zone").read_text()
        return Result(0, "parsed into memory" if "broken when loaded" not in zone else "no such domain")

    def run_dpkg_query(self, *words: str) -> Result | str:
        if words[0] == "--search":
            packaged = words[1] in self.machine.packaged
            return Result(0, f"nginx-common: {words[1]}") if packaged else Result(1, "no path found")
        sums = [
            f" {path} {hashlib.md5(text.encode()).hexdigest()}"
            for path, text in self.machine.packaged.items()
        ]
        return Result(0, "\n".join(sums))

    def run_openssl(self, kind: str, *words: str) -> Result | str:
        if kind == "req":
            for option in ("-keyout", "-out"):
                Path(words[words.index(option) + 1]).write_text("nobody's")
            return ""
        path = Path(words[1])
        found = path.read_text() if path.exists() else ""
        return Result(0, found) if found else Result(1, "Can't open")

    def run_certbot(self, *words: str) -> Result | str:
        """A CA that looks where it is told to, and writes what openssl would read."""
        machine = self.machine
        told = dict(itertools.pairwise(words))
        home, name = told["--config-dir"], told["--cert-name"]
        assert "acme-challenge" in machine.text("/etc/nginx/conf.d/edge.conf"), "nginx has to answer first"
        if machine.refusal:
            return machine.refusal
        names = [word for option, word in itertools.pairwise(words) if option == "--domain"]
        listed = ", ".join(f"DNS:{each}" for each in names)
        machine.put(f"{home}/live/{name}/fullchain.pem", f"notAfter=Apr  1 12:00:00 1970 GMT\n    {listed}\n")
        machine.put(f"{home}/live/{name}/privkey.pem", "the key")
        machine.put(f"{home}/renewal/{name}.conf", f"server = {told['--server']}\n")
        return ""

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
