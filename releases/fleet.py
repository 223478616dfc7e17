"""Asks every host of a stack what it keeps. Not for changing anything there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from desk import ask as desk_ask
from desk import ssh, stack


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One host's `releases` line (docs/activator.md) or, where it could not be had, why."""

    region: str
    host: str
    architecture: str
    releases: dict[str, Any]
    error: str = ""


def ask(hosts: Sequence[stack.Machine]) -> list[Answer]:
    """Every host's answer, in their order; all hosts are asked at once."""
    told = asyncio.run(desk_ask.ask(hosts, "releases"))
    return [_answer(machine, said) for machine, said in zip(hosts, told, strict=True)]


def _answer(machine: stack.Machine, said: dict[str, Any] | ssh.Unreachable) -> Answer:
    gone = isinstance(said, ssh.Unreachable)
    releases: dict[str, Any] = {} if gone else said
    error = str(said) if gone else "" if releases.get("current") else f"{machine.service} is not installed"
    return Answer(
        region=machine.region,
        host=machine.host.name,
        architecture=machine.host.architecture.value,
        releases=releases,
        error=error,
    )
