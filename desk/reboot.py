"""Host by host: requests are finished, the machine reboots, and only when it serves again as before does the next one follow."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from desk import ssh
from desk.ask import told
from desk.stack import Machine
from model import desk_script

ON_HOST = (Path(__file__).parent / "reboot_on_host.py").read_text()
WANTED = "it wants to be rebooted"
"""How the activator's `drift` begins to say so."""
BOOTS = 600
"""Seconds that a machine may take until it can be reached again: firmware of a large server takes minutes."""
PAUSE, SETTLES = 2.0, 10.0
"""Seconds between two looks, and after one that serves again: an edge tries a host that was away 5 s later."""


async def in_turn(
    machines: Sequence[Machine], drain: float, waits: int, show: Callable[[str], None], *, all: bool
) -> list[str]:
    """One after the other, those that want it or `all`; stops at the first that fails. Returns what went wrong.

    `drain` are the seconds for which requests may go on, `waits` those until a service is well.
    """
    looks = await ssh.each(machines, _seen)
    if wrong := [
        f"{m.name}: {look}"
        for m, look in zip(machines, looks, strict=True)
        if isinstance(look, ssh.Unreachable)
    ]:
        return [*wrong, "nothing was rebooted"]
    chosen = [machine for machine, look in zip(machines, looks, strict=True) if all or _wants(look)]
    for machine in machines:
        if machine not in chosen:
            show(f"{machine.name}: does not want to be rebooted")
    for number, machine in enumerate(chosen):
        if number:
            await asyncio.sleep(SETTLES)
        if why := await _one(machine, drain, waits, show):
            left = ", ".join(each.name for each in chosen[number + 1 :])
            return [f"{machine.name}: {why}", *([f"left alone: {left}"] if left else [])]
    return []


async def _one(machine: Machine, drain: float, waits: int, show: Callable[[str], None]) -> str | None:
    """Why it did not work."""

    async def go(machine: Machine, reached: ssh.Reached) -> dict[str, Any]:
        before = await _seen(machine, reached)
        done = await reached.run(desk_script.program(ON_HOST, machine.service, drain))
        if done.code:
            raise ssh.Unreachable((done.stderr.strip() or f"ended with {done.code}").splitlines()[-1])
        return before

    began = time.monotonic()
    (before,) = await ssh.each([machine], go)
    if isinstance(before, ssh.Unreachable):
        return str(before)
    show(f"{machine.name}: its requests are finished; it reboots")
    end, said = began + drain + BOOTS + waits, "it has not been reached since"
    while time.monotonic() < end:
        await asyncio.sleep(PAUSE)
        (now,) = await ssh.each([machine], _seen)
        if isinstance(now, ssh.Unreachable):
            said = str(now)
        elif now["boot"] == before["boot"]:
            said = "it has not gone down"
        elif wrong := [each for each in now["differs"] if each not in before["differs"]]:
            said = "; ".join(wrong)
        else:
            show(f"{machine.name}: serves again as before, after {time.monotonic() - began:.0f} s")
            return None
    return f"not as before after {time.monotonic() - began:.0f} s: {said}"


def _wants(look: dict[str, Any] | ssh.Unreachable) -> bool:
    return isinstance(look, dict) and any(each.startswith(WANTED) for each in look["differs"])


async def _seen(machine: Machine, reached: ssh.Reached) -> dict[str, Any]:
    boot = await reached.run("cat /proc/sys/kernel/random/boot_id")
    found = await told(machine, reached, "drift")
    if not found.get("release"):
        raise ssh.Unreachable(f"{machine.service} is not installed")
    return {"boot": boot.stdout.strip(), "differs": found["differs"]}
