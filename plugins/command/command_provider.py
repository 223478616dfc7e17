"""The package `command`: hands each resource type to the module that does it. Not for what they do."""

from __future__ import annotations

import secrets
from importlib.metadata import version

from plugins.command import copy_to_remote, local_command, remote_command, schema
from plugins.command.dial import dialled
from plugins.command.handover import Handover
from plugins.command.schema import COPY_TO_REMOTE, LOCAL_COMMAND, LOCAL_RUN
from plugins.provider import Diff, Failure, Log, ProviderError, changed_properties
from plugins.values import UNKNOWN, Values


class CommandProvider:
    """`command:remote:Command`, `command:remote:CopyToRemote`, `command:local:Command`, `command:local:run`.

    With a `handover` a copy leaves its connection to the command after it.
    """

    def __init__(self, handover: Handover | None = None) -> None:
        self._leaving = handover.leaving if handover else dialled
        self._taking = handover.taking if handover else dialled

    async def check(self, type: str, inputs: Values) -> list[Failure]:
        """Unknown, missing and mistyped properties, and a `source` that cannot be copied."""
        found = schema.failures(type, inputs)
        if type == COPY_TO_REMOTE and not found:
            found = copy_to_remote.source_failures(inputs)
        return found

    def diff(self, type: str, old_inputs: Values, new_inputs: Values) -> Diff:
        """Any change is an update, but a changed `triggers` always replaces, whether `update` is set or not.

        A `source` changes with its content; the same content at another path is no change.
        """
        changed = changed_properties(old_inputs, new_inputs)
        return Diff(changed=changed, replace=tuple(name for name in changed if name == "triggers"))

    async def create(self, type: str, inputs: Values, log: Log) -> Values:
        """Runs `create`, if there is one, or copies."""
        outputs = {**inputs, "id": secrets.token_hex(4)}
        if type == COPY_TO_REMOTE:
            await copy_to_remote.copy(inputs, log, self._leaving)
            return outputs
        return {**outputs, **await self._run(type, inputs.get("create"), inputs, {}, log)}

    async def update(
        self, type: str, old_inputs: Values, old_outputs: Values, new_inputs: Values, log: Log
    ) -> Values:
        """Runs `update`, else `create`, else nothing; copies when the content or `remotePath` changed, and only then."""
        if type == COPY_TO_REMOTE:
            if copy_to_remote.needs_copy(old_inputs, new_inputs):
                await copy_to_remote.copy(new_inputs, log, self._leaving)
            return dict(new_inputs)
        command = new_inputs.get("update")
        if command is None:
            command = new_inputs.get("create")
        return {**new_inputs, **await self._run(type, command, new_inputs, old_outputs, log)}

    async def read(self, type: str, id: str, outputs: Values) -> Values | None:
        """As it was: nothing asks the host what became of it."""
        return outputs

    async def delete(self, type: str, id: str, inputs: Values, outputs: Values, log: Log) -> None:
        """Runs `delete`, if there is one; copied files stay where they are."""
        if type != COPY_TO_REMOTE and inputs.get("delete") is not None:
            await self._run(type, inputs["delete"], inputs, outputs, log)

    async def invoke(self, token: str, args: Values) -> Values:
        """`command:local:run`: runs its command, in preview too."""
        if token != LOCAL_RUN:
            raise ProviderError(f"{token} is not among the functions of this plugin, which has {LOCAL_RUN}")
        found = schema.failures(token, args)
        if found:
            raise ProviderError("; ".join(f"{token}: {each.property} {each.reason}" for each in found))
        return {**args, **await local_command.run(args["command"], args, {}, lambda line, stream: None)}

    def preview_outputs(self, type: str, old_outputs: Values | None, new_inputs: Values) -> Values:
        """The inputs; what a command will print is unknown."""
        if type == COPY_TO_REMOTE:
            return dict(new_inputs)
        unknown: Values = {"stdout": UNKNOWN, "stderr": UNKNOWN}
        for paths, output in (("assetPaths", "assets"), ("archivePaths", "archive")):
            if new_inputs.get(paths) is not None:
                unknown[output] = UNKNOWN
        return {**new_inputs, **unknown}

    async def _run(
        self, type: str, command: str | None, inputs: Values, previous: Values, log: Log
    ) -> Values:
        if command is None:
            return {name: previous.get(name, "") for name in ("stdout", "stderr")}
        if type == LOCAL_COMMAND:
            return await local_command.run(command, inputs, previous, log)
        return await remote_command.run(command, inputs, previous, log, self._taking)


class CommandPackage:
    """As its provider has no configuration, there is one."""

    name = "command"
    version = version("pulumi-command")
    secrets = frozenset({"password", "privateKey", "privateKeyPassword"})
    """As the original marks them: a state that was written by either is unchanged to the other."""

    def __init__(self, provider: CommandProvider | None = None) -> None:
        self._provider = provider or CommandProvider(Handover())

    def check(self, inputs: Values) -> list[Failure]:
        return []

    def diff(self, old_inputs: Values, new_inputs: Values) -> Diff:
        return Diff()

    def configured(self, inputs: Values) -> CommandProvider:
        return self._provider
