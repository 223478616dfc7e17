"""What a chat is told: to a real receiver, of real runs of the engine, and of the events that failures leave."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from engine import notice
from tests.engine.projects import Project

PATH = "/services/T0/B0/unguessable"
FAILED = (
    "<{%reset%}>exit status 3: running \"sh -c 'p=$(mktemp)'\":\n"
    "FAILED shop 766b5e1afb26 on web1 at step gate: no answer <within> 60 s\n"
    "  shop: a line of the service's journal\n"
    "put back: release 0f3c2a71d0be in slot blue is back as it was\n<{%reset%}>\n"
)


class Receiver:
    """A chat on loopback. `told` is what was posted; `answer` the status that it gives."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, Any]] = []
        self.answer = 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.told.append((self.path, self.headers["Content-Type"], json.loads(body)))
                self.send_response(receiver.answer)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}{PATH}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def last(self) -> dict[str, Any]:
        path, kind, body = self.told[-1]
        assert (path, kind) == (PATH, "application/json")
        return body


@pytest.fixture
def chat() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def fields(body: dict[str, Any]) -> dict[str, str]:
    (attachment,) = body["attachments"]
    return {each["title"]: each["value"] for each in attachment["fields"]}


def events(path: Path, *lines: dict[str, Any]) -> Path:
    log = path / "events"
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return log


def step(op: str, *, planning: bool = False) -> dict[str, Any]:
    return {"resourcePreEvent": {"planning": planning, "metadata": {"op": op}}}


def error(message: str) -> dict[str, Any]:
    return {"diagnosticEvent": {"severity": "error", "message": message}}


def test_an_up_of_the_engine_tells_that_it_succeeded_and_nothing_when_nothing_changes(
    project: Project, chat: Receiver
) -> None:
    project.program(
        'a = local.Command("a", create="echo one")\npulumi.export("version", "v1.2.3")\n'
        'pulumi.export("url", "http://shop")\n'
    )
    project.must("up")
    assert chat.told == [], "nobody is told where nothing is set"
    project.pulumi("config", "set", "--path", "slipway:service.name", "shop")
    project.pulumi("config", "set", "--secret", "--path", "slipway:notify.url", chat.url)
    project.must("up")
    assert chat.told == [], "nothing was changed"
    project.must("preview")
    assert chat.told == []
    project.program(
        'a = local.Command("a", create="echo two")\npulumi.export("version", "v1.2.3")\n'
        'pulumi.export("url", "http://shop")\n'
    )
    done = project.must("up")
    assert chat.last["text"].startswith("shop v1.2.3 is released to dev (")
    assert fields(chat.last)["outcome"] == "succeeded"
    assert fields(chat.last)["url"] == "http://shop"
    assert "the chat was told: succeeded" in done.stderr
    assert "unguessable" not in done.stdout + done.stderr


def test_a_chat_that_is_away_or_refuses_fails_no_release(project: Project, chat: Receiver) -> None:
    project.must("up")
    project.pulumi("config", "set", "--secret", "--path", "slipway:notify.url", chat.url)
    project.program('a = local.Command("a", create="echo one")')
    chat.answer = 500
    assert "the chat could not be told: it answered 500" in project.must("up").stderr
    chat.close()
    project.program('a = local.Command("a", create="echo two")')
    done = project.must("up")
    assert "the chat could not be told: [Errno 111] Connection refused" in done.stderr
    assert "unguessable" not in done.stdout + done.stderr


def test_a_failed_up_says_why_and_keeps_its_exit_code(project: Project, chat: Receiver) -> None:
    project.must("up")
    project.pulumi("config", "set", "--secret", "--path", "slipway:notify.url", chat.url)
    project.program('a = local.Command("a", create="echo FAILED shop 1 on web1 at step gate: it; exit 3")')
    assert project.run("up").returncode != 0
    assert fields(chat.last)["outcome"] == "failed"
    assert chat.last["attachments"][0]["text"].startswith("FAILED shop 1 on web1 at step gate: it")


def test_what_was_put_back_is_told_with_one_line_for_each_host(tmp_path: Path) -> None:
    log = events(tmp_path, step("update"), error(FAILED), error(FAILED), error("update failed"))
    run = notice.seen(255, log, 61.4, {})
    assert run is not None and run.outcome == "reverted"
    first = "FAILED shop 766b5e1afb26 on web1 at step gate: no answer <within> 60 s"
    assert run.why == (first, "update failed")
    body = notice.message(run, "prod", "shop", "way@laptop")
    assert body["text"] == "shop was put back on prod (61 s, by way@laptop)"
    shown = json.dumps(body)
    assert "&lt;within&gt;" in shown and "<within>" not in shown
    assert "journal" not in shown, "what a service logs is nobody's news"


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        (0, [step("update", planning=True), step("same")]),
        (255, [step("update", planning=True)]),
    ],
    ids=["nothing changed", "somebody said no"],
)
def test_what_changed_nothing_is_not_told(tmp_path: Path, code: int, lines: list[dict[str, Any]]) -> None:
    assert notice.seen(code, events(tmp_path, *lines), 1, {}) is None


def test_what_failed_before_anything_was_changed_is_told(tmp_path: Path) -> None:
    run = notice.seen(255, events(tmp_path, error("greeter does not compile\nmore")), 1, {})
    assert run is not None and (run.outcome, run.why) == ("failed", ("greeter does not compile",))


def test_many_failures_are_counted(tmp_path: Path) -> None:
    run = notice.seen(255, events(tmp_path, *(error(f"host {n}") for n in range(9))), 1, {})
    assert run is not None and run.why[-1] == "and 4 more" and len(run.why) == 6


def test_a_redirect_tells_nobody_and_is_no_success(chat: Receiver) -> None:
    chat.answer = 302
    assert notice.send(chat.url, {}) == "it answered 302"


def test_a_chat_that_never_answers_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice, "PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        said = notice.send(f"http://127.0.0.1:{silent.getsockname()[1]}/", {})
    assert said in ("it did not answer within 0.5 s", "TimeoutError"), said


@pytest.mark.parametrize("url", ["http://[", "ftp://chat/x/unguessable", "http://a\nb/unguessable"])
def test_an_url_that_cannot_be_asked_is_not_repeated(url: str) -> None:
    said = notice.send(url, {})
    assert said and "unguessable" not in said


def test_the_run_of_a_hosting_service_is_linked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "GITHUB_RUN_ID": "7",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "a/b",
    }.items():
        monkeypatch.setenv(name, value)
    assert notice._link() == "https://github.com/a/b/actions/runs/7"
