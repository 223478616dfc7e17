"""The kernel's values for machines that serve: each with its reason and source, each can be left out. The page docs/tuning.md."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from model.host_files import HostFile
from model.setting import Setting

DOCUMENTATION = "Documentation/networking/ip-sysctl.rst"
FIRST_PORT = 20000
"""Of outgoing connections; slots and ports of services are below it by default and in what is proposed (18081 to 18999)."""

# fmt: off
Part = Literal[
    "backlog", "finTimeout", "localPorts", "keepAlive", "synCookies", "reversePath", "reuse", "slowStart", "mtuProbing", "bbr",
]
# fmt: on


@dataclass(frozen=True, kw_only=True)
class Value:
    """One value of sysctl. `usual` is what Debian 13 has; `front`: only on machines that users reach themselves."""

    part: Part
    name: str
    value: str
    usual: str
    why: str
    source: str
    front: bool = False


VALUES = (
    Value(
        part="backlog",
        name="net.core.somaxconn",
        value="8192",
        usual="4096; 128 before Linux 5.4",
        why="Connections that are made and wait to be accepted; Go and HAProxy ask for as many as this allows. 8192 is 1.6 s "
        "of a "
        "program that does not accept, at 5,000 new connections a second, without one of them being sent again after a "
        "second",
        source="Documentation/admin-guide/sysctl/net.rst; Go: net.maxListenerBacklog",
    ),
    Value(
        part="backlog",
        name="net.ipv4.tcp_max_syn_backlog",
        value="8192",
        usual="128 to 4096, by memory",
        why="Connections that are half made, for each listener; as many as may wait to be accepted",
        source=DOCUMENTATION,
    ),
    Value(
        part="finTimeout",
        name="net.ipv4.tcp_fin_timeout",
        value="30",
        usual="60",
        why="Seconds for which a closed connection waits for the other side to close, too. Clients that vanish hold memory "
        "for "
        "half as long. It is no time of TIME-WAIT, which is fixed",
        source=DOCUMENTATION,
    ),
    Value(
        part="localPorts",
        name="net.ipv4.ip_local_port_range",
        value=f"{FIRST_PORT} 65535",
        usual="32768 60999",
        why="An edge can have 45,536 connections to each host at a time instead of 28,232. It begins above all ports that "
        "services "
        "have here, so that none is taken by an outgoing connection; where a service, an edge or a monitor "
        "has one above, this is left out",
        source=DOCUMENTATION,
    ),
    Value(
        part="keepAlive",
        name="net.ipv4.tcp_keepalive_time",
        value="300",
        usual="7200",
        why="Seconds of silence before a connection is probed, where a program asks for probes and names no time (nginx to "
        "hosts). Below "
        "350 s, after which AWS's NAT gateways and network load balancers forget a connection without telling",
        source=f"{DOCUMENTATION}; AWS: NAT gateways, Network Load Balancers",
    ),
    Value(
        part="keepAlive",
        name="net.ipv4.tcp_keepalive_intvl",
        value="30",
        usual="75",
        why="Seconds between probes: a dead peer is known after 300 + 5 x 30 s, not after 2 hours and 11 minutes",
        source=DOCUMENTATION,
    ),
    Value(
        part="keepAlive",
        name="net.ipv4.tcp_keepalive_probes",
        value="5",
        usual="9",
        why="Probes without an answer until a connection is given up",
        source=DOCUMENTATION,
    ),
    Value(
        part="synCookies",
        name="net.ipv4.tcp_syncookies",
        value="1",
        usual="1",
        why="When the backlog is full, connections are still made, by cookies: a flood of SYN shuts nobody out. Held at 1",
        source=f"{DOCUMENTATION}; RFC 4987",
    ),
    Value(
        part="reversePath",
        name="net.ipv4.conf.all.rp_filter",
        value="2",
        usual="0; 2 with systemd's own file",
        why="A sender must be reachable by some way at all. Not 1, which drops what comes back by another way on machines "
        "with "
        "several",
        source=f"{DOCUMENTATION}; RFC 3704, section 2.4",
    ),
    Value(
        part="reuse",
        name="net.ipv4.tcp_tw_reuse",
        value="1",
        usual="2: loopback alone",
        why="A new outgoing connection may take a port in TIME-WAIT once its time stamp tells the two apart. An edge that "
        "opens many "
        "connections to few hosts does not run out of ports",
        source=f"{DOCUMENTATION}; RFC 6191",
    ),
    Value(
        part="slowStart",
        name="net.ipv4.tcp_slow_start_after_idle",
        value="0",
        usual="1",
        why="A kept connection that was idle for a second need not feel its way up again: answers over it arrive sooner",
        source=f"{DOCUMENTATION}; RFC 2861",
    ),
    Value(
        part="mtuProbing",
        name="net.ipv4.tcp_mtu_probing",
        value="1",
        usual="0",
        why="Where a network on the way drops large packets and does not tell, connections find a size that passes instead "
        "of hanging",
        source=f"{DOCUMENTATION}; RFC 4821",
        front=True,
    ),
    Value(
        part="bbr",
        name="net.ipv4.tcp_congestion_control",
        value="bbr",
        usual="cubic",
        why="Users on lossy networks: a lost packet is not taken for a full line. Within a data centre it gives nothing, so "
        "hosts behind an "
        "edge keep theirs. A kernel without it keeps its own, and the run says so",
        source="net/ipv4/tcp_bbr.c; Cardwell and others: BBR, ACM Queue 14(5), 2016",
        front=True,
    ),
)

LEFT = {
    "fs.file-max, fs.nr_open": "systemd has put both to the most that there is since version 240; a service's own limit is "
    "`service.limits.files` (LimitNOFILE)",
    "net.core.netdev_max_backlog": "packets are dropped there only by drivers without NAPI; the second column of "
    "/proc/net/softnet_stat says whether any were",
    "net.core.rmem_max, wmem_max, tcp_rmem, tcp_wmem": "the kernel sizes TCP's buffers by itself; the numbers that are "
    "handed round are "
    "for file transfers over long lines and cost memory with each connection",
    "net.core.default_qdisc": "BBR paces by itself since Linux 4.13",
    "vm.swappiness, vm.overcommit_memory": "a service's memory is bounded by its unit (MemoryMax), and Go keeps below it "
    "by GOMEMLIMIT",
    "GOMAXPROCS, GOMEMLIMIT": "since 1.25 Go sets GOMAXPROCS by the unit's CPU quota itself, and follows it; it knows "
    "nothing of memory "
    "limits, so GOMEMLIMIT is set to 90 % of MemoryMax ([service.md](service.md))",
}
"""What stays as it is, and why."""

REFUSED = {
    "net.ipv4.tcp_tw_recycle": "is gone since Linux 4.12, and broke connections of users behind one NAT before",
    "net.ipv4.tcp_timestamps": "must stay on: `tcp_tw_reuse` needs it, and so does measuring how long packets take (RFC "
    "7323)",
    "net.ipv4.tcp_sack": "must stay on: without it one lost packet is answered by sending many again",
    "net.ipv4.tcp_window_scaling": "must stay on: without it a connection has 64 KB in flight at most",
    "net.ipv4.tcp_low_latency": "does nothing since Linux 4.14",
    "net.ipv4.tcp_fack": "does nothing since Linux 4.15",
    "net.ipv4.tcp_max_tw_buckets": "is a guard against floods: a lower one ends TIME-WAIT too early",
    "net.ipv4.tcp_abort_on_overflow": "turns a moment's burst into refused connections, which waiting a second would have "
    "served",
    "net.ipv4.ip_conntrack_max": "is gone since Linux 2.6.22",
    "vm.drop_caches": "is an act and no value",
}
"""What is told from mouth to mouth."""

SysctlName = Annotated[str, Field(pattern=r"^(net|fs|kernel|vm)\.[a-z0-9_.-]+$")]
SysctlValue = Annotated[str, Field(pattern=r"^[A-Za-z0-9_ -]{1,64}$")]


class Tuning(Setting):
    """Values of the kernel for machines that serve (docs/tuning.md). `tuning: {}` is all of them."""

    without: tuple[Part, ...] = ()
    """Parts that are left as the machine has them."""
    more: dict[SysctlName, SysctlValue] = Field(default={})
    """Further values by their names in sysctl, such as `{"vm.max_map_count": "262144"}`; they win over those of the table."""

    @model_validator(mode="after")
    def _no_folklore(self) -> Self:
        for name in self.more:
            if why := REFUSED.get(name):
                raise ValueError(f"has {name} in `more`, which {why}; leave it out")
        return self

    def values(self, ports: Iterable[int], front: bool) -> dict[str, str]:
        """For a machine with these ports; `front`: users reach it themselves."""
        left = {*self.without, *(["localPorts"] if max(ports, default=0) >= FIRST_PORT else [])}
        own = {
            each.name: each.value for each in VALUES if each.part not in left and (front or not each.front)
        }
        return {**own, **self.more}


def file(name: str, values: dict[str, str]) -> HostFile:
    """What a boot reads. A dash: a value that this kernel does not take is no error of the boot."""
    lines = "".join(f"-{key} = {value}\n" for key, value in values.items())
    text = f"# For machines that serve: docs/tuning.md. Written by slipway; changes by hand are put right.\n{lines}"
    return HostFile(target=f"/etc/sysctl.d/60-slipway-{name}.conf", content=text.encode())


def page() -> str:
    """docs/tuning.md."""

    def row(*cells: Any) -> str:
        return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"

    lines = [
        "# The kernel's values",
        "",
        "What `tuning: {}` of a region sets on its machines, how each is left out, and why. Written by `make docs` from "
        "`model/tuning.py`. Sources without an author are files of Linux. How it is done: [hosts.md](hosts.md).",
        "",
        "| part | name | value | usually | why | source |",
        "|---|---|---|---|---|---|",
        *(
            row(
                each.part,
                f"`{each.name}`",
                f"`{each.value}`",
                each.usual,
                each.why + (". On machines that users reach themselves" if each.front else ""),
                each.source,
            )
            for each in VALUES
        ),
        "",
        "## Left as it is",
        "",
        "| name | why |",
        "|---|---|",
        *(row(name, why) for name, why in LEFT.items()),
        "",
        "## Refused in `more`",
        "",
        "| name | it … |",
        "|---|---|",
        *(row(f"`{name}`", why) for name, why in REFUSED.items()),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(page(), end="")
