"""Commands over SSH, against a real server on loopback."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from plugins.command import CommandProvider, dial
from plugins.provider import ProviderError
from tests.plugins.command.ssh_server import PASSWORD, SSHServer, accept_only_listed_variables, ssh_server

REMOTE = "command:remote:Command"


@pytest.fixture(autouse=True)
def no_agent_and_short_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.setattr(dial, "FIRST_DELAY", 0.001)
    monkeypatch.setattr(dial, "LONGEST_DELAY", 0.002)


def serve(home: Path, use: Callable[[SSHServer], Awaitable[Any]]) -> Any:
    """What `use` returns, given a running server."""

    async def scenario() -> Any:
        async with ssh_server(home) as server:
            return await asyncio.wait_for(use(server), 120)

    return asyncio.run(scenario())


def run(home: Path, inputs: dict[str, Any], lines: list[str] | None = None, **changes: Any) -> dict[str, Any]:
    """The outputs of creating a command on a server of its own, with a connection changed as asked."""
    seen: list[str] = [] if lines is None else lines

    async def use(server: SSHServer) -> Any:
        return await CommandProvider().create(
            REMOTE,
            {"connection": server.connection(**changes), **inputs},
            lambda line, stream: seen.append(line),
        )

    return serve(home, use)


def failure(home: Path, inputs: dict[str, Any], lines: list[str] | None = None, **changes: Any) -> str:
    with pytest.raises(ProviderError) as error:
        run(home, inputs, lines, **changes)
    return str(error.value)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_command_runs_with_its_stdin_and_its_lines_are_shown(tmp_path: Path) -> None:
    lines: list[str] = []
    outputs = run(tmp_path, {"create": "cat; echo err >&2", "stdin": "one\ntwo\n\n"}, lines)
    assert (outputs["stdout"], outputs["stderr"]) == ("one\ntwo\n", "err")
    assert sorted(lines) == ["", "err", "one", "two"]


def test_without_stdin_the_command_reads_an_empty_input(tmp_path: Path) -> None:
    assert run(tmp_path, {"create": "cat; echo done"})["stdout"] == "done"


def test_without_a_create_no_connection_is_opened(tmp_path: Path) -> None:
    outputs = run(tmp_path, {"delete": "true"}, port=free_port())
    assert (outputs["stdout"], outputs["stderr"]) == ("", "")


def test_a_failing_command_shows_status_command_and_output_whatever_logging_says(tmp_path: Path) -> None:
    message = failure(tmp_path, {"create": "echo out; echo err >&2; exit 7", "logging": "none"})
    assert 'Process exited with status 7: running "echo out; echo err >&2; exit 7":\n' in message
    assert "out\n" in message
    assert "err\n" in message


def test_the_connection_is_closed_when_the_command_is_done(tmp_path: Path) -> None:
    async def use(server: SSHServer) -> int:
        inputs = {"connection": server.connection(), "create": "true"}
        await CommandProvider().create(REMOTE, inputs, lambda line, stream: None)
        await server.nobody_connected.wait()
        return len(server.logins)

    assert serve(tmp_path, use) > 0


def test_an_update_without_update_runs_create_on_the_new_host(tmp_path: Path) -> None:
    async def use(server: SSHServer) -> dict[str, Any]:
        new = {"connection": server.connection(), "create": "echo again"}
        old = {"connection": server.connection(host="gone.invalid"), "create": "echo again"}
        return await CommandProvider().update(REMOTE, old, {}, new, lambda line, stream: None)

    assert serve(tmp_path, use)["stdout"] == "again"


def test_a_variable_that_the_server_does_not_accept_fails_the_command_before_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept_only_listed_variables(monkeypatch)
    good = run(tmp_path, {"create": "echo $ACCEPTED", "environment": {"ACCEPTED": "yes"}})
    assert good["stdout"] == "yes"
    message = failure(tmp_path, {"create": f"touch {tmp_path}/ran", "environment": {"OTHER": "x"}})
    assert "could not set environment variable 'OTHER'" in message
    assert "AcceptEnv" in message
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("switch", [None, True, False])
def test_previous_output_that_is_not_accepted_only_warns_and_can_be_switched_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, switch: bool | None
) -> None:
    accept_only_listed_variables(monkeypatch)
    lines: list[str] = []

    async def use(server: SSHServer) -> dict[str, Any]:
        new = {"connection": server.connection(), "create": "echo ran", "addPreviousOutputInEnv": switch}
        previous = {"stdout": "before", "stderr": ""}
        return await CommandProvider().update(
            REMOTE, {}, previous, new, lambda line, stream: lines.append(line)
        )

    assert serve(tmp_path, use)["stdout"] == "ran"
    assert any("PULUMI_COMMAND_STDOUT" in line for line in lines) == (switch is not False)


def test_previous_output_is_in_the_environment_of_a_server_that_accepts_it(tmp_path: Path) -> None:
    async def use(server: SSHServer) -> dict[str, Any]:
        new = {"connection": server.connection(), "create": 'echo "$PULUMI_COMMAND_STDOUT"'}
        return await CommandProvider().update(
            REMOTE, {}, {"stdout": "before", "stderr": ""}, new, lambda line, stream: None
        )

    assert serve(tmp_path, use)["stdout"] == "before"


def test_an_unreachable_host_ends_in_an_error_that_names_user_host_port_cause_and_attempts(
    tmp_path: Path,
) -> None:
    port = free_port()
    lines: list[str] = []
    message = failure(tmp_path, {"create": "true"}, lines, port=port, dialErrorLimit=2)
    assert message == (
        f"cannot reach deploy@127.0.0.1:{port} by SSH: connection refused; gave up after 3 attempts"
    )
    assert [line.partition(" to reach")[0] for line in lines] == ["attempt 1 of 3", "attempt 2 of 3"]


def test_a_server_that_accepts_and_says_nothing_is_given_up_after_the_dial_timeout(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        message = failure(tmp_path, {"create": "true"}, port=silent.getsockname()[1], perDialTimeout=1)
    assert "no answer within 1 s; gave up after 1 attempts" in message


def test_a_wrong_host_key_stops_before_login_and_is_tried_again_like_any_error(tmp_path: Path) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()

    async def use(server: SSHServer) -> tuple[str, list[str]]:
        connection = server.connection(hostKey=other, dialErrorLimit=1)
        with pytest.raises(ProviderError) as error:
            await CommandProvider().create(
                REMOTE,
                {"connection": connection, "create": f"touch {tmp_path}/ran"},
                lambda line, stream: None,
            )
        return str(error.value), server.logins

    message, logins = serve(tmp_path, use)
    assert "its host key is not the one that hostKey pins; gave up after 2 attempts" in message
    assert logins == []
    assert not (tmp_path / "ran").exists()


def test_a_pinned_key_of_a_kind_that_the_server_does_not_have_is_named(tmp_path: Path) -> None:
    other = asyncssh.generate_private_key("ecdsa-sha2-nistp256").export_public_key().decode()
    assert "no host key of the kind that hostKey pins" in failure(tmp_path, {"create": "true"}, hostKey=other)


def test_without_a_host_key_any_is_accepted_with_a_warning_and_with_one_there_is_none(tmp_path: Path) -> None:
    lines: list[str] = []
    assert run(tmp_path, {"create": "echo in", "logging": "none"}, lines, hostKey=None)["stdout"] == "in"
    assert [line for line in lines if "any host key" in line]
    lines.clear()
    run(tmp_path, {"create": "true", "logging": "none"}, lines)
    assert lines == []


def test_a_refused_login_is_tried_again_and_named(tmp_path: Path) -> None:
    message = failure(tmp_path, {"create": "true"}, user="root", dialErrorLimit=1)
    assert message.startswith("cannot reach root@127.0.0.1:")
    assert "login refused" in message
    assert "2 attempts" in message


def test_a_password_logs_in_where_the_key_does_not_fit(tmp_path: Path) -> None:
    wrong = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    for key in (wrong, None):
        outputs = run(tmp_path, {"create": "echo in"}, privateKey=key, password=PASSWORD)
        assert outputs["stdout"] == "in"


def test_an_encrypted_private_key_needs_its_password(tmp_path: Path) -> None:
    async def use(server: SSHServer) -> tuple[str, str]:
        locked = asyncssh.import_private_key(server.client_key).export_private_key("pkcs8-pem", "pw").decode()
        good = server.connection(privateKey=locked, privateKeyPassword="pw")
        log = lambda line, stream: None  # noqa: E731
        outputs = await CommandProvider().create(REMOTE, {"connection": good, "create": "echo in"}, log)
        with pytest.raises(ProviderError) as error:
            await CommandProvider().create(
                REMOTE, {"connection": server.connection(privateKey=locked), "create": "true"}, log
            )
        return outputs["stdout"], str(error.value)

    printed, message = serve(tmp_path, use)
    assert printed == "in"
    assert "privateKey for deploy@127.0.0.1" in message
    assert "PRIVATE KEY" not in message


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"hostKey": "nonsense"}, "hostKey of deploy@127.0.0.1"),
        ({"privateKey": "nonsense"}, "privateKey for deploy@127.0.0.1"),
        ({"agentSocketPath": "/no/agent"}, "the SSH agent at /no/agent"),
    ],
)
def test_a_connection_that_cannot_be_read_is_refused_at_once(
    tmp_path: Path, changes: dict[str, Any], named: str
) -> None:
    lines: list[str] = []
    assert named in failure(tmp_path, {"create": "true"}, lines, dialErrorLimit=5, **changes)
    assert lines == []


def test_an_agent_in_the_environment_that_is_gone_is_an_error_even_with_a_private_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "gone"))
    assert "the SSH agent at" in failure(tmp_path, {"create": "true"})


def test_a_proxy_carries_the_connection_and_is_named_when_it_is_down(tmp_path: Path) -> None:
    async def use(server: SSHServer) -> tuple[dict[str, Any], int, str]:
        log = lambda line, stream: None  # noqa: E731
        connection = server.connection(proxy=server.connection())
        outputs = await CommandProvider().create(REMOTE, {"connection": connection, "create": "echo in"}, log)
        logins = len(server.logins)
        down = server.connection(proxy=server.connection(port=free_port(), user="jump"))
        with pytest.raises(ProviderError) as error:
            await CommandProvider().create(REMOTE, {"connection": down, "create": "true"}, log)
        return outputs, logins, str(error.value)

    outputs, logins, message = serve(tmp_path, use)
    assert outputs["stdout"] == "in"
    assert logins >= 2
    assert message.startswith("cannot reach jump@127.0.0.1:")


def test_a_host_that_comes_up_late_is_reached(tmp_path: Path) -> None:
    async def scenario() -> dict[str, Any]:
        async with ssh_server(tmp_path) as server:
            attempts = asyncio.Event()
            connection = server.connection(dialErrorLimit=-1, port=(late := free_port()))
            task = asyncio.create_task(
                CommandProvider().create(
                    REMOTE,
                    {"connection": connection, "create": "echo in"},
                    lambda line, stream: attempts.set(),
                )
            )
            await attempts.wait()

            async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                to_server, from_client = await asyncio.open_connection("127.0.0.1", server.port)

                async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
                    while chunk := await source.read(65536):
                        target.write(chunk)
                        await target.drain()
                    target.close()

                await asyncio.gather(pump(reader, from_client), pump(to_server, writer))

            async with await asyncio.start_server(pass_on, "127.0.0.1", late):
                return await asyncio.wait_for(task, 60)

    assert asyncio.run(scenario())["stdout"] == "in"


def test_a_connection_that_is_lost_in_the_middle_is_a_failure_with_what_was_printed(tmp_path: Path) -> None:
    async def scenario() -> str:
        async with ssh_server(tmp_path) as server:
            started = asyncio.Event()
            inputs = {"connection": server.connection(), "create": "echo started; sleep 60"}
            task = asyncio.create_task(
                CommandProvider().create(REMOTE, inputs, lambda line, stream: started.set())
            )
            await started.wait()
            for connection in list(server.connections):
                connection.abort()
            with pytest.raises(ProviderError) as error:
                await asyncio.wait_for(task, 60)
            return str(error.value)

    message = asyncio.run(scenario())
    assert "connection" in message
    assert message.endswith("started\n")


def test_cancelling_closes_the_connection(tmp_path: Path) -> None:
    async def use(server: SSHServer) -> None:
        started = asyncio.Event()
        inputs = {"connection": server.connection(), "create": "echo started; exec sleep 5"}
        task = asyncio.create_task(
            CommandProvider().create(REMOTE, inputs, lambda line, stream: started.set())
        )
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.nobody_connected.wait()

    serve(tmp_path, use)
