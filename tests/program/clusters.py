"""A kubeconfig, and a region that is the cluster in it."""

import json
from pathlib import Path
from typing import Any


def kubeconfig(path: Path, **cluster: Any) -> Path:
    """A file with the contexts `edge` and `other`."""
    held = {"server": "https://192.0.2.7:6443", "certificate-authority-data": "QUFB"} | cluster
    path.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "other",
                "clusters": [{"name": "k3s", "cluster": held}],
                "users": [{"name": "deploy", "user": {"token": "guarded"}}],
                "contexts": [
                    {"name": name, "context": {"cluster": "k3s", "user": "deploy"}}
                    for name in ("edge", "other")
                ],
            }
        )
    )
    return path


def region(path: Path, **changes: Any) -> dict[str, Any]:
    return {
        "cluster": {"kubeconfig": str(path), "context": "edge", "architectures": ["amd64", "arm64"]},
        "repository": "registry.example.com/team/greeter",
    } | changes
