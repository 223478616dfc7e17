"""Runs the program when the engine asks for it: Pulumi's language host, in this process. Not for the engine's own start.

The engine needs no `pulumi-language-python` then, which no package registry has. The program is the unmodified `__main__.py`.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import os
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pulumi
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2


class Language(language_pb2_grpc.LanguageRuntimeServicer):
    """The program in `directory`. `outputs` holds what its last run that was no preview exported, by name; `config` what its last
    run was configured with, by full key, secrets open."""

    def __init__(self, directory: Path, *, details: bool = False) -> None:
        """With `details` the engine is told all that the SDK has to tell of each resource, as `--debug` shows it."""
        self._directory, self._details = directory, details
        self._engine = ""
        self.outputs: dict[str, Any] = {}
        self.config: dict[str, str] = {}

    async def Handshake(self, request: Any, context: Any) -> Any:
        self._engine = request.engine_address
        return language_pb2.LanguageHandshakeResponse()

    async def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=pulumi.__dict__.get("__version__", ""))

    async def About(self, request: Any, context: Any) -> Any:
        return language_pb2.AboutResponse(executable=sys.executable, version=sys.version.split()[0])

    async def GetRequiredPlugins(self, request: Any, context: Any) -> Any:
        """None are named beforehand: each is looked for when the program first uses it."""
        return language_pb2.GetRequiredPluginsResponse()

    async def GetRequiredPackages(self, request: Any, context: Any) -> Any:
        return language_pb2.GetRequiredPackagesResponse()

    async def GetProgramDependencies(self, request: Any, context: Any) -> Any:
        return language_pb2.GetProgramDependenciesResponse()

    async def Cancel(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    async def Run(self, request: Any, context: Any) -> Any:
        """One run of the program, to its end."""
        # A context of its own: the SDK keeps stack, configuration and connections in context variables.
        within = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(None, lambda: within.run(self._run, request))

    def _run(self, request: Any) -> Any:
        pulumi.runtime.settings.reset_options(
            project=request.project,
            stack=request.stack,
            organization=request.organization or "organization",
            parallel=request.parallel,
            preview=request.dryRun,
            monitor_address=request.monitor_address,
            engine_address=self._engine,
            root_directory=str(self._directory),
        )
        if not self._details:
            pulumi.log.debug = _untold
        self.config = dict(request.config)
        pulumi.runtime.set_all_config(dict(request.config), list(request.configSecretKeys))
        # After an error futures are left unobserved, on purpose; asyncio would complain about each.
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)
        loop = asyncio.new_event_loop()
        # Each registration that waits for its resource holds a thread.
        loop.set_default_executor(ThreadPoolExecutor(max_workers=max(request.parallel, 16) * 4))
        try:
            loop.run_until_complete(self._program(keep=not request.dryRun))
        except (Exception, SystemExit) as error:
            return self._ended(error)
        finally:
            pending = asyncio.all_tasks(loop)
            for task in pending:
                task.cancel()
            if pending:
                loop.run_until_complete(asyncio.wait(pending, timeout=1))
            loop.close()
        return language_pb2.RunResponse()

    async def _program(self, *, keep: bool) -> None:
        main = self._directory / "__main__.py"

        def run() -> None:
            runpy.run_path(str(main), run_name="__main__")

        await pulumi.runtime.run_in_stack(run)
        root = pulumi.runtime.settings.get_root_resource()
        if keep and root is not None:
            told = pulumi.Output.all(**getattr(root, "outputs", {}))
            self.outputs = await told.future() or {}

    def _ended(self, error: BaseException) -> Any:
        """What the engine is told: `bail` where the reason has been reported already."""
        if isinstance(error, SystemExit) and not error.code:
            return language_pb2.RunResponse()
        if isinstance(error, grpc.RpcError) or (
            "monitor" in str(error).lower() and "terminated" in str(error)
        ):
            # The engine has ended the run and has said why; what waits for its answer need not be told.
            return language_pb2.RunResponse(bail=True)
        if isinstance(error, pulumi.RunError):
            pulumi.log.error(str(error))
        else:
            shown = _users_traceback(error, self._directory)
            pulumi.log.error(f"Program failed with an unhandled exception:\n{shown}")
        return language_pb2.RunResponse(bail=True)


def _untold(*message: Any, **more: Any) -> None:
    """In place of `pulumi.log.debug`: the program waits for each such message to arrive, and the engine drops it. Of many hosts
    that is half of the program's time (`make bench-scale`; https://github.com/pulumi/pulumi/issues/7292 has the same)."""


def _users_traceback(error: BaseException, directory: Path) -> str:
    """The traceback from the program's first own frame on."""
    if isinstance(error, SyntaxError):
        return "".join(traceback.format_exception_only(error))
    own = os.path.realpath(directory) + os.sep
    frame = error.__traceback__
    while frame is not None and not _is_own(frame.tb_frame.f_code.co_filename, own):
        frame = frame.tb_next
    return "".join(traceback.format_exception(type(error), error, frame or error.__traceback__))


def _is_own(file: str, own: str) -> bool:
    if file.startswith("<") or "site-packages" in file or file == __file__:
        return False
    return os.path.realpath(file).startswith(own)
