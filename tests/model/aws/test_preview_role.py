"""The policy of a role that previews allows what the program looks up, and nothing that it does not."""

import ast
import json
import re
from pathlib import Path

from model.aws.preview_role import ASKS, policy

PROJECT = Path(__file__).parents[3]


def asked() -> set[str]:
    """Look-ups in the program's components, as `ec2.get_ami`."""
    calls = (
        ast.unparse(node.func)
        for path in (PROJECT / "components").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
    )
    found = (re.fullmatch(r"aws\.((?:\w+\.)?get_\w+?)(?:_output)?", call) for call in calls)
    return {match[1] for match in found if match}


def test_every_look_up_of_the_program_is_in_it_and_no_other() -> None:
    assert asked() == ASKS.keys()


def test_what_stands_in_docs_is_written_from_it_and_only_reads() -> None:
    assert (PROJECT / "docs/preview-policy.json").read_text() == policy(), "run `make docs`"
    (statement,) = json.loads(policy())["Statement"]
    assert all(re.fullmatch(r"\w+:(Describe|List|Get)\w+", action) for action in statement["Action"])
