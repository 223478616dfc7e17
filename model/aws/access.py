"""How whoever deploys reaches hosts that have no public address."""

import ipaddress
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from model.aws.instances import InstanceType
from model.setting import ONCE, Setting

WIDEST = {4: 8, 6: 32}
"""Bits that a range must fix where things are protected: what one organisation may own. Two halves are the world, too."""


def _range(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value))
    except ValueError:
        pass
    try:
        meant = ipaddress.ip_interface(value).network
    except ValueError:
        raise ValueError("is not a range of addresses; write one as in 203.0.113.0/24") from None
    raise ValueError(f"has bits beyond its prefix; write {meant}")


Range = Annotated[str, AfterValidator(_range)]
Ranges = Annotated[tuple[Range, ...], Field(min_length=1), ONCE]


class Bastion(Setting):
    """One small machine with a public address, through which every connection to a host goes."""

    type: InstanceType = "t4g.nano"
    """Its instance type."""
    operator_cidrs: Ranges
    """From where it may be reached, over SSH alone."""


class Direct(Setting):
    """Private addresses are reached as they are: from a network that is connected to this one."""

    operator_cidrs: Ranges
    """From where hosts may be reached, over SSH alone."""


class Tunnel(Setting):
    """An EC2 Instance Connect Endpoint: no port is open to anybody, AWS lets in who may `ec2-instance-connect:OpenTunnel`."""


class Access(Setting):
    """Exactly one of the three."""

    bastion: Bastion | None = None
    """Through a machine of its own."""
    direct: Direct | None = None
    """Over a connected network, such as a VPN."""
    tunnel: Tunnel | None = None
    """Through AWS; needs the AWS CLI, version 2, where `up` runs."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(way is not None for way in (self.bastion, self.direct, self.tunnel)) != 1:
            raise ValueError(
                "needs exactly one of `bastion` (with operatorCidrs), `direct` (with operatorCidrs) and `tunnel: {}`"
            )
        return self

    @property
    def kind(self) -> Literal["bastion", "direct", "tunnel"]:
        """Which one it is."""
        return "bastion" if self.bastion else "direct" if self.direct else "tunnel"

    @property
    def operator_cidrs(self) -> tuple[str, ...]:
        """From where SSH is let in; none with a tunnel."""
        way = self.bastion or self.direct
        return way.operator_cidrs if way else ()


def open_tunnel(program: str, instance_id: str, region: str) -> list[str]:
    """A tunnel's command. Without a local port the AWS CLI passes its standard input and output through."""
    return [program, "ec2-instance-connect", "open-tunnel", "--instance-id", instance_id, "--region", region]


def refusals(access: Access, protected: bool) -> list[str]:
    """One sentence, which begins with the key inside the region, for each range that is too wide for something protected."""
    if not protected:
        return []
    ranges = [ipaddress.ip_network(each) for each in access.operator_cidrs]
    return [
        f"access.{access.kind}.operatorCidrs holds {each}, which opens SSH to strangers, but the stack is protected; "
        f"allowed is a prefix of /{WIDEST[each.version]} or longer: name those that you deploy from, or take `tunnel: {{}}`."
        for each in ranges
        if each.prefixlen < WIDEST[each.version]
    ]
