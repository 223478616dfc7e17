"""Doors on the loopback, with a real program behind them. The endpoint itself and the AWS CLI have never been asked."""

import socket
import sys
from pathlib import Path

import pulumi
import pytest

from components.aws import tunnel
from components.aws.tunnel import Door, port_number
from model.aws.access import open_tunnel
from tests.components.aws.fleets import COMMAND, INSTANCE, connection, group, made

ECHO = "import sys; [(sys.stdout.write(sys.argv[1] + line), sys.stdout.flush()) for line in sys.stdin]"
TUNNEL = {"tunnel": {}}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def aws_cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands where the AWS CLI would; it is only looked for."""
    program = tmp_path / "aws"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    return program


def test_each_connection_has_a_program_of_its_own_as_its_other_end() -> None:
    port = free_port()
    Door(port).listen([sys.executable, "-c", ECHO, "heard "])
    with (
        socket.create_connection(("127.0.0.1", port)) as one,
        socket.create_connection(("127.0.0.1", port)) as two,
    ):
        for number, each in enumerate((one, two, one)):
            each.sendall(b"line %d\n" % number)
            assert each.makefile().readline() == f"heard line {number}\n"


def test_a_connection_ends_when_its_program_does() -> None:
    port = free_port()
    Door(port).listen(["true"])
    with socket.create_connection(("127.0.0.1", port)) as opened:
        assert opened.recv(1) == b""


def test_a_door_whose_other_side_is_not_known_refuses() -> None:
    port = free_port()
    door = Door(port)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    del door


def test_a_port_that_somebody_has_is_refused_by_its_number() -> None:
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        somebody.listen()
        port = somebody.getsockname()[1]
        with pytest.raises(pulumi.RunError, match=f"port {port} of this machine.*end the other deployment"):
            Door(port)


def test_the_aws_cli_is_asked_for_its_standard_input_and_output() -> None:
    assert open_tunnel("/usr/bin/aws", "i-1", "eu-central-1") == [
        "/usr/bin/aws", "ec2-instance-connect", "open-tunnel", "--instance-id", "i-1", "--region", "eu-central-1",
    ]  # fmt: skip


def test_the_endpoint_is_private_and_hosts_see_it_instead_of_whoever_logs_in(
    aws_cli: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The port of a host is the same in every run, so that two test runs at a time would want the same one.
    free = free_port()
    monkeypatch.setattr(tunnel, "PORTS", range(free, free + 1))
    recording = made(group("m7g.large"), access=TUNNEL)
    endpoint = recording.inputs(
        "aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint", "eu-tunnel"
    )
    assert endpoint == {
        "subnetId": "eu-private-1-id",
        "securityGroupIds": ["eu-tunnel-id"],
        "preserveClientIp": False,
        "tags": {"Name": "eu-tunnel"},
    }
    assert "eu-bastion" not in recording.names(INSTANCE)
    dialled = connection(recording, "eu-m7g-large-1-ready")
    assert (dialled["host"], dialled["port"]) == ("127.0.0.1", free)
    assert "proxy" not in dialled and dialled["hostKey"]
    assert "eu-tunnel" in recording.waits_for(COMMAND, "eu-m7g-large-1-ready")


def test_a_host_keeps_its_port_and_shares_it_with_nobody() -> None:
    names = [f"eu-m7g-large-{number}" for number in range(500)]
    taken: list[int] = []
    for name in names:
        taken.append(port_number(name, taken))
    assert len(set(taken)) == 500 and set(taken) <= set(tunnel.PORTS)
    again: list[int] = []
    for name in names:
        again.append(port_number(name, again))
    assert again == taken


def test_without_the_aws_cli_nothing_is_begun(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pulumi.RunError, match=r"access\.tunnel needs the AWS CLI.*install its version 2"):
        made(group("c7g.large"), access=TUNNEL)


def test_a_preview_without_it_says_that_up_would_fail(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: True)
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", said.append)
    made(group("m7g.large"), access=TUNNEL)
    assert "no `aws` on PATH" in said[0] and "`up` would fail here" in said[0]
