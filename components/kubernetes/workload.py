"""The service in a cluster: places what model/kubernetes decided, in its order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components.kubernetes.asked import Asked
from components.kubernetes.owned import Owned, OwnedArgs
from components.kubernetes.put_back import PutBack, PutBackArgs
from components.kubernetes.settled import Settled, SettledArgs
from model.kubernetes import pod
from model.kubernetes.deployment import deadline, longest
from model.kubernetes.objects import Placement, objects

KINDS: Mapping[str, Callable[..., pulumi.CustomResource]] = {
    "ConfigMap": kubernetes.core.v1.ConfigMap,
    "Deployment": kubernetes.apps.v1.Deployment,
    "HorizontalPodAutoscaler": kubernetes.autoscaling.v2.HorizontalPodAutoscaler,
    "Ingress": kubernetes.networking.v1.Ingress,
    "Namespace": kubernetes.core.v1.Namespace,
    "NetworkPolicy": kubernetes.networking.v1.NetworkPolicy,
    "PodDisruptionBudget": kubernetes.policy.v1.PodDisruptionBudget,
    "Secret": kubernetes.core.v1.Secret,
    "Service": kubernetes.core.v1.Service,
    "ServiceAccount": kubernetes.core.v1.ServiceAccount,
}
"""Those that the provider has a class for; all others are custom ones to it."""
FORCED = {"pulumi.com/patchForce": "true"}
"""What somebody else wrote into a field that stands here is put right; otherwise each later `up` is refused as a conflict."""
SEEN = 10
"""Seconds until the cluster has said that a rollout failed, after its deadline."""
KEPT_KINDS = ("ConfigMap", "Secret")
"""Named by what they hold, and left in the cluster when a newer one comes: copies of the release before may still need them. They
go with the namespace or, in one that stays, with the service's account."""


@dataclass(frozen=True, kw_only=True)
class WorkloadArgs:
    """`after` must be done before anything is placed, such as the image in its registry; `before_copies` before copies start.

    `kubeconfig`, a path or a text, and `context` are those that the provider has.
    """

    placement: Placement
    kubeconfig: pulumi.Input[str]
    context: str
    before_copies: Sequence[pulumi.Resource] = ()
    after: Sequence[pulumi.Resource] = ()


class Workload(pulumi.ComponentResource):
    """All objects of one service. The provider in `opts` says in which cluster."""

    release: str
    """Names what the copies are made from."""
    deployment: pulumi.CustomResource
    """Done when all copies are of this release and well."""
    made: dict[str, pulumi.CustomResource]
    """All objects, by kind and name, as in `Service/shop`."""

    def __init__(self, name: str, args: WorkloadArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Workload", name, {}, opts)
        wanted = objects(args.placement)
        self.release, self.made = wanted.release, {}
        self._name, self._service = name, args.placement.service.name
        asked = Asked(kubeconfig=args.kubeconfig, context=args.context, namespace=args.placement.namespace)
        self._owned = Owned(
            name, OwnedArgs(asked=asked, deployment=self._service, owner=args.placement.owner)
        )
        first = list(args.after)
        if wanted.namespace:
            first.append(self._place(wanted.namespace, first))
        told = list[pulumi.CustomResource]()
        for each in wanted.before:
            if not wanted.namespace and each["kind"] in KEPT_KINDS:
                each = _owned(each, self.made[f"ServiceAccount/{self._service}"])
            told.append(self._place(each, first))
        placed = args.placement
        leaving = pod.grace(placed.service, placed.policy)
        # The provider waits this long whatever happens; what then still goes on, `put_back` waits for.
        wait = f"{deadline(placed.service, placed.workload, placed.policy) + SEEN}s"
        applied = _forced(wanted.deployment)
        settled = Settled(name, SettledArgs(asked=asked, wanted=applied))
        put_back = PutBack(
            name,
            PutBackArgs(
                asked=asked,
                wanted=applied,
                over=settled.end,
                longest=longest(placed.service, placed.workload, placed.policy, leaving),
                leaving=leaving,
            ),
        )
        self.deployment = self._place(
            wanted.deployment,
            [*told, *args.before_copies],
            pulumi.ResourceOptions(
                custom_timeouts=pulumi.CustomTimeouts(create=wait, update=wait),
                hooks=pulumi.ResourceHookBinding.merge(settled.hooks, put_back.hooks),
            ),
        )
        for each in wanted.after:
            # Before the copies are well: it must be there for them to become so in turn, and a failure leaves it as it was.
            self._place(each, told)
        for each in wanted.last:
            self._place(each, [self.deployment])
        self.register_outputs({"release": self.release})

    def _place(
        self,
        wanted: Mapping[str, Any],
        after: Sequence[pulumi.Resource],
        more: pulumi.ResourceOptions | None = None,
    ) -> pulumi.CustomResource:
        kind, own = wanted["kind"], wanted["metadata"]["name"]
        name = f"{self._name}-{kind.lower()}" + (
            "" if own == self._service else f"-{own.removeprefix(f'{self._service}-')}"
        )
        if kind in KEPT_KINDS:  # the digest at the end is no part of who it is
            name = name.rpartition("-")[0]
        wanted = _forced(wanted)
        own_opts = pulumi.ResourceOptions(
            parent=self,
            depends_on=after,
            retain_on_delete=kind in KEPT_KINDS,
            hooks=self._owned.made if kind == "Namespace" else self._owned.changed,
        )
        opts = pulumi.ResourceOptions.merge(own_opts, more)
        if kind in KINDS:
            told = {_snake(key): value for key, value in wanted.items() if key not in ("apiVersion", "kind")}
            made = KINDS[kind](name, opts=opts, **told)
        else:
            made = kubernetes.apiextensions.CustomResource(
                name, wanted["apiVersion"], kind, wanted["spec"], wanted["metadata"], opts
            )
        self.made[f"{kind}/{own}"] = made
        return made


def _owned(wanted: Mapping[str, Any], account: pulumi.CustomResource) -> dict[str, Any]:
    """With the service's account as owner, after which the cluster deletes it: in a namespace that stays, nobody else would."""
    owner = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "name": wanted["metadata"]["labels"]["app.kubernetes.io/name"],
        "uid": account.metadata.uid,  # pyright: ignore[reportAttributeAccessIssue]
        "blockOwnerDeletion": True,
    }
    return {**wanted, "metadata": {**wanted["metadata"], "ownerReferences": [owner]}}


def _forced(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The object as the provider is told it."""
    annotations = {**FORCED, **wanted["metadata"].get("annotations", {})}
    return {**wanted, "metadata": {**wanted["metadata"], "annotations": annotations}}


def _snake(key: str) -> str:
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in key)
