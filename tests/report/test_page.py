"""What the page says of machines that answered in one way or another."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import settings
from desk.stack import Machine
from model.login import Login
from report.facts import PROGRAM, Facts, Seen
from report.page import html
from tests.test_settings import PROJECT

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINF5ivOcMfmsDz3U/XjLMjFqm+xTZqG64H63x29kyOTL"
NOW = datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.UTC)
LETS_IN = [
    {"port": 22, "protocol": "tcp", "from": ["203.0.113.0/24"]},
    {"port": 8080, "protocol": "tcp", "from": None},
]


def wanted(*names: str) -> settings.Settings:
    hosts = [
        {"name": name, "address": f"192.0.2.{number}", "architecture": "amd64", "hostKey": KEY}
        for number, name in enumerate(names, 1)
    ]
    service = {"name": "shop", "source": "shop", "arguments": ["{port}"]}
    return settings.parse({"service": service, "regions": {"eu": {"hosts": hosts}}}, PROJECT)


def machine(name: str = "web1", service: str = "shop") -> Machine:
    (found,) = (each for each in wanted(name).plain_regions["eu"].hosts)
    return Machine(region="eu", host=found, login=Login(), service=service, key=None)


def manifest(release: str, **files: str) -> dict[str, Any]:
    listed = [{"target": f"/etc/{name}", "sha256": digest * 64} for name, digest in files.items()]
    return {"release": release, "files": listed, "binary": {"sha256": "f" * 64}}


def seen(name: str = "web1", *, differs: tuple[str, ...] = (), **more: Any) -> Seen:
    status = {"release": "0123456789ab", "version": "v1", "sha256": "f" * 64, "unit": {"state": "active"}}
    host = {
        "system": "Debian GNU/Linux 13",
        "machine": "x86_64",
        "disk": {"total": 2**34, "free": 2**33},
        "listening": [
            {"protocol": "tcp", "address": "0.0.0.0", "port": 22, "program": "sshd"},
            {"protocol": "tcp", "address": "[::]", "port": 22, "program": "sshd"},
            {"protocol": "tcp", "address": "0.0.0.0", "port": 8080, "program": "haproxy"},
            {"protocol": "tcp", "address": "0.0.0.0", "port": 9999, "program": "nc"},
            {"protocol": "tcp", "address": "127.0.0.1", "port": 18081, "program": "shop"},
        ],
        "lets_in": LETS_IN,
        "current": manifest("0123456789ab", a="1", b="2", c="3"),
        "before": manifest("b" * 12, a="1", b="9", d="4"),
    }
    return Seen(
        machine=machine(name),
        status=status | more.get("status", {}),
        host=host | more.get("host", {}),
        differs=differs,
    )


def page(*found: Seen, events: list[dict[str, Any]] | None = None) -> str:
    names = [each.machine.host.name for each in found]
    return html(wanted(*names), "prod", Facts(seen=found, events=events or []), ["eu has a group"], NOW)


def words(text: str) -> str:
    """What is read, without what is written for browsers."""
    told: list[str] = []

    class Reader(HTMLParser):
        silent = False

        def handle_starttag(self, tag: str, attrs: Any) -> None:
            self.silent = tag == "style"

        def handle_endtag(self, tag: str) -> None:
            self.silent = False

        def handle_data(self, data: str) -> None:
            if not self.silent:
                told.append(data)

    Reader().feed(text)
    return " ".join(" ".join(told).split())


def test_a_machine_that_is_as_released_is_told_with_what_it_is() -> None:
    told = words(page(seen()))
    assert "shop on prod" in told
    assert "All machines are as released." in told
    assert "All run version v1 ." in told
    assert "Debian GNU/Linux 13, x86_64; 8 GiB of 16 GiB free" in told
    assert "eu has a group" in told


def test_ports_that_are_open_beside_the_table_are_seen() -> None:
    sockets = {each.port: (each.programs, each.let_in) for each in seen().sockets}
    assert sockets == {
        22: (("sshd",), "203.0.113.0/24"),
        8080: (("haproxy",), "everybody"),
        9999: (("nc",), "nobody"),
    }
    bare = seen(host={"lets_in": None})
    assert {each.let_in for each in bare.sockets} == {None}
    assert "no table" in words(page(bare))


TABLE = """table inet slipway {
	chain input {
		type filter hook input priority filter; policy drop;
		iif "lo" accept
		ct state established,related counter accept
		udp sport 67 udp dport 68 counter accept
		ip saddr 203.0.113.0/24 tcp dport 22 counter accept comment "shop: SSH from operators"
		ip saddr { 10.0.0.10, 10.0.0.11 } tcp dport 8080 counter accept comment "shop: Requests"
		ip6 saddr fd00::10 tcp dport 8080 counter accept comment "shop: Requests"
		tcp dport 8090 counter accept comment "another: Requests"
		counter comment "closed"
	}
}
"""


@pytest.mark.parametrize("there", ["a table", "none", "no nftables"])
def test_what_a_machine_lets_in_is_its_table_as_it_is_with_what_neighbours_want(
    tmp_path: Path, there: str
) -> None:
    (tmp_path / "table").write_text(TABLE)
    scripts = {"ss": "exit 0", "nft": f"cat {tmp_path}/table" if there == "a table" else "exit 1"}
    for name, text in scripts.items():
        if name == "ss" or there != "no nftables":
            (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
            (tmp_path / name).chmod(0o755)
    path = str(tmp_path) if there == "no nftables" else f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "shop"], env={"PATH": path}, capture_output=True, check=True
    )
    found = json.loads(done.stdout)["lets_in"]
    if there != "a table":
        assert found is None
        return
    assert [each for each in found if each["port"] != 68] == [
        {"protocol": "tcp", "port": 22, "from": ["203.0.113.0/24"]},
        {"protocol": "tcp", "port": 8080, "from": ["10.0.0.10", "10.0.0.11"]},
        {"protocol": "tcp", "port": 8080, "from": ["fd00::10"]},
        {"protocol": "tcp", "port": 8090, "from": None},
    ]


def test_files_are_told_beside_those_of_the_release_before() -> None:
    files = {each.path: each.change for each in seen().files}
    assert files == {"/etc/a": "", "/etc/b": "changed", "/etc/c": "new", "/etc/d": "gone", "the binary": ""}
    assert "5 files, 3 changed since bbbbbbbbbbbb" in words(page(seen()))
    first = seen(host={"before": None})
    assert {each.change for each in first.files} == {""}
    assert "its first release" in words(page(first))


def test_what_differs_and_who_did_not_answer_stands_at_the_top_and_at_the_machine() -> None:
    silent = Seen(machine=machine("web2"), error="no answer within 10 s")
    told = words(page(seen(differs=("/etc/a was changed",)), silent))
    assert "Not as released, or without an answer: 2 of 2 machines." in told
    assert "/etc/a was changed" in told
    assert "no answer within 10 s" in told


def test_hosts_of_different_versions_are_told() -> None:
    other = seen("web2", status={"version": "v2"})
    assert "Hosts run different versions: v1 , v2 ." in words(page(seen(), other))


@pytest.mark.parametrize(
    ("until", "said"),
    [
        ("2026-03-02T03:04:05Z", "59 days left, renewed by itself"),
        ("2026-01-03T03:04:05Z", "1 day left"),
        (None, "cannot be read"),
    ],
)
def test_certificates_are_told_with_the_days_they_have(until: str | None, said: str) -> None:
    certificate = {"until": until, "names": ["shop.example.com"], "renewed": True, "refused": False}
    assert said in words(page(seen(status={"certificate": certificate})))


def test_nothing_of_a_host_is_taken_for_the_pages_own() -> None:
    event = {"when": "2026-01-01", "host": "eu/web1", "what": "reverted", "why": "<script>alert(1)</script>"}
    text = page(seen(differs=("<b>bold</b>",)), events=[event])
    assert "<script" not in text and "<b>" not in text
    assert "&lt;script&gt;" in text


def test_nothing_is_fetched_from_anywhere() -> None:
    text = page(seen())
    assert "http://" not in text and "https://" not in text and "src=" not in text and "@import" not in text


def test_old_events_are_counted_and_not_listed() -> None:
    event = {"when": "2026-01-01", "host": "eu/web1", "what": "applied"}
    told = words(page(seen(), events=[event] * 50))
    assert told.count("applied") == 40
    assert "And 10 older ones: make history STACK=prod" in told
