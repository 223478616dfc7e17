"""The journals of a stack's machines, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from desk import ssh
from desk.stack import Machine
from model import desk_script


async def logs(
    machines: Sequence[Machine], since: str, lines: int, follow: bool, show: Callable[[str], None]
) -> list[str]:
    """Shows each line behind its machine's name as it comes; returns who could not be asked, and why."""
    width = max(len(machine.name) for machine in machines)

    async def one(machine: Machine, reached: ssh.Reached) -> None:
        command = desk_script.logs(machine.service, since, lines, follow)
        await reached.follow(command, lambda line: show(f"{machine.name.ljust(width)}  {line}"))

    ended = await ssh.each(machines, one)
    return [f"{machine.name}: {why}" for machine, why in zip(machines, ended, strict=True) if why]
