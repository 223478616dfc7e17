"""A stack file, changed: comments, order and everything else in it stay."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap


@contextlib.contextmanager
def changed(stack_file: Path) -> Iterator[CommentedMap]:
    """The file's `config`, written whole when the body has changed it."""
    yaml = YAML()
    yaml.preserve_quotes, yaml.width = True, 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    content = yaml.load(stack_file)
    yield content["config"]
    unfinished = stack_file.with_suffix(".part")
    with unfinished.open("w") as stream:
        yaml.dump(content, stream)
    unfinished.replace(stack_file)
