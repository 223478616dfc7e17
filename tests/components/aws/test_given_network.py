"""A network that is there: nothing is made or changed in it, and what does not fit together is refused."""

from __future__ import annotations

import pytest

from components.aws.firewall import Firewall, FirewallArgs
from components.aws.given_network import GivenNetwork, GivenNetworkArgs
from model.aws import firewall
from model.aws.network import Network
from tests.components.aws.cloud import LOOK_UPS, MADE
from tests.components.recording import Answer, Recording, record

VPC, GROUP = "vpc-0123456789abcdef0", "sg-0123456789abcdef0"
A, B, C = (f"subnet-0123456789abcde{each}0" for each in "abc")
OPEN_A, OPEN_B = (f"subnet-1123456789abcde{each}0" for each in "ab")
ELSEWHERE = "subnet-99999999999999999"


ANSWERS: dict[str, Answer] = LOOK_UPS | {
    "aws:ec2/getVpc:getVpc": lambda args: {"enableDnsSupport": True, "enableDnsHostnames": True},
    "aws:ec2/getSubnets:getSubnets": lambda args: {
        "ids": [A, B, C, OPEN_A, OPEN_B, A.replace("0123", "2123")]
    },
    "aws:ec2/getSubnet:getSubnet": lambda args: {"availabilityZone": f"eu-central-1{args['id'][-2]}"},
    "aws:ec2/getSecurityGroups:getSecurityGroups": lambda args: {"ids": [GROUP]},
}


def made(
    private: tuple[str, ...] = (A, B), types: tuple[str, ...] = ("t4g.nano",), *, internal: bool = False
) -> Recording:
    settings = Network.model_validate(
        {"vpc": VPC, "publicSubnets": (OPEN_A, OPEN_B), "privateSubnets": private, "securityGroups": (GROUP,)}
    )

    def program() -> None:
        network = GivenNetwork(
            "eu", GivenNetworkArgs(settings=settings, instance_types=types, internal=internal)
        )
        assert network.security_groups == (GROUP,)
        rules = firewall.rules(service_port=8080, tls=True, access="tunnel")
        Firewall("eu", FirewallArgs(network=network, rules=rules, operator_cidrs=()))

    return record(program, looked_up=ANSWERS, made=MADE)


def test_groups_are_made_in_it_and_nothing_else_is_touched() -> None:
    kinds = {each.type.split(":")[-1] for each in made().registered if each.type.startswith("aws:")}
    assert kinds == {"SecurityGroup", "SecurityGroupIngressRule", "SecurityGroupEgressRule"}
    assert made().inputs("aws:ec2/securityGroup:SecurityGroup", "eu-hosts")["vpcId"] == VPC


@pytest.mark.parametrize(
    ("private", "types", "words"),
    [
        (
            (A, ELSEWHERE),
            ("t4g.nano",),
            f"privateSubnets has {ELSEWHERE}, which {VPC} does not have",
        ),
        ((A, A.replace("0123", "2123")), ("t4g.nano",), "two in eu-central-1a"),
        ((A, B, C), ("t4g.nano",), "are in eu-central-1c, too, where publicSubnets has none"),
        ((A, B), ("m7g.large",), "are in eu-central-1a, too, where not all of m7g.large"),
    ],
)
def test_what_does_not_fit_is_refused(private: tuple[str, ...], types: tuple[str, ...], words: str) -> None:
    with pytest.raises(Exception, match=words):
        made(private, types)


def test_an_internal_load_balancer_stands_where_the_hosts_are() -> None:
    assert made((A, B, C), internal=True).registered
