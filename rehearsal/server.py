"""Pulumi's own gRPC protocol, as a program speaks it with the CLI, translated to and from the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import grpc
import grpc.aio
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, resource_pb2, resource_pb2_grpc

from rehearsal import urn as urns
from rehearsal.engine import EXPECTED, Engine, Failed, Registered
from rehearsal.stack_reference import read_stack_reference
from rehearsal.values import Values, from_struct, plain, to_struct

FEATURES = {
    "secrets": resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    "aliasSpecs": resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    "deletedWith": resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
}
"""What is there, by the name that a program asks for and by number; the SDK refuses by name what is not."""

SEVERITIES = {
    engine_pb2.DEBUG: "debug",
    engine_pb2.INFO: "info",
    engine_pb2.WARNING: "warning",
    engine_pb2.ERROR: "error",
}


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """Registrations, reads and invokes of one program."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def GetDeploymentInfo(self, request, context):
        state = self._engine.state
        return resource_pb2.DeploymentInfo(
            project=state.project,
            stack=state.stack,
            dryRun=self._engine.preview,
            supportedFeatures=list(FEATURES.values()),
        )

    async def SupportsFeature(self, request, context):
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in FEATURES)

    async def RegisterResource(self, request, context):
        done = await self._answered(request, self._engine.register(request))
        return resource_pb2.RegisterResourceResponse(
            urn=done.urn, id=done.id, object=to_struct(done.outputs), result=resource_pb2.SUCCESS
        )

    async def RegisterResourceOutputs(self, request, context):
        self._engine.register_outputs(request.urn, from_struct(request.outputs))
        return empty_pb2.Empty()

    async def ReadResource(self, request, context):
        done = await self._answered(request, read_stack_reference(self._engine, request))
        return resource_pb2.ReadResourceResponse(urn=done.urn, id=done.id, properties=to_struct(done.outputs))

    async def Invoke(self, request, context):
        try:
            provider = self._engine.registry.get(request.tok, request.provider.rpartition("::")[0])
            args = from_struct(request.args)
            self._engine.vault.conceal(args)
            result: Values = await provider.invoke(request.tok, plain(args))
        except EXPECTED as error:
            text = self._engine.vault.mask(str(error))
            context.set_code(grpc.StatusCode.UNKNOWN)
            context.set_details(f"{request.tok} failed: {text}")
            return provider_pb2.InvokeResponse()
        response = provider_pb2.InvokeResponse()
        # `return` is no name that Python lets one write.
        getattr(response, "return").CopyFrom(to_struct(result))
        return response

    async def _answered(
        self,
        request: resource_pb2.RegisterResourceRequest | resource_pb2.ReadResourceRequest,
        work: Coroutine[Any, Any, Registered],
    ) -> Registered:
        """The result; if there is none, no answer, as with the CLI, until the program is ended."""
        state = self._engine.state
        urn = urns.create(state.stack, state.project, request.type, request.name, request.parent)
        try:
            return await self._engine.attempt(urn, work)
        except Failed:
            return await asyncio.get_running_loop().create_future()

    async def SignalAndWaitForShutdown(self, request, context):
        return empty_pb2.Empty()


class Diagnostics(engine_pb2_grpc.EngineServicer):
    """What the program logs, and which resource is its root."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._root = ""

    async def Log(self, request, context):
        severity = SEVERITIES[request.severity]
        if severity != "debug" or self._engine.display.debug:
            self._engine.display.diagnostic(severity, request.message, request.urn)
        return empty_pb2.Empty()

    async def GetRootResource(self, request, context):
        return engine_pb2.GetRootResourceResponse(urn=self._root)

    async def SetRootResource(self, request, context):
        self._root = request.urn
        return engine_pb2.SetRootResourceResponse()

    async def RequirePulumiVersion(self, request, context):
        context.set_code(grpc.StatusCode.UNKNOWN)
        context.set_details("the rehearsal is no Pulumi CLI and has no version to require")
        return engine_pb2.RequirePulumiVersionResponse()


async def serve(engine: Engine) -> tuple[grpc.aio.Server, str]:
    """Start serving on a free port of this machine only; gives the server and its address."""
    unlimited = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    server = grpc.aio.server(options=unlimited)
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(Monitor(engine), server)
    engine_pb2_grpc.add_EngineServicer_to_server(Diagnostics(engine), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    return server, f"127.0.0.1:{port}"
