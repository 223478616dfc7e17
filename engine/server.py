"""Serves the language host and our plugins to the engine, each on a loopback port, for as long as one run lasts."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import grpc.aio
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import language_pb2_grpc, provider_pb2_grpc

from engine.language import Language
from plugins.provider import Package
from plugins.servicer import Servicer


class Server:
    """A context manager. `environment` is what tells the engine where to find what is served."""

    def __init__(self, program: Path, packages: Mapping[str, Package], *, details: bool = False) -> None:
        self.language = Language(program, details=details)
        self._packages = packages
        self._loop = asyncio.new_event_loop()
        self._servers: list[grpc.aio.Server] = []
        self._servicers: list[Servicer] = []
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.environment: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _start(self) -> None:
        language, port = self._server()
        language_pb2_grpc.add_LanguageRuntimeServicer_to_server(self.language, language)
        await language.start()
        self.environment["PULUMI_DEBUG_LANGUAGES"] = f"python:{port}"
        ports = {}
        for name, package in self._packages.items():
            server, ports[name] = self._server()
            self._servicers.append(Servicer(package))
            provider_pb2_grpc.add_ResourceProviderServicer_to_server(self._servicers[-1], server)
            await server.start()
        if ports:
            self.environment["PULUMI_DEBUG_PROVIDERS"] = ",".join(
                f"{name}:{port}" for name, port in ports.items()
            )

    def _server(self) -> tuple[grpc.aio.Server, int]:
        server = grpc.aio.server(options=_GRPC_CHANNEL_OPTIONS)
        self._servers.append(server)
        return server, server.add_insecure_port("127.0.0.1:0")

    async def _stop(self) -> None:
        """Ends what still runs for an engine that is gone: its operations are cancelled, and end what they started."""
        await asyncio.gather(*(server.stop(grace=None) for server in self._servers))
        await asyncio.gather(*(servicer.ended() for servicer in self._servicers))
