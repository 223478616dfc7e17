"""Commands on this machine, run for real."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from plugins.command import CommandProvider
from plugins.provider import ProviderError
from plugins.values import UNKNOWN, Asset

LOCAL = "command:local:Command"


def create(inputs: dict[str, Any], log: Any = None) -> dict[str, Any]:
    return asyncio.run(CommandProvider().create(LOCAL, inputs, log or (lambda line, stream: None)))


def update(old: dict[str, Any], new: dict[str, Any], outputs: dict[str, Any] | None = None) -> dict[str, Any]:
    log = lambda line, stream: None  # noqa: E731
    return asyncio.run(CommandProvider().update(LOCAL, old, outputs or old, new, log))


def test_the_outputs_are_the_inputs_and_what_was_printed_without_the_last_newline() -> None:
    outputs = create({"create": "printf 'a\\n\\n'; echo b >&2"})
    assert outputs["stdout"] == "a\n"
    assert outputs["stderr"] == "b"
    assert outputs["create"] == "printf 'a\\n\\n'; echo b >&2"
    assert outputs["id"]


def test_without_a_create_nothing_runs_and_the_outputs_are_empty() -> None:
    outputs = create({"delete": "true"})
    assert (outputs["stdout"], outputs["stderr"]) == ("", "")


def test_a_failing_command_shows_status_command_and_all_output_whatever_logging_says() -> None:
    with pytest.raises(ProviderError) as failure:
        create({"create": 'echo "out"; sleep 0; echo err >&2; exit 3', "logging": "none"})
    message = str(failure.value)
    assert message.startswith('exit status 3: running "echo \\"out\\"; sleep 0; echo err >&2; exit 3":\n')
    assert "out\n" in message
    assert "err\n" in message


def test_a_command_ended_by_a_signal_is_a_failure_that_names_it() -> None:
    with pytest.raises(ProviderError, match="signal: killed"):
        create({"create": "kill -KILL $$"})


def test_interpreter_directory_stdin_and_environment_are_used(tmp_path: Path) -> None:
    code = "import os, sys; print(os.getcwd(), os.environ['A'], sys.stdin.read())"
    outputs = create(
        {
            "create": code,
            "interpreter": [sys.executable, "-c"],
            "dir": str(tmp_path),
            "stdin": "given",
            "environment": {"A": "1"},
        }
    )
    assert outputs["stdout"] == f"{tmp_path} 1 given"


def test_a_missing_interpreter_or_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match="cannot start /no/such: no such file"):
        create({"create": "x", "interpreter": ["/no/such"]})
    with pytest.raises(ProviderError, match=r"chdir .*gone: no such directory"):
        create({"create": "true", "dir": str(tmp_path / "gone")})


def test_large_stdin_that_the_command_does_not_read_is_no_error() -> None:
    assert create({"create": "true", "stdin": "x" * 1_000_000})["stdout"] == ""


def test_an_update_runs_update_or_else_create_or_else_nothing() -> None:
    old = {"create": "echo one", "stdout": "one", "stderr": ""}
    assert update(old, {"create": "echo one", "update": "echo two"})["stdout"] == "two"
    assert update(old, {"create": "echo three"})["stdout"] == "three"
    assert update(old, {"delete": "true"})["stdout"] == "one"


def test_the_previous_output_is_in_the_environment_unless_switched_off() -> None:
    previous = {"stdout": "before", "stderr": ""}
    command = 'echo "${PULUMI_COMMAND_STDOUT-unset} ${PULUMI_COMMAND_STDERR-unset}"'
    assert update({}, {"create": command}, previous)["stdout"] == "before unset"
    off = {"create": command, "addPreviousOutputInEnv": False}
    assert update({}, off, previous)["stdout"] == "unset unset"


def test_delete_runs_with_the_outputs_of_the_last_run(tmp_path: Path) -> None:
    target = tmp_path / "deleted"
    inputs = {"delete": f'echo "$PULUMI_COMMAND_STDOUT" > {target}'}
    provider = CommandProvider()
    asyncio.run(provider.delete(LOCAL, "id", inputs, {"stdout": "made", "stderr": ""}, print))
    assert target.read_text() == "made\n"


@pytest.mark.parametrize(
    ("logging", "shown"),
    [
        (None, {"out", "err"}),
        ("stdoutAndStderr", {"out", "err"}),
        ("stdout", {"out"}),
        ("stderr", {"err"}),
        ("none", set()),
    ],
)
def test_logging_chooses_the_streams_that_are_shown_but_outputs_have_both(
    logging: str | None, shown: set[str]
) -> None:
    lines: set[str] = set()
    inputs = {"create": "echo out; echo err >&2"} | ({"logging": logging} if logging else {})
    outputs = create(inputs, lambda line, stream: lines.add(line))
    assert lines == shown
    assert (outputs["stdout"], outputs["stderr"]) == ("out", "err")


def test_lines_are_shown_while_the_command_still_runs(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    seen: list[str] = []

    def log(line: str, stream: str) -> None:
        seen.append(line)
        gate.touch()  # the command waits for this, so a late line would hang it

    command = (
        f"echo first; i=0; while [ ! -e {gate} ]; do i=$((i+1)); [ $i -gt 600 ] && exit 9; sleep 0.1; done"
    )
    create({"create": command}, log)
    assert seen == ["first"]


def test_a_line_longer_than_64_kib_and_split_letters_arrive_whole() -> None:
    lines: list[str] = []
    code = "import sys; sys.stdout.write('ü' * 200_000 + '\\r\\nend')"
    outputs = create(
        {"create": code, "interpreter": [sys.executable, "-c"]}, lambda line, stream: lines.append(line)
    )
    assert lines == ["ü" * 200_000, "end"]
    assert outputs["stdout"].endswith("\r\nend")


def _wait_for(file: Path) -> None:
    while not file.exists():
        time.sleep(0.02)


def _is_running(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_cancelling_ends_the_command_and_its_children(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    command = f"sleep 600 & echo $$ $! > {pids}.part; mv {pids}.part {pids}; wait"

    async def interrupted() -> None:
        task = asyncio.create_task(
            CommandProvider().create(LOCAL, {"create": command}, lambda line, stream: None)
        )
        await asyncio.to_thread(_wait_for, pids)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(asyncio.wait_for(interrupted(), 60))
    parent, child = map(int, pids.read_text().split())
    deadline = time.monotonic() + 30
    while (_is_running(parent) or _is_running(child)) and time.monotonic() < deadline:
        time.sleep(0.02)
    try:
        assert not _is_running(parent)
        assert not _is_running(child)
    finally:
        for pid in (parent, child):
            if _is_running(pid):
                os.kill(pid, signal.SIGKILL)


def test_asset_and_archive_paths_give_files_by_their_globs(tmp_path: Path) -> None:
    command = "mkdir -p assets/logos src; echo 1 > assets/logos/logo.svg; echo 2 > src/index.js; echo 3 > src/secret.js"
    outputs = create(
        {
            "create": command,
            "dir": str(tmp_path),
            "assetPaths": ["assets/**", "src/*.js", "!**secret.*"],
            "archivePaths": ["src/{index,other}.j?"],
        }
    )
    assert sorted(outputs["assets"]) == ["assets/logos/logo.svg", "src/index.js"]
    assert outputs["assets"]["src/index.js"] == Asset.of("path", str(tmp_path / "src/index.js"))
    assert outputs["archive"].archive
    assert list(outputs["archive"].source) == ["src/index.js"]


def test_a_star_stops_at_a_slash_and_two_stars_do_not(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.txt").touch()
    (tmp_path / "c.txt").touch()
    base = {"create": "true", "dir": str(tmp_path)}
    assert list(create({**base, "assetPaths": ["*.txt"]})["assets"]) == ["c.txt"]
    assert list(create({**base, "assetPaths": ["**.txt"]})["assets"]) == ["a/b.txt", "c.txt"]


def test_run_executes_at_once_and_returns_inputs_and_output() -> None:
    result = asyncio.run(CommandProvider().invoke("command:local:run", {"command": "echo hi"}))
    assert result == {"command": "echo hi", "stdout": "hi", "stderr": ""}
    with pytest.raises(ProviderError, match="exit status 2"):
        asyncio.run(CommandProvider().invoke("command:local:run", {"command": "exit 2"}))
    with pytest.raises(ProviderError, match="comand"):
        asyncio.run(CommandProvider().invoke("command:local:run", {"comand": "exit 2"}))


def test_preview_knows_the_inputs_and_not_the_output_of_a_command() -> None:
    provider = CommandProvider()
    for old in (None, {"stdout": "old", "stderr": ""}):
        assert provider.preview_outputs(LOCAL, old, {"create": "x", "assetPaths": ["*"]}) == {
            "create": "x",
            "assetPaths": ["*"],
            "stdout": UNKNOWN,
            "stderr": UNKNOWN,
            "assets": UNKNOWN,
        }
