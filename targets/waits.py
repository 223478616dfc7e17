"""Waits for what an Application Load Balancer says of its targets. Not for making or removing them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from botocore.exceptions import BotoCoreError, ClientError, WaiterError

EVERY = 5
"""Seconds between two questions; a target group asks its targets every 10 s at the most often (model/aws/load_balancer.py)."""


class Refused(Exception):
    """The load balancer's own words, or why it could not be asked."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """One instance in the target group of that ARN, on one port."""

    group: str
    instance: str
    port: int

    @classmethod
    def of(cls, group: str, target: str) -> Self:
        """`target` is `instance:port`. Raises ValueError."""
        instance, _, port = target.rpartition(":")
        return cls(group=group, instance=instance, port=int(port))


def healthy(client: Any, target: Target, within: int) -> None:
    """Returns when the load balancer sends it requests. `within` is in seconds. Raises Refused when it does not by then."""
    try:
        _wait(client, "target_in_service", target, within)
    except WaiterError as error:
        raise Refused(
            f"the load balancer sends no requests to {target.instance} on port {target.port}: after {within} s it says "
            f"{_said(error)}. Machines that have no turn yet keep what they run; see docs/runbooks.md."
        ) from None
    except (BotoCoreError, ClientError) as error:
        raise Refused(_not_asked(error)) from None


def drained(client: Any, target: Target, within: int) -> None:
    """Returns when no request to it is in flight any more, or its group is gone. Raises Refused, also after `within` seconds."""
    try:
        _wait(client, "target_deregistered", target, within)
    except WaiterError as error:
        if _code(error) != "TargetGroupNotFound":
            raise Refused(f"{target.instance} is not drained after {within} s: {_said(error)}") from None
    except (BotoCoreError, ClientError) as error:
        raise Refused(_not_asked(error)) from None


def _wait(client: Any, waiter: str, target: Target, within: int) -> None:
    client.get_waiter(waiter).wait(
        TargetGroupArn=target.group,
        Targets=[{"Id": target.instance, "Port": target.port}],
        WaiterConfig={"Delay": EVERY, "MaxAttempts": max(1, -(-within // EVERY))},
    )


def _code(error: WaiterError) -> str:
    last = error.last_response if isinstance(error.last_response, dict) else {}
    return str(last.get("Error", {}).get("Code", ""))


def _said(error: WaiterError) -> str:
    last = error.last_response if isinstance(error.last_response, dict) else {}
    if failed := last.get("Error"):
        return f"{failed.get('Code')}, {failed.get('Message')}"
    told = [each.get("TargetHealth", {}) for each in last.get("TargetHealthDescriptions", [])]
    words = [
        ", ".join(filter(None, (each.get("State"), each.get("Reason"), each.get("Description"))))
        for each in told
    ]
    return "; ".join(words) or "nothing"


def _not_asked(error: Exception) -> str:
    return (
        f"the load balancer could not be asked: {error}. Whoever deploys needs elasticloadbalancing:DescribeTargetHealth, "
        "with the same credentials as Pulumi's AWS provider"
    )
