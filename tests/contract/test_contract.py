"""The outputs' contract only grows. Cannot prove that somebody did not rewrite the published file; its history shows that."""

import json
from pathlib import Path
from typing import Any

import pytest

from model import contract, contract_fields

HERE = Path(__file__).parent
PROJECT = HERE.parent.parent


def published() -> dict[str, str]:
    """The fields of the contract's current number as they were published, type by path. Lines are only ever added to the file."""
    return json.loads((HERE / f"contract-{contract.NUMBER}.json").read_text())


def broken(before: dict[str, str], now: dict[str, str]) -> list[str]:
    """What a reader of `before` would stumble over."""
    gone = [f"{path} is gone" for path in before if path not in now]
    retyped = [
        f"{path} was {kind} and is {now[path]}"
        for path, kind in before.items()
        if now.get(path, kind) != kind
    ]
    return gone + retyped


def current() -> dict[str, str]:
    return {field.path: field.type for field in contract_fields.fields()}


def region(**changes: Any) -> dict[str, Any]:
    host = {
        "release": "3f9c2a71d0be",
        "version": "v1.2.0",
        "architecture": "arm64",
        "sha256": "a" * 64,
        "address": "10.20.3.4",
    }
    plain = {"endpoint": "http://here/", "securityGroups": {}, "hosts": {"web1": host}}
    return plain | changes


def test_no_published_field_is_gone_or_has_another_type() -> None:
    assert broken(published(), current()) == [], (
        "give the contract a new number, with a contract-NUMBER.json of its own"
    )


def test_every_field_is_published() -> None:
    missing = {path: kind for path, kind in current().items() if path not in published()}
    assert not missing, f"add to contract-{contract.NUMBER}.json, so that it stays: {json.dumps(missing)}"


def test_every_number_up_to_the_current_one_is_on_file() -> None:
    numbers = {int(path.stem.partition("-")[2]) for path in HERE.glob("contract-*.json")}
    assert numbers == set(range(1, contract.NUMBER + 1))


@pytest.mark.parametrize("path", sorted(published()))
def test_a_field_that_disappears_or_changes_its_type_is_noticed(path: str) -> None:
    without = {name: kind for name, kind in published().items() if name != path}
    assert broken(published(), without) == [f"{path} is gone"]
    assert broken(published(), published() | {path: "a moon"}) == [
        f"{path} was {published()[path]} and is a moon"
    ]


def test_every_field_says_what_it_means() -> None:
    assert [field.path for field in contract_fields.fields() if not field.meaning] == []


def test_the_page_is_the_one_that_the_types_give() -> None:
    assert (PROJECT / "docs" / "outputs.md").read_text() == contract_fields.documentation(), "run `make docs`"


def test_what_the_contract_says_passes_unchanged() -> None:
    network = {"vpcId": "vpc-1", "publicSubnetIds": ["subnet-1"], "privateSubnetIds": ["subnet-2"]}
    for told in (region(), region(network=network, securityGroups={"hosts": "sg-1"})):
        assert contract.checked(contract.Region, told) == told
    assert contract.checked(contract.Region, region(network=None)) == region()


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (region(endpoint=None), "endpoint"),
        (region(secret="x"), "secret: Extra"),
        (region(hosts={"web1": {"release": "x"}}), r"hosts\.web1\.sha256"),
        ({key: value for key, value in region().items() if key != "endpoint"}, "endpoint: Field required"),
    ],
)
def test_anything_else_is_refused_with_the_place(told: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=f"not what contract 1 says: .*{words}"):
        contract.checked(contract.Region, told)
