"""Which instances become lab hosts. The lab is a fake that hands out addresses; the real one is in tests/lab."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lab.architecture import Architecture
from lab.errors import LabError
from plugins.aws import nowhere
from plugins.aws.account import Account
from plugins.aws.aws_provider import AwsProvider
from plugins.aws.instances import TYPE, USER_DATA_LIMIT, Instances
from plugins.aws.record import Record
from plugins.provider import ProviderError
from plugins.values import Values

REGION = "eu-central-1"
SUBNET = {"availabilityZone": f"{REGION}b"}


@dataclass
class FakeLab:
    """Stands for a lab: no host boots."""

    hosts: dict[str, Architecture] = field(default_factory=dict)
    full: bool = False

    def launch(self, name: str, architecture: Architecture, user_data: str, instance: str) -> "FakeLab":
        if self.full:
            raise LabError("Subnet 10.0.0.0/30 has no address number 100.")
        self.hosts[name] = architecture
        return self

    @property
    def address(self) -> str:
        return f"10.1.0.{100 + len(self.hosts)}"

    def remove(self, name: str) -> None:
        del self.hosts[name]


def launched(instances: Instances, *wanted: tuple[str, str], region: str = REGION) -> list[bool]:
    """For each (name, type) in this order, whether it became a lab host."""
    real = []
    for name, type in wanted:
        id = f"i-{len(instances.all()):x}".ljust(19, "0")
        told = asyncio.run(
            instances.launch(id, inputs(name, type), {"availabilityZone": f"{region}b"}, region)
        )
        real.append(not nowhere.contains(told["privateIp"]))
    return real


def inputs(name: str, type: str = "m7g.large", **others: object) -> Values:
    return {"instanceType": type, "tags": {"Name": name}, "userData": "#cloud-config\n", **others}


def fleet(limit: int) -> tuple[Instances, FakeLab]:
    lab = FakeLab()
    return Instances(lab, limit), lab  # type: ignore[arg-type]


def test_two_hosts_of_a_region_are_one_of_each_architecture() -> None:
    instances, lab = fleet(2)
    names = [("a1", "m7g.large"), ("a2", "m7g.large"), ("x1", "m7i.large"), ("x2", "m7i.large")]
    assert launched(instances, *names) == [True, False, True, False]
    assert sorted(each.value for each in lab.hosts.values()) == ["amd64", "arm64"]


def test_the_bastion_is_a_host_beside_them() -> None:
    instances, _ = fleet(1)
    assert launched(instances, ("web1", "m7g.large"), ("eu-bastion", "t4g.nano"), ("web2", "m7i.large")) == [
        True,
        True,
        False,
    ]


def test_each_region_has_hosts_of_its_own() -> None:
    instances, _ = fleet(2)
    assert launched(instances, ("eu-1", "m7g.large")) == [True]
    assert launched(instances, ("us-1", "m7g.large"), region="us-east-1") == [True]


def test_with_no_hosts_nothing_is_real_the_bastion_included() -> None:
    instances, lab = fleet(0)
    assert launched(instances, ("web1", "m7g.large"), ("eu-bastion", "t4g.nano")) == [False, False]
    assert not lab.hosts


def test_what_takes_a_hosts_place_is_a_host_and_what_took_a_pretended_ones_is_not() -> None:
    instances, lab = fleet(2)
    assert launched(instances, ("web1", "m7g.large"), ("web2", "m7g.large")) == [True, False]
    assert launched(instances, ("web1", "m7g.large"), ("web2", "m7g.large")) == [True, False]
    assert len(lab.hosts) == 2
    asyncio.run(instances.terminate("i-00000000000000000"))
    assert len(lab.hosts) == 1


def test_what_earlier_runs_made_is_counted() -> None:
    instances, _ = fleet(2)
    told = {**inputs("web1"), "availabilityZone": f"{REGION}a", "privateIp": "10.1.0.100"}
    instances.know("i-0123456789abcdef0", told)
    assert launched(instances, ("web2", "m7g.large")) == [False]


def test_an_address_is_public_when_the_program_or_the_subnet_says_so() -> None:
    instances, _ = fleet(4)
    private = asyncio.run(instances.launch("i-1", inputs("web1"), SUBNET, REGION))
    public = asyncio.run(
        instances.launch("i-2", inputs("x-bastion", associatePublicIpAddress=True), SUBNET, REGION)
    )
    assert (private["publicIp"], public["publicIp"]) == ("", public["privateIp"])
    assert private["availabilityZone"] == f"{REGION}b"


def test_a_type_that_the_zone_does_not_have_is_refused_with_those_that_have_it() -> None:
    instances, _ = fleet(2)
    subnet = {"availabilityZone": "us-east-1a"}
    with pytest.raises(ProviderError, match=r"hpc7g\.4xlarge cannot be had in us-east-1a, only in us-east-1"):
        asyncio.run(instances.launch("i-1", inputs("web1", "hpc7g.4xlarge"), subnet, "us-east-1"))


def test_user_data_that_ec2_would_not_take_is_refused() -> None:
    instances, _ = fleet(2)
    asyncio.run(instances.launch("i-1", inputs("web1", userData="x" * USER_DATA_LIMIT), SUBNET, REGION))
    with pytest.raises(ProviderError, match="EC2 takes at most 16384"):
        asyncio.run(
            instances.launch("i-2", inputs("web1", userData="x" * (USER_DATA_LIMIT + 1)), SUBNET, REGION)
        )


def test_an_instance_without_a_lab_host_is_a_failure_and_leaves_its_place_free() -> None:
    instances, lab = fleet(2)
    lab.full = True
    with pytest.raises(ProviderError, match="no lab host for the instance web1: Subnet"):
        launched(instances, ("web1", "m7g.large"))
    lab.full = False
    assert launched(instances, ("web2", "m7g.large")) == [True]


def test_an_elastic_ip_leads_to_the_instance_that_has_it_and_moves_with_another(tmp_path: Path) -> None:
    record, eip = Record(tmp_path / "cloud.json"), "aws:ec2/eip:Eip"
    provider = AwsProvider(Account(record, fleet(2)[0]), REGION, {})
    for id, address in (("i-1", "10.1.0.101"), ("i-2", "10.1.0.102")):
        record.add(TYPE, id, {"privateIp": address})

    def log(line: str, stream: str) -> None:
        pass

    made = asyncio.run(provider.create(eip, {"instance": "i-1"}, log))
    assert made["publicIp"] == "10.1.0.101"
    moved = asyncio.run(provider.update(eip, {"instance": "i-1"}, made, {"instance": "i-2"}, log))
    assert moved["publicIp"] == "10.1.0.102"
    assert nowhere.contains(asyncio.run(provider.create(eip, {"domain": "vpc"}, log))["publicIp"])
