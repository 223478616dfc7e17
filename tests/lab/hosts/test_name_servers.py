"""A DNS host, told by the activator what to serve: its answers follow what its own checks see. No resolver stands between."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import settings
from components import bundle
from lab.kind import Kind
from lab.lab import Lab
from lab.machine import Machine
from model import remote_script
from model.front_door.dns_release import dns_release

NAME, LOST = "api.example.com", "10.255.255.1"
OWNER = "test/dns"
PATIENCE = 60
"""Seconds for what takes five at the most on a machine with nothing else to do."""

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


def asked(server: str) -> tuple[int, dict[str, int]]:
    """The status of the answer (RFC 1035, 4.1.1), and each address with its TTL."""
    name = b"".join(bytes([len(part)]) + part.encode() for part in NAME.split("."))
    question = struct.pack("!6H", 7, 0, 1, 0, 0, 0) + name + b"\0" + struct.pack("!2H", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(10)
        client.sendto(question, (server, 53))
        data = client.recv(4096)
    flags, count = struct.unpack("!2xH2xH", data[:8])
    found, place = {}, len(question)
    for _ in range(count):  # each name is a pointer of two bytes to the one in the question
        ttl, length = struct.unpack("!IH", data[place + 6 : place + 12])
        found[socket.inet_ntoa(data[place + 12 : place + 12 + length])] = ttl
        place += 12 + length
    return flags & 15, found


def until(server: str, wanted: set[str]) -> None:
    end = time.monotonic() + PATIENCE
    while set(found := asked(server)[1]) != wanted:
        assert time.monotonic() < end, f"answered with {found}, not with {wanted}"
        time.sleep(0.2)


@pytest.fixture
def hosts(lab: Lab) -> Iterator[tuple[Machine, Machine]]:
    """A DNS host, and a region's edge with nginx as its package leaves it."""
    names = ("dns-host", "dns-region")
    try:
        yield lab.add(names[0], kind=Kind.DNS), lab.add(names[1])
    finally:
        for name in names:
            if name in lab.machines:
                lab.remove(name)


def teller(lab: Lab, server: Machine, region: Machine, folder: Path) -> Callable[..., dict[str, object]]:
    """Gives what turns a release on at the DNS host, as `up` does."""

    def machine(number: int, address: str) -> dict[str, object]:
        key = server.host_key
        return {"name": f"m{number}", "address": address, "architecture": "amd64", "hostKey": key}

    def tell(**door: object) -> dict[str, object]:
        found = settings.parse(
            {
                "service": {
                    "name": "shop",
                    "source": "shop",
                    "arguments": ["{port}"],
                    "health": {"path": "/"},
                },
                "regions": {
                    "eu": {"hosts": [machine(1, "10.255.255.2")], "edge": machine(2, LOST)},
                    "us": {"hosts": [machine(3, "10.255.255.3")], "edge": machine(4, region.address)},
                },
                "frontDoor": {"name": NAME, "zone": "example.com", "mechanism": "dns"}
                | {"hosts": {"eu": {"hosts": [machine(5, server.address)]}}}
                | door,
            },
            folder,
        )
        assert found.door
        servers = found.door.door.hosts["eu"]
        release = dns_release(found.door, servers.hosts[0], found.release, servers.base(servers.hosts[0]))
        made = bundle.write(release, folder)
        path = remote_script.upload_path(made.file_name, "here")
        ssh = ("ssh", "-F", str(lab.place.ssh_config), server.name)
        upload = f'mkdir -p "$(dirname {path})" && cat >{path}'
        subprocess.run([*ssh, upload], input=made.path.read_bytes(), check=True)
        script = remote_script.apply(made.release, path, made.sha256, OWNER, False, None)
        done = subprocess.run([*ssh, script], input="{}", text=True, capture_output=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return tell


def test_answers_follow_health_and_when_all_are_lost_all_are_answered(
    lab: Lab, hosts: tuple[Machine, Machine], tmp_path: Path
) -> None:
    server, region = hosts
    tell = teller(lab, server, region, tmp_path)
    assert tell()["changed"] is True
    until(server.address, {region.address})
    assert asked(server.address) == (0, {region.address: 5}), (
        "the first region is lost, and answers last five seconds"
    )
    region.run("sudo systemctl stop nginx")
    until(server.address, {LOST, region.address})
    region.run("sudo systemctl start nginx")
    until(server.address, {region.address})
    checks = server.run("systemctl show --value -p MainPID haproxy").stdout
    assert tell(ttl=3)["changed"] is True
    until(server.address, {region.address})
    assert asked(server.address)[1] == {region.address: 3}
    assert server.run("systemctl show --value -p MainPID haproxy").stdout == checks, (
        "what it knew is not forgotten"
    )
    assert tell(ttl=3)["changed"] is False
