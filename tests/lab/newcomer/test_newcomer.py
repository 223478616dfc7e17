"""Somebody new with their own service, a stack file as the README has it, and stock Debian machines; asked through the edge."""

from __future__ import annotations

import base64
import http.client
import os
import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest

from lab.kind import Kind
from lab.lab import Lab
from lab.machine import Machine
from tests.lab.evidence import wait_for
from tests.lab.project import Project, region

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]
CHAT = Path(__file__).parent / "chat"
SPACE = 16 << 20
"""Bytes of the file system that the hosts keep the service's data on."""


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    kind: Kind
    project: Project
    edge: Machine
    hosts: tuple[Machine, ...]

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] = MappingProxyType({})
    ) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection(self.edge.address, timeout=60)
        connection.request(method, path, body, dict(headers))
        return connection.getresponse()

    def text(self, path: str) -> str:
        answer = self.ask("GET", path)
        words = answer.read().decode()
        assert answer.status == 200, f"{answer.status} {words}"
        return words


@pytest.fixture(scope="module", params=[Kind.PLAIN, Kind.BOOKWORM], ids=["Debian 13", "Debian 12"])
def newcomer(
    lab: Lab, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Newcomer]:
    """An edge before two hosts of Debian 13, or before one of Debian 12."""
    kind: Kind = request.param
    names = ("new0", "new1", "new2") if kind is Kind.PLAIN else ("old0", "old1")
    made = [lab.add(name, kind=kind) for name in names]
    edge, *hosts = made
    try:
        for host in hosts:
            host.run(
                f"sudo sh -c 'mkdir -p /opt/chat/data && mount -t tmpfs -o size={SPACE} data /opt/chat/data'"
            )
        place = region(hosts, edge)
        del place["accept"]
        for entry in place["hosts"]:
            entry["bind"] = [entry["address"]]
        stack = {
            "service": {
                "name": "chat",
                "source": str(CHAT),
                "arguments": [
                    *("-listen", "127.0.0.1:{port}", "-metrics", "127.0.0.1:{port:metrics}"),
                    *("-config", "{files}/chat.json"),
                ],
                "ports": {"metrics": [9101, 9102]},
                "files": {"chat.json": {"source": "chat.json"}},
                "limits": {"connections": 2},
                "tasks": [{"name": "prepare", "arguments": ["-prepare"]}],
            },
            "regions": {"lab": place},
            "release": {"uncommitted": "allow", "drain": 5},
        }
        project = Project(tmp_path_factory.mktemp("project"), stack)
        (project.directory / "chat.json").write_text('{"Greeting": "Welcome", "Uploads": "uploads"}')
        project.must_up()
        yield Newcomer(kind=kind, project=project, edge=edge, hosts=tuple(hosts))
    finally:
        for machine in made:
            lab.remove(machine.name)


def test_a_page_says_who_asked_and_a_second_up_changes_nothing(newcomer: Newcomer) -> None:
    assert re.fullmatch(r"Welcome from (blue|green) for 10\.\d+\.0\.1\n", newcomer.text("/"))
    again = newcomer.project.must_up()
    assert again.changed == {}, again.text


def test_a_copy_that_is_killed_is_back_at_once(newcomer: Newcomer) -> None:
    host = newcomer.hosts[0]
    # systemd 252 knows no pauses that grow; it goes on with the first.
    known = 252 if newcomer.kind is Kind.BOOKWORM else 257
    assert host.run("systemctl --version").stdout.startswith(f"systemd {known} ")
    unit = (
        f"chat@{newcomer.text('/').split()[2]}.service" if len(newcomer.hosts) == 1 else "chat@blue.service"
    )
    before = host.run(f"systemctl show -P MainPID {unit}").stdout
    host.run(f"sudo systemctl kill --signal=KILL {unit}")
    wait_for(
        lambda: host.run(f"systemctl show -P MainPID {unit}").stdout not in (before, "0\n"),
        "another process",
        30,
    )
    wait_for(lambda: newcomer.ask("GET", "/").status == 200, "an answer", 30)


def test_the_task_ran_once_on_the_first_host_alone(newcomer: Newcomer) -> None:
    counts = [
        int(host.run("sudo sh -c 'cat /opt/chat/data/prepared || true' | wc -l").stdout)
        for host in newcomer.hosts
    ]
    assert counts == [1] + [0] * (len(newcomer.hosts) - 1)


def test_a_websocket_talks_through_the_edge(newcomer: Newcomer) -> None:
    key = base64.b64encode(os.urandom(16)).decode()
    with socket.create_connection((newcomer.edge.address, 80), timeout=30) as stream:
        head = f"GET /talk HTTP/1.1\r\nHost: chat\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: {key}\r\n"
        stream.sendall(f"{head}Sec-WebSocket-Version: 13\r\n\r\n".encode())
        told = b""
        while b"\r\n\r\n" not in told:
            told += stream.recv(4096)
        assert told.startswith(b"HTTP/1.1 101"), told
        said = told.partition(b"\r\n\r\n")[2]
        # RFC 6455: one masked frame of text, with zeros for a mask.
        stream.sendall(b"\x81\x85\0\0\0\0hello")
        while len(said) < 2 + len(b"you said hello"):
            said += stream.recv(4096)
        assert said == b"\x81\x0eyou said hello"


def test_a_stream_arrives_in_pieces(newcomer: Newcomer) -> None:
    answer = newcomer.ask("GET", "/events")
    times = []
    for line in iter(answer.readline, b""):
        if line.startswith(b"data:"):
            times.append(time.monotonic())
    # Each event follows the one before it by 0.4 s; what gathers them would deliver all at once.
    assert len(times) == 3 and times[2] - times[0] > 0.5


def test_an_upload_is_taken_and_the_size_of_the_data_is_that_of_its_file_system(newcomer: Newcomer) -> None:
    answer = newcomer.ask("PUT", "/uploads/a.bin", os.urandom(4 << 20))
    assert (answer.status, int(answer.read())) == (200, 4 << 20)
    answer = newcomer.ask("PUT", "/uploads/b.bin", bytes(SPACE + 1))
    assert answer.status == 500 and b"no space left" in answer.read()


def test_logs_that_it_rotates_by_itself_rotate(newcomer: Newcomer) -> None:
    for _ in range(len(newcomer.hosts) * 4):
        assert newcomer.ask("POST", "/log", b"x" * 10_000).status == 200
    listed = newcomer.hosts[0].run("sudo ls /opt/chat/logs").stdout.split()
    assert len([name for name in listed if re.fullmatch(r"requests-.*\.log", name)]) >= 1, listed


def test_metrics_have_a_port_of_their_own_that_only_the_host_reaches(newcomer: Newcomer) -> None:
    slots = newcomer.hosts[0].run("curl -s 127.0.0.1:9101/metrics || curl -s 127.0.0.1:9102/metrics").stdout
    assert re.search(r"^chat_requests_total \d+$", slots, re.M)
    with pytest.raises(OSError):
        socket.create_connection((newcomer.hosts[0].address, 9101), timeout=5).close()
    assert newcomer.ask("GET", "/metrics").status == 404


def test_its_static_files_have_their_types_and_are_not_sent_twice(newcomer: Newcomer) -> None:
    answer = newcomer.ask("GET", "/static/style.css")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert answer.read() == (CHAT / "static/style.css").read_bytes()
    again = newcomer.ask("GET", "/static/style.css", headers={"If-None-Match": answer.headers["ETag"] or ""})
    assert (again.status, again.read()) == (304, b"")


def test_the_hosts_listen_where_they_were_told_to_and_nowhere_else(newcomer: Newcomer) -> None:
    for host in newcomer.hosts:
        shown = host.run("sudo ss -Hltn 'sport = :8080'").stdout
        assert [line.split()[3] for line in shown.splitlines()] == [f"{host.address}:8080"]
        assert host.run("curl -s 127.0.0.1:8080/", check=False).returncode == 7, "no connection"


def test_no_more_requests_at_a_time_than_allowed_reach_it_and_the_others_wait(newcomer: Newcomer) -> None:
    told = list[int]()

    def asking() -> None:
        answer = newcomer.ask("GET", "/slow")
        told.append(int(answer.read()))

    asked = [threading.Thread(target=asking) for _ in range(4 * len(newcomer.hosts))]
    for one in asked:
        one.start()
    for one in asked:
        one.join()
    assert len(told) == len(asked) and max(told) == 2, told


def test_another_config_file_is_another_release_that_no_user_notices(newcomer: Newcomer) -> None:
    statuses, stopped = list[int](), threading.Event()

    def asking() -> None:
        while not stopped.wait(0.02):
            statuses.append(newcomer.ask("GET", "/").status)

    user = threading.Thread(target=asking)
    user.start()
    try:
        (newcomer.project.directory / "chat.json").write_text('{"Greeting": "Hello", "Uploads": "uploads"}')
        newcomer.project.must_up()
    finally:
        stopped.set()
        user.join()
    assert set(statuses) == {200}
    wait_for(lambda: newcomer.text("/").startswith("Hello from "), "the new greeting", 10)
