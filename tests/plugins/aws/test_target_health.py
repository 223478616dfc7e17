"""What a pretended load balancer answers: never more than what was made, and of a lab host what it says itself."""

import asyncio
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugins.aws import nowhere
from plugins.aws.commands import Commands
from plugins.aws.instances import TYPE as INSTANCE
from plugins.aws.record import Record
from plugins.aws.target_health import ATTACHMENT, GROUP, LISTENER
from plugins.command.schema import LOCAL_COMMAND
from plugins.provider import ProviderError
from plugins.values import Values

ARN = "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/eu/1"


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """A target that nobody is."""
    made = Record(tmp_path / "cloud.json")
    made.add(GROUP, ARN, {"healthCheck": {"path": "/healthz"}})
    made.add(LISTENER, "https", {"defaultActions": [{"type": "forward", "targetGroupArn": ARN}]})
    made.add(INSTANCE, "i-1", {"privateIp": nowhere.address()})
    made.add(ATTACHMENT, "one", {"targetGroupArn": ARN, "targetId": "i-1", "port": 8080})
    return made


def asked(record: Record, port: int = 8080, within: int = 1) -> None:
    text = f".venv/bin/python -m targets healthy {ARN} i-1:{port} --within {within}"
    asyncio.run(Commands(record).create(LOCAL_COMMAND, {"create": text}, lambda line, stream: None))


def drained(record: Record) -> None:
    inputs: Values = {"delete": f".venv/bin/python -m targets drained {ARN} i-1:8080 --within 1 || sleep 9"}
    asyncio.run(Commands(record).delete(LOCAL_COMMAND, "id", inputs, {}, lambda line, stream: None))


def test_a_target_that_is_registered_and_used_is_healthy(record: Record) -> None:
    asked(record)


@pytest.mark.parametrize(
    ("type", "id", "word"),
    [
        (ATTACHMENT, "one", "NotRegistered"),
        (LISTENER, "https", "NotInUse"),
        (INSTANCE, "i-1", "no such instance"),
    ],
)
def test_without_any_part_of_that_it_is_not(record: Record, type: str, id: str, word: str) -> None:
    record.remove(type, id)
    with pytest.raises(ProviderError, match=word):
        asked(record)


def test_it_is_drained_once_it_is_not_registered(record: Record) -> None:
    with pytest.raises(ProviderError, match="still in the target group"):
        drained(record)
    record.remove(ATTACHMENT, "one")
    drained(record)


@pytest.fixture
def host() -> Iterator[int]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(204 if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_a_lab_host_is_asked_itself(record: Record, host: int) -> None:
    record.add(INSTANCE, "i-1", {"privateIp": "127.0.0.1"})
    record.add(ATTACHMENT, "one", {"targetGroupArn": ARN, "targetId": "i-1", "port": host})
    asked(record, host)
    record.add(GROUP, ARN, {"healthCheck": {"path": "/elsewhere"}})
    with pytest.raises(ProviderError, match=r"unhealthy after 1 s: .*/elsewhere gives 404"):
        asked(record, host)
