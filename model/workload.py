"""What a cluster runs of the service, whoever made the cluster: how many copies, how large, from which registry, behind what."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from model.release_policy import ReleasePolicy
from model.service import Service
from model.setting import Name, Network, Setting

DnsName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$")]
ObjectName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", max_length=253)]
Memory = Annotated[str, Field(pattern=r"^[1-9][0-9]*(Mi|Gi)$")]
Cpu = Annotated[str, Field(pattern=r"^[1-9][0-9]*m?$")]
_UNIT = {"Mi": 1 << 20, "Gi": 1 << 30}
_REPOSITORY = re.compile(
    r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)+", re.ASCII
)
"""Registry and path, as the OCI distribution specification has names, and no tag: images are named by their digest."""


def _repository(value: str) -> str:
    registry = value.partition("/")[0]
    if not _REPOSITORY.fullmatch(value) or not (
        ":" in registry or "." in registry or registry == "localhost"
    ):
        raise ValueError(
            "is no repository; allowed is a registry and a path without a tag, as in registry.example.com/team/shop"
        )
    return value


Repository = Annotated[str, AfterValidator(_repository)]


class Replicas(Setting):
    """How many copies run. The cluster decides between the two by the load; the program never sets a number."""

    min: Annotated[int, Field(ge=1, le=1000)] = 2
    """At least, whatever the load."""
    max: Annotated[int, Field(ge=1, le=1000)] = 10
    """At most."""
    target_cpu: Annotated[int, Field(ge=10, le=95)] = 60
    """Percent of the processor time asked for (`cpu`) that copies should use on average."""

    @model_validator(mode="after")
    def _room(self) -> Self:
        if self.max < self.min:
            raise ValueError(f"has max: {self.max} below min: {self.min}; make max at least {self.min}")
        return self


class Entrance(Setting):
    """How users come in, over TLS for one name. The controller that does it must be there."""

    kind: Literal["gateway", "ingress"]
    """`gateway`: a Gateway and an HTTPRoute of the Gateway API; `ingress`: an Ingress."""
    class_name: Annotated[ObjectName, Field(alias="class")]
    """Of the controller: a GatewayClass or an IngressClass, such as `nginx` or `traefik`."""
    domain: DnsName
    """What users call it."""
    secret: ObjectName | None = None
    """A Secret of type kubernetes.io/tls in the service's namespace that holds the certificate."""
    issuer: ObjectName | None = None
    """In place of `secret`: the ClusterIssuer of cert-manager that gets a certificate."""
    annotations: dict[str, str] = Field(default={})
    """For the controller, such as `nginx.ingress.kubernetes.io/proxy-body-size: 20m`."""
    namespace: ObjectName | None = None
    """Where the controller's pods are: then only they may ask the service. Unless given, every pod may, and every node without
    `accept`."""

    @model_validator(mode="after")
    def _one_certificate(self) -> Self:
        if (self.secret is None) == (self.issuer is None):
            raise ValueError(
                "needs exactly one of `secret` (a certificate that is there) and `issuer` (cert-manager gets one)"
            )
        return self


class Toleration(Setting):
    """A taint of nodes that copies may run beside."""

    key: str
    """The taint's key."""
    value: str | None = None
    """Its value; any one unless given."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    """Its effect; any one unless given."""


class Workload(Setting):
    """What the cluster runs."""

    namespace: Name | None = None
    """The service's name unless given."""
    own_namespace: bool = True
    """Whether the program makes the namespace, and deletes it with all that is in it. Else it must be there, with the labels of
    the `restricted` Pod Security Standard as your cluster wants them, and may hold secrets that you put there."""
    replicas: Replicas = Replicas()
    """How many copies."""
    cpu: Cpu = "250m"
    """Processor time that each copy is sure of: `250m` is a quarter of a core. At most: service.limits.cpu, else what is free."""
    memory: Memory = "256Mi"
    """Memory that each copy is sure of, and the most that it may use. Go's GOMEMLIMIT becomes 90 % of it."""
    scratch: Memory = "256Mi"
    """The most that a copy may write into its data, logs and temporary directories together."""
    place_within: Annotated[int, Field(ge=1, le=3600)] = 300
    """Seconds for a node to be made and the image to be fetched, before a copy can even start. With service.health.deadline and
    the time for which it is watched, a rollout may make no progress for so long; then it has failed."""
    live: Annotated[str, Field(pattern=r"^/[!-~]*$")] | None = None
    """A path that answers 2xx whenever a restart would not help; asked to find copies that hang. Unless given, the port is."""
    entrance: Entrance | None = None
    """How users come in; without one only the cluster's own pods get there."""
    egress: tuple[Annotated[int, Field(ge=1, le=65535)], ...] = (443,)
    """Ports of others that the service may ask, beside DNS and `service.needs`."""
    accept: tuple[Network, ...] = ()
    """Networks outside the cluster that may ask the service straight, beside the entrance."""
    pull_secret: ObjectName | None = None
    """A Secret of type kubernetes.io/dockerconfigjson in the namespace that nodes show to the registry."""
    priority: ObjectName | None = None
    """The PriorityClass of the copies."""
    tolerations: tuple[Toleration, ...] = ()
    """Taints beside which copies may run. That of other architectures (`kubernetes.io/arch`) is among them."""
    monitor: bool = False
    """Whether a ServiceMonitor and a PrometheusRule tell the Prometheus operator, whose kinds the cluster must have, where to ask
    for metrics (`service.metrics`, else `/metrics`) and what is alarming (docs/monitoring.md)."""
    wait_with: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.:/_-]*@sha256:[0-9a-f]{64}$")] | None = None
    """An image with `sh` and `nc`, by digest: copies then wait in an init container until `service.needs` accept connections."""

    @property
    def memory_bytes(self) -> int:
        """The limit in bytes."""
        return int(self.memory[:-2]) * _UNIT[self.memory[-2:]]

    @property
    def cpu_millis(self) -> int:
        """What is asked for, in thousandths of a core."""
        return int(self.cpu.removesuffix("m")) * (1 if self.cpu.endswith("m") else 1000)


UNOPENED = ("devices", "namespaces", "rawSockets", "trace")
"""Of `service.sandbox`: what the `restricted` Pod Security Standard lets no pod do."""
LONGEST_PORT_NAME = 15
"""IANA's for a service's name (RFC 6335), which the API keeps to."""


def refusals(workloads: Mapping[str, Workload], service: Service, policy: ReleasePolicy) -> list[str]:
    """One sentence for everything that a cluster cannot do for this service."""
    if not workloads:
        return []
    first = f"slipway:regions.{next(iter(workloads))} is a cluster"
    lines = [
        f"slipway:service.sandbox.{name} cannot be opened where {first}, where no pod may: leave it out, or run it on hosts."
        for name in UNOPENED
        if name in service.sandbox
    ]
    lines += [
        f"slipway:service.ports.{name} is no name where {first}: {LONGEST_PORT_NAME} characters at most, and not http."
        for name in service.ports
        if len(name) > LONGEST_PORT_NAME or name == "http"
    ]
    if service.name.endswith("-"):
        lines.append(f"slipway:service.name is {service.name}, but {first}, where no name ends in a hyphen.")
    if policy.alarms:
        lines.append(
            f"slipway:release.alarms are looked at between batches of hosts, but {first}, which has none; leave them out."
        )
    if policy.pin == "previous":
        lines.append(
            f"slipway:release.pin is previous, but {first}, where that would be another one with each `up`; write the "
            "release's id, which `make releases` lists."
        )
    most = service.limits.cpu
    for name, workload in workloads.items():
        if most and workload.cpu_millis > (allowed := int(most.removesuffix("%")) * 10):
            lines.append(
                f"slipway:regions.{name}.workload.cpu is {workload.cpu}, more than the {allowed}m that "
                f"slipway:service.limits.cpu ({most}) allows, which the cluster refuses: write {allowed}m or less, or a higher "
                "limit."
            )
        given = {
            "pullSecret": workload.pull_secret,
            "entrance.secret": workload.entrance.secret if workload.entrance else None,
        }
        lines += [
            f"slipway:regions.{name}.workload.{key} is {secret}, which cannot be in a namespace that the program makes: make the "
            "namespace and the secret yourself, and set ownNamespace: false."
            for key, secret in given.items()
            if secret and workload.own_namespace
        ]
    return lines
