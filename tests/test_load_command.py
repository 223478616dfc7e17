"""The load client as a process: its words, how it ends, and what a plan refuses."""

import json
import signal
import socket
import subprocess
import sys
import time
from dataclasses import fields
from typing import Any

import pytest

from tests.load import Cause, Plan, running
from tests.load.__main__ import parser
from tests.load.background import words


def test_in_the_background_it_lasts_as_long_as_the_body() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        with running(Plan(url=f"http://127.0.0.1:{port}/", rate=100, seconds=60)) as result:
            while result.scheduled < 20:
                time.sleep(0.01)
    assert result.lost == result.scheduled >= 20
    assert result.causes == {Cause.CONNECT: result.lost}
    assert "connect error" in result.examples[0] + str(result)


def test_a_plan_in_the_background_is_the_plan_that_was_given() -> None:
    plan = Plan(
        url="http://127.0.0.1:1/", keep_alive=False, again=True, rate=7.5, expect="a b", slow=0.25, upload=9
    )
    options = vars(parser().parse_args(words(plan)))
    given = {field.name: options[field.name] for field in fields(Plan) if field.name != "keep_alive"}
    assert Plan(**given, keep_alive=not options["new_connections"]) == plan


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"url": "http://example.com/"}, "no IP address"),
        ({"url": "http://93.184.216.34/"}, "loopback or private"),
        ({"url": "ftp://127.0.0.1/"}, "not http"),
        ({"url": "http://127.0.0.1/", "rate": 1e9}, "rate is"),
        ({"url": "http://127.0.0.1/", "seconds": 0}, "seconds is"),
        ({"url": "http://127.0.0.1/", "slow": 2}, "share from 0 to 1"),
    ],
)
def test_strangers_and_numbers_without_bounds_are_refused(options: dict[str, Any], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        Plan(**options)


def command(*words: str, **how: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.load", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **how,
    )


def test_the_command_line_ends_with_1_when_something_was_lost() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
        with command(url, "--rate", "10", "--seconds", "1") as client:
            said, _ = client.communicate(timeout=60)
    assert client.returncode == 1
    assert "10 lost of 10" in said
    assert "connect error" in said


def test_ctrl_c_ends_the_load_early_and_reports_what_was_until_then() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
        with command(url, "--rate", "50", "--seconds", "600", "--json") as client:
            assert client.stdout
            line = client.stdout.readline()
            while json.loads(line)["scheduled"] == 0:
                line = client.stdout.readline()
            client.send_signal(signal.SIGINT)
            *_, last = client.stdout.read().splitlines()
            assert client.wait(timeout=60) == 130
    told = json.loads(last)
    assert told["causes"] == {"CONNECT": told["scheduled"]}
    assert told["latencies"] == []
