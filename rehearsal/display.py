"""What people (or, with --json, programs) see of a run as it happens. Not for deciding anything."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from typing import TextIO

from rehearsal import urn as urns
from rehearsal.planner import Operation

MARKS = {
    Operation.CREATE: ("+", "created", "create", "32"),
    Operation.UPDATE: ("~", "updated", "update", "33"),
    Operation.REPLACE: ("+-", "replaced", "replace", "35"),
    Operation.DELETE: ("-", "deleted", "delete", "31"),
    Operation.DELETE_REPLACED: ("-", "deleted the old one of", "delete the old one of", "31"),
    Operation.READ: ("<", "read", "read", "36"),
}
"""Sign, past tense, infinitive, and ANSI colour of what is shown; the other operations are only counted."""

COUNTED = (Operation.CREATE, Operation.UPDATE, Operation.REPLACE, Operation.DELETE)
PROGRESS_INTERVAL = 10.0
"""Seconds between two lines about what is still running when the output is not a terminal."""


class Display:
    """Writes to `out`; `mask` takes secrets out of every text."""

    def __init__(
        self,
        *,
        preview: bool,
        mask: Callable[[str], str],
        as_json: bool = False,
        debug: bool = False,
        out: TextIO | None = None,
    ) -> None:
        self.out = out or sys.stdout
        self.preview = preview
        self.debug = debug
        self.as_json = as_json
        self.mask = mask
        self.live = self.out.isatty() and not as_json
        self.colour = self.live and "NO_COLOR" not in os.environ
        self.counts: Counter[Operation] = Counter()
        self.diagnostics: list[tuple[str, str, str]] = []
        self._began = time.monotonic()
        self._running: dict[str, tuple[Operation, float]] = {}
        self._last_progress = self._began
        self._status = ""

    def started(self, operation: Operation, urn: str) -> None:
        """An operation begins."""
        self._running[urn] = (operation, time.monotonic())
        self._event("resourcePreEvent", operation, urn)

    def finished(self, operation: Operation, urn: str, changed: tuple[str, ...] = ()) -> None:
        """An operation ended well (in a preview: would be done)."""
        _, began = self._running.pop(urn, (operation, time.monotonic()))
        self.counts[operation] += 1
        self._event("resOutputsEvent", operation, urn)
        if operation in MARKS and urns.type_of(urn) != urns.ROOT_TYPE:
            sign, past, infinitive, colour = MARKS[operation]
            detail = f" ({', '.join(changed)})" if changed else ""
            took = time.monotonic() - began
            done = f"{past}{detail}" + (f" in {took:.1f} s" if took >= 0.05 else "")
            text = f"{infinitive}{detail}" if self.preview else done
            self._print(f" {self._paint(sign.rjust(2), colour)} {_label(urn)} {text}")

    def failed(self, operation: Operation, urn: str, message: str) -> None:
        """An operation failed."""
        _, began = self._running.pop(urn, (operation, time.monotonic()))
        if urns.type_of(urn) != urns.ROOT_TYPE:
            self._print(
                f" {self._paint(' !', '31')} {_label(urn)} failed after {time.monotonic() - began:.1f} s"
            )
        self.diagnostic("error", message, urn)

    def line(self, urn: str, text: str) -> None:
        """One line that a resource or, with an empty URN, the program printed."""
        self._print(f"    {urns.name_of(urn) if urn else 'program'}: {text}")

    def diagnostic(self, severity: str, message: str, urn: str = "") -> None:
        """Something to be said again at the end: `severity` is error, warning or info."""
        self.diagnostics.append((severity, message, urn))
        if self.as_json:
            self._json({"diagnosticEvent": {"severity": severity, "message": self.mask(message), "urn": urn}})

    def trace(self, error: Exception) -> None:
        """With --debug, where in the rehearsal an error came from."""
        if self.debug:
            self._print("".join(traceback.format_exception(error)))

    def tick(self) -> None:
        """Called about once a second: shows what is running."""
        now = time.monotonic()
        if not self._running or self.as_json:
            return
        items = [f"{urns.name_of(urn)} {now - began:.0f} s" for urn, (_, began) in self._running.items()]
        text = f"    {now - self._began:.0f} s: {len(items)} running: {', '.join(sorted(items)[:4])}"
        text += ", ..." if len(items) > 4 else ""
        if self.live:
            self._clear()
            self._status = self.mask(text)[: shutil.get_terminal_size().columns - 1]
            self.out.write(self._status)
            self.out.flush()
        elif now - self._last_progress >= PROGRESS_INTERVAL:
            self._print(text)

    def close(self, *, outputs: list[tuple[str, str]], result: str) -> None:
        """The end of the run: diagnostics, outputs, and one line of numbers."""
        if self.as_json:
            changes = {str(operation): count for operation, count in sorted(self.counts.items())}
            self._json({"summaryEvent": {"resourceChanges": changes, "result": result}})
            return
        for severity, message, urn in self.diagnostics:
            name = f" {_label(urn)}" if urn else ""
            body = message.rstrip().replace("\n", "\n    ")
            self._print(f"{self._paint(severity, '31' if severity == 'error' else '33')}{name}: {body}")
        if outputs:
            width = max(len(name) for name, _ in outputs)
            self._print("Outputs:")
            for name, value in outputs:
                self._print(f"    {name.ljust(width)} : {value}".replace("\n", "\n        "))
        self._print(f"{result}: {self.numbers()} in {time.monotonic() - self._began:.1f} s")

    def numbers(self) -> str:
        """How many resources changed, by operation, and how many did not."""
        index = 2 if self.preview else 1
        parts = [f"{self.counts[op]} {MARKS[op][index]}" for op in COUNTED if self.counts[op]]
        total = sum(self.counts[op] for op in COUNTED)
        words = "1 change" if total == 1 else f"{total} changes"
        return f"{words}{' (' + ', '.join(parts) + ')' if parts else ''}, {self.counts[Operation.SAME]} unchanged"

    def _event(self, kind: str, operation: Operation, urn: str) -> None:
        if self.as_json:
            self._json({kind: {"metadata": {"op": str(operation), "urn": urn, "type": urns.type_of(urn)}}})

    def _json(self, event: dict) -> None:
        print(json.dumps(event), file=self.out, flush=True)

    def _print(self, text: str) -> None:
        if self.as_json:
            return
        self._clear()
        self._last_progress = time.monotonic()
        print(self.mask(text), file=self.out, flush=True)

    def _clear(self) -> None:
        if self._status:
            self.out.write("\r\x1b[K")
            self._status = ""

    def _paint(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self.colour else text


def _label(urn: str) -> str:
    return f"{urns.name_of(urn)} [{urns.type_of(urn)}]"
