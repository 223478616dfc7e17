"""A new process of what is live, host by host, through the same gate and switch as a release."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from desk import ssh
from desk.stack import Machine
from model import desk_script


async def restart(machines: Sequence[Machine], waits: int, show: Callable[[str], None]) -> list[str]:
    """One after the other; stops at the first that fails. Returns what went wrong and who was left alone."""
    for number, machine in enumerate(machines):

        async def one(machine: Machine, reached: ssh.Reached) -> None:
            command = desk_script.restart(machine.service, waits)
            done = await reached.run(command, lambda line: show(f"{machine.name}: {line}"))
            if done.code:
                raise ssh.Unreachable(done.stdout.strip() or f"ended with {done.code}")

        (why,) = await ssh.each([machine], one)
        if why:
            left = ", ".join(each.name for each in machines[number + 1 :])
            return [f"{machine.name}: {why}", *([f"not restarted: {left}"] if left else [])]
    return []
