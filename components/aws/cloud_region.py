"""A region on AWS: a network of its own, instances in it that the program makes, and a load balancer before them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pulumi

from components import rendered
from components.aws.autoscaling import Autoscaling, Scaling
from components.aws.firewall import Firewall, FirewallArgs
from components.aws.fleet import Fleet, FleetArgs
from components.aws.given_network import GivenNetwork, GivenNetworkArgs
from components.aws.load_balancer import LoadBalancer, LoadBalancerArgs
from components.aws.network import Ground, Network, NetworkArgs, network_told
from components.aws.shared_name import SharedName
from components.hosts import Host, private_key
from components.installation import Installation
from components.rollout import Placed, RolloutArgs, Serving, before, place, told
from model.answer import answer
from model.architecture import Architecture
from model.aws import firewall
from model.aws.cloud_region import CloudRegion as CloudRegionSettings
from model.door import PRIVATE, HostDoor
from model.flows import Role


@dataclass(frozen=True, kw_only=True)
class CloudRegionArgs:
    """`architectures` are those of the instance types, `public_keys` are what machines let in, `tags` are the provider's.

    With `roll_images`, machines on an older image are replaced in the order of the rollout. `shared` is the front door's name, if
    there is one.
    """

    settings: CloudRegionSettings
    rollout: RolloutArgs
    architectures: Mapping[str, Architecture]
    tags: Mapping[str, str]
    public_keys: Sequence[str]
    protected: bool
    roll_images: bool = False
    shared: SharedName | None = None


class CloudRegion(pulumi.ComponentResource):
    """The service in one place."""

    hosts: dict[str, Placed]
    """By name."""
    groups: Mapping[str, Autoscaling]
    """Instances that come and go, by the group's name."""
    last: Sequence[Serving]
    """The last batch and the groups after it, for which the next region waits."""
    balancer: LoadBalancer
    """What stands before its hosts."""
    endpoint: pulumi.Output[str]
    """Where users reach it: the load balancer's URL."""
    protected: bool
    """Whether nothing that users depend on can be deleted here."""

    def __init__(self, name: str, args: CloudRegionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:CloudRegion", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        settings = args.settings
        self.protected = protected = args.protected and not settings.removable
        # Of the network only the load balancer reaches the hosts' port (model/aws/firewall.py).
        rollout = replace(args.rollout, door=HostDoor(trusted=PRIVATE))
        login = settings.login

        types = [group.type for group in settings.instances]
        types += [settings.access.bastion.type] if settings.access.bastion else []
        self._network: Ground = (
            GivenNetwork(
                name,
                GivenNetworkArgs(
                    settings=settings.network,
                    instance_types=types,
                    internal=settings.load_balancer.internal,
                ),
                child,
            )
            if settings.network.vpc
            else Network(
                name, NetworkArgs(settings=settings.network, instance_types=types, protected=protected), child
            )
        )
        rules = firewall.rules(
            service_port=rollout.service.port,
            tls=settings.load_balancer.domain is not None,
            access=settings.access.kind,
            users=Role.ACCEPTED if settings.load_balancer.accepted else Role.WORLD,
        )
        self._firewall = Firewall(
            name,
            FirewallArgs(
                network=self._network,
                rules=rules,
                operator_cidrs=settings.access.operator_cidrs,
                accepted=settings.load_balancer.accepted or (),
                egress=settings.egress,
            ),
            child,
        )
        self.balancer = balancer = LoadBalancer(
            name,
            LoadBalancerArgs(
                settings=settings.load_balancer,
                network=self._network,
                firewall=self._firewall,
                service=rollout.service,
                drain=rollout.policy.drain,
                protected=protected,
                filters=settings.load_balancer.filters(args.protected),
                own_ports=not settings.scales,
                shared=args.shared,
            ),
            child,
        )
        self._fleet = fleet = Fleet(
            name,
            FleetArgs(
                groups=settings.instances,
                network=self._network,
                firewall=self._firewall,
                access=settings.access,
                login=login,
                public_keys=args.public_keys,
                private_key=private_key(login, rollout.project),
                architectures=args.architectures,
                protected=protected,
                roll_images=args.roll_images,
                permissions=rollout.service.permissions,
                plain_http=settings.reaches_plain_http,
                scaling=Scaling(
                    release=rollout.release,
                    service=rollout.service,
                    policy=rollout.policy,
                    target_group=balancer.target_group,
                    owner=f"{rollout.owner}/{name}",
                    tags=args.tags,
                    secrets=rollout.secrets,
                ),
            ),
            child,
        )

        def served(host: Host, installation: Installation) -> pulumi.Resource:
            return balancer.attach(host.name, host.identity, [installation.apply]).serving

        self.hosts, last = place(name, rollout, fleet.host, self, served)
        waits = before(f"{name}-pause-groups", rollout.policy, last or rollout.after, self)
        found = fleet.scale([*balancer.listeners, *waits]) if settings.scales else {}
        self.groups, groups = found, [*found.values()]
        self.last = [*last, *groups]
        least = settings.least if settings.scales else None
        balancer.watch([each.serving for each in [*self.hosts.values(), *groups]], least)
        self.endpoint = balancer.url
        everything = [each.installation for each in self.hosts.values()]
        self.register_outputs({"endpoint": self.endpoint, "rendered": rendered.told(everything)})

    @property
    def summary(self) -> pulumi.Output[dict[str, Any]]:
        """What the stack tells about it: endpoint, network, security groups, what each host said last, and the way to them."""
        return pulumi.Output.all(
            endpoint=self.endpoint,
            network=network_told(self._network),
            securityGroups=pulumi.Output.all(**self._firewall.group_ids),
            hosts=told(self.hosts),
            groups=_told(self.groups),
            bastion=self._fleet.bastion,
        )


def _told(groups: Mapping[str, Autoscaling]) -> pulumi.Output[dict[str, Any]] | None:
    """What each group runs, for the stack's outputs."""
    kept = ("release", "version", "architecture", "sha256", "template", "bundles")

    def group(report: str) -> dict[str, Any]:
        said = answer(report)
        return {"group": said["host"], **{key: said[key] for key in kept}}

    return (
        pulumi.Output.all(**{name: each.report.apply(group) for name, each in groups.items()})
        if groups
        else None
    )
