"""The machine that this runs on: every effect on it goes through here, and no decision is made here."""

# ruff: noqa: PTH123

from __future__ import annotations

import contextlib
import json
import os
import pwd
import re
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

from activator.disk import Disk, sha256


@dataclass(frozen=True)
class Result:
    """How a command ended: exit code (127 missing, 124 out of time) and its stdout and stderr together."""

    code: int
    text: str


@dataclass(frozen=True)
class Process:
    """A running process: who it runs as, and the sha256 of the very file it runs."""

    uid: int
    sha256: str
    command: str


class Host(Disk):
    """Files, commands, HTTP, the proxy's socket, processes, the clock, and whoever reads along."""

    def __init__(self, root: str = "") -> None:
        super().__init__(root)
        self.interruptible = True
        self.began = self.clock()

    def run(self, *command: str, timeout: float = 60, **environment: str) -> Result:
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=timeout,
                env={**os.environ, "LC_ALL": "C", **environment},
            )
        except FileNotFoundError:
            return Result(127, f"{command[0]} is not installed")
        except subprocess.TimeoutExpired as late:
            text = (late.output or b"").decode(errors="replace")
            return Result(124, f"not done after {timeout:g} s\n{text}")
        return Result(done.returncode, done.stdout.decode(errors="replace").strip())

    def get(self, port: int, path: str, timeout: float, name: str = "") -> tuple[int | None, str]:
        """A GET on this machine."""
        return self.ask("127.0.0.1", port, path, timeout, name)

    def ask(
        self, address: str, port: int, path: str, timeout: float, name: str = ""
    ) -> tuple[int | None, str]:
        """Status and words of a GET: the body's first 8 KiB, and where a redirect leads.

        (None, why) without an answer. `name` is sent as Host, else the address that is asked.

        By hand, because `http.client` takes as long to import as the whole rest.
        """
        try:
            with socket.create_connection((address, port), timeout) as stream:
                asked = name or f"127.0.0.1:{port}"
                stream.sendall(f"GET {path} HTTP/1.0\r\nHost: {asked}\r\n\r\n".encode())
                end, answer = self.clock() + timeout, b""
                while len(answer) < 8192 and self.clock() < end:
                    block = stream.recv(8192)
                    if not block:
                        break
                    answer += block
        except OSError as error:
            return None, str(error) or type(error).__name__
        head, _, body = answer.partition(b"\r\n\r\n")
        found = re.match(rb"HTTP/1\.\d (\d{3})", head)
        if not found:
            return None, f"no HTTP answer but {answer[:100]!r}"
        said = repr(body.decode(errors="replace"))
        leads = re.search(rb"^location:[ \t]*(.*?)[ \t]*\r?$", head, re.I | re.M)
        if leads:
            said += f" with Location {leads.group(1).decode(errors='replace')}"
        return int(found.group(1)), said

    def unreachable(self, name: str, port: int, timeout: float) -> str:
        """Why no connection is had there; empty when one is."""
        try:
            socket.create_connection((name, port), timeout).close()
        except OSError as error:
            return str(error) or type(error).__name__
        return ""

    def ask_proxy(self, path: str, command: str) -> str:
        """One command on HAProxy's admin socket."""
        with socket.socket(socket.AF_UNIX) as stream:
            stream.settimeout(5)
            stream.connect(self.root + path)
            stream.sendall(command.encode() + b"\n")
            return b"".join(iter(lambda: stream.recv(65536), b"")).decode().strip()

    def process(self, pid: int) -> Process | None:
        try:
            with open(f"/proc/{pid}/exe", "rb") as program, open(f"/proc/{pid}/status") as status:
                uid = int(re.findall(r"^Uid:\s+\d+\s+(\d+)", status.read(), re.M)[0])
                with open(f"/proc/{pid}/cmdline", "rb") as line:
                    command = line.read().replace(b"\0", b" ").decode(errors="replace").strip()
                return Process(uid, sha256(program), command)
        except (OSError, IndexError):
            return None

    def runs(self, pid: int) -> bool:
        return self.entry(f"/proc/{pid}") is not None

    def enabled(self, unit: str) -> bool:
        """Whether a boot starts the unit: what `systemctl is-enabled` says, without starting a process for it."""
        own = "/etc/systemd/system"
        masked = self.entry(f"{own}/{unit}")
        if masked and masked.link == "/dev/null":
            return False
        # One that its package ties to a target, such as journald, has nothing in /etc.
        wants = [
            f"{home}/{name}"
            for home in (own, "/usr/lib/systemd/system", "/lib/systemd/system")
            for name in self.names(home)
            if name.endswith((".wants", ".requires"))
        ]
        return any(unit in self.names(folder) for folder in wants)

    def cpu(self) -> tuple[str, set[str]]:
        """`uname -m` and the CPU's features by the kernel's names."""
        with open("/proc/cpuinfo") as stream:
            found = re.findall(r"^(?:flags|Features)\s*:(.*)$", stream.read(), re.M)
        return os.uname().machine, set(found[0].split()) if found else set()

    def memory(self) -> int:
        """Bytes of the machine."""
        with open("/proc/meminfo") as stream:
            found = re.search(r"^MemTotal:\s+(\d+) kB", stream.read(), re.M)
        return int(found.group(1)) << 10 if found else 0

    def kernel(self, name: str) -> str | None:
        """A value of sysctl; None where this kernel or container has none."""
        data = self.read(f"/proc/sys/{name.replace('.', '/')}")
        return None if data is None else data.decode().strip()

    def set_kernel(self, name: str, value: str) -> str:
        """Why it was not taken; empty when it was."""
        try:
            with open(f"{self.root}/proc/sys/{name.replace('.', '/')}", "w") as stream:
                stream.write(value)
        except OSError as error:
            return error.strerror or type(error).__name__
        return ""

    def has_user(self, name: str) -> bool:
        return self.home_of(name) is not None

    def home_of(self, name: str) -> str | None:
        """Of an account; None where there is none."""
        try:
            return pwd.getpwnam(name).pw_dir
        except KeyError:
            return None

    def is_root(self) -> bool:
        return os.geteuid() == 0

    def user(self) -> str:
        """Who is at work: the login behind sudo."""
        return os.environ.get("SUDO_USER", "root")

    def name(self) -> str:
        return os.uname().nodename

    def clock(self) -> float:
        """Seconds that only ever grow, whatever is done to the wall clock."""
        return time.monotonic()

    def now(self) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def say(self, text: str) -> None:
        """A line for people. Whoever listened may be gone: that stops nothing."""
        with contextlib.suppress(OSError):
            print(text, file=sys.stderr, flush=True)

    def tell(self, text: str) -> None:
        """A line of progress, with the seconds since the run began."""
        self.say(f"{self.clock() - self.began:5.1f} s  {text}")

    def conclude(self, text: str) -> None:
        """Why a run ended badly: on stdout, so that whoever follows stderr line by line reads it once, with the exit code."""
        with contextlib.suppress(OSError):
            print(text, flush=True)

    def answer(self, line: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):
            print(json.dumps(line), flush=True)
