"""A live copy that hangs is found and restarted, whatever it hangs in; the one that watches it comes and goes with it."""

from __future__ import annotations

import pytest

from model.release import Binary
from model.service import Health, Service
from tests.lab.unit.releases import Releases

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


def service(**environment: str) -> Service:
    return Service(
        name="echo",
        source="-",
        environment={"LISTEN": "127.0.0.1:{port}", **environment},
        health=Health.model_validate({"restartAfter": 1.5, "deadline": 5}),
    )


def pid(host: Releases) -> str:
    return host.root(f"systemctl show -P MainPID {host.live_unit('echo')}")


def watchers(host: Releases) -> list[str]:
    return host.root(
        "systemctl list-units --plain --no-legend 'slipway-echo-watch@*' | cut -d' ' -f1,3"
    ).split("\n")


def test_a_copy_that_hangs_is_restarted_and_says_where_it_hung(host: Releases, echo: Binary) -> None:
    host.live(service(), echo)
    unit, before = host.live_unit("echo"), pid(host)
    watcher = f"slipway-echo-watch@{unit.split('@')[1]}"
    assert watchers(host) == [f"{watcher} active"]

    host.ask("/hang")
    host.until(lambda: pid(host) not in (before, "0"))
    host.until(lambda: bool(host.ask()))
    assert "sync.(*Mutex).Lock" in host.root(f"journalctl --unit {unit} --output cat"), "its goroutines"
    said = host.root(f"journalctl --unit {watcher} --output cat")
    assert f"{unit}, pid {before}, answered nothing for 1.5 s" in said

    # What is stopped cannot even end by itself.
    before = pid(host)
    host.root(f"kill -STOP {before}")
    host.until(lambda: pid(host) not in (before, "0"))
    host.until(lambda: bool(host.ask()))

    host.live(service(MORE="1"), echo)
    other = host.live_unit("echo")
    assert other != unit
    assert watchers(host) == [f"slipway-echo-watch@{other.split('@')[1]} active"]
    host.purge("echo")
    assert host.root("systemctl list-units --all --plain --no-legend 'slipway-echo-watch@*'") == ""
