"""docs/reliability.md, from what a run of the fault tests recorded. Judges nothing: a row is here because its test passed."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

from tests.lab.faults.promises import PROMISES
from tests.lab.faults.record import RATE, Record

COMMAND = "python -m pytest tests/lab/faults --reliability docs/reliability.md"

_HEAD = """\
# What happens when something breaks

Each row is a test that breaks one thing on real hosts while users send requests. It fails unless no user notices (but where a
row says otherwise), the one who deploys is told, nothing half done stays on a host, and the next good deployment converges.
Written by

```
{command}
```

from its own results, on a machine with {cores} {machine} cores. Its hosts are containers with systemd, sshd and HAProxy, and
a virtual machine where a clock of its own is needed. Seconds are those of that machine.

Beside what the columns say, every row asserts at its end: each host, asked itself, serves the wanted release; a second
deployment changes nothing; no file of an unfinished release, lock, armed timer, failed unit or second running slot is left;
the service's own data is as it was.
"""

FLEET, OPERATED, HOST = "A fleet of three", "A host that is operated", "One host"
"""The page's tables, by their titles."""

_FLEET = f"""\
## {FLEET}

Three hosts get releases one after another: first, middle, last. {RATE} requests a second go to each host that users can reach,
over connections that are kept, and none is ever sent twice. "By themselves" means that the timer which a host has armed was
started by the test instead of waiting its minutes; **unconfirmed-twice** waits for a real one.

| what breaks | where | users: sent, lost | `up` | what it says | the hosts then | what heals |
|---|---|---|---|---|---|---|
"""

_OPERATED = f"""\
## {OPERATED}

A host behind an edge with HTTPS, with a packet filter, values of the kernel, a journal that is sent to another machine, and a
monitor. {RATE} requests a second go to the edge, over HTTPS.

| what breaks | where | users: sent, lost | `up` | what it says | the host then | what heals |
|---|---|---|---|---|---|---|
"""

_HOST = f"""\
## {HOST}

What a fleet adds nothing to is tried on one host with the very command that a deployment sends.

| what breaks | users: sent, lost | activator | what it says | the host then | what heals |
|---|---|---|---|---|---|
"""

_PROMISES = """\
## Which tests fail when a promise is broken

Rows of the tables above by their names, and tests by file and name.

"""


def every_fault() -> list[str]:
    """The ids of all rows, in the order of the tests."""
    files = sorted(Path(__file__).parent.glob("test_*.py"))
    return [
        fault for file in files for fault in re.findall(r'mark\.fault\(\s*"([a-z0-9-]+)"', file.read_text())
    ]


def write_page(path: Path, records: list[Record]) -> None:
    """Writes the page, of whole runs only: a part of the table would pass for all of it."""
    unfinished = [record.id for record in records if not record.done]
    assert not unfinished, f"rows without an end: {unfinished}"
    missing = {fault for promise in PROMISES for fault in promise.faults} - {record.id for record in records}
    assert not missing, f"rows that the promises name and that did not run: {sorted(missing)}"
    homeless = {record.id for record in records if record.table not in (FLEET, OPERATED, HOST)}
    assert not homeless, f"rows of no table: {sorted(homeless)}"
    head = _HEAD.format(command=COMMAND, cores=os.cpu_count(), machine=platform.machine())
    tables = [
        head + "".join(_row(record) for record in records if record.table == title)
        for title, head in ((FLEET, _FLEET), (OPERATED, _OPERATED), (HOST, _HOST))
    ]
    absent = [f"**{fault}**" for fault in every_fault() if fault not in {record.id for record in records}]
    left_out = f"Not tried in the run that wrote this page: {', '.join(absent)}.\n" if absent else ""
    path.write_text("\n".join(part for part in (head, *tables, left_out, _promises()) if part))


def _row(record: Record) -> str:
    where = (record.where,) if record.where else ()
    return _cells(f"**{record.id}** {record.broken}", *where, *_outcome(record))


def _outcome(record: Record) -> tuple[str, ...]:
    ended = "killed" if record.code < 0 else f"exit {record.code}"
    took = f"{ended}, {record.seconds:.0f} s" if record.seconds else ended
    return (f"{record.sent}, {record.lost}", took, _shown(record.said), record.after, record.heals)


def _shown(line: str) -> str:
    """The line of evidence without what differs from run to run."""
    line = re.sub(r"^(error|lab-\S+:|\d+\.\d s|~|\s)+", "", line)
    line = re.sub(r"\b(10\.\d+\.\d+\.\d+)", "ADDRESS", line)
    line = re.sub(r"\b[0-9a-f]{12,64}\b", "…", line)
    line = re.sub(r"(pid|since) [0-9TZ:-]+", r"\1 …", line)
    return line if len(line) <= 160 else f"{line[:157]}…"


def _promises() -> str:
    lines = []
    for number, promise in enumerate(PROMISES, 1):
        named = [f"**{fault}**" for fault in promise.faults] + [f"`{test}`" for test in promise.tests]
        lines.append(f"{number}. {promise.words}\n   {', '.join(named)}\n")
    return _PROMISES + "".join(lines)


def _cells(*texts: str) -> str:
    return f"| {' | '.join(text.replace('|', '·') for text in texts)} |\n"
