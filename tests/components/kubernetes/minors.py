"""The API's own schema of each supported minor version, as server-side apply reads it. It knows keys and types, no values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from gobuild import toolchain

CLIENT = "k8s.io/client-go"
PINNED = {
    "1.30": ("v0.30.14", "h1:D81QZvBtv897JU4HRsx4YoaCDnzeZSvB8eApgmbtXVA="),
    "1.31": ("v0.31.14", "h1:d4/G0xfksNIbMWH7ghjzOwC5bTAwQ20gABTjZw7fLlQ="),
    "1.32": ("v0.32.13", "h1:FxVdGzgrWW8QBprX/xJjoxs9tE06UJIbuy8IfNoxn0c="),
    "1.33": ("v0.33.13", "h1:gyirIFpLEF9RltmrUkkObQFkxeumU2hRcxiDsVfrf1w="),
    "1.34": ("v0.34.13", "h1:47Nf1YByDhpYtyOB9zd56FB9bEDxsozH1ic3VyU7zV0="),
    "1.35": ("v0.35.10", "h1:HXF+042qTnXFFISMiuMHiM5yN2lVonVQQAkpIWxSGPk="),
    "1.36": ("v0.36.6", "h1:/nxcosTtar7svq4xjpzMPirzoShNK2+nSZ7AGDL6c3k="),
    "1.37": ("v0.37.2", "h1:sgFtyRZukGkOrsu+QgS7LYnbFFJ5ut3MchdBNduD//E="),
}
"""Module version and checksum, from 1.30 on, which docs/kubernetes.md names, to the newest that is published."""
TYPES = {"string": str, "numeric": (int, float), "boolean": bool}


@cache
def schema(minor: str, scratch: Path) -> Mapping[str, Any]:
    """Types by name. The module is downloaded into Go's own cache."""
    version, checksum = PINNED[minor]
    asked = toolchain.find().run(["mod", "download", "-json", f"{CLIENT}@{version}"], directory=scratch)
    found = json.loads(asked.stdout)
    assert found.get("Sum") == checksum, found
    source = (Path(found["Dir"]) / "applyconfigurations/internal/internal.go").read_text()
    text = re.search(r"schemaYAML = typed\.YAMLObject\(`(.*?)`\)", source, re.DOTALL)
    assert text, "client-go keeps its schema elsewhere now"
    loaded = yaml.load(text[1], yaml.CSafeLoader)
    return {each["name"]: each for each in loaded["types"]}


def faults(types: Mapping[str, Any], made: Mapping[str, Any]) -> list[str]:
    """One line for each key that the object's kind has not, or whose value is of another type."""
    group, _, version = made["apiVersion"].rpartition("/")
    end = f".{group.partition('.')[0] or 'core'}.{version}.{made['kind']}"
    (name,) = (each for each in types if each.startswith("io.k8s.api.") and each.endswith(end))
    return list(_wrong(types, {"namedType": name}, made, made["kind"]))


def _wrong(types: Mapping[str, Any], kind: Mapping[str, Any], value: Any, path: str) -> Iterator[str]:
    while "namedType" in kind:
        kind = types[kind["namedType"]]
    if (scalar := kind.get("scalar")) and not kind.get("map"):
        wanted = TYPES.get(scalar)
        if wanted and (not isinstance(value, wanted) or (scalar == "numeric" and isinstance(value, bool))):
            yield f"{path} is {value!r}, not {scalar}"
    elif listed := kind.get("list"):
        if not isinstance(value, list):
            yield f"{path} is no list"
            return
        for number, each in enumerate(value):
            yield from _wrong(types, listed["elementType"], each, f"{path}[{number}]")
    elif mapped := kind.get("map"):
        if not isinstance(value, dict):
            yield f"{path} is no map"
            return
        fields = {each["name"]: each["type"] for each in mapped.get("fields", ())}
        for key, each in value.items():
            if inner := fields.get(key) or mapped.get("elementType"):
                yield from _wrong(types, inner, each, f"{path}.{key}")
            else:
                yield f"{path}.{key} is not there"
