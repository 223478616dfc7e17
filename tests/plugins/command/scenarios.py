"""Tiny programs and what the engine must make of them, whichever plugin serves `command`; each allows only one sequence."""

from __future__ import annotations

from dataclasses import dataclass

HEADER = '''
import pulumi
from pulumi import Output, ResourceOptions
from pulumi_command import local


def command(name, create="", after=(), delete=None, opts=None, **inputs):
    """A command that writes what it does into the file `log`."""
    return local.Command(
        name,
        create=f"{create or 'true'} && echo create {name} >> log",
        delete=f"echo delete {name} >> log" if delete is None else delete,
        opts=ResourceOptions.merge(ResourceOptions(depends_on=list(after)), opts),
        **inputs,
    )

'''


@dataclass(frozen=True, kw_only=True)
class Step:
    """One command with one program. `operations` is "op name" joined by commas, `log` what resources wrote in it."""

    program: str
    command: str = "up"
    operations: str = ""
    log: str = ""
    fails: bool = False
    outputs: dict | None = None

    def expected(self) -> list[tuple[str, str]]:
        """The operations as pairs."""
        pairs = [text.split() for text in self.operations.split(",") if text.strip()]
        return [(operation, name) for operation, name in pairs]


CHAIN = 'a = command("a")\nb = command("b", after=[a])\nc = command("c", after=[b])\n'
TRIGGERED = """
a = command("a", triggers=["{0}"], opts=ResourceOptions(delete_before_replace={1}))
b = command("b", triggers=[a.id])
c = command("c", environment={{"A": a.id}}, after=[b])
"""

SCENARIOS: dict[str, list[Step]] = {
    "a changed input updates, an unchanged program does nothing": [
        Step(program='command("a")', operations="create a", log="create a"),
        Step(program='command("a")'),
        Step(program='command("a", create="echo")', operations="update a", log="create a"),
    ],
    "a preview does nothing and says what up would do": [
        Step(program=CHAIN, command="preview", operations="create a, create b, create c"),
        Step(program=CHAIN, operations="create a, create b, create c", log="create a, create b, create c"),
        Step(
            program='command("a", create="echo")',
            command="preview",
            operations="update a, delete c, delete b",
        ),
        Step(program=CHAIN),
    ],
    "a replacement is created before the old ones are deleted": [
        Step(
            program=TRIGGERED.format(1, False),
            operations="create a, create b, create c",
            log="create a, create b, create c",
        ),
        Step(
            program=TRIGGERED.format(2, False),
            operations="create-replacement a, create-replacement b, update c, delete-replaced b, delete-replaced a",
            log="create a, create b, create c, delete b, delete a",
        ),
    ],
    "delete-before-replace deletes first, with the dependents that must be replaced": [
        Step(
            program=TRIGGERED.format(1, True),
            operations="create a, create b, create c",
            log="create a, create b, create c",
        ),
        Step(
            program=TRIGGERED.format(2, True),
            operations="delete-replaced b, delete-replaced a, create-replacement a, create-replacement b, update c",
            log="delete b, delete a, create a, create b, create c",
        ),
    ],
    "an ignored change is no change": [
        Step(program='command("a", environment={"X": "1"})', operations="create a", log="create a"),
        Step(
            program='command("a", environment={"X": "2"}, opts=ResourceOptions(ignore_changes=["environment"]))'
        ),
        Step(
            program='command("a", environment={"X": "3"}, opts=ResourceOptions(ignore_changes=["environment.X"]))'
        ),
        Step(program='command("a", environment={"X": "4"})', operations="update a", log="create a"),
    ],
    "a change can be made to replace": [
        Step(program='command("a", environment={"X": "1"})', operations="create a", log="create a"),
        Step(
            program='command("a", environment={"X": "2"}, opts=ResourceOptions(replace_on_changes=["environment"]))',
            operations="create-replacement a, delete-replaced a",
            log="create a, delete a",
        ),
    ],
    "a failed create records nothing, stops dependents and deletions, and is done again": [
        Step(program='command("old")', operations="create old", log="create old"),
        Step(program='a = command("a", create="false")\ncommand("b", after=[a])', fails=True),
        Step(
            program='a = command("a")\ncommand("b", after=[a])',
            operations="create a, create b, delete old",
            log="create a, create b, delete old",
        ),
    ],
    "a failed update keeps the old state and is done again": [
        Step(program='command("a")', operations="create a", log="create a"),
        Step(program='command("a", create="false")', fails=True),
        Step(program='command("a")'),
        Step(program='command("a", create="echo")', operations="update a", log="create a"),
    ],
    "outputs are known, secret or structured": [
        Step(
            program='a = command("a")\npulumi.export("text", a.stdout)\npulumi.export("list", [1, {"x": True}])\n'
            'pulumi.export("hidden", Output.secret("quite unguessable"))',
            operations="create a",
            log="create a",
            outputs={"text": "", "list": [1, {"x": True}], "hidden": "quite unguessable"},
        ),
    ],
    "a function is called in a preview too": [
        Step(
            program='r = local.run(command="echo asked >> log; echo hello")\ncommand("a", environment={"R": r.stdout})',
            command="preview",
            operations="create a",
            log="asked",
        ),
    ],
    "an output that is not known yet makes its dependents change in a preview": [
        Step(
            program='a = command("a")\ncommand("b", environment={"A": a.stdout})',
            operations="create a, create b",
            log="create a, create b",
        ),
        Step(
            program='a = command("a", create="echo new")\ncommand("b", environment={"A": a.stdout})',
            command="preview",
            operations="update a, update b",
        ),
        Step(
            program='a = command("a", create="echo new")\ncommand("b", environment={"A": a.stdout})',
            operations="update a, update b",
            log="create a, create b",
        ),
    ],
}
