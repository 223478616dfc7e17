"""Host by host, through the same gate and switch as a release: a new process of what is live, or what differs put right."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from desk import ssh
from desk.stack import Machine

Command = Callable[[str, int], str]
"""Of model/desk_script.py."""


async def in_turn(
    machines: Sequence[Machine], made: Command, waits: int, show: Callable[[str], None]
) -> list[str]:
    """One after the other; stops at the first that fails. Returns what went wrong and who was left alone."""
    for number, machine in enumerate(machines):

        async def one(machine: Machine, reached: ssh.Reached) -> None:
            command = made(machine.service, waits)
            done = await reached.run(command, lambda line: show(f"{machine.name}: {line}"))
            if done.code:
                raise ssh.Unreachable(done.stdout.strip() or f"ended with {done.code}")

        (why,) = await ssh.each([machine], one)
        if why:
            left = ", ".join(each.name for each in machines[number + 1 :])
            return [f"{machine.name}: {why}", *([f"left alone: {left}"] if left else [])]
    return []
