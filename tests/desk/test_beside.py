"""Monitors and DNS hosts are asked as hosts and edges are, though no request passes them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from desk import __main__ as desk
from desk import ask, restart, ssh
from desk.beside import beside
from desk.stack import Machine, configured, hosts
from model import desk_script
from model.refusal import Refusal
from tests.desk.test_desk import FILE, KEY

HOST = f'architecture: amd64, hostKey: "{KEY}"'
DOOR = f"""
  slipway:frontDoor:
    name: shop.example.com
    zone: shop.example.com
    mechanism: dns
    hosts:
      eu: {{hosts: [{{name: ns1, address: 192.0.2.53, {HOST}}}]}}
      us: {{hosts: [{{name: ns2, address: 198.51.100.53, {HOST}}}]}}
"""
MONITOR = f"""      monitor:
        {{name: watch, address: 192.0.2.9, {HOST}, alerts: {{webhooks: [ALERT_URL]}}}}
    us: {{hosts: [{{name: web3, address: 198.51.100.11, {HOST}}}]}}
"""
WHOLE = (
    FILE.replace("edge: {", "edge: {listen: 8080, ").replace(
        "  slipway:secrets: {TOKEN: ", MONITOR + "  slipway:secrets: {ALERT_URL: {secure: v1:a:b}, TOKEN: "
    )
    + DOOR
)
HOSTS = [("eu/web1", "shop"), ("eu/web2", "shop"), ("us/web3", "shop")]
BESIDE = [("eu/watch", "shop-monitor"), ("eu/ns1", "shop-dns"), ("us/ns2", "shop-dns")]


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Who was asked, by what runs there."""
    (tmp_path / "Pulumi.mine.yaml").write_text(WHOLE)
    monkeypatch.setattr(desk, "PROJECT", tmp_path)
    seen: list[tuple[str, str]] = []

    def note(machines: Sequence[Machine]) -> None:
        seen.extend((machine.name, machine.service) for machine in machines)

    async def each(machines: Sequence[Machine], *_: Any) -> list[Any]:
        note(machines)
        return [ask.ssh.Unreachable("gave no answer") for _ in machines]

    async def in_turn(machines: Sequence[Machine], *_: Any) -> list[str]:
        note(machines)
        return []

    monkeypatch.setattr(ask.ssh, "each", each)
    monkeypatch.setattr(restart, "in_turn", in_turn)
    return seen


@pytest.mark.parametrize("command", ["status", "drift", "mend"])
def test_those_beside_hosts_and_edges_are_asked_after_them(
    asked: list[tuple[str, str]], command: str
) -> None:
    desk.main([command, "--stack", "mine"])
    assert asked == [*HOSTS, ("eu/edge1", "shop-edge"), *BESIDE]


def test_one_alone_is_asked_by_its_name_and_none_starts_the_service_anew(
    asked: list[tuple[str, str]],
) -> None:
    desk.main(["drift", "--stack", "mine", "--host", "watch"])
    assert asked == BESIDE[:1]
    asked.clear()
    desk.main(["restart", "--stack", "mine"])
    assert asked == HOSTS


def test_their_journal_is_that_of_the_programs_of_packages() -> None:
    assert "--unit=prometheus.service" in desk_script.logs("shop-monitor", "", 50, False)
    assert "--unit=pdns.service" in desk_script.logs("shop-dns", "", 50, False)
    assert "--unit=shop@" in desk_script.logs("shop", "", 50, False)


def test_a_place_called_like_a_region_has_a_way_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jump = f'jump: {{address: 192.0.2.1, hostKey: "{KEY}"}}'
    login = f"{{user: ops, {jump}}}"
    (tmp_path / "Pulumi.mine.yaml").write_text(
        WHOLE.replace("eu: {hosts: [{name: ns1", f"eu: {{login: {login}, hosts: [{{name: ns1")
    )
    wanted = configured(tmp_path, "mine")
    found: dict[str, Any] = {}

    @contextlib.asynccontextmanager
    async def way(machine: Machine) -> AsyncIterator[str]:
        yield f"by the jump of {machine.login.user}"

    @contextlib.asynccontextmanager
    async def reached(machine: Machine, way: Any) -> AsyncIterator[Any]:
        found[machine.name] = way
        yield None

    async def nothing(machine: Machine, reached: Any) -> None:
        pass

    monkeypatch.setattr(ssh, "_way", way)
    monkeypatch.setattr(ssh, "_reached", reached)
    asyncio.run(ssh.each([*hosts(wanted, tmp_path), *beside(wanted, tmp_path)], nothing))
    assert found["eu/web1"] == "by the jump of way"
    assert found["eu/ns1"] == "by the jump of ops"


def test_two_machines_that_commands_would_call_alike_are_refused(
    tmp_path: Path,
) -> None:
    (tmp_path / "Pulumi.mine.yaml").write_text(WHOLE.replace("name: ns1", "name: web1"))
    with pytest.raises(Refusal, match="call both eu/web1; give one another name"):
        configured(tmp_path, "mine")
