"""Carries out what the program registers, one resource at a time, several side by side. Not for gRPC or the screen."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from pulumi.runtime.proto import resource_pb2

from rehearsal import goal as goals
from rehearsal import planner, property_path
from rehearsal import urn as urns
from rehearsal.display import Display
from rehearsal.goal import Goal
from rehearsal.planner import Operation, Plan
from rehearsal.provider import Diff, Log, ProviderError, Registry, UnsupportedPackage, changed_properties
from rehearsal.recorder import Recorder, lost_secret
from rehearsal.state import Pending, Resource, State
from rehearsal.values import UnsupportedValue, Values, plain
from rehearsal.vault import Vault, has_placeholder

T = TypeVar("T")


class Refused(Exception):
    """The engine will not do what was asked; the message says why and what to do."""


class Failed(Exception):
    """Something failed and has been reported: nothing new is started."""


EXPECTED = (Refused, ProviderError, UnsupportedPackage, UnsupportedValue, goals.UnsupportedOption)
"""Errors whose message says it all; any other is a fault of the rehearsal."""


@dataclass(frozen=True, kw_only=True)
class Registered:
    """What the program is told about its resource; an empty id means not known yet."""

    urn: str
    id: str
    outputs: Values


class Engine:
    """One run over one stack. In a preview the state is a copy in memory and nothing is carried out."""

    def __init__(
        self,
        *,
        state: State,
        vault: Vault,
        registry: Registry,
        display: Display,
        parallel: int,
        preview: bool,
    ) -> None:
        self.state = state
        self.vault = vault
        self.registry = registry
        self.display = display
        self.preview = preview
        self._recorder = Recorder(state=state, vault=vault, registry=registry)
        self.failure = asyncio.Event()
        self.deleting: set[str] = set()
        self.reads: set[str] = set()
        self.goals: dict[str, Goal] = {}
        self._renamed: dict[str, str] = {}
        self._deleted_early: set[str] = set()
        self._slots = asyncio.Semaphore(parallel)
        self._tasks: set[asyncio.Task[Any]] = set()
        for resource in state.resources:
            registry.configure(resource.urn, resource.type, resource.inputs)

    # Running and failing

    async def attempt(self, urn: str, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` to its end even if whoever asked goes away; report what it raises and raise Failed."""
        task = asyncio.create_task(self._reported(urn, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def _reported(self, urn: str, work: Coroutine[Any, Any, T]) -> T:
        try:
            return await work
        except Failed:
            raise
        except EXPECTED as error:
            self.fail(Operation.SAME, urn, str(error))
        except Exception as error:  # a fault of ours must end the run with the resource's name, not hang it
            self.fail(Operation.SAME, urn, f"the rehearsal itself failed: {type(error).__name__}: {error}")
            self.display.trace(error)
        raise Failed

    def fail(self, operation: Operation, urn: str, message: str) -> None:
        """Report a failure and let nothing new begin."""
        self.display.failed(operation, urn, message)
        self.failure.set()

    async def settled(self) -> None:
        """Wait until something failed and everything that was running then has ended."""
        await self.failure.wait()
        await self.drained()

    async def drained(self) -> None:
        """Wait for everything that is running."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def cancel(self) -> None:
        """Stop everything that is running, without recording it as done."""
        self.failure.set()
        for task in self._tasks:
            task.cancel()
        await self.drained()

    @asynccontextmanager
    async def operating(self, operation: Operation, urn: str) -> AsyncIterator[None]:
        """One operation: announced, recorded as begun, and, whether it ends well or not, as ended."""
        async with self._slots:
            if self.failure.is_set():
                raise Failed
            pending = Pending(operation=str(operation), urn=urn)
            self.state.pending.append(pending)
            self.state.save()
            self.display.started(operation, urn)
            try:
                yield
            except Exception:
                self.state.pending.remove(pending)
                self.state.save()
                raise
            self.state.pending.remove(pending)
            self.state.save()

    # Registrations

    async def register(self, request: resource_pb2.RegisterResourceRequest) -> Registered:
        """Bring one resource to what the program wants and say what became of it."""
        goal = goals.read(request, self.state.stack, self.state.project, self.goals.get(request.parent))
        if goal.urn in self.goals:
            raise Refused(
                f"{request.type} {request.name} is registered twice; give each resource of a type a name of its own"
            )
        self.goals[goal.urn] = goal
        old = self._predecessor(goal)
        if not goal.custom:
            return self._component(goal, old)
        if old is not None:
            self._ignore_changes(goal, old)
        provider = self.registry.get(request.type, goal.provider)
        if failures := await provider.check(request.type, plain(goal.inputs)):
            told = [f"{f.property}: {f.reason}" if f.property else f.reason for f in failures]
            raise Refused("its inputs are refused: " + "; ".join(told))
        self.registry.configure(goal.urn, request.type, plain(goal.inputs))
        concealed = self.vault.conceal(goal.inputs, provider.public)
        diff = None
        if old is not None:
            diff = provider.diff(request.type, old.inputs, concealed)
            diff = planner.with_replace_on_changes(diff, goal.replace_on_changes, old.inputs, concealed)
            diff = planner.with_provider(diff, old.provider, goal.provider)
        plan = planner.decide(old, diff)
        if plan.operation is not Operation.SAME and has_placeholder(goal.inputs):
            raise Refused(
                "it needs a secret output of a resource that did not run this time, of which the state has only "
                "a digest; change an input of that resource so that it runs again, or use the Pulumi CLI"
            )
        return await self._carry_out(goal, old, plan)

    def _predecessor(self, goal: Goal) -> Resource | None:
        live = self.state.live()
        former = urns.former(
            goal.urn, goal.parent, goal.aliases, self._renamed, self.state.stack, self.state.project
        )
        for candidate in [goal.urn, *former]:
            if candidate not in live:
                continue
            if candidate != goal.urn:
                if candidate in self.goals or candidate in self._renamed.values():
                    raise Refused(
                        f"its alias {candidate} is taken by another resource; remove one of the two"
                    )
                self._renamed[goal.urn] = candidate
                self.state.rename(candidate, goal.urn)
            return live[candidate]
        return None

    def _ignore_changes(self, goal: Goal, old: Resource) -> None:
        before = self.vault.reveal(old.inputs)
        for text in goal.ignore_changes:
            goal.inputs = property_path.reset(before, goal.inputs, property_path.parse(text))

    def _component(self, goal: Goal, old: Resource | None) -> Registered:
        inputs = self.vault.conceal(goal.inputs)
        operation = Operation.SAME
        if old is None:
            operation = Operation.CREATE
        elif changed_properties(old.inputs, inputs):
            operation = Operation.UPDATE
        self.display.started(operation, goal.urn)
        self._recorder.record(goal, old, id="", inputs=inputs, outputs=old.outputs if old else {})
        self.display.finished(operation, goal.urn)
        return Registered(urn=goal.urn, id="", outputs=goal.inputs)

    async def _carry_out(self, goal: Goal, old: Resource | None, plan: Plan) -> Registered:
        if old is None:
            operation = Operation.CREATE
            if goal.urn in self._deleted_early:
                operation = Operation.CREATE_REPLACEMENT
            return await self._create(goal, None, operation, plan)
        if plan.operation is Operation.SAME:
            self.display.started(Operation.SAME, goal.urn)
            outputs = self._recorder.marked(goal, self._recorder.restored(goal, old))
            self._recorder.record(
                goal, old, id=old.id, inputs=self._recorder.concealed(goal), outputs=outputs
            )
            self.display.finished(Operation.SAME, goal.urn)
            return Registered(urn=goal.urn, id=old.id, outputs=outputs)
        if plan.operation is Operation.UPDATE:
            return await self._update(goal, old, plan)
        if old.protect and goal.protect:
            raise Refused(
                f"it is protected and cannot be replaced (because of {', '.join(plan.replace)}); "
                "remove `protect` from it in the program first"
            )
        if goal.delete_before_replace:
            await self._delete_first(old)
            old = None
        return await self._create(goal, old, Operation.CREATE_REPLACEMENT, plan)

    async def _create(self, goal: Goal, old: Resource | None, operation: Operation, plan: Plan) -> Registered:
        type, name = urns.type_of(goal.urn), urns.name_of(goal.urn)
        provider = self.registry.get(type, goal.provider)
        async with self.operating(operation, goal.urn):
            if self.preview:
                outputs, id = provider.preview_outputs(type, None, plain(goal.inputs)), ""
            else:
                outputs = await provider.create(type, plain(goal.inputs), self.log(goal.urn))
                id = str(outputs.pop("id", None) or f"{name}-{secrets.token_hex(4)}")
            outputs = self._recorder.marked(goal, outputs)
            if old is not None:
                old.delete = True
            self._recorder.record(goal, None, id=id, inputs=self._recorder.concealed(goal), outputs=outputs)
        self.display.finished(operation, goal.urn)
        if operation is Operation.CREATE_REPLACEMENT:
            self.display.finished(Operation.REPLACE, goal.urn, plan.changed)
        return Registered(urn=goal.urn, id=id, outputs=outputs)

    async def _update(self, goal: Goal, old: Resource, plan: Plan) -> Registered:
        type = urns.type_of(goal.urn)
        provider = self.registry.get(type, goal.provider)
        async with self.operating(Operation.UPDATE, goal.urn):
            if self.preview:
                outputs = provider.preview_outputs(type, old.outputs, plain(goal.inputs))
            else:
                outputs = await provider.update(
                    type, old.inputs, old.outputs, plain(goal.inputs), self.log(goal.urn)
                )
                outputs.pop("id", None)
            outputs = self._recorder.marked(goal, self.vault.reveal(outputs))
            self._recorder.record(
                goal, old, id=old.id, inputs=self._recorder.concealed(goal), outputs=outputs
            )
        self.display.finished(Operation.UPDATE, goal.urn, plan.changed)
        return Registered(urn=goal.urn, id=old.id, outputs=outputs)

    async def _delete_first(self, old: Resource) -> None:
        def diff(resource: Resource, inputs: Values) -> Diff:
            provider = self.registry.get(resource.type, resource.provider)
            return provider.diff(resource.type, resource.inputs, inputs)

        live = list(self.state.live().values())
        condemned = planner.dependents_replaced(old, live, self.goals.keys(), diff)
        for resource in condemned:
            if resource.protect:
                raise Refused(
                    f"replacing it would delete {resource.name}, which is protected; remove `protect` from that first"
                )
        doomed = [*reversed(condemned), old]
        self.deleting |= {resource.urn for resource in doomed}
        for resource in doomed:
            self._deleted_early.add(resource.urn)
            await self.delete(resource, Operation.DELETE_REPLACED)

    async def delete(self, resource: Resource, operation: Operation) -> None:
        """Delete one resource and forget it. Raises Refused when a secret that this needs cannot be found."""
        async with self.operating(operation, resource.urn):
            if not self.preview and resource.custom and not self._spared(resource):
                provider = self.registry.get(resource.type, resource.provider)
                if provider.acts_on_delete(resource.type, resource.inputs):
                    inputs = self.vault.reveal(resource.inputs)
                    if has_placeholder(inputs) and not provider.deletes_by_id:
                        raise Refused(lost_secret(resource))
                    await provider.delete(
                        resource.type, plain(inputs), resource.outputs, self.log(resource.urn)
                    )
            self.state.remove(resource)
        self.display.finished(operation, resource.urn)

    def _spared(self, resource: Resource) -> bool:
        return resource.retain_on_delete or resource.external or resource.deleted_with in self.deleting

    def log(self, urn: str) -> Log:
        """Where a provider's lines about this resource go."""
        return lambda line, stream: self.display.line(urn, line)

    def register_outputs(self, urn: str, outputs: Values) -> None:
        """What a component, or the stack, gives to others."""
        resource = self.state.live().get(urn)
        if resource is not None:
            resource.outputs = self.vault.conceal(self._recorder.wary(outputs))
            self.state.save()
