"""Logs of machines: what is written where, whose id is believed, and what is refused."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from model.host_files import edge_file
from model.machines.logs import Logs
from model.machines.region import Region
from model.release import edge_release
from model.release_policy import ReleasePolicy
from model.service import Service
from tests.model.test_machines_region import EDGE, HOST

SERVICE = Service.model_validate_json(
    json.dumps({"name": "shop-a", "source": "x", "environment": {"PORT": "{port}"}})
)


def region(**changes: object) -> Region:
    return Region.model_validate_json(json.dumps({"hosts": [HOST], "edge": EDGE, **changes}))


def site(**changes: object) -> str:
    made = region(**changes)
    assert made.edge
    return edge_file(SERVICE, 80, ("192.0.2.11:8080",), made.edge_door(made.edge)).content.decode()


def test_without_the_setting_nothing_is_written_and_no_header_touched() -> None:
    made = region()
    assert made.edge and made.edge_base(made.edge, SERVICE).files == ()
    for text in (site(), site(logs={"requests": False})):
        assert "log_format" not in text and "Request-Id" not in text


def test_only_a_trusted_proxy_may_give_an_id() -> None:
    assert "$http_x_request_id" not in site(logs={})
    assert "map $slipway_shop_a_trusted:$http_x_request_id" in site(logs={}, trustedProxies=["192.0.2.9"])


def test_http_that_is_sent_on_to_https_is_written_down_too_and_what_a_monitor_asks_is_not() -> None:
    tls = {"certificate": "/etc/a.pem", "key": "/etc/a.key"}
    monitor = EDGE | {"name": "monitor1", "address": "192.0.2.50"}
    made = region(logs={}, edge=EDGE | {"tls": tls}, monitor=monitor)
    assert made.edge and made.edge.tls
    site = edge_release(SERVICE, ReleasePolicy(), 80, ("192.0.2.11:8080",), made.edge_door(made.edge)).files[
        0
    ]
    text = site.content.decode()
    assert text.count("access_log syslog:server=unix:/dev/log") == 2
    assert text.count("access_log off") == 1


def test_limits_are_those_of_every_machine_and_journald_starts_anew_for_them_alone() -> None:
    made = region(logs={"size": "300M", "days": 7, "perSecond": 50})
    assert made.edge
    for base in (made.host_base(made.hosts[0], SERVICE), made.edge_base(made.edge, SERVICE)):
        (file,), (unit,) = base.files, base.units
        lines = file.content.decode().splitlines()
        assert {"SystemMaxUse=300M", "MaxRetentionSec=7day", "RateLimitBurst=500"} <= set(lines)
        assert unit == {"unit": "systemd-journald.service", "action": "restart", "files": [file.target]}


@pytest.mark.parametrize(
    "wrong",
    [{"size": "1"}, {"size": "0G"}, {"size": "1G\n"}, {"days": 0}, {"perSecond": -1}, {"level": "info"}],
)
def test_wrong_limits_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Logs.model_validate_json(json.dumps(wrong))


SEND = {
    "to": "https://logs.example.com:19532",
    "authority": "/etc/ssl/logs/ca.pem",
    "certificate": "/etc/ssl/logs/own.pem",
    "key": "/etc/ssl/logs/own.key",
}


def test_a_journal_is_sent_by_a_unit_of_each_release_which_nobody_elses_settings_change() -> None:
    made = region(logs={"send": SEND})
    assert made.edge
    for base, name in (
        (made.host_base(made.hosts[0], SERVICE), "shop-a"),
        (made.edge_base(made.edge, SERVICE), "shop-a-edge"),
    ):
        unit = f"/etc/systemd/system/slipway-{name}-logs"
        files = {file.target: file.content.decode() for file in base.files}
        assert f"--url={SEND['to']}" in files[f"{unit}.service"]
        assert f"LoadCredential=key:{SEND['key']}" in files[f"{unit}.service"]
        assert base.units[-1]["unit"] == f"slipway-{name}-logs.timer"
        assert base.units[-1]["files"] == [f"{unit}.service", f"{unit}.timer"]
        assert "systemd-journal-remote" in base.needed
        assert base.manifest()["logs"]["files"] == [SEND["authority"], SEND["certificate"], SEND["key"]]


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": "http://logs.example.com"},
        {"to": "logs.example.com"},
        {"to": "https://logs.example.com/upload"},
        {"to": "https://logs.example.com:9428/"},
        {"to": "https://logs.example.com:9428/insert journald"},
        {"to": "https://logs.example.com:9428/%d"},
        {"to": "https://logs.example.com --trust=all"},
        {"key": "own.key"},
        {"key": "/etc/own key"},
        {"key": None},
        {"authority": "all"},
        {"user": "a"},
    ],
)
def test_a_receiver_that_is_no_address_or_is_not_known_by_a_certificate_is_refused(
    wrong: dict[str, object],
) -> None:
    for to in (SEND["to"], "https://logs.example.com:9428/insert/journald"):
        Logs.model_validate_json(json.dumps({"send": {**SEND, "to": to}}))
    with pytest.raises(ValidationError):
        Logs.model_validate_json(json.dumps({"send": {**SEND, **wrong}}))
    for name in SEND:
        with pytest.raises(ValidationError):
            Logs.model_validate_json(json.dumps({"send": {key: SEND[key] for key in SEND if key != name}}))
