"""An edge's rules as nginx reads them; that it does as they say is tested on a lab host."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from model import host_files
from model.door import ANY_NAME, EdgeDoor
from model.edge_rules import EdgeRules
from model.machines.region import Edge
from tests.model.test_host_files import edge

HERE = {"name": "edge1", "address": "192.0.2.1", "architecture": "amd64"}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID2HRIAnDujLGCzBwPxHeFMeKfHW5O5Ydl7zGygH3JGM"


def site(**rules: Any) -> str:
    return edge(EdgeDoor(rules=EdgeRules.model_validate_json(json.dumps(rules))))


def location(text: str, name: str) -> str:
    """What stands in a location."""
    found = re.search(rf"^    location {re.escape(name)} {{$(.*?)^    }}$", text, re.MULTILINE | re.DOTALL)
    assert found, f"there is no {name} in {text}"
    return found[1]


def test_an_edge_without_rules_passes_everything_on() -> None:
    text = edge(ANY_NAME)
    for word in ("limit_", " allow ", "proxy_cache_", "maintenance", "gzip on", "geo"):
        assert word not in text, word


@pytest.mark.parametrize(
    "template", sorted(host_files.TEMPLATES.glob("*.nginx.j2")), ids=lambda path: path.name
)
def test_no_server_of_nginx_tells_its_version(template: Path) -> None:
    servers = template.read_text().split("\nserver {\n")[1:]
    assert servers and all("\n    server_tokens off;\n" in each for each in servers)


def test_what_is_closed_to_an_address_is_closed_to_whoever_asks_for_another_protocol() -> None:
    rule = {"path": "/admin", "allow": ["10.0.0.0/8"], "limits": {"rate": "5/m"}, "size": 4}
    text = site(paths=[{"path": "/a", "cache": 5}, rule])
    for name in ('= "/admin"', '^~ "/admin/"', "@upgrade2"):
        inside = location(text, name)
        assert "allow 10.0.0.0/8;\n        deny all;" in inside
        assert "limit_req zone=slipway_shop_rate2 burst=20 nodelay;" in inside
        assert "client_max_body_size 4k;" in inside
    assert "return 418" not in location(text, "@upgrade2")
    assert "limit_req_zone $slipway_shop_who zone=slipway_shop_rate2:10m rate=5r/m;" in text
    assert "deny" not in location(text, "/") + location(text, "@upgrade")


def test_the_root_has_rules_as_every_other_path_and_a_time_only_shortens() -> None:
    text = site(
        paths=[{"path": "/", "timeout": 3, "limits": {"connections": 2}}, {"path": "/a", "timeout": 3600}]
    )
    for name in ("/", "@upgrade"):
        assert "limit_conn slipway_shop_connections 2;" in location(text, name)
    assert "proxy_read_timeout 3s;" in location(text, "/")
    assert "proxy_next_upstream error;" in location(text, "/")
    assert "proxy_read_timeout" not in location(text, '= "/a"')
    assert "proxy_next_upstream" not in location(text, '= "/a"')


def test_an_edges_own_limits_hold_where_a_path_has_none() -> None:
    text = site(limits={"rate": "20/s", "burst": 5})
    assert "limit_req_zone $slipway_shop_who zone=slipway_shop_rate0:10m rate=20r/s;" in text
    for name in ("/", "@upgrade"):
        assert "limit_req zone=slipway_shop_rate0 burst=5 nodelay;" in location(text, name)
    assert "limit_req_status 429;" in text


@pytest.mark.parametrize(
    ("own", "limits"),
    [
        ({"connections": 5}, ["limit_conn slipway_shop_connections 5;"]),
        ({"rate": "1/s"}, ["limit_req zone=slipway_shop_rate1 burst=20 nodelay;"]),
        ({}, []),
        (
            None,
            ["limit_req zone=slipway_shop_rate0 burst=20 nodelay;", "limit_conn slipway_shop_connections 9;"],
        ),
    ],
)
def test_a_paths_own_limits_stand_in_place_of_the_edges(own: Any, limits: list[str]) -> None:
    path = {"path": "/a"} if own is None else {"path": "/a", "limits": own}
    text = site(limits={"rate": "50/s", "connections": 9}, paths=[path])
    for name in ('= "/a"', '^~ "/a/"', "@upgrade1"):
        assert re.findall(r"limit_(?:req|conn) .*", location(text, name)) == limits
    inherited = re.sub(r"^    location .*?^    }$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert not re.findall(r"limit_(?:req|conn) ", inherited), "what the server has, locations take over"


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"paths": [{"path": "/a"}, {"path": "/a/"}]}, "has /a twice in `paths`"),
        ({"purge": ["10.0.0.1"]}, "has `purge` and no path with `cache`"),
        ({"limits": {"rate": "20"}}, "String should match"),
        ({"paths": [{"path": 'a"; } evil'}]}, "String should match"),
        ({"maintenance": {"text": "$host"}}, "String should match"),
    ],
)
def test_wrong_rules_are_refused(rules: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(said)):
        EdgeRules.model_validate_json(json.dumps(rules))


def test_a_path_that_is_closed_needs_no_rules() -> None:
    settings = HERE | {"hostKey": KEY, "closed": ["/metrics/"], "paths": [{"path": "/metrics", "cache": 1}]}
    with pytest.raises(ValidationError, match="/metrics in `closed` and in `paths`"):
        Edge.model_validate_json(json.dumps(settings))
