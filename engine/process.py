"""Pulumi's program as a child of this process: started, given what signals there are, waited for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from engine.stacks import Stack

SENT_ON = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
WAITED_FOR = {*SENT_ON, signal.SIGCHLD}
_FROM_THE_TERMINAL = 128
"""SI_KERNEL: the terminal sent the signal to its whole foreground group, Pulumi included."""


class Pulumi:
    """The engine for one stack. `environment` is added to the stack's own."""

    def __init__(self, program: Path, stack: Stack, environment: dict[str, str] | None = None) -> None:
        self._program, self._stack = program, stack
        self._environment = {**stack.environment, **(environment or {})}

    def run(self, *words: str) -> int:
        """Runs `pulumi WORDS` on this terminal; gives its exit status, 128 and the signal where it was killed."""
        early: list[int] = []
        for number in SENT_ON:
            signal.signal(number, lambda number, frame: early.append(number))
        child = subprocess.Popen(self._command(words), cwd=self._stack.directory, env=self._environment)
        signal.pthread_sigmask(signal.SIG_BLOCK, WAITED_FOR)
        for number in early:
            child.send_signal(number)
        try:
            while (code := child.poll()) is None:
                told = signal.sigtimedwait(WAITED_FOR, 1.0)
                if told and told.si_signo in SENT_ON and told.si_code != _FROM_THE_TERMINAL:
                    child.send_signal(told.si_signo)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, WAITED_FOR)
            for number in SENT_ON:
                signal.signal(
                    number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
                )
        return code if code >= 0 else 128 - code

    def quietly(self, *words: str) -> None:
        """Runs `pulumi WORDS`, whose output is shown only when it fails. Raises SystemExit then."""
        done = self._ended(*words, stderr=subprocess.STDOUT)
        if done.returncode:
            raise SystemExit(f"`pulumi {' '.join(words)}` failed: {done.stdout.strip()}")

    def succeeds(self, *words: str) -> bool:
        """Whether `pulumi WORDS` does, shown to nobody."""
        return self._ended(*words, stderr=subprocess.DEVNULL).returncode == 0

    def told(self, *words: str) -> str:
        """What `pulumi WORDS` prints; its errors are shown. Raises SystemExit with its exit status."""
        done = self._ended(*words)
        if done.returncode:
            raise SystemExit(done.returncode)
        return done.stdout

    def _ended(self, *words: str, stderr: int | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._command(words),
            cwd=self._stack.directory,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )

    def _command(self, words: Sequence[str]) -> list[str]:
        # An option, not `stack select`: which stack is selected in a user's own workspace is the user's.
        return [os.fspath(self._program), *words, "--stack", self._stack.name]


def split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """A command line's own words, and those after `--`, which are Pulumi's."""
    words = [*arguments, "--"]
    at = words.index("--")
    return words[:at], words[at + 1 : -1]


def leave(status: int) -> NoReturn:
    """Ends this process at once: threads of a program that waits for an engine which is gone must not keep it."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
