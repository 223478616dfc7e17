"""A committed stack's configuration as the program gets it: Pulumi.yaml's defaults under the stack file's values."""

import json
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).parent.parent.parent


def configuration(stack: str) -> dict[str, str]:
    """By full key; what is no string is JSON, as Pulumi hands it over."""
    project = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text())
    declared = {f"{project['name']}:{key}": value for key, value in project["config"].items()}
    values = {key: value["default"] for key, value in declared.items() if "default" in value}
    values |= yaml.safe_load((PROJECT / f"Pulumi.{stack}.yaml").read_text())["config"]
    return {key: _text(value) for key, value in values.items()}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
