"""What would keep a monitor from watching is refused before anything is changed, each with what to do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from model.machines import monitoring
from model.machines.region import Region
from model.service import Service
from tests.model.test_machines_region import HOST

MONITOR = HOST | {"name": "monitor1", "address": "192.0.2.50"}
SERVICE = {"name": "greeter", "source": "./examples/greeter", "environment": {"PORT": "{port}"}}
HOOK = {"alerts": {"webhooks": ["ALERT_URL"]}}


def region(**monitor: Any) -> Region:
    return Region.model_validate_json(json.dumps({"hosts": [HOST], "monitor": MONITOR | monitor}))


def refusals(monitor: dict[str, Any], secrets: dict[str, str] | None = None, **service: Any) -> list[str]:
    asked = Service.model_validate_json(json.dumps(SERVICE | service))
    return monitoring.refusals({"eu": region(**monitor)}, asked, secrets or {})


def test_one_that_can_watch_is_not_refused() -> None:
    assert refusals(HOOK, {"ALERT_URL": "https://hooks.example"}) == []


@pytest.mark.parametrize(
    ("monitor", "secrets", "service", "says"),
    [
        (HOOK, {}, {}, "ALERT_URL, which is not in slipway:secrets"),
        (HOOK, {"ALERT_URL": "x"}, {"secretFiles": {"ALERT_URL": "text"}}, "a secret is for one of both"),
        ({}, {}, {"name": "a-name-of-twenty-four-char"}, "have at most 31 characters"),
        ({"metrics": 8080}, {}, {"port": 8080}, "8080, which is service.port as well"),
        ({"metrics": 18081}, {}, {"slots": [18081, 18082]}, "18081, which is service.slots as well"),
    ],
)
def test_each_is_named_with_its_key(
    monitor: dict[str, Any], secrets: dict[str, str], service: dict[str, Any], says: str
) -> None:
    (line,) = refusals(monitor, secrets, **service)
    assert line.startswith("slipway:regions.eu.monitor") and says in line


@pytest.mark.parametrize(
    ("monitor", "says"),
    [
        ({"address": "monitor.example.com"}, "monitor.asksFrom"),
        ({"address": HOST["address"]}, "more than one machine"),
        ({"name": HOST["name"]}, "more than one machine"),
        (
            {
                "alerts": {
                    "mail": {
                        "to": ["a@b.example"],
                        "sender": "m@b.example",
                        "relay": "b.example:587",
                        "user": "u",
                    }
                }
            },
            "`user` and `password` together",
        ),
        ({"objective": 100}, "less than 100"),
        ({"alerts": {"webhooks": ["https://hooks.example"]}}, "pattern"),
    ],
)
def test_what_cannot_be_right_in_itself_is_refused(monitor: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        region(**monitor)
