"""The schema of stack files: what editors take for right and wrong is what the program does, misspelt keys above all."""

from __future__ import annotations

import copy
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import settings
from model.refusal import Refusal
from settings import pages
from tests import test_build_settings, test_settings
from tests.model.front_door import test_front_door_settings
from tests.test_settings import PROJECT

FILE = PROJECT / "docs" / "stack-file.schema.json"
SCHEMA = json.loads(FILE.read_text())
LINE = "# yaml-language-server: $schema=docs/stack-file.schema.json\n"
MISSPELT = "is not a setting"


def without_required(part: Any) -> Any:
    """Parts of a stack file are right as far as they go. A kind of region is still told by its key."""
    if isinstance(part, list):
        return [without_required(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        key: value if key == "if" else without_required(value)
        for key, value in part.items()
        if key != "required" or "secure" in value or "inventory" in value
    }


WHOLE = jsonschema.Draft202012Validator(SCHEMA)
PARTS = jsonschema.Draft202012Validator(without_required(SCHEMA))


def errors(validator: jsonschema.Draft202012Validator, content: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(content)]


def stack_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "Pulumi.*.yaml"], cwd=PROJECT, capture_output=True, text=True)
    return [PROJECT / name for name in listed.stdout.split()]


def examples() -> list[tuple[str, Any]]:
    """What the pages show of stack files, each with where it stands."""
    pages = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
    return [
        (page.name, whole(yaml.safe_load(above(block) + block.replace("…, ", "").replace("…", "A"))))
        for page in pages
        for block in re.findall(r"^```yaml\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
    ]


def whole(content: dict[str, Any]) -> dict[str, Any]:
    return content if "config" in content else {"config": content}


def above(block: str) -> str:
    """The lines that a part of a stack file stands below, by how far it is set in."""
    found = re.search(r"^( *)([\w-]+)", block, re.MULTILINE)
    assert found, block
    of_service = found[2] in SCHEMA["$defs"]["Service"]["properties"]
    lines = ["config:", "  slipway:service:" if of_service else "  slipway:regions:", "    eu:"]
    return "".join(f"{line}\n" for line in lines[: len(found[1]) // 2])


def test_the_schema_is_the_one_that_the_code_writes() -> None:
    assert FILE.read_text() == pages.stack_file_schema(), "run `make docs`"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", stack_files(), ids=lambda path: path.name)
def test_each_stack_file_is_right_and_names_the_schema(path: Path) -> None:
    assert path.read_text().startswith(LINE)
    assert errors(WHOLE, yaml.safe_load(path.read_text())) == []


@pytest.mark.parametrize(("page", "content"), examples())
def test_each_example_of_a_page_is_right(page: str, content: Any) -> None:
    assert errors(PARTS, content) == [], f"{page}: {content}"


def refused() -> Iterator[dict[str, Any]]:
    """Every set of values in the tables of tests that are about refusals."""
    for module in (test_settings, test_build_settings, test_front_door_settings):
        for test in vars(module).values():
            for mark in getattr(test, "pytestmark", []):
                cases = mark.args[1] if mark.name == "parametrize" else []
                for case in cases:
                    given = case[0] if isinstance(case, tuple) else case
                    if isinstance(given, dict) and "service" in given:
                        yield given


def misspelt(values: dict[str, Any], project: Path = PROJECT) -> bool:
    try:
        settings.parse(copy.deepcopy(values), project, keyless=True)
    except Refusal as refusal:
        return any(MISSPELT in line for line in refusal.lines)
    return False


def test_what_the_program_refuses_as_misspelt_an_editor_does_too() -> None:
    found = [values for values in refused() if misspelt(values)]
    assert len(found) >= 4
    for values in found:
        assert errors(PARTS, {"config": values}), values


def spoilt(value: Any) -> Iterator[Any]:
    """The same with one letter more in one key, for each key at any depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield {f"{name}x" if name == key else name: each for name, each in value.items()}
            yield from ({**value, key: each} for each in spoilt(inner))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from ([*value[:number], each, *value[number + 1 :]] for each in spoilt(inner))


@pytest.mark.parametrize("path", stack_files(), ids=lambda path: path.name)
def test_a_letter_too_much_in_any_key_is_wrong_for_both(path: Path, tmp_path: Path) -> None:
    """Names of regions and variables are anybody's, so both take these. Inventories are there, as after a lab's start."""
    for name in re.findall(r"inventory: ([^,}\s]+)", path.read_text()):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    config = yaml.safe_load(path.read_text())["config"]
    values = {
        key.removeprefix("slipway:"): value for key, value in config.items() if not key.startswith("pulumi:")
    }
    found = 0
    for spoiled in spoilt(values):
        if misspelt(spoiled, tmp_path):
            found += 1
            assert errors(PARTS, {"config": spoiled}), spoiled
    assert found, "nothing was refused: this test compares nothing"


@pytest.mark.parametrize(
    "config",
    [
        {"slipway:secrets": {"TOKEN": "plain"}},
        {"slipway:regions": {"EU": {"inventory": "a.json"}}},
        {"slipway:regions": {"eu": {"inventory": "a.json", "hosts": []}}},
        {"slipway:service": {"port": "8080"}},
        {"slipway:service": {"environment": {"DB": {"stack": "prod", "output": "url"}}}},
        {"slipway:service": {"environment": {"PIN": {"secure": "v1:a:b"}}}},
        {"slipway:release": {"keep": 1}},
        {"service:": {}},
    ],
)
def test_what_else_an_editor_marks(config: dict[str, Any]) -> None:
    assert errors(PARTS, {"config": config})


@pytest.mark.parametrize(
    "config",
    [
        {"slipway:secrets": {"TOKEN": {"secure": "v1:a:b"}}},
        {"slipway:secrets": {"secure": "v1:a:b"}},
        {"slipway:protected": "true", "aws:profile": "mine", "pulumi:tags": {"a": "b"}},
        {"slipway:service": {"environment": {"DB": {"stack": "organization/db/prod", "output": "url"}}}},
        {"service": {"port": 8080}},
    ],
)
def test_what_the_cli_writes_and_other_namespaces_have_is_right(config: dict[str, Any]) -> None:
    assert errors(PARTS, {"config": config, "encryptionsalt": "v1:a:b"}) == []
