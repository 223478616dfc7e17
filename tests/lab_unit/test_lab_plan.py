"""Names, addresses and refusals of a lab's plan."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.architecture import Architecture, native
from lab.errors import LabError
from lab.plan import FIRST_HOST_NUMBER, HostPlan, default_hosts, lab_plan


def test_the_default_lab_has_an_edge_and_one_application_host_of_each_architecture() -> None:
    plan = lab_plan()
    assert [(host.name, plan.address(host.name), host.edge) for host in plan.hosts] == [
        ("edge1", "10.77.0.10", True),
        ("web1", "10.77.0.11", False),
        ("web2", "10.77.0.12", False),
    ]
    assert {host.architecture for host in plan.hosts if not host.edge} == set(Architecture)
    assert plan.gateway == "10.77.0.1"


def test_a_native_lab_leaves_only_the_foreign_host_out() -> None:
    assert [host.name for host in default_hosts(native_only=True)] == ["edge1", "web1"]
    assert {host.architecture for host in default_hosts(native_only=True)} == {native()}


@given(
    network=st.integers(0, 2**16 - 1).map(lambda n: f"10.{n // 256}.{n % 256}.0/24"),
    count=st.integers(1, 40),
)
def test_every_host_gets_an_address_of_its_own_inside_the_subnet(network: str, count: int) -> None:
    hosts = [HostPlan(name=f"h{n}", architecture=Architecture.AMD64) for n in range(count)]
    plan = lab_plan("x", network, hosts)
    addresses = [ipaddress.IPv4Address(plan.address(host.name)) for host in hosts]
    assert len(set(addresses)) == count
    reserved = {
        plan.subnet.network_address,
        plan.subnet.broadcast_address,
        ipaddress.IPv4Address(plan.gateway),
    }
    assert all(address in plan.subnet and address not in reserved for address in addresses)


@given(prefix=st.integers(24, 30), count=st.integers(1, 20))
def test_a_subnet_is_refused_exactly_when_its_last_host_does_not_fit(prefix: int, count: int) -> None:
    hosts = [HostPlan(name=f"h{n}", architecture=Architecture.AMD64) for n in range(count)]
    last_usable = 2 ** (32 - prefix) - 2
    if FIRST_HOST_NUMBER + count - 1 <= last_usable:
        assert lab_plan("x", f"10.1.0.0/{prefix}", hosts)
    else:
        with pytest.raises(LabError, match=r"take a larger subnet"):
            lab_plan("x", f"10.1.0.0/{prefix}", hosts)


@pytest.mark.parametrize("name", ["", "Web", "1web", "web_1", "web-", "a" * 16, "../x", "web 1"])
def test_a_name_that_could_not_be_a_host_name_is_refused_with_the_rule(name: str) -> None:
    with pytest.raises(LabError, match="at most 15 lower-case letters"):
        HostPlan(name=name, architecture=Architecture.AMD64)
    with pytest.raises(LabError, match="at most 15 lower-case letters"):
        lab_plan(name)


@pytest.mark.parametrize(
    ("subnet", "reason"),
    [
        ("10.77.0.5/24", "host bits"),
        ("nonsense", "not an IPv4 network"),
        ("8.8.8.0/24", "not a private range"),
    ],
)
def test_a_subnet_that_cannot_be_is_refused_with_the_value_and_an_example(subnet: str, reason: str) -> None:
    with pytest.raises(LabError, match=reason) as refusal:
        lab_plan(subnet=subnet)
    assert subnet in str(refusal.value)
    assert "10.77.0.0/24" in str(refusal.value)


def test_two_hosts_of_one_name_and_two_edges_are_refused() -> None:
    host = HostPlan(name="web1", architecture=Architecture.AMD64)
    with pytest.raises(LabError, match="two hosts named 'web1'"):
        lab_plan(hosts=[host, host])
    edges = [HostPlan(name=name, architecture=Architecture.AMD64, edge=True) for name in ("e1", "e2")]
    with pytest.raises(LabError, match=r"2 edges \(e1, e2\)"):
        lab_plan(hosts=edges)


def test_asking_for_the_address_of_an_unknown_host_names_those_there_are() -> None:
    with pytest.raises(LabError, match="it has edge1, web1, web2"):
        lab_plan().address("web9")
