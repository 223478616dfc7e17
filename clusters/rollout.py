"""A rollout whose end Pulumi's provider did not see: waited for, and undone when the cluster says that it has failed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from clusters import evidence
from clusters.api import Namespace
from clusters.errors import ClusterError
from model.kubernetes import kept
from model.kubernetes.evidence import ended
from model.kubernetes.kept import Kept

POLL = 1.0
"""Seconds between two questions."""
MANAGER = "pulumi-kubernetes"
"""How the names of the provider's field managers begin."""
UNMADE = "ReplicaSetCreateError"
"""Why a rollout has not even begun, as the cluster says it: a quota, for one."""
Answer = TypeVar("Answer")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`well`: all copies are of the release. Else `lines` say what happened and why; none where no rollout had begun."""

    well: bool = False
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """Of `wanted`, a Deployment as Pulumi applied it. It may take `longest` seconds, a copy `leaving` to go."""

    namespace: Namespace
    wanted: Mapping[str, Any]
    longest: float
    leaving: float

    @property
    def release(self) -> str:
        """That is being rolled out."""
        return self.wanted["metadata"]["annotations"][kept.RELEASE]

    def settled(self) -> Verdict:
        """Waits until it is over, and undoes it if it has failed. Raises ClusterError."""
        deadline = time.monotonic() + self.longest
        while True:
            try:
                found = patiently(self._deployment, deadline)
            except ClusterError as error:
                if error.status == 404:
                    return Verdict()
                raise
            if (found["metadata"].get("annotations") or {}).get(kept.RELEASE) != self.release:
                return Verdict()
            if complete(found):
                return Verdict(well=True)
            if why := failed(found) or self._ended(found, deadline):
                return self._undo(found, why)
            if time.monotonic() > deadline:
                return self._undo(found, f"it took more than {self.longest:g} s")
            time.sleep(POLL)

    def _ended(self, found: Mapping[str, Any], deadline: float) -> str:
        """What of the release does not stay up; empty while all does."""
        own = (each for each in self._releases(found, deadline) if each.release == self.release)
        return "".join(
            ended(patiently(partial(evidence.copies, self.namespace, each), deadline)) for each in own
        )

    def _releases(self, found: Mapping[str, Any], deadline: float) -> list[Kept]:
        return kept.kept(found, patiently(lambda: self.namespace.list("replicasets"), deadline))

    def _deployment(self) -> dict[str, Any]:
        return self.namespace.get("deployments", self.wanted["metadata"]["name"])

    def _undo(self, found: Mapping[str, Any], why: str) -> Verdict:
        deadline = time.monotonic() + self.wanted["spec"]["progressDeadlineSeconds"] + self.leaving
        releases = self._releases(found, deadline)
        bad = next((each for each in releases if each.release == self.release), None)
        # Before it is undone: events and logs go with the copies.
        told = evidence.gathered(self.namespace, bad) if bad else []
        good = kept.serving(self.release, releases)
        if not good:
            first = (
                f"release {self.release} is not well ({why}). There is none before it, so its copies stay:"
            )
            return Verdict(lines=(first, *told))
        if bad:
            about = {kept.REVERTED: f"{bad.revision} {why}"}
            patiently(lambda: self.namespace.annotate("replicasets", bad.replica_set, about), deadline)
        before, manager = self._before(good), _manager(found)
        patiently(lambda: self.namespace.apply("deployments", before, manager), deadline)
        over = self._gone(bad)
        ends = (
            "serve, none of the new one is left" if over else "are being brought back; not all are well yet"
        )
        first = (
            f"release {self.release} is not well ({why}), so {good.release}, version {good.version}, was put back: "
            f"its copies {ends}.{' Of the copies that were not well:' if told else ''}"
        )
        return Verdict(lines=(first, *told))

    def _before(self, good: Kept) -> dict[str, Any]:
        """All that Pulumi applied, with the pods of before. Applied in its name, a field that is no longer there goes."""
        metadata, spec = self.wanted["metadata"], self.wanted["spec"]
        about = {**metadata["annotations"], kept.RELEASE: good.release, kept.VERSION: good.version}
        return {
            **self.wanted,
            "metadata": {**metadata, "annotations": about},
            "spec": {**spec, "template": good.template},
        }

    def _gone(self, bad: Kept | None) -> bool:
        """Whether, in time, all copies are well and none is of `bad`. It was put back, whatever the cluster says of it."""
        deadline = time.monotonic() + self.wanted["spec"]["progressDeadlineSeconds"] + self.leaving
        while time.monotonic() < deadline:
            try:
                left = evidence.copies(self.namespace, bad) if bad else []
                if complete(self._deployment()) and not left:
                    return True
            except ClusterError as error:
                if not error.passing:
                    return False
            time.sleep(POLL)
        return False


def patiently(ask: Callable[[], Answer], deadline: float, *, even_silent: bool = True) -> Answer:
    """What it gives, asked again until `deadline` while the cluster cannot answer for a moment or, `even_silent`, is not there.

    Raises ClusterError.
    """
    while True:
        try:
            return ask()
        except ClusterError as error:
            passing = error.passing and (even_silent or error.status)
            if not passing or time.monotonic() > deadline:
                raise
        time.sleep(POLL)


def complete(found: Mapping[str, Any]) -> bool:
    """Whether all copies are of the template and available, as `kubectl rollout status` has it."""
    status = found.get("status") or {}
    if status.get("observedGeneration", 0) < found["metadata"]["generation"]:
        return False
    wanted = found["spec"].get("replicas", 1)
    counts = ("updatedReplicas", "replicas", "availableReplicas")
    return all(status.get(each, 0) == wanted for each in counts)


def failed(found: Mapping[str, Any]) -> str:
    """Why the cluster gave the rollout up; empty while it has not."""
    status = found.get("status") or {}
    seen = status.get("observedGeneration", 0) >= found["metadata"]["generation"]
    for each in status.get("conditions") or ():
        # Of a ReplicaSet that cannot be made the cluster says so, and not that it has seen the Deployment.
        if each["type"] == "Progressing" and each["status"] == "False" and (seen or each["reason"] == UNMADE):
            return f"{each['reason']}: {each['message']}"
    return ""


def _manager(found: Mapping[str, Any]) -> str:
    managers = (each["manager"] for each in found["metadata"].get("managedFields") or ())
    return next((each for each in managers if each.startswith(MANAGER)), MANAGER)
