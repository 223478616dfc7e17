"""Who may reach what in a region: the one table, and the page docs/firewall.md. `components/aws/firewall.py` makes it true."""

from dataclasses import dataclass
from enum import Enum
from typing import Literal

AccessKind = Literal["bastion", "direct", "tunnel"]
HTTP, HTTPS, SSH = 80, 443, 22


class Role(Enum):
    """Who stands at one end of a connection; the value is how names and pages call it."""

    WORLD = "world"
    OPERATORS = "operators"
    LOAD_BALANCER = "load-balancer"
    HOSTS = "hosts"
    BASTION = "bastion"
    TUNNEL = "tunnel"

    @property
    def outside(self) -> bool:
        """Whether it is addresses outside the network and not a security group."""
        return self in (Role.WORLD, Role.OPERATORS)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What security group `group` lets in from `peer`, or out to it, over TCP."""

    direction: Literal["ingress", "egress"]
    group: Role
    peer: Role
    port: int
    description: str


def rules(*, service_port: int, tls: bool, access: AccessKind) -> tuple[Rule, ...]:
    """All rules of a region; whatever none of them names is closed, and answers to what is let through always pass.

    DNS, the clock and instance metadata need none: security groups do not filter a network's own (VPC user guide).
    """
    web = (
        [
            _in(Role.LOAD_BALANCER, Role.WORLD, HTTPS, "Users, over TLS"),
            _in(Role.LOAD_BALANCER, Role.WORLD, HTTP, "Users who are sent on to HTTPS"),
        ]
        if tls
        else [_in(Role.LOAD_BALANCER, Role.WORLD, HTTP, "Users")]
    )
    return (
        *web,
        *_between(Role.LOAD_BALANCER, Role.HOSTS, service_port, "Requests and health checks"),
        _out(Role.HOSTS, Role.WORLD, HTTPS, "Packages, security updates and AWS interfaces"),
        *_login(access),
    )


def _login(access: AccessKind) -> list[Rule]:
    if access == "direct":
        return [_in(Role.HOSTS, Role.OPERATORS, SSH, "SSH from operators, over a private connection")]
    if access == "tunnel":
        return _between(Role.TUNNEL, Role.HOSTS, SSH, "SSH through the Instance Connect endpoint")
    return [
        _in(Role.BASTION, Role.OPERATORS, SSH, "SSH from operators"),
        *_between(Role.BASTION, Role.HOSTS, SSH, "SSH passed on by the bastion"),
        _out(Role.BASTION, Role.WORLD, HTTPS, "Packages and security updates"),
    ]


def _between(source: Role, target: Role, port: int, description: str) -> list[Rule]:
    return [_out(source, target, port, description), _in(target, source, port, description)]


def _in(group: Role, peer: Role, port: int, description: str) -> Rule:
    return Rule(direction="ingress", group=group, peer=peer, port=port, description=description)


def _out(group: Role, peer: Role, port: int, description: str) -> Rule:
    return Rule(direction="egress", group=group, peer=peer, port=port, description=description)


def page(service_port: int = 8080) -> str:
    """docs/firewall.md."""
    lines = [
        "# Who may reach what",
        "",
        "All connections that a region's security groups let through; everything else is closed, and the network's default "
        f"group is empty. All of it is TCP. {service_port} stands for `slipway:service.port`. Without a domain, port {HTTPS} "
        "of the load balancer is closed and its port 80 serves users. DNS, the clock and instance metadata are the "
        "network's own, which security groups do not filter. Written by `make docs` from `model/aws/firewall.py`.",
    ]
    kinds: tuple[AccessKind, ...] = ("bastion", "direct", "tunnel")
    for access in kinds:
        lines += [
            "",
            f"## access: {access}",
            "",
            *_matrix(rules(service_port=service_port, tls=True, access=access)),
        ]
    return "\n".join(lines) + "\n"


def _matrix(rules: tuple[Rule, ...]) -> list[str]:
    """Rows are who begins a connection, columns whom it reaches; then each rule with its reason."""
    flows = {
        (rule.peer, rule.group, rule.port)
        if rule.direction == "ingress"
        else (rule.group, rule.peer, rule.port)
        for rule in rules
    }
    sources = [role for role in Role if any(role == source for source, _, _ in flows)]
    targets = [role for role in Role if any(role == target for _, target, _ in flows)]

    def cell(source: Role, target: Role) -> str:
        return ", ".join(
            str(port) for port in sorted(port for a, b, port in flows if (a, b) == (source, target))
        )

    return [
        "| from \\ to | " + " | ".join(role.value for role in targets) + " |",
        "|---" * (len(targets) + 1) + "|",
        *(f"| {a.value} | " + " | ".join(cell(a, b) for b in targets) + " |" for a in sources),
        "",
        "| group | direction | peer | port | why |",
        "|---|---|---|---|---|",
        *(
            f"| {r.group.value} | {r.direction} | {r.peer.value} | {r.port} | {r.description} |"
            for r in rules
        ),
    ]


if __name__ == "__main__":
    print(page(), end="")
