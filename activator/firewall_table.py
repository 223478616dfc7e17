"""What the machine's packet filter lets in: the text of its one table, and what can be read from such a text."""

from __future__ import annotations

import re
from typing import Any

from activator.failure import Refused
from activator.host import Host
from activator.ledger import Live
from activator.neighbours import others

TABLE = "inet slipway"
ALWAYS = """\
        iif lo accept
        ct state established,related counter accept
        ct state invalid counter drop
        # What a network needs to work at all (RFC 4890, RFC 792), and to be asked whether one is there.
        icmp type { destination-unreachable, time-exceeded, parameter-problem, echo-request } counter accept
        icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem, echo-request } counter accept
        icmpv6 type { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, mld-listener-query } counter accept
        # Answers to DHCP, which come from elsewhere than was asked.
        udp sport 67 udp dport 68 counter accept
        ip6 saddr fe80::/10 udp sport 547 udp dport 546 counter accept
"""


def text(host: Host, own: Live | None, service: str) -> str | None:
    """The table for all that is live here and, in place of `service`'s release, `own`; None when none of them wants one."""
    found = [*([own] if own else []), *others(host, service)]
    if not any(live.release.manifest.get("firewall") for live in found):
        return None
    logins, inlets = [], []
    for live in sorted(found, key=lambda live: live.release.service):
        logins += [rule for each in _wanted(live, "logins") for rule in rules(live, each)]
        inlets += [rule for each in _wanted(live, "inlets") for rule in rules(live, each)]
    body = "".join(f"        {rule}\n" for rule in dict.fromkeys([*logins, *inlets]))
    return (
        "# What this machine lets in. Written by slipway; changes by hand are put right. `nft list table "
        f"{TABLE}` has the counters.\ntable {TABLE}\ndelete table {TABLE}\ntable {TABLE} {{\n    chain input {{\n"
        f"        type filter hook input priority filter; policy drop;\n{ALWAYS}{body}"
        '        counter comment "closed"\n    }\n}\n'
    )


def _wanted(live: Live, part: str) -> list[dict[str, Any]]:
    """What a release wants open. One without a firewall of its own keeps its ports open to everybody, as it had them."""
    release = live.release
    if wanted := release.manifest.get("firewall"):
        found = wanted[part]
        # Who sends requests may know no other port than that of before.
        before = [
            {**each, "port": port}
            for each in found
            for port in live.also
            if release.proxy and each["port"] == release.proxy["port"]
        ]
        return [*found, *before]
    if part == "logins":
        return []
    ports = [release.proxy["port"], *live.also] if release.proxy else release.manifest.get("listens")
    if release.proxy and release.proxy.get(
        "metrics"
    ):  # at which the proxy itself hangs up on all but the monitor
        ports = [*(ports or ()), release.proxy["metrics"]]
    if ports is None:
        raise Refused(
            f"{release.service} was installed here before there were firewalls, so nobody knows its ports: `make up` it first"
        )
    return [{"port": port, "protocol": "tcp", "from": None, "why": "Requests"} for port in ports]


def rules(live: Live, inlet: dict[str, Any]) -> list[str]:
    end = f'{inlet["protocol"]} dport {inlet["port"]} counter accept comment "{live.release.service}: {inlet["why"]}"'
    if inlet["from"] is None:
        return [end]
    families = {"ip": [each for each in inlet["from"] if ":" not in each]}
    families["ip6"] = [each for each in inlet["from"] if ":" in each]
    return [f"{name} saddr {{ {', '.join(each)} }} {end}" for name, each in families.items() if each]


def logins(table: str) -> list[str]:
    """The rules by which one logs in, whoever wants them."""
    found = [re.sub(r'comment "[^"]*"', "", line) for line in table.splitlines() if ": SSH " in line]
    return sorted(set(found))


def closes(host: Host, table: str) -> str:
    """What listens here for others and is reached by nobody now."""
    is_open = set(re.findall(r"(tcp|udp) dport (\d+)", table))
    found: dict[str, None] = {}
    for line in host.run("ss", "-Hltunp").text.splitlines():
        seen = re.match(r"(tcp|udp)\s+\S+\s+\d+\s+\d+\s+(\S+):(\d+)\s", line)
        if seen and not re.match(r"127\.|\[::1\]", seen[2]) and (seen[1], seen[3]) not in is_open:
            program = re.search(r'users:\(\("([^"]+)"', line)
            found[f"{seen[3]}/{seen[1]} ({program[1] if program else 'unknown'})"] = None
    return f"; closed though something listens there: {', '.join(found)}" if found else ""
