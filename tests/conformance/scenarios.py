"""Tiny programs and what any engine must make of them. Each orders its resources so that only one sequence is right."""

from __future__ import annotations

from dataclasses import dataclass

HEADER = '''
import pulumi
from pulumi import Alias, ComponentResource, Output, ResourceOptions
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


class Group(ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("test:index:Group", name, {}, opts)
        self.register_outputs({})


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
GROUPED = """
g = Group("g"{0})
a = command("a", opts=ResourceOptions(parent=g))
b = command("b", after=[g])
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
    "what the program no longer has is deleted after everything that needs it": [
        Step(program=CHAIN, operations="create a, create b, create c", log="create a, create b, create c"),
        Step(program='command("a")', operations="delete c, delete b", log="delete c, delete b"),
    ],
    "destroy deletes in reverse order of dependency": [
        Step(program=CHAIN, operations="create a, create b, create c", log="create a, create b, create c"),
        Step(
            program=CHAIN,
            command="destroy",
            operations="delete c, delete b, delete a",
            log="delete c, delete b, delete a",
        ),
        Step(program=CHAIN, operations="create a, create b, create c", log="create a, create b, create c"),
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
    "depends_on a component waits for its children": [
        Step(program=GROUPED.format(""), operations="create g, create a, create b", log="create a, create b"),
        Step(
            program=GROUPED.format(""),
            command="destroy",
            operations="delete b, delete a, delete g",
            log="delete b, delete a",
        ),
    ],
    "what is deleted with another resource is not deleted itself, by way of its parent too": [
        Step(
            program='h = command("h")\n'
            + GROUPED.format(", ResourceOptions(deleted_with=h, depends_on=[h])"),
            operations="create h, create g, create a, create b",
            log="create h, create a, create b",
        ),
        Step(
            program="",
            operations="delete b, delete a, delete g, delete h",
            log="delete b, delete h",
        ),
    ],
    "what is retained is forgotten without being deleted": [
        Step(
            program='command("a", opts=ResourceOptions(retain_on_delete=True))',
            operations="create a",
            log="create a",
        ),
        Step(program="", operations="delete a"),
    ],
    "a protected resource is neither deleted nor replaced": [
        Step(
            program='command("a", triggers=[1], opts=ResourceOptions(protect=True))',
            operations="create a",
            log="create a",
        ),
        Step(program="", fails=True),
        Step(program='command("a", triggers=[2], opts=ResourceOptions(protect=True))', fails=True),
        Step(program="", command="destroy", fails=True),
        Step(program='command("a", triggers=[1])'),
        Step(program="", operations="delete a", log="delete a"),
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
    "an alias carries a resource to its new name": [
        Step(
            program='a = command("a")\ncommand("b", after=[a])',
            operations="create a, create b",
            log="create a, create b",
        ),
        Step(
            program='a = local.Command("z", create="true && echo create a >> log", delete="echo delete a >> log", '
            'opts=ResourceOptions(aliases=[Alias(name="a")]))\ncommand("b", after=[a])'
        ),
        Step(
            program='a = local.Command("y", create="true && echo create a >> log", delete="echo delete a >> log", '
            'opts=ResourceOptions(aliases=["urn:pulumi:dev::conformance::command:local:Command::z"]))\n'
            'command("b", after=[a])'
        ),
        Step(
            program="",
            operations="delete b, delete y",
            log="delete b, delete a",
        ),
    ],
    "an alias of a component carries its children along": [
        Step(
            program='g = Group("old")\ncommand("c", opts=ResourceOptions(parent=g))',
            operations="create old, create c",
            log="create c",
        ),
        Step(
            program='g = Group("new", ResourceOptions(aliases=[Alias(name="old")]))\n'
            'command("c", opts=ResourceOptions(parent=g))'
        ),
        Step(
            program='command("c", opts=ResourceOptions(aliases=[Alias(parent="urn:pulumi:dev::conformance::'
            'test:index:Group::new")]))',
            operations="delete new",
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
    "a program that raises deletes nothing": [
        Step(program='command("a")', operations="create a", log="create a"),
        Step(program='raise ValueError("no")', fails=True),
        Step(program='command("a")'),
    ],
    "a resource registered twice is refused": [
        Step(
            program='a = command("a")\na.urn.apply(lambda _: None)\ncommand("a")',
            fails=True,
            operations="*",
            log="*",
        ),
    ],
    "outputs are known, secret or structured": [
        Step(
            program='a = command("a")\npulumi.export("text", a.stdout)\npulumi.export("list", [1, {"x": True}])\n'
            'pulumi.export("hidden", Output.secret("quite unguessable"))',
            operations="create a",
            log="create a",
            outputs={"text": "", "list": [1, {"x": True}], "hidden": "[secret]"},
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
