"""The user's program in a process of its own: started, fed its settings, watched, ended. Knows nothing of resources."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

LAUNCHER = Path(__file__).with_name("launcher.py")
LONGEST_LINE = 2**24
"""Bytes; a longer line of the program's is cut into several."""
GRACE = 5.0
"""Seconds that a program gets to end after SIGTERM."""


class Program:
    """One run of the program; `show` gets each line that it prints."""

    def __init__(self, process: asyncio.subprocess.Process, show: Callable[[str], None]) -> None:
        self._process = process
        assert process.stdout is not None
        self._reader = asyncio.create_task(_pump(process.stdout, show))

    @classmethod
    async def start(cls, directory: Path, show: Callable[[str], None]) -> Program:
        """Start the interpreter; it loads the SDK and waits for `send`."""
        environment = {**os.environ, "PULUMI_ERROR_OUTPUT_STRING": "1", "PYTHONUNBUFFERED": "1"}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(LAUNCHER),
            str(directory),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=environment,
            cwd=directory,
            # Ctrl-C in the terminal must reach the engine alone, which then ends the program.
            start_new_session=True,
            limit=LONGEST_LINE,
        )
        return cls(process, show)

    async def send(self, settings: dict[str, Any]) -> None:
        """Give the program its settings and let it run. Its input stays open for as long as this process lives."""
        stdin = self._process.stdin
        assert stdin is not None
        stdin.write(json.dumps(settings).encode() + b"\n")

    async def wait(self) -> int:
        """Its exit code, once it has ended and everything it printed has been shown."""
        code = await self._process.wait()
        # A process that it left behind may hold its output open; its own lines are here by now.
        await asyncio.wait({self._reader}, timeout=1)
        return code

    async def end(self) -> None:
        """End it and whatever it started, if it has not ended."""
        if self._process.returncode is None:
            _signal(self._process.pid, signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), GRACE)
            except TimeoutError:
                _signal(self._process.pid, signal.SIGKILL)
                await self._process.wait()
        self._reader.cancel()


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return


async def _pump(stream: asyncio.StreamReader, show: Callable[[str], None]) -> None:
    while True:
        try:
            line = await stream.readuntil(b"\n")
        except asyncio.IncompleteReadError as end:
            line = end.partial
            if not line:
                return
        except asyncio.LimitOverrunError as long:
            line = await stream.readexactly(long.consumed)
        show(line.decode(errors="replace").rstrip("\r\n"))
