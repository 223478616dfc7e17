"""What is told of settings, written from the types: docs/settings.md (`python -m settings.pages`) and the stack file's schema."""

import sys

from model import reference, schema
from settings.any_region import KINDS
from settings.fields import NAMESPACE, Settings


def documentation() -> str:
    """docs/settings.md."""
    return reference.markdown(
        Settings,
        "Settings",
        "What a stack file may hold under `config:`, each key with the prefix `slipway:`. Unknown keys are refused. "
        "Times are in seconds. Editors check by stack-file.schema.json. Written by `make docs` from the types in "
        "`settings/` and `model/`.",
    )


def stack_file_schema() -> str:
    """docs/stack-file.schema.json."""
    return schema.stack_file(Settings, NAMESPACE, KINDS)


if __name__ == "__main__":
    print(stack_file_schema() if sys.argv[1:] == ["schema"] else documentation(), end="")
