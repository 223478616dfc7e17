"""What is said about the SSH agent of this machine before a login needs it. A real ssh-agent answers where there is one."""

import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from logins import agent


@pytest.fixture
def real(tmp_path: Path) -> Iterator[str]:
    if not shutil.which("ssh-agent"):
        pytest.skip("no ssh-agent is installed here")
    path = str(tmp_path / "agent")
    said = subprocess.run(["ssh-agent", "-a", path], capture_output=True, text=True, check=True).stdout
    pid = int(said.split("SSH_AGENT_PID=")[1].split(";")[0])
    yield path
    os.kill(pid, signal.SIGTERM)


def add_keys(path: str, folder: Path, number: int) -> None:
    for each in range(number):
        key = str(folder / f"key{each}")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        subprocess.run(["ssh-add", "-q", key], env={**os.environ, "SSH_AUTH_SOCK": path}, check=True)


def test_no_agent_is_told_only_where_a_login_needs_one() -> None:
    said = agent.fault(None, wanted=True)
    assert said and "no SSH agent" in said and "ssh-add" in said and "privateKeyFile" in said
    assert agent.fault(None, wanted=False) is None


@pytest.mark.parametrize("wanted", [True, False])
def test_an_agent_that_does_not_answer_is_told_in_any_case(tmp_path: Path, wanted: bool) -> None:
    gone = str(tmp_path / "gone")
    said = agent.fault(gone, wanted)
    assert said and f"SSH_AUTH_SOCK={gone}" in said and "unset" in said


def test_an_agent_without_keys_is_told_where_a_login_needs_one(real: str) -> None:
    said = agent.fault(real, wanted=True)
    assert said and "has no key" in said and "ssh-add" in said
    assert agent.fault(real, wanted=False) is None


def test_an_agent_with_a_few_keys_is_well_and_one_with_many_is_told(real: str, tmp_path: Path) -> None:
    add_keys(real, tmp_path, 2)
    assert agent.fault(real, wanted=True) is None
    (tmp_path / "more").mkdir()
    add_keys(real, tmp_path / "more", 5)
    said = agent.fault(real, wanted=True)
    assert said and "7 keys" in said and "privateKeyFile" in said


def test_a_locked_agent_is_told(tmp_path: Path) -> None:
    path = str(tmp_path / "locked")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()

        def refuse() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(5)
                connection.sendall(b"\0\0\0\5\5\0\0\0\0")

        threading.Thread(target=refuse, daemon=True).start()
        said = agent.fault(path, wanted=True)
    assert said and "locked" in said
