"""How a region is lost to its users and comes back: its machines let nobody in but over SSH."""

from __future__ import annotations

from collections.abc import Sequence

from desk import ssh
from desk.stack import Machine
from drill.way import Taken
from model import drill_script
from model.refusal import Refusal


async def take_away(taken: Taken, longest: int) -> None:
    """From now on nobody is let in there; after `longest` seconds each machine lets them in again by itself.

    Raises Refusal, with the region put back, when one of them cannot be told.
    """
    wrong = await _everywhere(taken.machines, drill_script.close(taken.ports, longest, taken.refused))
    if wrong:
        raise Refusal([*wrong, *(await give_back(taken.machines))])


async def give_back(machines: Sequence[Machine]) -> list[str]:
    """Lets users in again where that was taken away; a line for each machine that cannot be told."""
    return await _everywhere(machines, drill_script.reopen())


async def closed(machines: Sequence[Machine]) -> list[Machine]:
    """Those that an earlier drill left closed. Raises Refusal when one cannot be asked."""
    found: list[Machine] = []
    wrong: list[str] = []
    for machine, told in zip(machines, await _answers(machines, drill_script.asked()), strict=True):
        if isinstance(told, ssh.Unreachable):
            wrong.append(f"{machine.name}: {told}")
        elif told.stdout.strip() == drill_script.CLOSED:
            found.append(machine)
    if wrong:
        raise Refusal(wrong)
    return found


async def _everywhere(machines: Sequence[Machine], script: str) -> list[str]:
    wrong: list[str] = []
    for machine, told in zip(machines, await _answers(machines, script), strict=True):
        if isinstance(told, ssh.Unreachable):
            wrong.append(f"{machine.name}: {told}")
        elif told.code:
            said = (told.stderr.strip() or f"ended with {told.code}").splitlines()
            # nft shows the line and points at it below what is wrong.
            wrong.append(f"{machine.name}: {said[0]}")
    return wrong


async def _answers(machines: Sequence[Machine], script: str) -> list[ssh.Done | ssh.Unreachable]:
    return await ssh.each(machines, lambda _, reached: reached.run(script))
