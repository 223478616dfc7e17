"""What the README shows for hosts of one's own, brought up as it stands there: closed, tuned, encrypted, looked after."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.kind import Kind
from lab.lab import Lab
from lab.machine import Machine
from tests.lab.evidence import root
from tests.lab.hosts import ca
from tests.lab.project import Project, greeter, region

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]
README = (Path(__file__).parents[3] / "README.md").read_text()
NAME = "shop.example.com"
MOST = 10
"""Lines, so that a newcomer reads them all."""


def shown() -> tuple[list[str], dict[str, Any], dict[str, Any]]:
    """The lines, and what they set of the region and of the release."""
    (block,) = re.findall(r"^```yaml\n(    eu:\n.*?)```$", README, re.M | re.S)
    found = yaml.safe_load(f"config:\n  slipway:regions:\n{block}")["config"]
    return block.splitlines(), found["slipway:regions"]["eu"], found["slipway:release"]


@pytest.fixture(scope="module")
def brought_up(
    lab: Lab, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Project, Machine, list[Machine]]]:
    edge, *hosts = (lab.add(f"read{number}", kind=Kind.KEPT) for number in range(3))
    _, own, release = shown()
    made = region(hosts, edge)
    del made["accept"]
    with ca.authority(tmp_path_factory.mktemp("ca"), edge.network.gateway, edge.address) as authority:
        root(edge, f"cat >/etc/ssl/pebble.pem <<'END'\n{authority.root.decode()}END\n")
        # Where the README names somebody's network and the world's CA, the lab has its own.
        own["firewall"]["operators"] = [lab.network.gateway]
        own["edge"]["tls"]["acme"] |= {"directory": authority.directory, "authority": "/etc/ssl/pebble.pem"}
        stack = greeter(made | own | {"edge": made["edge"] | own["edge"]})
        stack["release"] |= release
        project = Project(tmp_path_factory.mktemp("project"), stack)
        project.must_up()
        yield project, edge, hosts
    for machine in (edge, *hosts):
        lab.remove(machine.name)


def test_ten_lines_are_enough() -> None:
    lines, own, _ = shown()
    assert len(lines) <= MOST
    assert set(own) == {"firewall", "tuning", "logs", "system", "edge"} and own["edge"]["tls"]


def test_users_are_served_over_https_and_nothing_else_is_open(
    brought_up: tuple[Project, Machine, list[Machine]],
) -> None:
    _, edge, hosts = brought_up
    asked = f"curl -sS -m 10 -k -o /dev/null -w '%{{http_code}}' --resolve {NAME}:443:{edge.address}"
    assert hosts[0].run(f"{asked} https://{NAME}/").stdout == "200"
    for machine in (edge, *hosts):
        assert "policy drop" in root(machine, "nft list table inet slipway")
    closed = hosts[1].run(f"curl -sS -m 3 http://{hosts[0].address}:8080/", check=False)
    assert closed.returncode == 28, "from anybody but the edge it is dropped"


def test_machines_are_tuned_updated_and_write_requests_down(
    brought_up: tuple[Project, Machine, list[Machine]],
) -> None:
    _, edge, hosts = brought_up
    for machine in (edge, *hosts):
        assert root(machine, "cat /etc/sysctl.d/60-slipway-greeter*.conf")
        assert 'Unattended-Upgrade "1"' in root(machine, "apt-config dump APT::Periodic")
    root(edge, f"curl -sS -k -o /dev/null --resolve {NAME}:443:127.0.0.1 https://{NAME}/seen-by-the-log")
    lines = root(edge, "journalctl -t greeter -o cat").splitlines()
    (line,) = (each for each in map(json.loads, lines) if each["target"] == "/seen-by-the-log")
    assert line["scheme"] == "https" and line["id"]


def test_the_report_shows_them(brought_up: tuple[Project, Machine, list[Machine]]) -> None:
    project, edge, hosts = brought_up
    done = project.run("-m", "report", "--stack", "local")
    assert done.code == 0, done.text
    page = (project.directory / ".slipway/reports/local.html").read_text()
    assert all(machine.name in page for machine in (edge, *hosts))
