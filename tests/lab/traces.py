"""Where a text is found: in files, journal, command lines and environments of a host, and in files of this machine.

It travels on stdin, so that looking for it leaves no trace of it.
"""

from __future__ import annotations

import gzip
import json
import shlex
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.machine import Machine
from tests.lab import evidence

SEARCHED = "/etc /home /opt /root /run /srv /tmp /usr/local /var"
MARKER = "/run/watching"
# Until the marker is gone. Processes come and go while they are looked at.
WATCH = f"""
import contextlib, json, pathlib, pwd, sys, time
wanted = [text.encode() for text in json.load(sys.stdin)]
hits, commands, rounds = set(), set(), 0
users = {{user.pw_name: user.pw_uid for user in pwd.getpwall()}}
marker = pathlib.Path("{MARKER}")
marker.touch()
while marker.exists():
    rounds += 1
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = (process / "cmdline").read_bytes()
            text = line.replace(b"\\0", b" ").decode(errors="replace")
            if " apply --" in text:
                commands.add(text)
            if any(one in line for one in wanted):
                hits.add(("cmdline", text.split()[0]))
            own = process.stat().st_uid == users.get("greeter", -1)
            if not own and any(one in (process / "environ").read_bytes() for one in wanted):
                hits.add(("environ", text.split()[0]))
    time.sleep(0.02)
print(json.dumps({{"hits": sorted(hits), "commands": sorted(commands), "rounds": rounds}}))
"""
ENVIRONMENTS = """
import contextlib, json, pathlib, sys
wanted, found = sys.stdin.buffer.read(), []
for process in pathlib.Path("/proc").glob("[0-9]*"):
    with contextlib.suppress(OSError):
        if wanted in (process / "environ").read_bytes():
            found.append(int(process.name))
print(json.dumps(found))
"""
JOURNAL = """
import json, subprocess, sys
wanted, found = sys.stdin.read(), set()
command = ["journalctl", "--no-pager", "--all", "--output=json"]
for line in subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.splitlines():
    entry = json.loads(line)
    for value in entry.values():
        # What is not printable comes as a list of bytes.
        binary = isinstance(value, list) and isinstance(value[0], int)
        if wanted in (bytes(value).decode(errors="replace") if binary else str(value)):
            found.add(entry.get("_SYSTEMD_UNIT") or entry.get("SYSLOG_IDENTIFIER") or "unknown")
print(json.dumps(sorted(found)))
"""


@dataclass
class Watch:
    """What was seen on a host: (cmdline or environ, program) with the text in it, and command lines that apply a release."""

    hits: list[list[str]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    rounds: int = 0


@contextmanager
def watching(machine: Machine, texts: Sequence[str]) -> Iterator[Watch]:
    """Looks at every process during the body, again and again; complete once the body has ended.

    The environment of the service's own processes is left out.
    """
    watch = Watch()

    def look() -> None:
        for name, value in _python(machine, WATCH, json.dumps(list(texts)), timeout=280).items():
            setattr(watch, name, value)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        evidence.wait_for(lambda: machine.run(f"test -e {MARKER}", check=False).returncode == 0, "the watch")
        yield watch
    finally:
        machine.run(f"sudo -n rm -f {MARKER}")
        thread.join()


def files_with(machine: Machine, text: str) -> list[str]:
    """Files on the host that hold `text`; the journal's are not told, see `journal_with`."""
    search = "grep --recursive --devices=skip --files-with-matches --fixed-strings --file=-"
    found = machine.run(f"sudo -n {search} --exclude-dir=journal {SEARCHED} 2>/dev/null || true", stdin=text)
    return sorted(found.stdout.split())


def environments_with(machine: Machine, text: str) -> list[int]:
    """Processes on the host, by number, that have `text` in their environment."""
    return _python(machine, ENVIRONMENTS, text)


def journal_with(machine: Machine, text: str) -> set[str]:
    """The units of which the journal has entries with `text` in any field."""
    return set(_python(machine, JOURNAL, text))


def here_with(directory: Path, text: str) -> list[str]:
    """Files under a directory of this machine that hold `text`, compressed ones opened."""

    def content(path: Path) -> bytes:
        data = path.read_bytes()
        return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data

    return [str(path) for path in directory.rglob("*") if path.is_file() and text.encode() in content(path)]


def _python(machine: Machine, program: str, stdin: str, timeout: float = 120) -> Any:
    done = machine.run(f"sudo -n python3 -c {shlex.quote(program)}", stdin=stdin, timeout=timeout)
    return json.loads(done.stdout)
