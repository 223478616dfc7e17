"""The one machine that is reached from outside, through which every connection to a host goes. Nothing runs on it but sshd."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_command as command

from components.aws.firewall import Firewall
from components.aws.host_key import host_key
from components.aws.image import image
from components.aws.instance import InstanceArgs, architectures_of, instance
from components.aws.network import Ground
from components.hosts import DIAL_ERROR_LIMIT, SECONDS_PER_DIAL
from model.aws import access
from model.aws.instances import LATEST
from model.aws.user_data import cloud_config, let_in
from model.flows import Role

FIRST_DIAL_ERROR_LIMIT, SECONDS_PER_FIRST_DIAL = 60, 10
"""For a machine that may still be starting: refused at once each time, that is 266 s (see components/hosts.py)."""
OWN_FIRST_DIALS, SECONDS_PER_OWN_FIRST_DIAL = 30, 5
"""For the bastion itself, which installs nothing and is small: 116 s until its sshd is there. Who is dropped by its
security group waits for each dial to end, and is told after 271 s."""
VOLUME = 8
"""GiB; the size of Debian's own image."""


@dataclass(frozen=True, kw_only=True)
class BastionArgs:
    """`user` logs in with the keys of `public_keys`; without `private_key` the SSH agent has it."""

    settings: access.Bastion
    network: Ground
    firewall: Firewall
    user: str
    public_keys: Sequence[str]
    private_key: pulumi.Input[str] | None
    protected: bool
    roll_images: bool = False


class Bastion(pulumi.ComponentResource):
    """A small instance in the first public subnet, under one address for good. Its user may pass through and not become root."""

    proxy: command.remote.ProxyConnectionArgs
    """How to pass through it, once `ready` is there."""
    ready: command.remote.Command
    """Done when its first start has come so far that it lets the user in, with the host key that was made for it."""

    def __init__(self, name: str, args: BastionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Bastion", name, {}, opts)
        looking = pulumi.InvokeOptions(parent=self)
        key = host_key(f"{name}-host-key", self)
        machine = instance(
            name,
            InstanceArgs(
                type=args.settings.type,
                image=image(
                    LATEST, architectures_of([args.settings.type], looking)[args.settings.type], looking
                ),
                roll_image=args.roll_images,
                subnet=args.network.public_subnets[0],
                security_group=args.firewall.group(Role.BASTION),
                public=True,
                user_data=pulumi.Output.all(key.private, key.public).apply(
                    lambda halves: cloud_config(
                        user=args.user,
                        public_keys=args.public_keys,
                        host_key=(halves[0], halves[1]),
                        packages=(),
                        administrator=False,
                    )
                ),
                volume=VOLUME,
                protected=args.protected,
                after=[*args.network.ready, args.firewall],
            ),
            self,
        )
        # An address of the machine's own is another one after each stop, and with each new machine.
        address = aws.ec2.Eip(
            name,
            domain="vpc",
            instance=machine.id,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.network.ready)),
        ).public_ip

        self.ready = command.remote.Command(
            f"{name}-ready",
            connection=command.remote.ConnectionArgs(
                host=address,
                user=args.user,
                private_key=_secret(args.private_key),
                host_key=key.public,
                dial_error_limit=OWN_FIRST_DIALS,
                per_dial_timeout=SECONDS_PER_OWN_FIRST_DIAL,
            ),
            create=machine.id.apply(lambda machine: f"# {machine}\n{let_in(args.public_keys)}\n"),
            add_previous_output_in_env=False,
            opts=pulumi.ResourceOptions(parent=self, deleted_with=machine),
        )
        self.proxy = command.remote.ProxyConnectionArgs(
            host=address,
            user=args.user,
            private_key=_secret(args.private_key),
            host_key=key.public,
            dial_error_limit=DIAL_ERROR_LIMIT,
            per_dial_timeout=SECONDS_PER_DIAL,
        )
        self.register_outputs({"address": address})


def _secret(key: pulumi.Input[str] | None) -> pulumi.Output[str] | None:
    return None if key is None else pulumi.Output.secret(key)
