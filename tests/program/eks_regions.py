"""A region that is a cluster of EKS, as a stack file has it."""

from typing import Any

DEPLOY = "arn:aws:iam::123456789012:role/teams/deploy"


def region(**changes: Any) -> dict[str, Any]:
    eks = {
        "version": "1.36",
        "nodes": ["m7g.large", "m7i.large"],
        "admins": [DEPLOY],
        "operatorCidrs": ["10.99.0.0/16"],
    }
    return {
        "eks": eks | changes.pop("eks", {}),
        "network": {"range": "10.40.0.0/16", "zones": 3},
        "loadBalancer": {"domain": "us.example.com", "zone": "example.com"},
    } | changes
