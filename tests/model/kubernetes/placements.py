"""A service and what a cluster is told of it, settings written as in a stack file."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from model.architecture import Architecture
from model.kubernetes.objects import Objects, Placement, objects
from model.release_policy import ReleasePolicy
from model.service import Service
from model.setting import Setting
from model.workload import Workload

IMAGE = "registry.example.com/shop@sha256:" + "0" * 64


Kind = TypeVar("Kind", bound=Setting)


def written(kind: type[Kind], **values: Any) -> Kind:
    """The setting by its keys."""
    return kind.model_validate_json(json.dumps(values))


def service(**changes: Any) -> Service:
    values: dict[str, Any] = {"name": "shop", "source": "shop", "environment": {"LISTEN": "127.0.0.1:{port}"}}
    return written(Service, **values | changes)


def placed(
    what: Service | None = None,
    workload: Workload | None = None,
    policy: ReleasePolicy | None = None,
    **changes: Any,
) -> Objects:
    values: dict[str, Any] = {
        "image": IMAGE,
        "version": "v1.2.3",
        "architectures": (Architecture.AMD64, Architecture.ARM64),
        "owner": "slipway/prod/edge",
    }
    chosen = (what or service(), workload or Workload(), policy or ReleasePolicy())
    return objects(Placement(service=chosen[0], workload=chosen[1], policy=chosen[2], **values | changes))
