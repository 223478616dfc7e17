"""What a pretended load balancer says of a target: whether one is registered, used and, where it is a lab host, well."""

from __future__ import annotations

import asyncio
import shlex
import time
import urllib.error
import urllib.request
from dataclasses import dataclass

from plugins.aws import instances, nowhere
from plugins.aws.record import Record
from plugins.provider import Log, ProviderError
from plugins.values import Values

ASK = " -m targets "
"""In the command that asks a load balancer; there is none."""
EVERY = 1.0
"""Seconds between two questions to a lab host."""
GROUP = "aws:lb/targetGroup:TargetGroup"
ATTACHMENT = "aws:lb/targetGroupAttachment:TargetGroupAttachment"
LISTENER = "aws:lb/listener:Listener"


@dataclass(frozen=True, kw_only=True)
class Question:
    """`wanted` is `healthy` or `drained` or, of alarms and no instance, `quiet`; `within` in seconds."""

    wanted: str
    group: str
    instance: str
    port: int
    within: int


def question(command: str) -> Question:
    """What the command asks. Raises ProviderError when it asks in another way."""
    words = shlex.split(command.partition(ASK)[2].partition("||")[0])
    try:
        if words[0] == "quiet":
            return Question(wanted="quiet", group="", instance="", port=0, within=int(words[-1]))
        wanted, group, target, _, within = words
        instance, number = target.rsplit(":", 1)
        return Question(wanted=wanted, group=group, instance=instance, port=int(number), within=int(within))
    except (ValueError, IndexError):
        raise ProviderError(f"a pretended load balancer does not understand {shlex.join(words)}") from None


async def answer(record: Record, asked: Question, log: Log) -> None:
    """Returns when it is as wanted. Raises ProviderError when it is not, or not in time."""
    if asked.wanted == "quiet":
        log("pretended: nobody measures anything here, no alarm rings", "stderr")
        return
    attached = _attached(record, asked)
    if asked.wanted == "drained":
        if attached:
            raise ProviderError(f"{asked.instance} is not drained: it is still in the target group")
        return
    if not attached:
        raise ProviderError(
            f"{asked.instance} is unused, Target.NotRegistered: it is not in the target group"
        )
    if not any(_forwards(each, asked.group) for each in record.of(LISTENER).values()):
        raise ProviderError(f"{asked.instance} is unused, Target.NotInUse: no listener uses the target group")
    host = record.of(instances.TYPE).get(asked.instance)
    if host is None:
        raise ProviderError(f"{asked.instance} is unused, Target.InvalidState: there is no such instance")
    if nowhere.contains(host["privateIp"]):
        log("pretended: there is no machine at this address, it is taken for healthy", "stderr")
        return
    check = record.of(GROUP).get(asked.group, {}).get("healthCheck") or {}
    await _answers(f"http://{host['privateIp']}:{asked.port}{check.get('path', '/')}", asked)


def _attached(record: Record, asked: Question) -> bool:
    wanted = {"targetGroupArn": asked.group, "targetId": asked.instance, "port": asked.port}
    return any(wanted.items() <= each.items() for each in record.of(ATTACHMENT).values())


def _forwards(listener: Values, group: str) -> bool:
    return any(each.get("targetGroupArn") == group for each in listener.get("defaultActions") or [])


async def _answers(url: str, asked: Question) -> None:
    last, until = "no answer", time.monotonic() + asked.within
    while time.monotonic() < until:
        last = await asyncio.to_thread(_ask, url)
        if last.startswith("2"):
            return
        await asyncio.sleep(EVERY)
    raise ProviderError(f"{asked.instance} is unhealthy after {asked.within} s: {url} gives {last}")


def _ask(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=5) as told:
            return str(told.status)
    except urllib.error.HTTPError as error:
        return str(error.code)
    except OSError as error:
        return str(error)
