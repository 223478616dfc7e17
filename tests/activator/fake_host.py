"""What the activator sees of a fake machine and does there: real files, fakes of the proxy, the service and the clock."""

from __future__ import annotations

import hashlib
import io
import re
import time
from typing import IO, Any

from activator.failure import Failed
from activator.host import Process
from tests.activator.fake_programs import FakePrograms
from tests.activator.state import PROXY, Crash, Running


class FakeHost(FakePrograms):
    """The activator's door to a fake machine."""

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

    def home_of(self, name: str) -> str | None:
        return self.machine.homes.get(name, f"/opt/{name}/data") if name in self.machine.users else None

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
