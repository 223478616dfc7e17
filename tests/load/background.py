"""Load beside a test, sent by a process of its own, so that a busy test makes no request late."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

from tests.load.plan import Plan
from tests.load.result import Result


def words(plan: Plan) -> list[str]:
    """The plan as words for the command line."""
    found = [
        plan.url,
        *(["--new-connections"] if not plan.keep_alive else []),
        *(["--again"] if plan.again else []),
    ]
    for field in fields(plan):
        if field.name not in ("url", "keep_alive", "again"):
            found += [f"--{field.name.replace('_', '-')}", str(getattr(plan, field.name))]
    return found


@contextmanager
def running(plan: Plan) -> Iterator[Result]:
    """Load during the body, which begins when the client does. The counts follow it; all is complete once it has ended."""
    result, began = Result(), threading.Event()
    with subprocess.Popen(
        [sys.executable, "-m", "tests.load", *words(plan), "--json"],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def follow() -> None:
            assert process.stdout
            for line in process.stdout:
                result.update(line)
                began.set()
            began.set()

        reader = threading.Thread(target=follow)
        reader.start()
        began.wait()
        try:
            yield result
        finally:
            process.terminate()
            reader.join()
    if process.returncode not in (0, 1):
        raise RuntimeError(f"the load client ended with {process.returncode}; what it said is above")
