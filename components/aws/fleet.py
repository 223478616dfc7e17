"""The EC2 instances of one region that run the service, each made when its turn in the rollout comes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_command as command

from components.aws.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.aws.autoscaling import Autoscaling, AutoscalingArgs, Scaling
from components.aws.bastion import FIRST_DIAL_ERROR_LIMIT, SECONDS_PER_FIRST_DIAL, Bastion, BastionArgs
from components.aws.firewall import Firewall
from components.aws.granted import granted
from components.aws.host_key import host_key, own_key
from components.aws.image import Image, image
from components.aws.instance import InstanceArgs, instance
from components.aws.instance_role import instance_role
from components.aws.network import Ground
from components.aws.tunnel import Tunnel, TunnelArgs
from components.hosts import DIAL_ERROR_LIMIT, SECONDS_PER_DIAL, Host
from model.architecture import Architecture
from model.aws.access import Access
from model.aws.instances import InstanceGroup, host_names, placed
from model.aws.user_data import PACKAGES, cloud_config, finished
from model.flows import Role
from model.login import Login
from model.permissions import Permissions


@dataclass(frozen=True, kw_only=True)
class FleetArgs:
    """`architectures` are those of the groups' types, as EC2 says; without `private_key` the SSH agent has the key.

    With `roll_images`, instances on an older image are replaced by ones on the newest. With `plain_http` hosts get out to port
    80, too. Groups with autoscaling need `scaling`.
    """

    groups: tuple[InstanceGroup, ...]
    network: Ground
    firewall: Firewall
    access: Access
    login: Login
    public_keys: Sequence[str]
    private_key: pulumi.Input[str] | None
    architectures: Mapping[str, Architecture]
    protected: bool
    roll_images: bool = False
    permissions: Permissions | None = None
    plain_http: bool = False
    scaling: Scaling | None = None


class Fleet(pulumi.ComponentResource):
    """Private instances, a role that they share, with the service's rights, and the way to them.

    `host` makes them one by one, so that a replacement keeps the order of a release: the new canary is installed and well before
    the next old instance gets its successor. The old ones go at the end, as Pulumi deletes.
    """

    names: tuple[str, ...]
    """Of all hosts, in their order."""

    def __init__(self, name: str, args: FleetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Fleet", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self._name, self._args = name, args
        self.names = host_names(args.groups)
        self._places = {
            host: (group, zone)
            for group, host, zone in placed(args.groups, len(args.network.private_subnets))
        }
        self._images: dict[str, Image] = {
            group.type: image(group.image, args.architectures[group.type], pulumi.InvokeOptions(parent=self))
            for group in args.groups
        }
        for each in self._images.values():
            each.refuse_without_archive(args.plain_http)

        role = instance_role(
            f"{name}-hosts",
            "Hosts of the service. It has what slipway:service.permissions allows, and nothing else."
            if args.permissions
            else "Hosts of the service. It has no policies: what runs on them may do nothing in this account.",
            child,
        )
        self._profile = role.profile
        self._rights = granted(f"{name}-hosts", role.role, args.permissions, child)

        self._bastion = self._tunnel = None
        if args.access.bastion:
            self._bastion = Bastion(
                f"{name}-bastion",
                BastionArgs(
                    settings=args.access.bastion,
                    network=args.network,
                    firewall=args.firewall,
                    user=args.login.user,
                    public_keys=args.public_keys,
                    private_key=args.private_key,
                    protected=args.protected,
                    roll_images=args.roll_images,
                ),
                child,
            )
        elif args.access.tunnel:
            self._tunnel = Tunnel(
                f"{name}-tunnel", TunnelArgs(network=args.network, firewall=args.firewall), child
            )
        self.register_outputs({})

    @property
    def bastion(self) -> pulumi.Output[dict[str, str]] | None:
        """For the stack's outputs: where it is, and the key that it shows. None where hosts are reached in another way."""
        if not self._bastion:
            return None
        proxy = self._bastion.proxy
        return pulumi.Output.all(address=proxy.host, hostKey=proxy.host_key)

    def host(self, host: str, after: Sequence[pulumi.Resource]) -> Host:
        """Makes the host of that name when `after` is done. It is `ready` when its first start is over."""
        name, args = f"{self._name}-{host}", self._args
        group, zone = self._places[host]
        key = host_key(f"{name}-host-key", self)
        machine = instance(
            name,
            InstanceArgs(
                type=group.type,
                image=self._images[group.type],
                roll_image=args.roll_images,
                subnet=args.network.private_subnets[zone],
                security_group=args.firewall.group(Role.HOSTS),
                more_groups=args.network.security_groups or (),
                profile=self._profile,
                user_data=pulumi.Output.all(key.private, key.public).apply(
                    lambda halves: cloud_config(
                        user=args.login.user,
                        public_keys=args.public_keys,
                        host_key=(halves[0], halves[1]),
                        packages=PACKAGES,
                    )
                ),
                volume=group.volume,
                credits=group.credits,
                protected=args.protected,
                # It installs packages at its first start: the way out must be there.
                after=[*args.network.ready, args.firewall, *self._rights, *after],
            ),
            self,
        )
        port = self._tunnel.port(name, machine) if self._tunnel else None
        ready = command.remote.Command(
            f"{name}-ready",
            connection=self._connection(
                machine, key.public, port, FIRST_DIAL_ERROR_LIMIT, SECONDS_PER_FIRST_DIAL
            ),
            # Names the machine, so that it runs again on another one under the same name.
            create=machine.id.apply(
                lambda machine: finished(PACKAGES, machine, group.volume, args.public_keys)
            ),
            add_previous_output_in_env=False,
            logging=command.remote.Logging.STDERR,
            opts=pulumi.ResourceOptions(
                parent=self,
                deleted_with=machine,
                depends_on=[way for way in (self._bastion and self._bastion.ready, self._tunnel) if way],
            ),
        )
        own = own_key(f"{name}-own-key", machine.id, ready.stdout, self)
        return Host(
            name=host,
            address=machine.private_ip,
            architecture=args.architectures[group.type],
            connection=self._connection(machine, own, port, DIAL_ERROR_LIMIT, SECONDS_PER_DIAL),
            identity=machine.id,
            resource=machine,
            ready=ready,
        )

    def scale(self, after: Sequence[pulumi.Resource]) -> dict[str, Autoscaling]:
        """Makes the groups whose instances come and go, by name, when `after` is done, or brings them the release.

        They fetch what they run from a store that they share. Raises RunError without `scaling`.
        """
        name, args = self._name, self._args
        groups = [group for group in args.groups if group.autoscaling]
        if not groups:
            return {}
        if args.scaling is None:
            raise pulumi.RunError(
                f"instances of {groups[0].type} have autoscaling, for which nothing is released here; write a count instead."
            )
        child = pulumi.ResourceOptions(parent=self)
        store = ArtifactStore(f"{name}-bundles", ArtifactStoreArgs(protected=args.protected), child)
        return {
            group.name: Autoscaling(
                f"{name}-{group.name}",
                AutoscalingArgs(
                    group=group,
                    architecture=args.architectures[group.type],
                    image=self._images[group.type],
                    roll_image=args.roll_images,
                    network=args.network,
                    firewall=args.firewall,
                    store=store,
                    scaling=args.scaling,
                    permissions=args.permissions,
                    user=args.login.user,
                    public_keys=args.public_keys,
                    protected=args.protected,
                    after=after,
                ),
                child,
            )
            for group in groups
        }

    def _connection(
        self,
        machine: aws.ec2.Instance,
        host_key: pulumi.Output[str],
        port: int | None,
        dials: int,
        seconds: int,
    ) -> command.remote.ConnectionArgs:
        args = self._args
        return command.remote.ConnectionArgs(
            host="127.0.0.1" if port else machine.private_ip,
            port=port or 22,
            user=args.login.user,
            private_key=pulumi.Output.secret(args.private_key) if args.private_key else None,
            host_key=host_key,
            dial_error_limit=dials,
            per_dial_timeout=seconds,
            proxy=self._bastion.proxy if self._bastion else None,
        )
