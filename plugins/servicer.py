"""Speaks Pulumi's provider protocol for a package. Not for what its resources do."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import grpc
import grpc.aio
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, plugin_pb2, provider_pb2, provider_pb2_grpc

from plugins.provider import Diff, Failure, Log, Package, Provider, ProviderError
from plugins.values import Values, from_struct, mark_secrets, to_struct

T = TypeVar("T")


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """One package for one engine. Each provider that the program makes has a connection of its own, which tells them apart."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._providers: dict[str, Provider] = {}
        self._lines: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self._sender: asyncio.Task[None] | None = None
        self._running: set[asyncio.Task[Any]] = set()

    async def Handshake(self, request: Any, context: Any) -> Any:
        """Secrets, resources and outputs are to be sent as the plain values in them; the engine marks secrets again."""
        self._log_to(request.engine_address)
        return provider_pb2.ProviderHandshakeResponse()

    async def Attach(self, request: Any, context: Any) -> Any:
        self._log_to(request.address)
        return empty_pb2.Empty()

    async def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=self._package.version)

    async def GetSchema(self, request: Any, context: Any) -> Any:
        return provider_pb2.GetSchemaResponse(
            schema=json.dumps({"name": self._package.name, "version": self._package.version})
        )

    async def Cancel(self, request: Any, context: Any) -> Any:
        """Ends what runs."""
        for task in self._running:
            task.cancel()
        return empty_pb2.Empty()

    async def ended(self) -> None:
        """Returns when nothing runs any more, for an engine that has gone away."""
        if self._running:
            await asyncio.wait(self._running)
        if self._sender:
            self._sender.cancel()
            await asyncio.wait({self._sender})

    # Configurations

    async def CheckConfig(self, request: Any, context: Any) -> Any:
        found = self._package.check(from_struct(request.news))
        return _checked(request.news, found)

    async def DiffConfig(self, request: Any, context: Any) -> Any:
        old, new = from_struct(request.old_inputs), from_struct(request.news)
        return _differences(
            await self._attempt(context, _now(lambda: self._package.diff(old, new))), old, new
        )

    async def Configure(self, request: Any, context: Any) -> Any:
        self._providers[context.peer()] = self._package.configured(from_struct(request.args))
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    # Resources

    async def Check(self, request: Any, context: Any) -> Any:
        work = self._provider(context).check(_type(request.urn), from_struct(request.news))
        return _checked(self._marked(request.news), await self._attempt(context, work))

    async def Diff(self, request: Any, context: Any) -> Any:
        old, new = from_struct(request.old_inputs), from_struct(request.news)
        for name in request.ignoreChanges:
            if name in old:
                new[name] = old[name]
            else:
                new.pop(name, None)
        provider = self._provider(context)
        return _differences(
            await self._attempt(context, _now(lambda: provider.diff(_type(request.urn), old, new))), old, new
        )

    async def Create(self, request: Any, context: Any) -> Any:
        inputs, type, provider = from_struct(request.properties), _type(request.urn), self._provider(context)
        if request.preview:
            told = provider.preview_outputs(type, None, inputs)
            return provider_pb2.CreateResponse(properties=self._marked(to_struct(told)))
        outputs = await self._attempt(context, provider.create(type, inputs, self._logger(request.urn)))
        return provider_pb2.CreateResponse(
            id=str(outputs.pop("id")), properties=self._marked(to_struct(outputs))
        )

    async def Read(self, request: Any, context: Any) -> Any:
        before = from_struct(request.properties)
        outputs = await self._attempt(
            context, self._provider(context).read(_type(request.urn), request.id, before)
        )
        if outputs is None:
            return provider_pb2.ReadResponse()
        told = self._marked(to_struct(outputs))
        # What has become of an input is its value from now on: by inputs a refresh sees a change.
        inputs = struct_pb2.Struct()
        inputs.CopyFrom(request.inputs)
        for name in [each for each in inputs.fields if each in outputs and outputs[each] != before.get(each)]:
            inputs.fields[name].CopyFrom(told.fields[name])
        return provider_pb2.ReadResponse(id=request.id, properties=told, inputs=inputs)

    async def Update(self, request: Any, context: Any) -> Any:
        old_inputs, old, new = map(from_struct, (request.old_inputs, request.olds, request.news))
        type, provider = _type(request.urn), self._provider(context)
        if request.preview:
            return provider_pb2.UpdateResponse(
                properties=self._marked(to_struct(provider.preview_outputs(type, old, new)))
            )
        old["id"], log = request.id, self._logger(request.urn)
        outputs = await self._attempt(context, provider.update(type, old_inputs, old, new, log))
        outputs.pop("id", None)
        return provider_pb2.UpdateResponse(properties=self._marked(to_struct(outputs)))

    async def Delete(self, request: Any, context: Any) -> Any:
        inputs, outputs = from_struct(request.old_inputs), from_struct(request.properties)
        log = self._logger(request.urn)
        await self._attempt(
            context, self._provider(context).delete(_type(request.urn), request.id, inputs, outputs, log)
        )
        return empty_pb2.Empty()

    async def Invoke(self, request: Any, context: Any) -> Any:
        work = self._provider(context).invoke(request.tok, from_struct(request.args))
        answer: dict[str, Any] = {"return": to_struct(await self._attempt(context, work))}
        return provider_pb2.InvokeResponse(**answer)

    # What these need

    def _marked(self, struct: Any) -> Any:
        return mark_secrets(struct, self._package.secrets)

    def _provider(self, context: Any) -> Provider:
        provider = self._providers.get(context.peer())
        if provider is None:
            # The engine makes a provider for functions and imports without configuring it.
            provider = self._providers[context.peer()] = self._package.configured({})
        return provider

    async def _attempt(self, context: Any, work: Awaitable[T]) -> T:
        """What `work` gives. It ends when the engine says so or goes away; what it raises becomes the engine's error."""
        task = asyncio.ensure_future(work)
        self._running.add(task)
        try:
            result = await task
            if self._sender:
                await self._lines.join()
            return result
        except ProviderError as error:
            await context.abort(grpc.StatusCode.UNKNOWN, str(error))
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait({task})
            await context.abort(grpc.StatusCode.CANCELLED, "cancelled")
        finally:
            self._running.discard(task)
        raise AssertionError("abort has raised")

    def _log_to(self, address: str) -> None:
        if not self._sender and address:
            engine = engine_pb2_grpc.EngineStub(grpc.aio.insecure_channel(address))
            self._sender = asyncio.ensure_future(self._send(engine))

    async def _send(self, engine: Any) -> None:
        while True:
            urn, line = await self._lines.get()
            # An engine that is going away takes along whoever would have read the line.
            with contextlib.suppress(grpc.aio.AioRpcError):
                await engine.Log(engine_pb2.LogRequest(severity=engine_pb2.INFO, message=line, urn=urn))
            self._lines.task_done()

    def _logger(self, urn: str) -> Log:
        """Hands lines to the engine's log in their order, as the resource's own."""
        return lambda line, stream: self._lines.put_nowait((urn, line))


async def _now(work: Callable[[], T]) -> T:
    return work()


def _type(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]


def _checked(inputs: Any, failures: list[Failure]) -> Any:
    told = [provider_pb2.CheckFailure(property=each.property, reason=each.reason) for each in failures]
    return provider_pb2.CheckResponse(inputs=inputs, failures=told)


def _differences(diff: Diff, old: Values, new: Values) -> Any:
    kinds = provider_pb2.PropertyDiff
    detailed = {}
    for name in diff.changed:
        kind = "ADD" if old.get(name) is None else "DELETE" if new.get(name) is None else "UPDATE"
        replaces = "_REPLACE" if name in diff.replace else ""
        detailed[name] = kinds(kind=getattr(kinds, kind + replaces), inputDiff=True)
    response = provider_pb2.DiffResponse
    return response(
        changes=response.DIFF_SOME if diff.changed else response.DIFF_NONE,
        diffs=diff.changed,
        replaces=diff.replace,
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )
