"""Which connections the namespace lets through: nothing but what is named here, as on hosts (docs/firewall.md)."""

from typing import Any

from model.kubernetes.names import made, metrics, port, selector
from model.service import Service
from model.workload import Workload

DNS_NAMESPACE = "kube-system"
LOCAL_DNS = "169.254.20.10/32"
"""Where NodeLocal DNSCache listens (https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/)."""
AUTO_MODE_DNS = ("10.100.0.10/32", "172.20.0.10/32")
"""In EKS's two ranges for services. In Auto Mode the node itself answers there, and no pod, so that addresses must be let through
(https://github.com/aws/containers-roadmap/issues/2552)."""
METADATA = {"0.0.0.0/0": ["169.254.0.0/16"], "::/0": ["fd00:ec2::254/128"]}
"""A cloud's instance metadata, which holds more than the service's business: the same as a unit on a host closes."""
SOLVERS = {
    "podSelector": {"matchLabels": {"acme.cert-manager.io/http01-solver": "true"}},
    "policyTypes": ["Ingress"],
    "ingress": [{"ports": [{"protocol": "TCP", "port": 8089}]}],
}
"""The pods with which cert-manager answers a CA (https://cert-manager.io/docs/configuration/acme/http01/); everybody may ask."""
EVERY_POD = {"namespaceSelector": {}}
POD_IDENTITY = "169.254.170.23/32"
"""Where EKS Pod Identity hands out the service's own credentials."""


def policies(
    service: Service, workload: Workload, namespace: str, *, joins: bool = False
) -> list[dict[str, Any]]:
    """One that denies everything to every pod of the namespace, one for the service's, and one for those that get a certificate.

    For that cert-manager has pods of its own there. Copies that a load balancer of AWS sends requests straight to (`joins`) are
    asked by nobody else, and have Pod Identity.
    """
    denied = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    allowed = {
        "podSelector": {"matchLabels": selector(service)},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": _ingress(service, workload, joins),
        "egress": _egress(service, workload, joins),
    }
    version = "networking.k8s.io/v1"
    return [
        made("NetworkPolicy", version, service, namespace, f"{service.name}-default-deny", spec=denied),
        made("NetworkPolicy", version, service, namespace, spec=allowed),
        *(
            [made("NetworkPolicy", version, service, namespace, f"{service.name}-acme", spec=SOLVERS)]
            if workload.entrance and workload.entrance.issuer
            else []
        ),
    ]


def served(allowed: dict[str, Any], service: Service, namespace: str) -> dict[str, Any]:
    """What `allowed`, the service's own policy, lets through, once more. Changed only when a rollout is done, it leaves copies of
    the release before what they have until then, and where that is put back: policies add up."""
    return made(
        "NetworkPolicy",
        allowed["apiVersion"],
        service,
        namespace,
        f"{service.name}-served",
        spec=allowed["spec"],
    )


def _ingress(service: Service, workload: Workload, joins: bool) -> list[dict[str, Any]]:
    """Unless it is known who asks, all pods and nodes may; with `accept` all pods and these. Further ports are for pods alone."""
    peers: list[dict[str, Any]] = [{"ipBlock": {"cidr": each}} for each in workload.accept]
    if not workload.entrance:
        peers += [EVERY_POD] if peers and not joins else []
    elif inside := workload.entrance.namespace:
        peers.append({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": inside}}})
    else:  # where its controller runs is not known
        peers += [EVERY_POD] if peers else []
    if peers and EVERY_POD not in peers and workload.monitor and metrics(service)[0] == "http":
        peers.append(EVERY_POD)
    further = [_tcp(numbers[0]) for _, numbers in sorted(service.ports.items())]
    return [
        {"ports": [_tcp(port(service))], **({"from": peers} if peers else {})},
        *([{"ports": further, "from": [EVERY_POD]}] if further else []),
    ]


def _egress(service: Service, workload: Workload, joins: bool) -> list[dict[str, Any]]:
    dns = [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]
    asked = sorted({*workload.egress, *(int(each.rpartition(":")[2]) for each in service.needs)})
    names = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": DNS_NAMESPACE}}}
    addresses = [{"ipBlock": {"cidr": each}} for each in (LOCAL_DNS, *(AUTO_MODE_DNS if joins else ()))]
    rules = [{"ports": dns, "to": [names, *addresses]}]
    if asked:
        closed = {} if "metadata" in service.sandbox else METADATA
        world = [
            {"ipBlock": {"cidr": cidr, **({"except": closed[cidr]} if closed else {})}}
            for cidr in ("0.0.0.0/0", "::/0")
        ]
        rules.append({"ports": [_tcp(number) for number in asked], "to": world})
    if joins:
        rules.append({"ports": [_tcp(80)], "to": [{"ipBlock": {"cidr": POD_IDENTITY}}]})
    return rules


def _tcp(number: int) -> dict[str, Any]:
    return {"protocol": "TCP", "port": number}
