"""Asks every cluster of a stack what it keeps. Not for changing anything there."""

from __future__ import annotations

from pathlib import Path

from clusters import releases
from clusters.api import Namespace
from clusters.errors import ClusterError
from clusters.login import login
from model.kubernetes.kept import Kept
from model.kubernetes.region import ClusterRegion
from releases.fleet import Answer
from settings import Settings


def ask(wanted: Settings, project: Path) -> list[Answer]:
    """Each cluster's answer, in the order of the stack file."""
    return [_answer(name, region, wanted.service.name, project) for name, region in wanted.clusters.items()]


def _answer(name: str, region: ClusterRegion, service: str, project: Path) -> Answer:
    space = region.workload.namespace or service
    about = {
        "region": name,
        "host": space,
        "architecture": ",".join(each.value for each in region.cluster.architectures),
    }
    try:
        found = releases.ask(
            Namespace(login(str(region.cluster.path(project)), region.cluster.context), space), service
        )
    except ClusterError as error:
        gone = error.status == 404
        return Answer(**about, releases={}, error=f"{service} is not installed" if gone else str(error))
    said = {
        "current": found.current.release if found.current else None,
        "previous": found.previous.release if found.previous else None,
        "unconfirmed": found.rolling,
        "kept": [_facts(each) for each in found.kept],
    }
    return Answer(**about, releases=said)


def _facts(kept: Kept) -> dict[str, str | None]:
    """As hosts tell it (docs/activator.md). The digest is the image's."""
    return {
        "release": kept.release,
        "version": kept.version,
        "sha256": kept.image.rpartition("@sha256:")[2] or None,
        "when": kept.made,
        "reverted": kept.reverted or None,
    }
