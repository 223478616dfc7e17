"""What a stack's state is asked and told without the program: outputs, a run left behind, a host that is gone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from engine.process import Pulumi
from engine.refusal import Refused
from engine.stacks import Stack

REGION = "slipway:index:Region"


def ask(program: Path, stack: Stack, action: str, more: Sequence[str]) -> int:
    """`outputs` or `cancel`; gives Pulumi's exit status."""
    words = {"outputs": ["stack", "output"], "cancel": ["cancel", "--yes"]}[action]
    return Pulumi(program, stack).run(*words, *more)


def outputs(program: Path, stack: Stack) -> str:
    """What the stack tells other stacks, as JSON. Raises SystemExit, as Pulumi ends."""
    return Pulumi(program, stack).told("stack", "output", "--json")


def forget(program: Path, stack: Stack, host: str) -> int:
    """Drops what stands for `host` from the state, without contacting it. Raises Refused where there is nothing."""
    pulumi = Pulumi(program, stack)
    deployment = json.loads(pulumi.told("stack", "export"))["deployment"]
    for urn in of_host([resource["urn"] for resource in deployment.get("resources", [])], host):
        if code := pulumi.run("state", "delete", urn, "--target-dependents", "--yes"):
            return code
    return 0


def of_host(urns: Sequence[str], host: str) -> list[str]:
    """The components that stand for a host: its installation, or the edge that it is. Raises Refused."""
    typed = [(urn.split("::")[-2].split("$"), urn.split("::")[-1], urn) for urn in urns]
    names = {f"{name}-{host}" for types, name, _ in typed if types[-1] == REGION}
    found = [urn for types, name, urn in typed if name in names and types[-2:][0] == REGION]
    if not found:
        raise Refused(f"Nothing in the state stands for the host {host}; `make outputs` lists the hosts.")
    return found
