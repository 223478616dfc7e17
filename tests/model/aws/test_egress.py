"""What hosts may reach beside HTTPS."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from model.aws.egress import Egress, refusals


def read(**given: Any) -> Egress:
    return Egress.model_validate_json(json.dumps({"why": "Database", **given}))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"to": "db.example.com", "ports": [5432]}, "neither a range of addresses nor a security group"),
        ({"to": "10.8.0.1/16", "ports": [5432]}, "neither a range"),
        ({"to": "10.8.0.0/16", "ports": []}, "at least 1 item"),
        ({"to": "10.8.0.0/16", "ports": [0]}, "greater than or equal to 1"),
        ({"to": "10.8.0.0/16", "ports": [1], "why": "für alle"}, "pattern"),
    ],
)
def test_what_is_no_place_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        read(**given)


def test_what_is_open_already_is_refused_since_aws_does() -> None:
    https, database = read(to="0.0.0.0/0", ports=[443]), read(to="sg-0123456789abcdef0", ports=[5432])
    (said,) = refusals("slipway:regions.eu", (https, database))
    assert said.startswith("slipway:regions.eu.egress[0] opens tcp 443 to 0.0.0.0/0, which is open already")
    (said,) = refusals("slipway:regions.eu", (database, database))
    assert "egress[1]" in said
    assert refusals("slipway:regions.eu", (read(to="0.0.0.0/0", ports=[443], protocol="udp"),)) == []
