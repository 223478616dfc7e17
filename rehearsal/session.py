"""One `up`, `preview` or `destroy` from beginning to end: the program, the engine that serves it, and what is shown."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import io
import json
import signal
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from rehearsal import urn as urns
from rehearsal.display import Display
from rehearsal.program import Program
from rehearsal.provider import Registry
from rehearsal.stack_config import StackConfig
from rehearsal.state import Resource, State
from rehearsal.values import UNKNOWN, Digest, Secret, Value, Values, has_secret
from rehearsal.vault import MASK, Vault

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud
    from rehearsal.engine import Engine

FAILED = 1
"""Exit code of a run in which anything failed or was refused."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to run: `directory` has Pulumi.yaml, `program` has __main__.py, `parallel` bounds operations side by side.

    `cloud` is the one to pretend, None if there is none.
    """

    directory: Path
    program: Path
    config: StackConfig
    parallel: int
    cloud: Cloud | None = None
    preview: bool = False
    as_json: bool = False
    debug: bool = False


class Session:
    """One run over `state`, whose lock the caller holds."""

    def __init__(self, request: Request, state: State) -> None:
        self.request = request
        self.state = _in_memory(state) if request.preview else state
        self.vault = Vault(state.salt)
        cloud = request.cloud
        self.registry = Registry({"command": cloud.commands}, {"aws": cloud}) if cloud else Registry()
        for key in request.config.secret_keys:
            _learn(self.vault, request.config.values[key])
        self.display = Display(
            preview=request.preview, mask=self.vault.mask, as_json=request.as_json, debug=request.debug
        )

    async def up(self) -> int:
        """Bring the stack to what the program says (in a preview: say what that would do); gives the exit code."""
        return await self._until_signal(self._up())

    async def destroy(self) -> int:
        """Delete everything in the stack; gives the exit code."""
        return await self._until_signal(self._destroy())

    async def _up(self) -> int:
        for warning in self.request.config.warnings:
            self.display.diagnostic("warning", warning)
        self._interrupted()
        await self._open_cloud()
        engine = await self._run_program(self.display)
        if not engine.failure.is_set():
            # Imported late: see _run_program.
            from rehearsal import deletions

            await deletions.delete(engine, deletions.unwanted(engine))
        return self._close(engine, "Previewed" if self.request.preview else "Up")

    async def _destroy(self) -> int:
        from rehearsal import deletions

        self._interrupted()
        await self._open_cloud()
        if self._needs_secrets():
            await self._collect_secrets()
        engine = self._engine(self.display)
        await deletions.delete(engine, list(self.state.resources))
        return self._close(engine, "Destroyed")

    def _engine(self, display: Display, *, preview: bool | None = None, state: State | None = None) -> Engine:
        from rehearsal.engine import Engine

        return Engine(
            state=state or self.state,
            vault=self.vault,
            registry=self.registry,
            display=display,
            parallel=self.request.parallel,
            preview=self.request.preview if preview is None else preview,
        )

    async def _run_program(self, display: Display, engine: Engine | None = None) -> Engine:
        """Run the program against the engine until it ended, or until a failure has settled."""
        program = await Program.start(self.request.program, lambda line: display.line("", line))
        server = None
        try:
            # Imported only now, so that the program's interpreter and ours load the SDK side by side.
            from rehearsal.server import serve

            engine = engine or self._engine(display)
            server, address = await serve(engine)
            config = self.request.config
            await program.send(
                {
                    "project": self.state.project,
                    "stack": self.state.stack,
                    "root_directory": str(self.request.directory),
                    "address": address,
                    "parallel": self.request.parallel,
                    "preview": engine.preview,
                    "config": dict(config.values),
                    "secret_keys": sorted(config.secret_keys),
                }
            )
            ended = asyncio.create_task(program.wait())
            settled = asyncio.create_task(engine.settled())
            try:
                await asyncio.wait({ended, settled}, return_when=asyncio.FIRST_COMPLETED)
                if not engine.failure.is_set():
                    await engine.drained()
                if not engine.failure.is_set() and (code := ended.result()) != 0:
                    engine.failure.set()
                    if not any(severity == "error" for severity, _, _ in display.diagnostics):
                        display.diagnostic("error", f"the program ended with exit code {code}")
            except asyncio.CancelledError:
                await engine.cancel()
                raise
            finally:
                ended.cancel()
                settled.cancel()
            return engine
        finally:
            await program.end()
            if server is not None:
                await server.stop(grace=None)

    def _interrupted(self) -> None:
        for pending in self.state.pending:
            self.display.diagnostic(
                "warning",
                f"an earlier run was interrupted while it did {pending.operation}; that may or may not have "
                "taken effect, and is done again if it is still wanted",
                pending.urn,
            )
        self.state.pending.clear()

    def _needs_secrets(self) -> bool:
        # An engine tells the registry which providers the state has.
        registry = self._engine(self.display).registry

        def needs(resource: Resource) -> bool:
            provider = registry.get(resource.type, resource.provider)
            return not provider.deletes_by_id and provider.acts_on_delete(resource.type, resource.inputs)

        return any(
            resource.custom and not resource.external and has_secret(resource.inputs) and needs(resource)
            for resource in self.state.resources
        )

    async def _open_cloud(self) -> None:
        if self.request.cloud is None:
            return
        opened = asyncio.to_thread(
            self.request.cloud.open, self.state, self.vault, preview=self.request.preview
        )
        for warning in await opened:
            self.display.diagnostic("warning", warning)

    def _close_cloud(self) -> None:
        if self.request.cloud is not None:
            for line in self.request.cloud.report(self.state):
                self.display.diagnostic("info", line)
            if not self.request.preview:
                self.request.cloud.close(self.state)

    async def _collect_secrets(self) -> None:
        """Run the program without doing anything, so that deletions find the secrets that it supplies."""
        quiet = Display(preview=True, mask=self.vault.mask, as_json=False, out=io.StringIO())
        engine = self._engine(quiet, preview=True, state=_in_memory(self.state))
        await self._run_program(quiet, engine)
        if engine.failure.is_set():
            reasons = "; ".join(message for severity, message, _ in quiet.diagnostics if severity == "error")
            self.display.diagnostic("warning", f"the program could not be asked for its secrets: {reasons}")

    def _close(self, engine: Engine, word: str) -> int:
        failed = engine.failure.is_set()
        self._close_cloud()
        outputs = [] if failed else shown_outputs(self.state)
        self.display.close(outputs=outputs, result=f"{word} FAILED" if failed else word)
        return FAILED if failed else 0

    async def _until_signal(self, work) -> int:
        """Run `work` while showing progress; SIGINT or SIGTERM cancels it and gives 128 + the signal's number."""
        loop = asyncio.get_running_loop()
        task = asyncio.create_task(work)
        received: list[int] = []

        def stop(number: int) -> None:
            received.append(number)
            task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop, number)
        ticker = asyncio.create_task(self._tick())
        try:
            return await task
        except asyncio.CancelledError:
            self._close_cloud()
            self.display.close(outputs=[], result="Interrupted; the next run goes on from here")
            return 128 + received[0]
        finally:
            ticker.cancel()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(1)
            self.display.tick()


def shown_outputs(state: State) -> list[tuple[str, str]]:
    """The stack's outputs for people: text as it is, maps and lists as YAML, [secret] for secrets."""
    for resource in state.resources:
        if resource.type == urns.ROOT_TYPE and not resource.delete:
            return [(name, _text(value)) for name, value in sorted(resource.outputs.items())]
    return []


def open_values(values: Values) -> Value:
    """The values with `[secret]` for each secret and null for what is unknown."""
    return json.loads(json.dumps(values, default=_open))


def _open(value: Value) -> Value:
    match value:
        case Digest() | Secret():
            return MASK
        case _ if value is UNKNOWN:
            return None
    return {"kind": value.kind, "source": value.source}


def _text(value: Value) -> str:
    if value is UNKNOWN:
        return "known after `up`"
    opened = open_values({"": value})[""]
    if isinstance(opened, dict | list) and opened:
        # A line break in front: such a value stands below its name.
        return "\n" + yaml.safe_dump(opened, width=1000, allow_unicode=True).rstrip()
    return opened if isinstance(opened, str) else json.dumps(opened)


def _in_memory(state: State) -> State:
    return replace(copy.deepcopy(state), path=None)


def _learn(vault: Vault, text: str) -> None:
    vault.learn(text)
    with contextlib.suppress(ValueError):
        _learn_all(vault, json.loads(text))


def _learn_all(vault: Vault, value: Value) -> None:
    if isinstance(value, str):
        vault.learn(value)
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _learn_all(vault, item)
