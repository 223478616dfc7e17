"""Kubeconfig files: one for each who asks the API, whole in itself."""

import base64
import json
from pathlib import Path

from kubelab import keys
from kubelab.place import Place

CONTEXT = "lab"


def write(place: Place, port: int) -> None:
    """The admin's where people find it, the others beside their keys."""
    for user in keys.USERS:
        file = place.kubeconfig if user == keys.ADMIN else path(place, user)
        file.touch(mode=0o600)
        # JSON is YAML.
        file.write_text(json.dumps(_kubeconfig(place, user, port), indent=2) + "\n")


def path(place: Place, user: str) -> Path:
    """The kubeconfig of a part of the control plane."""
    return place.key(user).with_suffix(".kubeconfig")


def _kubeconfig(place: Place, user: str, port: int) -> dict:
    def held(file: Path) -> str:
        return base64.b64encode(file.read_bytes()).decode()

    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": CONTEXT,
        "clusters": [
            {
                "name": CONTEXT,
                "cluster": {
                    "server": f"https://127.0.0.1:{port}",
                    "certificate-authority-data": held(place.certificate(keys.AUTHORITY)),
                },
            }
        ],
        "users": [
            {
                "name": user,
                "user": {
                    "client-certificate-data": held(place.certificate(user)),
                    "client-key-data": held(place.key(user)),
                },
            }
        ],
        "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": user}}],
    }
