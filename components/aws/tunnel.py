"""SSH to hosts without an open port, through an EC2 Instance Connect Endpoint. Never run against AWS: see docs/proof.md."""

import shutil
import socket
import subprocess
import threading
import zlib
from collections.abc import Collection
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws.firewall import Firewall
from components.aws.network import Ground
from model.aws.access import open_tunnel
from model.flows import Role

PORTS = range(20_000, 30_000)
"""Loopback ports for hosts; below those that Linux hands out by itself (ip_local_port_range)."""


@dataclass(frozen=True, kw_only=True)
class TunnelArgs:
    """The endpoint stands in the first private subnet and reaches hosts of all of them."""

    network: Ground
    firewall: Firewall


class Tunnel(pulumi.ComponentResource):
    """The endpoint, and for each host a port on this machine's loopback that leads to the host's SSH port.

    A connection to that port starts `aws ec2-instance-connect open-tunnel` and is its standard input and output, so nothing is
    open while nothing is done. The ports close with this program; what an engine deletes after that is not reached.
    """

    def __init__(self, name: str, args: TunnelArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Tunnel", name, {}, opts)
        self.endpoint = aws.ec2transitgateway.InstanceConnectEndpoint(
            name,
            subnet_id=args.network.private_subnets[0].id,
            security_group_ids=[args.firewall.group(Role.TUNNEL).id],
            preserve_client_ip=False,  # hosts let in the endpoint, whose own rules name it
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._region = args.network.private_subnets[0].region
        self._taken: set[int] = set()
        self.register_outputs({})

    def port(self, host: str, machine: aws.ec2.Instance) -> int:
        """The loopback port that leads to `machine`, the same in each run. Raises RunError when another program has it."""
        number = port_number(host, self._taken)
        self._taken.add(number)
        program = shutil.which("aws")
        if not program:
            lacking = "access.tunnel needs the AWS CLI, but there is no `aws` on PATH; install its version 2, or take `bastion`."
            if not pulumi.runtime.is_dry_run():
                raise pulumi.RunError(lacking)
            pulumi.log.warn(f"{lacking} This preview connects to nobody; `up` would fail here.")
        elif not pulumi.runtime.is_dry_run():
            words = pulumi.Output.all(machine.id, self._region)
            Door(number).opens(words.apply(lambda told: open_tunnel(program, *told)))
        return number


def port_number(host: str, taken: Collection[int]) -> int:
    """A port by the host's name, or the next one that is free: as long as names and their order stay, so does it."""
    first = zlib.crc32(host.encode())
    return next(port for step in PORTS if (port := PORTS[(first + step) % len(PORTS)]) not in taken)


class Door:
    """Listens on a loopback port; each connection becomes the standard input and output of a command of its own."""

    def __init__(self, port: int) -> None:
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._listener.bind(("127.0.0.1", port))
        except OSError as error:
            raise pulumi.RunError(
                f"port {port} of this machine, which leads to a host, cannot be used ({error.strerror}); "
                "end the other deployment that has it, or wait for it."
            ) from None

    def opens(self, words: pulumi.Output[list[str]]) -> None:
        """Begins to listen once it is known to where: before that, a connection is refused and tried again."""
        words.apply(self.listen)

    def listen(self, words: list[str]) -> None:
        self._listener.listen()
        threading.Thread(target=self._serve, args=(words,), daemon=True).start()

    def _serve(self, words: list[str]) -> None:
        while True:
            connection, _ = self._listener.accept()
            with connection:
                subprocess.Popen(words, stdin=connection.fileno(), stdout=connection.fileno())
