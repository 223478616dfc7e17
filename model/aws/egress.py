"""What hosts may reach beside HTTPS: databases, queues, mail servers."""

import ipaddress
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from model.setting import Port, Setting

SECURITY_GROUP = re.compile(r"sg-[0-9a-f]{8}([0-9a-f]{9})?")


def _somewhere(value: str) -> str:
    if SECURITY_GROUP.fullmatch(value):
        return value
    try:
        return str(ipaddress.ip_network(value))
    except ValueError:
        raise ValueError(
            "is neither a range of addresses nor a security group; write one as in 10.8.0.0/16 or sg-0123456789abcdef0"
        ) from None


class Egress(Setting):
    """One place that hosts reach."""

    to: Annotated[str, AfterValidator(_somewhere)]
    """A range of addresses or, in the same network or one that is peered with it, a security group by its id."""
    ports: Annotated[tuple[Port, ...], Field(min_length=1)]
    """At which ports, such as `[5432]`."""
    protocol: Literal["tcp", "udp"] = "tcp"
    """What is spoken there."""
    why: Annotated[str, Field(pattern=r"^[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}$")]
    """The reason, for whoever reads the security group; in the letters that AWS takes there."""


def refusals(key: str, egress: tuple[Egress, ...]) -> list[str]:
    """One sentence for each rule that AWS has already, under the region's `key`."""
    lines, seen = [], {("0.0.0.0/0", "tcp", 443)}
    for number, each in enumerate(egress):
        for port in each.ports:
            rule = (each.to, each.protocol, port)
            if rule in seen:
                lines.append(
                    f"{key}.egress[{number}] opens {each.protocol} {port} to {each.to}, which is open already; remove it there."
                )
            seen.add(rule)
    return lines
