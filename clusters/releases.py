"""What a cluster keeps of a service's releases: ReplicaSets, and the ConfigMaps and Secrets that their copies read."""

from __future__ import annotations

from dataclasses import dataclass

from clusters.api import Namespace
from clusters.errors import ClusterError
from model.kubernetes import kept
from model.kubernetes.kept import Kept


@dataclass(frozen=True, kw_only=True)
class Releases:
    """`kept` is newest first; `previous` is where a rollback goes. While `rolling` not all copies are of `current`."""

    kept: tuple[Kept, ...]
    current: Kept | None
    previous: Kept | None
    rolling: bool


def ask(namespace: Namespace, service: str) -> Releases:
    """Of one Deployment; those whose copies could not start, since something that they read is gone, are left out.

    Raises ClusterError.
    """
    deployment = namespace.get("deployments", service)
    known: dict[tuple[str, str], bool] = {}

    def whole(release: Kept) -> bool:
        for each in release.configurations:
            if each not in known:
                known[each] = namespace.there(*each)
        return all(known[each] for each in release.configurations)

    found = [each for each in kept.kept(deployment, namespace.list("replicasets")) if whole(each)]
    current = kept.current(deployment, found)
    return Releases(
        kept=tuple(found),
        current=current,
        previous=kept.previous(current, found),
        rolling=bool(current and current.available < current.wanted),
    )


def pinned(namespace: Namespace, service: str, ids: tuple[str, ...]) -> Kept:
    """The one of `ids` that the cluster keeps. Raises ClusterError where it is none, or not one."""
    releases = ask(namespace, service).kept
    found = [each for each in releases if each.release in ids]
    if len(found) == 1:
        return found[0]
    which = "more than one" if found else "none"
    held = ", ".join(each.release for each in releases) or "nothing"
    raise ClusterError(f"it keeps {which} of {', '.join(ids)}; it keeps {held}")
