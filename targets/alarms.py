"""Alarms of CloudWatch that a release must not set off. Not for making them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from targets.waits import Refused

EVERY = 10
"""Seconds between two questions; CloudWatch judges an alarm once a minute, or every 10 s at the most often."""


def quiet(clients: Callable[[str], Any], arns: Sequence[str], within: int) -> None:
    """Returns when none of them has rung for `within` seconds. `clients` gives that of CloudWatch in a region. Raises Refused.

    One that lacks data is quiet: what to make of that is the alarm's own business.
    """
    until = time.monotonic() + within
    while True:
        for region in dict.fromkeys(arn.split(":")[3] for arn in arns):
            _look(clients(region), [arn for arn in arns if arn.split(":")[3] == region])
        if time.monotonic() >= until:
            return
        time.sleep(min(EVERY, max(0.0, until - time.monotonic())))


def _look(client: Any, arns: Sequence[str]) -> None:
    names = [arn.split(":", 6)[6] for arn in arns]
    try:
        told = client.describe_alarms(AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    except (BotoCoreError, ClientError) as error:
        raise Refused(
            f"the alarms of slipway:release.alarms could not be asked: {error}. Whoever deploys needs cloudwatch:DescribeAlarms, "
            "with the same credentials as Pulumi's AWS provider"
        ) from None
    found = {
        each["AlarmArn"]: each for each in [*told.get("MetricAlarms", ()), *told.get("CompositeAlarms", ())]
    }
    if missing := [arn for arn in arns if arn not in found]:
        raise Refused(
            f"there is no alarm {missing[0]}, which slipway:release.alarms names; no machine that has no turn yet changes"
        )
    for arn in arns:
        if found[arn]["StateValue"] == "ALARM":
            raise Refused(
                f"{arn.split(':', 6)[6]} rings: {found[arn].get('StateReason', 'it says no reason')}. Machines that have no turn "
                "yet keep what they run, and the others go back as `release.onFailure` says."
            )
