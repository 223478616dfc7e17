"""The releases that a cluster keeps: one in each ReplicaSet of the Deployment, as the API gives them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

RELEASE, VERSION, REVERTED = "slipway/release", "slipway/version", "slipway/reverted"
"""Annotations. The first two the cluster copies from the Deployment to the ReplicaSet that it makes for it; the third is written
when a release is put back: the revision that it had then, and why."""
REVISION = "deployment.kubernetes.io/revision"
HASH = "pod-template-hash"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """`revision` grows with each release that is turned on; `wanted` and `available` count copies."""

    release: str
    version: str
    image: str
    made: str
    revision: int
    reverted: str
    replica_set: str
    uid: str
    wanted: int
    available: int
    template: Mapping[str, Any] = field(repr=False)

    @property
    def configurations(self) -> list[tuple[str, str]]:
        """Plural kind and name of each ConfigMap and Secret that its copies read."""
        spec, found = self.template["spec"], list[tuple[str, str]]()
        for volume in spec.get("volumes") or ():
            if held := volume.get("configMap"):
                found.append(("configmaps", held["name"]))
            if held := volume.get("secret"):
                found.append(("secrets", held["secretName"]))
        for container in spec["containers"]:
            for each in container.get("envFrom") or ():
                if held := each.get("configMapRef"):
                    found.append(("configmaps", held["name"]))
            for each in container.get("env") or ():
                if held := (each.get("valueFrom") or {}).get("secretKeyRef"):
                    found.append(("secrets", held["name"]))
        return sorted(set(found))


def kept(deployment: Mapping[str, Any], replica_sets: Iterable[Mapping[str, Any]]) -> list[Kept]:
    """Newest first; a release once. Those that somebody else made have no name, and are left out."""
    owner = deployment["metadata"]["uid"]
    found = [
        _read(each)
        for each in replica_sets
        if any(ref["uid"] == owner for ref in each["metadata"].get("ownerReferences") or ())
        and RELEASE in (each["metadata"].get("annotations") or {})
    ]
    newest = dict[str, Kept]()
    for each in sorted(found, key=lambda each: each.revision, reverse=True):
        newest.setdefault(each.release, each)
    return list(newest.values())


def current(deployment: Mapping[str, Any], releases: Sequence[Kept]) -> Kept | None:
    """The one that the Deployment asks for."""
    at = (deployment["metadata"].get("annotations") or {}).get(REVISION)
    return next((each for each in releases if str(each.revision) == at), None)


def previous(current: Kept | None, releases: Sequence[Kept]) -> Kept | None:
    """The newest before it that was not put back."""
    return next((each for each in releases if each is not current and not each.reverted), None)


def serving(failed: str, releases: Sequence[Kept]) -> Kept | None:
    """The one whose copies serve on beside the `failed` release; none where it was the first."""
    return next((each for each in releases if each.release != failed and each.wanted), None)


def _read(found: Mapping[str, Any]) -> Kept:
    metadata, spec, status = found["metadata"], found["spec"], found.get("status") or {}
    annotations, template = metadata["annotations"], spec["template"]
    revision = int(annotations.get(REVISION, 0))
    labels = {key: value for key, value in template["metadata"]["labels"].items() if key != HASH}
    at, _, why = annotations.get(REVERTED, "").partition(" ")
    return Kept(
        release=annotations[RELEASE],
        version=annotations.get(VERSION, ""),
        image=template["spec"]["containers"][0]["image"],
        made=metadata["creationTimestamp"],
        revision=revision,
        # Turned on again since, it has another revision, and what was said of it before is over.
        reverted=why if at == str(revision) else "",
        replica_set=metadata["name"],
        uid=metadata["uid"],
        wanted=spec.get("replicas", 0),
        available=status.get("availableReplicas", 0),
        template={"metadata": {"labels": labels}, "spec": template["spec"]},
    )
