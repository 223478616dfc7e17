"""A stack file, changed: comments, order and everything else in it stay."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from model.refusal import Refusal
from settings import NAMESPACE


@contextlib.contextmanager
def changed(stack_file: Path) -> Iterator[CommentedMap]:
    """The file's `config`, written whole when the body has changed it. Raises Refusal."""
    yaml = YAML()
    yaml.preserve_quotes, yaml.width = True, 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    try:
        content = yaml.load(stack_file)
    except YAMLError as error:
        why = " ".join(str(error).split())
        raise Refusal([f"{stack_file.name} cannot be read as YAML: {why}"]) from None
    config = content.get("config") if isinstance(content, CommentedMap) else None
    if not isinstance(config, CommentedMap):
        raise Refusal([f"{stack_file.name} has no settings: there is no map `config` in it"])
    yield config
    unfinished = stack_file.with_suffix(".part")
    with unfinished.open("w") as stream:
        yaml.dump(content, stream)
    unfinished.replace(stack_file)


def setting(config: CommentedMap, name: str) -> CommentedMap:
    """The map of a top-level setting, to be changed; a new one where there is none. Raises Refusal.

    Like the program it takes a key without the namespace, and the text that `pulumi config set` writes, which becomes the map.
    """
    key = _key(config, name)
    found = config.get(key)
    if isinstance(found, str):
        with contextlib.suppress(YAMLError):  # JSON is YAML
            found = YAML().load(found)
    found = CommentedMap() if found is None else found
    if not isinstance(found, CommentedMap):
        raise Refusal([f"{key} is no map, so nothing was written into it"])
    if found is not config.get(key):
        config[key] = found
    return found


def without(config: CommentedMap, name: str) -> None:
    """Takes a top-level setting out."""
    config.pop(_key(config, name), None)


def _key(config: CommentedMap, name: str) -> str:
    whole = f"{NAMESPACE}:{name}"
    return name if name in config and whole not in config else whole
