"""What a stack's state is asked and told without the program: outputs, a run left behind, a host that is gone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from engine.process import Pulumi
from engine.refusal import Refused
from engine.stacks import Stack

REGION, NAME_SERVERS, INSTANCE = (
    "slipway:index:Region",
    "slipway:index:NameServers",
    "aws:ec2/instance:Instance",
)
PLACES = (REGION, NAME_SERVERS)
"""Components whose own are installations on machines, each called by the place and the machine."""


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
    """The component that stands for a host: its installation, its monitor, or the edge that it is.

    `host` is its name, or `place/name` where several places have one of that name. Raises Refused.
    """
    typed = [(urn.split("::")[-2].split("$"), urn.split("::")[-1], urn) for urn in urns]
    places = [(types, name) for types, name, _ in typed if types[-1] in PLACES]
    place, _, bare = host.rpartition("/")
    found: dict[str, list[str]] = {}
    for types, name, urn in typed:
        if types[-1] == INSTANCE and f"-{name}".endswith(f"-{host.replace('/', '-')}"):
            raise Refused(
                f"{name} is an instance of AWS. Where it is gone, `make refresh` sees it, and the next `make up` makes it anew. "
                "Where it is there, and a bundle on it is damaged, `make up "
                f"OPTIONS='--replace **CopyToRemote::{name}-bundle'` sends it again."
            )
        for above, parent in places:
            if types[:-1] != above or not name.startswith(f"{parent}-"):
                continue
            within = name.removeprefix(f"{parent}-")
            if above[-1] == REGION and within == bare and place in ("", parent):
                found.setdefault(f"{parent}/{bare}", []).append(urn)
            elif above[-1] == NAME_SERVERS and within == f"{place}-{bare}":
                found.setdefault(host, []).append(urn)
            elif above[-1] == NAME_SERVERS and not place and within.endswith(f"-{bare}"):
                found.setdefault(f"{within.removesuffix(f'-{bare}')}/{bare}", []).append(urn)
    if not found:
        raise Refused(f"Nothing in the state stands for the host {host}; `make outputs` lists the hosts.")
    if len(found) > 1:
        raise Refused(f"Which {host}? There are {', '.join(found)}; write one of them.")
    return next(iter(found.values()))
