"""How a service is built, as a stack file says it: what is refused, what gobuild is asked, which levels follow from machines."""

from pathlib import Path
from typing import Any

import pytest

import settings
from components.artifact import specification
from model.architecture import Architecture
from model.aws import instance_type
from model.service import Levels
from tests.test_settings import host, refusal, values, with_service

PROJECT = Path(__file__).parent.parent
AMD64, ARM64 = Architecture.AMD64, Architecture.ARM64


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tags": ["cgo"]}, ["slipway:service.tags[0]", "'cgo'", "without cgo"]),
        ({"tags": "prod"}, ["slipway:service.tags", "'prod'"]),
        ({"variables": {"Version": "x"}}, ["slipway:service", "'Version' is none", "'main.commit'"]),
        ({"levels": {"amd64": "v9"}}, ["slipway:service.levels.amd64", "'v9'", "'v4'", "'auto'"]),
        ({"levels": {"arm": "v7"}}, ["slipway:service.levels.arm", "amd64, arm64"]),
        ({"test": "yes"}, ["slipway:service.test", "'yes'"]),
    ],
)
def test_what_cannot_be_built_is_refused_by_its_key(changes: dict[str, Any], words: list[str]) -> None:
    line = refusal(with_service(**changes))
    assert all(word in line for word in words), line


@pytest.mark.parametrize("changes", [{"test": True}, {"workspace": False}])
def test_what_only_a_directory_has_is_refused_for_a_published_module(changes: dict[str, Any]) -> None:
    module = {"name": "shop", "module": "example.com/shop", "version": "v1.0.0", "arguments": ["{port}"]}
    assert "only with `source`" in refusal(values(service=module | changes))


def test_all_that_is_set_reaches_the_build() -> None:
    asked = {
        "tags": ["prod"],
        "variables": {"main.commit": "{commit}"},
        "strip": False,
        "profile": "cpu.pprof",
        "workspace": False,
        "test": True,
    }
    parsed = settings.parse(with_service(levels={"amd64": "v3"}, **asked), PROJECT)
    given = specification(parsed.service, parsed.release, [AMD64, ARM64])
    assert {key: list(given[key]) if key == "tags" else given[key] for key in asked} == asked
    assert given["levels"] == {"amd64": "v3", "arm64": "v8.0"}


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("t4g.small", "v8.2"),
        ("m6gd.large", "v8.2"),
        ("m7g.large", "v8.4"),
        ("c7gn.xlarge", "v8.4"),
        ("r8g.large", "v9.0"),
        ("a1.large", None),
        ("p6e-gb200.36xlarge", None),
        ("m7i.large", "v3"),
        ("m7i-flex.large", "v3"),
        ("c5n.large", "v3"),
        ("t3a.nano", "v3"),
        ("t2.micro", None),
        ("m4.large", None),
        ("m7gx.large", None),
    ],
)
def test_a_level_follows_from_an_instance_type_only_where_it_is_certain(name: str, level: str | None) -> None:
    assert instance_type.level(name) == level


@pytest.mark.parametrize(
    ("machines", "level"),
    [
        ([(ARM64, "v8.4")], "v8.4"),
        ([(ARM64, "v9.0"), (ARM64, "v8.2"), (AMD64, "v3")], "v8.2"),
        ([(ARM64, "v8.4"), (ARM64, None)], "v8.0"),
        ([(AMD64, "v3")], "v8.0"),
    ],
)
def test_auto_is_what_every_machine_of_the_stack_has(machines: list, level: str) -> None:
    assert Levels(arm64="auto").chosen(machines).arm64 == level


def test_nothing_is_certain_of_a_machine_that_is_there_already() -> None:
    region = {"hosts": [host(), host(name="web2", address="10.0.0.2", architecture="amd64")]}
    service = values()["service"] | {"levels": {"amd64": "auto", "arm64": "auto"}}
    assert settings.parse(values(service=service, regions={"eu": region}), PROJECT).service.levels == Levels()
