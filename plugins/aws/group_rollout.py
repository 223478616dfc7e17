"""The deployer's own way of bringing a group to a release, against Auto Scaling that is pretended: nothing of it is imitated."""

from __future__ import annotations

import asyncio
import json
import shlex

from groups.rollout import Rollout
from groups.service import Refused, Service
from groups.wanted import Wanted
from plugins.aws.record import Record
from plugins.aws.scaling import Scaling
from plugins.provider import Log, ProviderError

ASK = " -m groups "
"""In the command that would ask AWS."""


async def bring(record: Record, command: str, log: Log) -> str:
    """What the command would print. Raises ProviderError where it would fail."""
    wanted = Wanted.read(shlex.split(command.partition(ASK)[2])[0])
    cloud = Scaling(record)
    clock = [0.0]

    def pause(seconds: float) -> None:
        clock[0] += seconds
        cloud.pass_time(wanted.group, seconds)

    def run() -> None:
        Rollout(Service(cloud, cloud, wanted), wanted, lines.append, pause, lambda: clock[0]).bring()

    lines: list[str] = []
    try:
        await asyncio.to_thread(run)
    except Refused as refused:
        raise ProviderError(str(refused)) from None
    finally:
        for line in lines:
            log(f"pretended: {line}", "stderr")
    return json.dumps(dict(wanted.told)) + "\n"
