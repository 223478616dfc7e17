"""What a lab says and writes without starting anything."""

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab import inventory
from lab.architecture import Architecture, native
from lab.identity import guest_files, new_key
from lab.lab import Lab
from lab.machine import write_record
from lab.place import Place

FOREIGN = native().foreign


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A lab whose files are in a directory of the test's, with all its hosts recorded as made."""
    monkeypatch.setattr("lab.place.PROJECT", tmp_path)
    monkeypatch.setattr("lab.inventory.PROJECT", tmp_path)
    lab = Lab("unit")
    for host in lab.plan.hosts:
        directory = lab.place.hosts / host.name
        directory.mkdir(parents=True)
        record = lab._record(host, lab.plan.address(host.name))
        write_record(directory, dataclasses.replace(record, host_key=f"ssh-ed25519 KEY-OF-{host.name}"))
    return lab


def test_the_inventory_has_the_shape_of_one_region_of_the_configuration(lab: Lab) -> None:
    def entry(name: str, address: str, architecture: Architecture) -> dict[str, str]:
        return {
            "name": name,
            "address": address,
            "architecture": architecture.value,
            "hostKey": f"ssh-ed25519 KEY-OF-{name}",
        }

    assert inventory.of(lab.place.login_key, lab.machines.values()) == {
        "login": {"user": "deploy", "privateKeyFile": ".slipway/lab/unit/id_ed25519"},
        "hosts": [entry("web1", "10.77.0.11", native()), entry("web2", "10.77.0.12", FOREIGN)],
        "edge": entry("edge1", "10.77.0.10", native()),
    }


def test_a_lab_without_an_edge_has_none_in_its_inventory(lab: Lab) -> None:
    machines = [machine for machine in lab.machines.values() if not machine.record.edge]
    assert "edge" not in inventory.of(lab.place.login_key, machines)


def test_files_of_a_lab_are_written_for_their_owner_alone(lab: Lab) -> None:
    inventory.write(lab.place, "", {"hosts": []})
    assert lab.inventory_file.stat().st_mode & 0o777 == 0o600
    assert inventory.read(lab.place, [""]) == {"": {"hosts": []}}
    assert inventory.read(lab.place, ["", "eu"]) is None


def test_a_host_counts_as_planned_only_with_the_same_address_architecture_and_image(lab: Lab) -> None:
    host = lab.plan.hosts[1]
    assert lab._as_planned(host)
    assert not lab._as_planned(dataclasses.replace(host, architecture=FOREIGN))
    record = lab.machines["web1"].record
    write_record(lab.place.hosts / "web1", dataclasses.replace(record, image="older"))
    assert not lab._as_planned(host)


def test_a_record_that_was_cut_short_counts_as_no_host(lab: Lab) -> None:
    record = lab.place.hosts / "web1/host.json"
    record.write_text(record.read_text()[:30])
    assert list(lab.machines) == ["edge1", "web2"]


def test_names_on_the_machine_differ_between_labs_and_fit_an_interface() -> None:
    identifiers = {Place(name=name).identifier for name in ("local", "test", "a", "a-very-long-nam")}
    assert len(identifiers) == 4
    assert all(len(identifier) <= 15 for identifier in identifiers)


def test_a_host_gets_its_name_address_and_keys_and_keeps_its_private_key_for_root() -> None:
    key = new_key()
    files = {
        file.path: file
        for file in guest_files(
            name="web1",
            cidr="10.1.0.11/24",
            mac="52:54:00:00:00:0b",
            hosts={"web1": "10.1.0.11", "web2": "10.1.0.12"},
            host_key=key,
            login_key="K",
        )
    }
    assert files["/etc/hostname"].content == "web1\n"
    assert "10.1.0.12 web2\n" in files["/etc/hosts"].content
    assert "Address=10.1.0.11/24\n" in files["/etc/systemd/network/10-lab.network"].content
    assert files["/etc/ssh/ssh_host_ed25519_key"].content == key.private
    assert files["/etc/ssh/ssh_host_ed25519_key"].mode == 0o600
    assert key.private not in files["/etc/ssh/ssh_host_ed25519_key.pub"].content


@given(first=st.integers(2, 254), second=st.integers(2, 254))
def test_an_ethernet_address_belongs_to_one_address_of_one_lab(first: int, second: int) -> None:
    here, there = Place(name="local"), Place(name="test")
    assert (here.mac(f"10.1.0.{first}") == here.mac(f"10.1.0.{second}")) == (first == second)
    assert here.mac(f"10.1.0.{first}") != there.mac(f"10.1.0.{first}")
    # Bit 0 of the first byte would make it a multicast address.
    assert int(here.mac(f"10.1.0.{first}").split(":")[0], 16) & 1 == 0
