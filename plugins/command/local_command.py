"""Runs a command on this machine. Not for deciding when."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path

from plugins.command import path_globs
from plugins.command.printed import Printed, Stream, previous_output
from plugins.provider import Log, ProviderError
from plugins.values import Asset, Values

GRACE = 5.0
"""Seconds that a cancelled command has between SIGTERM and SIGKILL."""

CHUNK = 64 * 1024


async def run(command: str, inputs: Values, previous: Values, log: Log) -> Values:
    """Outputs `stdout`, `stderr`, and `assets` and `archive` when asked for. Raises ProviderError.

    The command is the last argument of `interpreter` (`/bin/sh -c`), in `dir` (the working directory), with this process's
    environment, then `environment`, then the output of the previous run.
    """
    arguments = [*(inputs.get("interpreter") or ("/bin/sh", "-c")), command]
    directory = Path(inputs["dir"]) if inputs.get("dir") is not None else Path.cwd()
    printed = Printed(logging=inputs.get("logging"), log=log)
    environment = {
        **os.environ,
        **(inputs.get("environment") or {}),
        **previous_output(inputs, previous),
    }
    stdin = (inputs.get("stdin") or "").encode()
    try:
        process = await asyncio.create_subprocess_exec(
            *arguments,
            stdin=asyncio.subprocess.PIPE if stdin else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=directory,
            env=environment,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise ProviderError(
            printed.failure(_start_failure(error, arguments[0], directory), command)
        ) from None
    status = await _finish(process, stdin, printed)
    if status != 0:
        raise ProviderError(printed.failure(_exit_text(status), command))
    return {**printed.outputs(), **_files(inputs, directory)}


async def _finish(process: asyncio.subprocess.Process, stdin: bytes, printed: Printed) -> int:
    assert process.stdout and process.stderr
    try:
        async with asyncio.TaskGroup() as streams:
            streams.create_task(_read(process.stdout, "stdout", printed))
            streams.create_task(_read(process.stderr, "stderr", printed))
            if process.stdin:
                streams.create_task(_write(process.stdin, stdin))
        return await process.wait()
    except BaseException:
        await _end(process)
        raise


async def _read(reader: asyncio.StreamReader, stream: Stream, printed: Printed) -> None:
    while chunk := await reader.read(CHUNK):
        printed.add(stream, chunk)
    printed.add(stream, b"", final=True)


async def _write(writer: asyncio.StreamWriter, content: bytes) -> None:
    # A command that does not read its input is not an error.
    try:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            writer.write(content)
            await writer.drain()
    finally:
        writer.close()


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ends the process and all its children that stayed in its session's first group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), GRACE)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _start_failure(error: OSError | ValueError, program: str, directory: Path) -> str:
    if isinstance(error, ValueError):
        return f"cannot start {program}: {error}"
    if not directory.is_dir():
        return f"chdir {directory}: no such directory"
    return f"cannot start {program}: {(error.strerror or str(error)).lower()}"


def _exit_text(status: int) -> str:
    if status > 0:
        return f"exit status {status}"
    return f"signal: {(signal.strsignal(-status) or str(-status)).lower()}"


def _files(inputs: Values, directory: Path) -> Values:
    found: Values = {}
    if inputs.get("assetPaths") is not None:
        found["assets"] = _assets(directory, inputs["assetPaths"])
    if inputs.get("archivePaths") is not None:
        found["archive"] = Asset(
            kind="assets", source=_assets(directory, inputs["archivePaths"]), archive=True
        )
    return found


def _assets(directory: Path, globs: list[str]) -> Values:
    try:
        return {
            name: Asset.of("path", str(directory / name))
            for name in path_globs.matching_files(directory, globs)
        }
    except (OSError, ValueError) as error:
        raise ProviderError(str(error)) from None
