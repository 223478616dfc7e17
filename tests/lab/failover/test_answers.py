"""What DNS hosts of either Debian answer with: over both protocols, by weight, over IPv6, and to nothing else."""

from __future__ import annotations

import contextlib
import copy
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import dns.rdatatype
import pytest

from lab.machine import Machine
from tests.lab import evidence
from tests.lab.failover.conftest import NAME, Regions

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1500)]
SCAN = (Path(__file__).parents[1] / "hosts" / "scan.py").read_text()
QUESTIONS = 400
NETWORK = "fd00:77::"


def answer(server: str, kind: str = "A", *, tcp: bool = False) -> set[str]:
    """The addresses, in one answer."""
    question = dns.message.make_query(NAME, kind)
    told = (dns.query.tcp if tcp else dns.query.udp)(question, server, timeout=10)
    return {
        str(record) for each in told.answer for record in each if each.rdtype == dns.rdatatype.from_text(kind)
    }


def until(server: str, wanted: set[str], kind: str = "A") -> None:
    evidence.wait_for(lambda: answer(server, kind) == wanted, f"{wanted} from {server}", 120)


def test_both_versions_answer_over_udp_and_tcp(regions: Regions) -> None:
    versions = {each.run("cut -d. -f1 /etc/debian_version").stdout.strip() for each in regions.servers}
    assert versions == {"12", "13"}
    for server in regions.servers:
        until(server.address, regions.addresses("eu"))
        assert answer(server.address, tcp=True) == regions.addresses("eu")


def test_of_all_ports_of_a_dns_host_others_reach_that_of_dns_alone(regions: Regions) -> None:
    for server in regions.servers:
        found = regions.us.run(
            f"sudo -n python3 - {regions.us.address} {server.address}", stdin=SCAN, timeout=60
        ).stdout
        assert found.split() == ["53"], f"{server.name}: {found}"


def shares(regions: Regions) -> Counter[str]:
    """Who was answered, of many questions to both hosts."""
    found: Counter[str] = Counter()
    for number in range(QUESTIONS):
        given = answer(regions.servers[number % 2].address)
        found["eu" if given <= regions.addresses("eu") else "us"] += 1
        assert given in (regions.addresses("eu"), regions.addresses("us")), given
    return found


def test_by_weight_each_region_gets_its_share_and_all_when_the_other_is_lost(regions: Regions) -> None:
    with regions.changed({"routing": "weighted"}, eu={"weight": 3}):
        evidence.wait_for(lambda: shares(regions)["us"] > 0, "answers by weight", 120)
        found = shares(regions)
        # A quarter of them, and five standard deviations of a binomial distribution to either side: sqrt(n/4*3/4) = 8.7.
        assert abs(found["us"] - QUESTIONS / 4) < 44, found
        regions.us.cut()
        try:
            for server in regions.servers:
                evidence.wait_for(
                    lambda server=server: all(
                        answer(server.address) == regions.addresses("eu") for _ in range(40)
                    ),
                    "answers without the lost region",
                    120,
                )
        finally:
            regions.us.mend()
    for server in regions.servers:
        until(server.address, regions.addresses("eu"))


def test_an_address_that_is_not_well_is_refused_by_name_and_no_user_ever_gets_it(regions: Regions) -> None:
    nobody = str(regions.eu.network.gateway)  # nothing listens there
    values = copy.deepcopy(regions.stack)
    values["regions"]["eu"]["answers"] = [*sorted(regions.addresses("eu")), nobody]
    given, over = list[set[str]](), threading.Event()

    def asks() -> None:
        while not over.wait(0.1):
            for server in regions.servers:
                with contextlib.suppress(
                    dns.exception.Timeout
                ):  # a question that a restart met is asked again
                    given.append(answer(server.address))

    for server in regions.servers:
        until(server.address, regions.addresses("eu"))
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(asks)
        try:
            regions.project.configure(values)
            done = regions.project.up()
        finally:
            over.set()
            regions.project.configure(regions.stack)
            regions.project.must_up()
    asking.result()
    assert done.code != 0 and f"{nobody} is new behind {NAME}, and not well" in done.text, done.text
    assert len(given) > 20 and not any(nobody in each for each in given)


def numbered(machine: Machine, number: int) -> str:
    """Gives it an IPv6 address, and returns that."""
    address = f"{NETWORK}{number}"
    interface = "$(ls /sys/class/net | grep -v lo)"
    machine.run(f"sudo -n ip -6 address replace {address}/64 dev {interface} nodad")
    return address


def test_over_ipv6_regions_are_asked_answered_and_lost(regions: Regions) -> None:
    machines = (regions.eu, regions.us, *regions.servers)
    eu, us, *servers = (numbered(machine, number) for number, machine in enumerate(machines, 2))
    network = regions.eu.network
    network.commands.run(
        "ip", "-6", "address", "replace", f"{NETWORK}1/64", "dev", network.interface, "nodad"
    )
    both = {
        "eu": {"answers": [*regions.addresses("eu"), eu]},
        "us": {"answers": [*regions.addresses("us"), us]},
    }
    with regions.changed({}, **both):
        for server in servers:
            until(server, {eu}, "AAAA")
            until(server, regions.addresses("eu"), "A")
        regions.eu.cut()
        try:
            for server in servers:
                until(server, {us}, "AAAA")
                until(server, {regions.eu2.address}, "A")
        finally:
            regions.eu.mend()
        for server in servers:
            until(server, {eu}, "AAAA")
    end = time.monotonic() + 60
    while answer(servers[0], "AAAA"):
        assert time.monotonic() < end, "answers of what is no longer in the stack file"
        time.sleep(1)
