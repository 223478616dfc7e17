"""docs/deploy-*.json: what a role that deploys must be allowed on AWS, from the calls of everything that the program makes."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from model.aws.preview_role import ACTIONS
from model.aws.rights import clusters, machines, network, traffic
from model.aws.rights.scopes import Scope, scope

ROOMS: Mapping[str, tuple[Mapping[str, Mapping[str, str]], ...]] = {
    "network": (network.CALLS, network.OWN),
    "machines": (machines.CALLS, machines.OWN),
    "traffic": (traffic.CALLS, traffic.OWN),
    "clusters": (clusters.CALLS, clusters.OWN),
}
"""One policy each, since IAM takes 6,144 characters in one and ten of them on a role. Only EKS needs that of clusters."""


def actions(room: str) -> list[str]:
    """All of a room, and with the network whatever a preview asks."""
    found = {
        f"{service}:{name}"
        for table in ROOMS[room]
        for services in table.values()
        for service, names in services.items()
        for name in names.split()
    }
    if room == "network":
        found |= ACTIONS
    return sorted(found)


def policy(room: str) -> str:
    """Of IAM, for a role that deploys: one statement for each scope."""
    by_scope: dict[str, list[str]] = {}
    scopes: dict[str, Scope] = {}
    for action in actions(room):
        found = scope(action)
        scopes.setdefault(found.id, found)
        by_scope.setdefault(found.id, []).append(action)
    statements = [each for id in sorted(scopes) for each in _statements(scopes[id], by_scope[id])]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2) + "\n"


def _statements(scope: Scope, actions: Sequence[str]) -> list[dict[str, Any]]:
    bound = _statement(f"Slipway{scope.id}", actions, scope.resources)
    if scope.condition:
        bound["Condition"] = dict(scope.condition)
    also = [_statement(f"Slipway{scope.id}Besides", actions, (scope.also,))] if scope.also else []
    return [bound, *also]


def _statement(id: str, actions: Sequence[str], resources: Sequence[str]) -> dict[str, Any]:
    return {
        "Sid": id,
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": resources[0] if len(resources) == 1 else list(resources),
    }


if __name__ == "__main__":
    print(policy(sys.argv[1]), end="")
