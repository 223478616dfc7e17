"""A region that is lost without a warning, and comes back."""

from __future__ import annotations

import asyncio
import random
import time

from drill import loss
from drill.client import SECONDS_FOR_A_NAME, SECONDS_FOR_AN_ANSWER
from drill.course import Course
from drill.crowd import Crowd
from drill.plan import Plan
from drill.progress import Progress
from model.refusal import Refusal

BEFORE, STEP = 5.0, 0.2
"""Seconds in which everybody must be served before a region is taken away; seconds between two looks."""


async def drill(plan: Plan, progress: Progress) -> Course:
    """Takes it away, waits until everybody is served, gives it back, and waits until users are there again.

    Raises Refusal before anything was changed when users fail already, or a machine cannot be told. Cancelled, it gives back.
    """
    course = plan.course(False, time.monotonic())
    async with Crowd(plan.goal, plan.servers) as crowd:
        await served(crowd, plan, progress)
        # At any moment of an answer's life: a resolver's ends for all users at once, and losses in step with it say less.
        await asyncio.sleep(random.uniform(0, plan.facts.door.answers_for))
        try:
            progress.say(f"taking {plan.region} away: {plan.how.told}")
            course.lost = time.monotonic()
            await loss.take_away(plan.taken, plan.longest)
            course.gone = time.monotonic()
            await _moved(crowd, course, plan, progress)
        finally:
            wrong = await asyncio.shield(loss.give_back(plan.machines))
            for line in wrong:
                progress.say(f"{line}; it opens by itself within {plan.longest} s")
            course.returned = time.monotonic()
            if not wrong:
                progress.say(f"{plan.region} is back")
        await _back(crowd, course, plan, progress)
    course.ended, course.tries = time.monotonic(), crowd.tries
    return course


async def served(crowd: Crowd, plan: Plan, progress: Progress) -> None:
    """Looks that nobody fails. Raises Refusal."""
    progress.say(f"users ask for {plan.goal.name}")
    await asyncio.sleep(BEFORE)
    here = plan.facts.places[plan.region].answers
    if not any(each.address in here for each in crowd.tries):
        progress.say(f"nobody is served by {plan.region} now, so users will feel nothing of its loss")
    failed = crowd.failed(0)
    if failed or not crowd.tries:
        why = failed[0].failure if failed else "no request has ended"
        raise Refusal([f"{plan.goal.name} does not serve everybody as it is, so nothing was changed: {why}"])


async def _moved(crowd: Crowd, course: Course, plan: Plan, progress: Progress) -> None:
    """Until nobody has failed for as long as an answer is kept and a client waits, or three times as long as stated."""
    # As long as one request can take: whoever began before the last that failed has ended, too.
    quiet = SECONDS_FOR_A_NAME + plan.goal.patience + SECONDS_FOR_AN_ANSWER + 1
    told = False
    while (now := time.monotonic()) < course.lost + 3 * plan.bound:
        failed = crowd.failed(course.lost)
        if failed and not told:
            told = True
            progress.say(f"the first request failed: {failed[0].failure}")
        last = max((each.ended for each in failed), default=course.lost)
        if now - last > quiet and now - course.lost > quiet:
            progress.say(f"everybody is served, {last - course.lost:.1f} s after the loss")
            return
        await asyncio.sleep(STEP)
    progress.say(f"users still fail after {3 * plan.bound} s; giving {plan.region} back")


async def _back(crowd: Crowd, course: Course, plan: Plan, progress: Progress) -> None:
    """Until users are where they were, or as long as stated has passed: with weights, or another order, none may come."""
    returned = course.returned or 0.0
    while time.monotonic() < returned + plan.bound + 10:
        if any(each.began > returned and course.whose(each) == plan.region for each in crowd.tries):
            progress.say(
                f"users are served by {plan.region} again, {time.monotonic() - returned:.1f} s later"
            )
            await asyncio.sleep(BEFORE)
            return
        await asyncio.sleep(STEP)
    progress.say(f"no user came back to {plan.region} yet")
