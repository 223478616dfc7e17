"""What drift says of machines together: who runs something else than others, and that who is slow takes nobody's answer away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from desk import drift, ssh
from desk.stack import Machine
from model.architecture import Architecture
from model.login import Login
from model.plain_host import PlainHost

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID2HRIAnDujLGCzBwPxHeFMeKfHW5O5Ydl7zGygH3JGM"
ONE, TWO = "1" * 12, "2" * 12


def machine(name: str, architecture: str = "amd64", service: str = "shop") -> Machine:
    kind = Architecture(architecture)
    facts = {"name": name, "address": "192.0.2.1", "architecture": kind, "hostKey": KEY}
    host = PlainHost.model_validate(facts)
    return Machine(region="eu", host=host, login=Login(), service=service, key=None)


def kept(release: str, version: str, binary: str = "f", reverted: str | None = None) -> dict[str, Any]:
    return {"release": release, "version": version, "sha256": binary * 64, "reverted": reverted}


def lines(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, list[dict[str, Any]]], *machines: Machine
) -> dict[str, list[str]]:
    """What differs on each machine, which answers that it is as released, and keeps what `told` has for its name."""

    async def say(machine: Machine, reached: ssh.Reached, what: str) -> dict[str, Any]:
        releases = told[machine.host.name]
        live = releases[0]["release"]
        return {"release": live, "differs": []} if what == "drift" else {"current": live, "kept": releases}

    @asynccontextmanager
    async def reached(machine: Machine, way: Any) -> AsyncIterator[ssh.Reached]:
        yield cast(ssh.Reached, None)

    monkeypatch.setattr(drift, "told", say)
    monkeypatch.setattr(ssh, "_reached", reached)
    found = asyncio.run(drift.drift(machines or [machine(name) for name in told]))
    return {each.host.removeprefix("eu/"): [*each.differs] for each in found}


def test_a_host_that_went_back_by_its_timer_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    why = "not confirmed within 60 s"
    back = [kept(ONE, "v1"), kept(TWO, "v2", reverted=why)]
    found = lines(monkeypatch, {"web1": back, "web2": [kept(TWO, "v2"), kept(ONE, "v1")]})
    assert found == {
        "web1": [
            "it runs version v1, others of shop run v2",
            f"it went back by itself from {TWO}: {why}",
        ],
        "web2": ["it runs version v2, others of shop run v1"],
    }, "of two nobody knows which is the odd one"


def test_of_three_the_odd_one_alone_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"web1": [kept(TWO, "v2")], "web2": [kept(ONE, "v1")], "web3": [kept(TWO, "v2")]}
    found = lines(monkeypatch, told)
    assert found == {"web1": [], "web2": ["it runs version v1, others of shop run v2"], "web3": []}


def test_another_binary_of_the_same_version_is_told_within_an_architecture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = {"web1": [kept(ONE, "v1")], "web2": [kept(TWO, "v1", "e")], "arm1": [kept(ONE, "v1", "a")]}
    found = lines(monkeypatch, told, machine("web1"), machine("web2"), machine("arm1", "arm64"))
    assert found["arm1"] == [] and found["web2"] == ["it runs another binary of version v1 than others"]


def test_other_files_an_edge_and_a_release_that_failed_before_are_nothing_odd(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = {
        "web1": [kept(TWO, "v2"), kept(ONE, "v1", reverted="exit code 3")],
        "web2": [kept("3" * 12, "v2")],
        "edge1": [kept("4" * 12, "-")],
    }
    found = lines(monkeypatch, told, machine("web1"), machine("web2"), machine("edge1", service="shop-edge"))
    assert not any(found.values()), found


def test_hosts_that_all_went_back_are_as_they_should_be(monkeypatch: pytest.MonkeyPatch) -> None:
    back = [kept(ONE, "v1"), kept(TWO, "v1", reverted="not confirmed within 60 s")]
    assert lines(monkeypatch, {"web1": back, "web2": back}) == {"web1": [], "web2": []}


def test_settings_alone_from_which_one_went_back_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    back = [kept(ONE, "v1"), kept(TWO, "v1", reverted="not confirmed within 60 s")]
    found = lines(monkeypatch, {"web1": back, "web2": [kept(TWO, "v1")]})
    assert found["web1"] == [f"it went back by itself from {TWO}: not confirmed within 60 s"]
    assert found["web2"] == []


def test_who_is_slow_takes_nobodys_answer_away(monkeypatch: pytest.MonkeyPatch) -> None:
    machines = [machine(f"web{number}") for number in range(1, 15)]

    @asynccontextmanager
    async def reached(machine: Machine, way: Any) -> AsyncIterator[ssh.Reached]:
        yield cast(ssh.Reached, None)

    async def say(machine: Machine, reached: ssh.Reached, what: str) -> dict[str, Any]:
        if machine in machines[:10]:
            await asyncio.sleep(60)
        return {"release": ONE, "differs": []}

    monkeypatch.setattr(drift, "SECONDS", 0.1)
    monkeypatch.setattr(drift, "told", say)
    monkeypatch.setattr(ssh, "_reached", reached)
    found = asyncio.run(drift.drift(machines))
    assert [each.error for each in found] == ["no answer within 0.1 s"] * 10 + [""] * 4
