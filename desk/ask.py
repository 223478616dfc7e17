"""The activator's own words about what a machine runs or keeps. Changes nothing there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from desk import ssh
from desk.stack import Machine
from model import remote_script
from model.answer import answer

Said = dict[str, Any] | ssh.Unreachable
Question = Literal["releases", "status", "drift", "history"]


async def ask(machines: Sequence[Machine], what: Question) -> list[Said]:
    """Each machine's line (docs/activator.md), empty where nothing is installed, or why there is none."""
    return await ssh.each(machines, lambda machine, reached: told(machine, reached, what))


async def told(machine: Machine, reached: ssh.Reached, what: Question) -> dict[str, Any]:
    """As `ask`, of a machine that has let us in. Raises Unreachable."""
    done = await reached.run(remote_script.asked(machine.service, what))
    if done.code:
        said = (done.stderr.strip() or done.stdout.strip() or f"ended with {done.code}").splitlines()[-1]
        raise ssh.Unreachable(f"`{what}` cannot be asked there: {said}")
    try:
        return answer(done.stdout)
    except ValueError:
        return {}  # whatever its shell printed, there is no activator that could have answered
