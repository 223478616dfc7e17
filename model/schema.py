"""A JSON schema of stack files for editors, written from the settings' own types, so that it cannot say something else."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from model import meanings
from model.traffic import Traffic

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SECURE = {
    "description": "Encrypted: written by `pulumi config set --secret --path`, never by hand.",
    "type": "object",
    "properties": {"secure": {"type": "string"}},
    "required": ["secure"],
    "additionalProperties": False,
}
INVENTORY = {
    "description": "A JSON file, relative to the project, that holds the keys of this map.",
    "type": "object",
    "properties": {"inventory": {"type": "string"}},
    "required": ["inventory"],
    "additionalProperties": False,
}
PULUMIS_OWN = ("encryptionsalt", "encryptedkey", "secretsprovider")


class _WithMeanings(GenerateJsonSchema):
    """Beside each key what it means."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made, model = super().model_schema(schema), schema["cls"]
        for name, meaning in meanings.of(model).items():
            key = made["properties"][model.model_fields[name].alias or name]
            key["description"] = meaning
        return made


def stack_file(model: type[BaseModel], namespace: str, kinds: Mapping[str, type[BaseModel]]) -> str:
    """As JSON text. `kinds` are those of a region, by the key that says so; the last one is what has none of them.

    Editors complete and check by it. What only the program can check, such as a key's digest or two equal ports, is left to it.
    """
    made = model.model_json_schema(by_alias=True, schema_generator=_WithMeanings)
    keys = made["properties"]
    (pattern,) = keys["regions"]["patternProperties"]
    keys["regions"]["patternProperties"] = {pattern: _by_kind(kinds)}
    door = made["$defs"]["FrontDoor"]["properties"]["hosts"]
    (place,) = door["patternProperties"]
    door["patternProperties"][place] = _or(door["patternProperties"][place], INVENTORY)
    (name,) = keys["secrets"]["patternProperties"]
    keys["secrets"]["patternProperties"] = {name: SECURE}
    keys["secrets"] = _or(keys["secrets"], SECURE)
    made["$defs"]["Notify"]["properties"]["url"] = SECURE
    # `pulumi config set` writes every value as a text.
    keys["protected"] = {
        **keys["protected"],
        "type": ["boolean", "string"],
        "enum": [True, False, "true", "false"],
    }
    config = {
        "type": "object",
        "properties": {f"{namespace}:{key}": value for key, value in keys.items()} | keys,
        "patternProperties": {f"^(?!{namespace}:)[^:]+:.": {}},
        "additionalProperties": False,
    }
    own: dict[str, Any] = {key: {"type": "string"} for key in PULUMIS_OWN}
    whole = {
        "$schema": DIALECT,
        "title": "Stack file of Slipway",
        "description": f"Pulumi.<stack>.yaml. A key under `config` may stand with or without `{namespace}:`.",
        "type": ["object", "null"],
        "properties": {"config": config, "environment": {}, **own},
        "additionalProperties": False,
        "$defs": made["$defs"],
    }
    return json.dumps(_tidy(whole), indent=1, ensure_ascii=False) + "\n"


def _by_kind(kinds: Mapping[str, type[BaseModel]]) -> dict[str, Any]:
    """One of several, chosen by a key, so that an editor tells what is wrong with the one that is meant."""
    *others, last = ({"$ref": f"#/$defs/{kind.__name__}"} for kind in kinds.values())
    chosen: dict[str, Any] = last
    # A region's share of the users may stand beside its inventory, since it is no machine's.
    share = Traffic.model_json_schema(by_alias=True, schema_generator=_WithMeanings)["properties"]
    listed = {**INVENTORY, "properties": {**INVENTORY["properties"], **share}}
    for key, kind in reversed([*zip(["inventory", *kinds], [listed, *others], strict=False)]):
        chosen = {"if": {"required": [key]}, "then": kind, "else": chosen}
    return {"type": "object", **chosen}


def _or(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    kept = {key: one[key] for key in ("description", "default") if key in one}
    return {**kept, "anyOf": [one, other]}


def _tidy(part: Any) -> Any:
    """Without titles that only repeat a name; docstrings on one line; maps of names closed to other names."""
    if isinstance(part, list):
        return [_tidy(each) for each in part]
    if not isinstance(part, dict):
        return part
    tidy = {key: _tidy(value) for key, value in part.items() if key != "title" or not isinstance(value, str)}
    if isinstance(part.get("description"), str):
        tidy["description"] = " ".join(part["description"].split())
    if "patternProperties" in tidy:
        tidy.setdefault("additionalProperties", False)
    return tidy
