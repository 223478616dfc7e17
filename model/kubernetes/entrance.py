"""How users come in: a Service for the cluster's own pods, and before it a Gateway or an Ingress, over TLS."""

from typing import Any

from model.host_files import whole_seconds
from model.kubernetes.names import made, selector
from model.service import Service
from model.workload import Entrance

GATEWAY = "gateway.networking.k8s.io/v1"
READINESS_GATE = {"eks.amazonaws.com/pod-readiness-gate-inject": "enabled"}
"""On a namespace: a copy of EKS Auto Mode is ready only when the load balancer has found it well. (The label that begins with
elbv2.k8s.aws is for the AWS Load Balancer Controller, which is not there.)"""


def service_object(service: Service, namespace: str) -> dict[str, Any]:
    """One address for all copies; a caller gets one of its own zone where there is one."""
    ports = [
        {
            "name": "http",
            "port": service.port,
            "targetPort": "http",
            "protocol": "TCP",
            "appProtocol": "http",
        },
        *(
            {"name": name, "port": numbers[0], "targetPort": name, "protocol": "TCP"}
            for name, numbers in sorted(service.ports.items())
        ),
    ]
    spec = {
        "type": "ClusterIP",
        "selector": selector(service),
        "ports": ports,
        "ipFamilyPolicy": "PreferDualStack",
        "trafficDistribution": "PreferClose",
    }
    return made("Service", "v1", service, namespace, spec=spec)


def target_group_binding(service: Service, namespace: str, arn: Any) -> dict[str, Any]:
    """Keeps the addresses of the copies in a target group of AWS, without a hop (EKS Auto Mode's own kind)."""
    spec = {
        "serviceRef": {"name": service.name, "port": "http"},
        "targetGroupARN": arn,
        "targetType": "ip",
    }
    return made("TargetGroupBinding", "eks.amazonaws.com/v1", service, namespace, spec=spec)


def objects(service: Service, entrance: Entrance | None, namespace: str) -> list[dict[str, Any]]:
    """What leads users to the Service, if anything does."""
    if not entrance:
        return []
    if entrance.kind == "gateway":
        return _gateway(service, entrance, namespace)
    return [_ingress(service, entrance, namespace)]


def _annotated(made: dict[str, Any], entrance: Entrance) -> dict[str, Any]:
    issuer = {"cert-manager.io/cluster-issuer": entrance.issuer} if entrance.issuer else {}
    annotations = {**issuer, **entrance.annotations}
    return {**made, "metadata": {**made["metadata"], **({"annotations": annotations} if annotations else {})}}


def certificate(service: Service, entrance: Entrance) -> str:
    """The Secret with the certificate: a given one, or where cert-manager puts it."""
    return entrance.secret or f"{service.name}-tls"


def _ingress(service: Service, entrance: Entrance, namespace: str) -> dict[str, Any]:
    backend = {"service": {"name": service.name, "port": {"name": "http"}}}
    spec = {
        "ingressClassName": entrance.class_name,
        "tls": [{"hosts": [entrance.domain], "secretName": certificate(service, entrance)}],
        "rules": [
            {
                "host": entrance.domain,
                "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]},
            }
        ],
    }
    return _annotated(made("Ingress", "networking.k8s.io/v1", service, namespace, spec=spec), entrance)


def _gateway(service: Service, entrance: Entrance, namespace: str) -> list[dict[str, Any]]:
    own = {"namespaces": {"from": "Same"}}
    listeners = [
        {"name": "http", "protocol": "HTTP", "port": 80, "hostname": entrance.domain, "allowedRoutes": own},
        {
            "name": "https",
            "protocol": "HTTPS",
            "port": 443,
            "hostname": entrance.domain,
            "allowedRoutes": own,
            "tls": {
                "mode": "Terminate",
                "certificateRefs": [{"kind": "Secret", "name": certificate(service, entrance)}],
            },
        },
    ]
    gateway = made(
        "Gateway",
        GATEWAY,
        service,
        namespace,
        spec={"gatewayClassName": entrance.class_name, "listeners": listeners},
    )
    redirect = {"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "statusCode": 301}}
    timeouts = {"request": f"{whole_seconds(service.request_timeout)}s"}
    return [
        _annotated(gateway, entrance),
        _route(
            service,
            entrance,
            namespace,
            "https",
            service.name,
            {"backendRefs": [{"name": service.name, "port": service.port}], "timeouts": timeouts},
        ),
        _route(service, entrance, namespace, "http", f"{service.name}-redirect", {"filters": [redirect]}),
    ]


def _route(
    service: Service, entrance: Entrance, namespace: str, listener: str, name: str, rule: dict[str, Any]
) -> dict[str, Any]:
    spec = {
        "parentRefs": [{"name": service.name, "sectionName": listener}],
        "hostnames": [entrance.domain],
        "rules": [rule],
    }
    return made("HTTPRoute", GATEWAY, service, namespace, name, spec=spec)
