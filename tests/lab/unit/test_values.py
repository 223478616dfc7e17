"""Every value that is not refused reaches the process as it was set, whichever way it was set: systemd itself is the judge."""

from __future__ import annotations

import random

import pytest

from model import carried
from model.release import Binary
from model.service import Service
from tests.lab.unit.releases import Releases

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

ALPHABET = [
    *"ab1 \t\n\"'\\%$`{}#;:=~!&|<>()[]*?,.-_/@^+é€ß\u0085\u00a0\u2028\u200d\ufeff\ue000😀",
    "${HOME}",
    "%n",
    "\\x41",
]
CHOSEN = [
    "",
    " ",
    "\t",
    "\n",
    " leading",
    "trailing ",
    "\n\nlines\n",
    "\\",
    "\\\\",
    "\\n",
    "\\",
    "ends with \\",
    '"',
    "'",
    "'quoted'",
    '"quoted"',
    ";",
    "\\;",
    "#",
    "$",
    "$$",
    "$HOME",
    "${HOME}",
    "${SLIPWAY_PORT}",
    "%",
    "%%",
    "%i",
    "%h/%u",
    "-----BEGIN KEY-----\nAAAA\n-----END KEY-----\n",
    '{"json": ["\\u00e9", "a\\"b", null]}',
    "{port",
    "port}",
    "{}",
    "@",
    "-dash",
    "+",
    "!",
    ":",
    "a=b=c",
    "ünïcödé 😀",
    "\u0080\u009f",
    "\ufeff",
]


def values() -> list[str]:
    """The chosen ones, three hundred others of what systemd gives a meaning, and the longest that may be."""
    dice = random.Random(8)
    others = ["".join(dice.choices(ALPHABET, k=dice.randint(1, 12))) for _ in range(300)]
    return [*CHOSEN, *others, "x" * (carried.LONGEST - len("V999="))]


def test_every_value_arrives_as_environment_as_secret_and_as_argument(host: Releases, echo: Binary) -> None:
    wanted = values()
    named = {f"V{number:03}": value for number, value in enumerate(wanted)}
    with_port = {f"P{name}": f"{value}{{port}}" for name, value in named.items() if len(value) < 1000}
    secrets = {f"S{name[1:]}": value for name, value in named.items()}
    told = [*wanted, *(f"{name}={value}" for name, value in (named | with_port | secrets).items())]
    room = carried.TOTAL - sum(len(text.encode()) + 9 for text in told)
    secrets |= {
        f"FILL{number}": "f" * 100_000 for number in range((room - 1000) // 100_100)
    }  # as much as may be
    service = Service.model_validate(
        {
            "name": "echo",
            "source": "-",
            "arguments": wanted,
            "environment": {**named, **with_port, "LISTEN": "127.0.0.1:{port}"},
        },
        strict=False,
    )
    assert carried.refusals(service, secrets) == []
    assert carried.refusals(service, secrets | {"MORE": "f" * 110_000})
    host.live(service, echo, secrets)
    told = host.ask()
    environment = dict(text.split("=", 1) for text in told["environment"])
    assert {name: environment.get(name) for name in named} == named
    assert {name: environment.get(name) for name in secrets} == secrets
    assert told["arguments"] == wanted
    port = environment["SLIPWAY_PORT"]
    assert {name: environment.get(name) for name in with_port} == {
        name: value.replace("{port}", port) for name, value in with_port.items()
    }


def test_the_next_release_finds_its_secrets_as_they_were(host: Releases, echo: Binary) -> None:
    """An activator reads what it wrote: a rerun that changes nothing restarts nothing."""
    service = Service.model_validate(
        {"name": "echo", "source": "-", "environment": {"LISTEN": "127.0.0.1:{port}"}}
    )
    secrets = {f"S{number}": value for number, value in enumerate(CHOSEN)}
    host.live(service, echo, secrets)
    again = host.apply(service, echo, secrets)
    assert '"changed": false' in again.stdout, again.stderr
