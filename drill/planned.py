"""A region that is drained, and gets its users back: `regions.NAME.drained`, by the same `up` that everybody uses."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from pathlib import Path

from desk.stack_file import changed, setting
from drill.course import Course
from drill.crowd import Crowd
from drill.plan import Plan
from drill.progress import Progress
from drill.unplanned import BEFORE, served
from model.refusal import Refusal

REGIONS = "regions"


async def drill(plan: Plan, project: Path, progress: Progress) -> Course:
    """Drains, waits until nobody is left there, and undrains. Raises Refusal. Cancelled, it undrains."""
    course = plan.course(True, time.monotonic())
    note = noted(project, plan.stack)
    async with Crowd(plan.goal, plan.servers) as crowd:
        await served(crowd, plan, progress)
        try:
            progress.say(f"draining {plan.region}")
            note.parent.mkdir(parents=True, exist_ok=True)
            note.write_text(plan.region)
            drain(project, plan.stack, plan.region)
            await up(project, plan.stack)
            course.lost = time.monotonic()
            progress.say(f"waiting {plan.emptied_within:.0f} s until nobody is sent there")
            await asyncio.sleep(plan.emptied_within)
            course.gone = time.monotonic()
            await asyncio.sleep(BEFORE)
        finally:
            progress.say(f"undraining {plan.region}")
            course.returned = time.monotonic()
            await asyncio.shield(undrained(project, plan.stack, plan.region))
            progress.say(f"{plan.region} is back")
        await asyncio.sleep(plan.facts.door.answers_for + BEFORE)
    course.ended, course.tries = time.monotonic(), crowd.tries
    return course


def noted(project: Path, stack: str) -> Path:
    """The file that names the region which a drill has drained."""
    return project / ".slipway" / "drills" / f"{stack}.drained"


def drain(project: Path, stack: str, region: str) -> None:
    """Writes it into the stack file."""
    with changed(project / f"Pulumi.{stack}.yaml") as config:
        # Not at the end, because a comment there belongs to the last key.
        setting(config, REGIONS)[region].insert(0, "drained", True)


async def undrained(project: Path, stack: str, region: str) -> None:
    """Takes it out of the stack file, and brings that to the DNS hosts. Raises Refusal."""
    with changed(project / f"Pulumi.{stack}.yaml") as config:
        setting(config, REGIONS)[region].pop("drained", None)
    await up(project, stack)
    noted(project, stack).unlink(missing_ok=True)


async def up(project: Path, stack: str) -> None:
    """The stack as its file has it. Raises Refusal with the end of what it said."""
    words = [sys.executable, "-m", "engine", "up", "--stack", stack, "--yes"]
    running = await asyncio.create_subprocess_exec(
        *words,
        cwd=project,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        said, _ = await running.communicate()
    except asyncio.CancelledError:
        # It has a session of its own, so that it is told once; its lock must be free before the next one.
        running.send_signal(signal.SIGINT)
        await asyncio.shield(running.communicate())
        raise
    if running.returncode:
        lines = said.decode(errors="replace").strip().splitlines()
        raise Refusal(["`up` failed:", *lines[-20:]])
