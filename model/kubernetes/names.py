"""What the objects of a service are called and marked with, and the places inside a copy."""

import re
from typing import Any

from model.service import Service

UID = 65532
"""Of the user in the image; what distroless images call `nonroot`, so that admission policies know it."""
MANAGER = "slipway"
OWNER = "slipway/owner"
"""An annotation of namespace and Deployment: the stack and region that they belong to."""


def labels(service: Service) -> dict[str, str]:
    """The recommended labels (https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/)."""
    return {**selector(service), "app.kubernetes.io/managed-by": MANAGER}


def selector(service: Service) -> dict[str, str]:
    """The labels by which copies are found; they never change."""
    return {"app.kubernetes.io/name": service.name}


def made(
    kind: str, version: str, service: Service, namespace: str, name: str = "", **rest: Any
) -> dict[str, Any]:
    """An object in the namespace, named like the service unless `name` is given."""
    metadata = {"name": name or service.name, "namespace": namespace, "labels": labels(service)}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **rest}


def home(service: Service) -> str:
    """Where a copy's directories are: the same as on a host."""
    return f"/opt/{service.name}"


def files(service: Service) -> str:
    """`{files}`."""
    return f"{home(service)}/conf/files"


def secret_files(service: Service) -> str:
    """`{secretFiles}`."""
    return f"{home(service)}/conf/secrets"


def port(service: Service) -> int:
    """`{port}`: a pod has a network of its own, so that every copy listens on the same one; above 1024 on most services."""
    return service.slots[0]


def metrics(service: Service) -> tuple[str, str]:
    """The name of the port, and the path, where a copy answers with metrics: as `service.metrics` says or, without it, a port
    called `metrics` where there is one."""
    if told := service.metrics:
        return told.port or "http", told.path
    return ("metrics" if "metrics" in service.ports else "http"), "/metrics"


_LOOPBACK = re.compile(r"(?<![\w./\]])(127\.0\.0\.1|localhost|\[::1\])(?=:\{port[:}])")
_PORT = re.compile(r"\{port:([a-z0-9]+)\}")


def filled(text: str, service: Service) -> str:
    """The text with what stands in braces, as in a pod. `127.0.0.1:{port}` becomes `:{port}`: others must get there."""
    text = _LOOPBACK.sub("", text).replace("{port}", str(port(service)))
    text = _PORT.sub(lambda found: str(service.ports[found[1]][0]), text)
    return text.replace("{files}", files(service)).replace("{secretFiles}", secret_files(service))
