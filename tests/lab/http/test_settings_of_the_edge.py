"""What a stack file says about who comes in where: one deployment, changed step by step, and asked meanwhile."""

from __future__ import annotations

import copy
import gzip
import json
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from lab.machine import Machine
from tests.lab import evidence
from tests.lab.http.conftest import Ways, get
from tests.lab.http.exchange import Answer, ask
from tests.lab.project import Project, Run

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1500)]
DEFAULT = "/etc/nginx/sites-enabled/default"


def changed(stack: dict[str, Any], **parts: dict[str, Any]) -> dict[str, Any]:
    """The stack with other settings of its `service`, its `region` or its `edge`."""
    made = copy.deepcopy(stack)
    region = made["regions"]["lab"]
    for part, where in (("service", made["service"]), ("region", region), ("edge", region["edge"])):
        where |= parts.get(part, {})
    return made


def up(ways: Ways, **parts: dict[str, Any]) -> Run:
    ways.project.configure(changed(ways.stack, **parts))
    return ways.project.must_up()


def named(ways: Ways, name: str, *lines: str) -> Answer:
    head = "\r\n".join(["GET /mirror HTTP/1.1", f"Host: {name}", *lines])
    return ask(ways.through_the_edge, f"{head}\r\n\r\n".encode())


def sites(ways: Ways) -> list[str]:
    return ways.edge.run("ls /etc/nginx/sites-enabled").stdout.split()


@contextmanager
def users(place: tuple[str, int]) -> Iterator[list[int]]:
    """Somebody who asks all the time, on new connections, and the statuses that he gets (0: none)."""
    statuses: list[int] = []
    stopped = threading.Event()

    def asking() -> None:
        while not stopped.wait(0.02):
            try:
                statuses.append(get(place, "/answer").status)
            except (OSError, EOFError):
                statuses.append(0)

    user = threading.Thread(target=asking)
    user.start()
    try:
        yield statuses
    finally:
        stopped.set()
        user.join()


def test_another_port_loses_no_request(ways: Ways) -> None:
    with users(ways.through_the_edge) as statuses:
        up(ways, service={"port": 9000})
        evidence.wait_for(lambda: len(statuses) > 100, "a hundred requests")
    assert set(statuses) == {200}
    for host in ways.hosts:
        assert {8080, 9000} <= evidence.listening(host).keys()
    with users(ways.through_the_edge) as statuses:
        up(ways)
    assert set(statuses) == {200}


def test_services_share_a_port_by_name_and_clash_before_any_host_is_changed(
    ways: Ways, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = {"name": "site", "port": 8090}
    # A stack of its own: another name in the same stack would be the service, renamed.
    site = Project(tmp_path_factory.mktemp("site"), {})
    site.configure(changed(ways.stack, service={**other, "slots": [18083, 18084]}), "site")
    words = ("--stack", "site")
    clash = site.run("-m", "engine", "up", *words)
    assert clash.code != 0
    assert "a duplicate default server for 0.0.0.0:80" in clash.text
    assert "mirror.conf belongs to mirror-edge, which Slipway installed" in clash.text
    assert [host.run("ls /opt/site", check=False).stdout for host in ways.hosts] == ["", ""]

    assert sites(ways) == [], "the package's own site made way"
    up(ways, edge={"names": ["mirror.example"]})
    assert sites(ways) == ["default"], "a service with a name leaves it where it was"
    site.configure(changed(ways.stack, service=other, edge={"names": ["site.example"]}), "site")
    taken = site.run("-m", "engine", "up", *words)
    assert taken.code != 0
    assert "port 18081 belongs to mirror (its `slots`)" in taken.text
    assert "`slots: [18083, 18084]`" in taken.text

    settings = {**other, "slots": [18083, 18084]}
    site.configure(changed(ways.stack, service=settings, edge={"names": ["site.example"]}), "site")
    made = site.run("-m", "engine", "up", *words)
    assert made.code == 0, made.text
    for name, port in (("mirror.example", "8080"), ("site.example", "8090")):
        assert named(ways, name).status == 200
        assert get((ways.hosts[0].address, int(port)), "/answer").status == 200
    ours = "grep -c '^upstream' /etc/nginx/conf.d/mirror.conf /etc/nginx/conf.d/site.conf"
    assert ways.edge.run(ours).stdout.count(":1") == 2
    assert site.run("-m", "engine", "destroy", *words).code == 0
    assert named(ways, "mirror.example").status == 200


def test_only_the_edge_may_ask_a_host_closed_paths_are_closed_and_a_trusted_proxy_is_believed(
    ways: Ways,
) -> None:
    here = ways.edge.address.rsplit(".", 1)[0] + ".1"
    up(
        ways,
        region={"accept": None, "trustedProxies": [here]},
        edge={"closed": ["/metrics", "/debug/"]},
    )
    alone = get(ways.at_a_host, "/answer")
    assert (alone.status, alone.ours.split(";")[0]) == (403, "proxy")
    local = "curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:8080/answer"
    assert ways.hosts[0].run(local).stdout == "200"

    for path in ("/metrics", "/metrics/a", "/debug/pprof/", "//metrics", "/%6detrics", "/a/../metrics"):
        closed = get(ways.through_the_edge, path)
        assert (closed.status, closed.ours) == (404, "edge; a path that is closed here"), path
    assert get(ways.through_the_edge, "/metricsx").status == 200

    front = ("X-Forwarded-Proto: https", "X-Forwarded-Host: shop.example", "X-Forwarded-Port: 443")
    said = named(ways, "a", "X-Forwarded-For: 1.2.3.4, 198.51.100.7", *front)
    found = dict(json.loads(said.body)["Header"])
    assert found["X-Forwarded-For"] == found["X-Real-Ip"] == "198.51.100.7", "1.2.3.4 may be forged"
    assert found["X-Forwarded-Proto"] == "https"
    assert (found["X-Forwarded-Host"], found["X-Forwarded-Port"]) == ("shop.example", "443")
    assert found["Forwarded"] == 'for=198.51.100.7;proto=https;host="shop.example"'


def test_rules_of_the_edge_hold(ways: Ways) -> None:
    here = ways.edge.address.rsplit(".", 1)[0] + ".1"
    rules = {
        "gzip": True,
        "purge": [here],
        "paths": [
            {"path": "/mirror", "allow": ["127.0.0.1"]},
            {"path": "/upload", "size": 1},
            {"path": "/count/slow", "timeout": 1},
            {"path": "/count/kept", "cache": 60},
            {"path": "/count/old", "cache": 5},
            {"path": "/answer", "limits": {"rate": "1/m", "burst": 2}},
        ],
    }
    up(ways, edge=rules)
    upgrade = ("Connection: upgrade", "Upgrade: websocket")
    for lines in ((), upgrade):
        shut = get(ways.through_the_edge, "/mirror", *lines)
        assert (shut.status, shut.ours) == (403, "edge; a path that is not for this address"), lines

    head = b"POST /upload HTTP/1.1\r\nHost: mirror\r\nContent-Length: %d\r\n\r\n"
    large = ask(ways.through_the_edge, head % 2000 + b"a" * 2000)
    assert (large.status, large.ours) == (413, "edge; the body is larger than this path allows")
    assert ask(ways.through_the_edge, head % 900 + b"a" * 900).status == 200

    slow = get(ways.through_the_edge, "/count/slow?pause=3s")
    assert (slow.status, slow.ours) == (504, "edge; no host answered in time")

    many = [get(ways.through_the_edge, "/answer", *lines) for lines in ((), upgrade, (), ())]
    assert [each.status for each in many].count(429) == 1 and many[-1].status == 429
    assert many[-1].ours == "edge; more than one address may ask for"

    text = "a" * 2000
    packed = get(ways.through_the_edge, f"/count/packed?body={text}", "Accept-Encoding: gzip")
    assert packed.header("content-encoding") == "gzip" and gzip.decompress(packed.body).decode() == text
    assert get(ways.through_the_edge, f"/count/packed?body={text}").header("content-encoding") is None

    for _ in range(3):
        assert get(ways.through_the_edge, "/count/kept?body=a").body == b"a"
    assert ways.runs("kept") == 1
    for line in ("Cookie: who=me", "Authorization: Basic me", "Cache-Control: no-cache"):
        before = ways.runs("kept")
        found = get(ways.through_the_edge, "/count/kept?body=a", line)
        assert (found.status, ways.runs("kept")) == (200, before + 1), line
    assert get(ways.through_the_edge, "/count/kept?body=b").body == b"b"

    asked = "/count/old?pause=1s"
    first = get(ways.through_the_edge, asked).header("made")
    assert first
    time.sleep(6.5)  # nginx counts whole seconds: it is old now
    assert first.encode() in left(ways.through_the_edge, asked), "the old answer is given meanwhile"
    evidence.wait_for(lambda: get(ways.through_the_edge, asked).header("made") != first, "the new one")
    assert ways.runs("old") == 2, "the one that was fetched for who had left"


def left(address: tuple[str, int], target: str) -> bytes:
    """What somebody reads who breaks off the connection at the first bytes."""
    with socket.create_connection(address, 30) as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: mirror\r\n\r\n".encode())
        seen = connection.recv(10_000)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return seen


def test_an_edge_is_closed_for_a_while_but_for_those_who_look(ways: Ways) -> None:
    here = ways.edge.address.rsplit(".", 1)[0] + ".1"
    closed = {"text": 'Back at "six".', "retryAfter": 60}
    up(ways, edge={"maintenance": closed})
    for lines in ((), ("Connection: upgrade", "Upgrade: websocket")):
        told = get(ways.through_the_edge, "/answer", *lines)
        assert (told.status, told.body, told.header("retry-after")) == (503, b'Back at "six".', "60")
        assert told.ours == "edge; closed for a while"
    up(ways, edge={"maintenance": {**closed, "admits": [here]}})
    assert get(ways.through_the_edge, "/answer").status == 200
    up(ways)
    assert get(ways.through_the_edge, "/answer").status == 200


@contextmanager
def reachable(ways: Ways) -> Iterator[str]:
    """This machine's own address in a network of IPv6 that its hosts can have addresses in."""
    number = ways.edge.address.split(".")[1]
    here, interface = f"fd00:{number}::1", ways.edge.network.interface
    command = ("ip", "-6", "address")
    subprocess.run([*command, "add", f"{here}/64", "dev", interface, "nodad"], check=True)
    try:
        yield here
    finally:
        subprocess.run([*command, "delete", f"{here}/64", "dev", interface], check=True)


def with_address(machine: Machine, address: str) -> str:
    machine.run(f"sudo ip -6 addr replace {address}/64 dev host0 nodad")
    return address


def test_hosts_are_reached_by_their_ipv6_addresses(ways: Ways) -> None:
    stack = changed(ways.stack)
    region = stack["regions"]["lab"]
    with reachable(ways) as here:
        addresses = [with_address(host, f"{here}{number}") for number, host in enumerate(ways.hosts)]
        at_the_edge = region["edge"]["address"] = with_address(ways.edge, f"{here}9")
        region["accept"] = [here]
        for host, address in zip(region["hosts"], addresses, strict=True):
            host["address"] = f"[{address}]"
        ways.project.configure(stack)
        ways.project.must_up()
        outputs = ways.project.outputs()
        assert outputs["url"] == f"http://[{at_the_edge}]/"
        for place in ((at_the_edge, 80), (addresses[0], 8080)):
            assert get(place, "/answer").status == 200
        told = dict(json.loads(get((at_the_edge, 80), "/mirror").body)["Header"])
        assert told["X-Forwarded-For"] == here
        assert told["Forwarded"] == f'for="[{here}]";proto=http;host="mirror"'
        up(ways)


def test_what_made_way_is_back_when_the_service_is_gone(ways: Ways) -> None:
    up(ways)
    assert sites(ways) == []
    assert ways.project.destroy().code == 0
    assert sites(ways) == ["default"]
    assert ways.edge.run(f"readlink {DEFAULT}").stdout.strip() == "/etc/nginx/sites-available/default"
    assert b"Welcome to nginx" in get(ways.through_the_edge, "/").body
    ways.project.must_up()
    assert get(ways.through_the_edge, "/answer").status == 200
