"""Who may reach what in a region: the one table, and the page docs/firewall.md. `components/aws/firewall.py` makes it true."""

from dataclasses import dataclass
from typing import Literal

from model import flows
from model.flows import HTTPS, SSH, Flow, Role

AccessKind = Literal["bastion", "direct", "tunnel"]
CLUSTER_PORT = 18081
"""In the page: where copies listen unless `service.slots` says otherwise."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What security group `group` lets in from `peer`, or out to it, over TCP."""

    direction: Literal["ingress", "egress"]
    group: Role
    peer: Role
    port: int
    description: str


def rules(*, service_port: int, tls: bool, access: AccessKind, users: Role = Role.WORLD) -> tuple[Rule, ...]:
    """All rules of a region; whatever none of them names is closed, and answers to what is let through always pass.

    `users` are everybody, or those that are ACCEPTED.

    DNS, the clock and instance metadata need none: security groups do not filter a network's own (VPC user guide).
    """
    return tuple(rule for flow in _flows(service_port, tls, access, users) for rule in _both_ends(flow))


def cluster_rules(*, copies_port: int, tls: bool, users: Role = Role.WORLD) -> tuple[Rule, ...]:
    """Those of a region that is a cluster, beside what EKS itself opens: see the page."""
    return tuple(
        rule
        for flow in (
            *flows.users(Role.LOAD_BALANCER, tls=HTTPS if tls else None, source=users),
            flows.requests(Role.LOAD_BALANCER, copies_port),
            Flow(source=Role.OPERATORS, target=Role.CONTROL_PLANE, port=HTTPS, why="The API of the cluster"),
        )
        for rule in _both_ends(flow)
    )


def _flows(service_port: int, tls: bool, access: AccessKind, users: Role) -> list[Flow]:
    return [
        *flows.users(Role.LOAD_BALANCER, tls=HTTPS if tls else None, source=users),
        flows.requests(Role.LOAD_BALANCER, service_port),
        _out(Role.HOSTS, "Packages, security updates and AWS interfaces"),
        *_login(access),
    ]


def _login(access: AccessKind) -> list[Flow]:
    if access == "direct":
        return [flows.login(Role.HOSTS, why="SSH from operators, over a private connection")]
    if access == "tunnel":
        return [
            Flow(
                source=Role.TUNNEL,
                target=Role.HOSTS,
                port=SSH,
                why="SSH through the Instance Connect endpoint",
            )
        ]
    return [
        flows.login(Role.BASTION),
        Flow(source=Role.BASTION, target=Role.HOSTS, port=SSH, why="SSH passed on by the bastion"),
        _out(Role.BASTION, "Packages and security updates"),
    ]


def _out(source: Role, why: str) -> Flow:
    return Flow(source=source, target=Role.WORLD, port=HTTPS, why=why)


def _both_ends(flow: Flow) -> list[Rule]:
    """A group lets out and another lets in; what is outside has no group."""
    ends = [] if flow.source.outside else [_rule("egress", flow.source, flow.target, flow)]
    return ends if flow.target.outside else [*ends, _rule("ingress", flow.target, flow.source, flow)]


def _rule(direction: Literal["ingress", "egress"], group: Role, peer: Role, flow: Flow) -> Rule:
    return Rule(direction=direction, group=group, peer=peer, port=flow.port, description=flow.why)


def page(service_port: int = 8080) -> str:
    """docs/firewall.md."""
    lines = [
        "# Who may reach what",
        "",
        "All connections that a region's security groups let through; everything else is closed, and the network's default "
        f"group is empty. All of it is TCP. {service_port} stands for `slipway:service.port`. Without a domain, port {HTTPS} "
        "of the load balancer is closed and its port 80 serves users. Users come from anywhere, unless `loadBalancer` says "
        "`accept` or `internal`; what hosts may reach beside HTTPS is `egress`. DNS, the clock and instance metadata are the "
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
    lines += [
        "",
        "## eks",
        "",
        f"A cluster that the program makes. {CLUSTER_PORT} stands for the first of `slipway:service.slots`, on which copies "
        "listen, and hosts are its nodes. Control plane and nodes are also in a group that EKS makes: in it everything passes "
        "between them, and nodes reach anything. What copies may do is the namespace's NetworkPolicy "
        "([kubernetes.md](kubernetes.md)).",
        "",
        *_matrix(cluster_rules(copies_port=CLUSTER_PORT, tls=True)),
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
