"""What is measured: each scenario asks the same of every tool, and leaves it with its newest release serving."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.cost import Cost
from benchmarks.ground import Ground
from benchmarks.slipway import Slipway
from benchmarks.tools import Tool
from tests.load import Plan, running

RATE = 200
"""Requests a second while a release is made under load."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    cost: Cost
    lost: int = 0
    requests: int = 0


def first(tool: Tool, ground: Ground) -> Measured:
    tool.clean()
    tool.edit()
    tool.build()
    return Measured(cost=tool.deploy())


def noop(tool: Tool, ground: Ground) -> Measured:
    return Measured(cost=tool.deploy())


def empty(tool: Tool, ground: Ground) -> Measured | None:
    """Of Slipway alone: what the engine takes for a program that declares nothing."""
    return Measured(cost=tool.empty()) if isinstance(tool, Slipway) else None


def change(tool: Tool, ground: Ground) -> Measured:
    tool.edit()
    return Measured(cost=tool.deploy(build=True))


def release(tool: Tool, ground: Ground) -> Measured:
    tool.edit()
    tool.build()
    return Measured(cost=tool.deploy())


def rollback(tool: Tool, ground: Ground) -> Measured:
    back = tool.back()
    tool.forward()
    return Measured(cost=back)


def configuration(tool: Tool, ground: Ground) -> Measured:
    tool.configure()
    return Measured(cost=tool.deploy())


def preview(tool: Tool, ground: Ground) -> Measured | None:
    tool.edit()
    tool.build()
    said = tool.preview()
    tool.deploy()
    return Measured(cost=said) if said else None


def load(tool: Tool, ground: Ground) -> Measured:
    tool.edit()
    tool.build()
    with running(
        Plan(url=f"http://{ground.hosts[0].address}:{tool.port}/", rate=RATE, seconds=600)
    ) as result:
        cost = tool.deploy()
    return Measured(cost=cost, lost=result.lost, requests=result.scheduled)


def dead(tool: Tool, ground: Ground) -> Measured:
    """The last host is without its cable: how long until that is said."""
    tool.edit()
    tool.build()
    gone = ground.hosts[-1]
    gone.disconnect()
    gone.cut()
    try:
        cost = tool.deploy(succeeds=False)
    finally:
        gone.mend()
    tool.deploy()
    return Measured(cost=cost)


SCENARIOS: Mapping[str, Callable[[Tool, Ground], Measured | None]] = {
    "first": first,
    "noop": noop,
    "empty": empty,
    "change": change,
    "release": release,
    "rollback": rollback,
    "configuration": configuration,
    "preview": preview,
    "load": load,
    "dead": dead,
}
TITLES = {
    "first": "first deploy",
    "noop": "no-op",
    "empty": "no-op of an empty program",
    "change": "one-line change, with its build",
    "release": "one-line change, built beforehand",
    "rollback": "rollback",
    "configuration": "configuration only",
    "preview": "preview of a change",
    "load": f"release under {RATE} requests/s",
    "dead": "one host dead, until it is said",
}
