"""What becomes of values that other stacks tell: texts, secrets, and one sentence for everything else."""

from typing import Any

import pytest

import settings
from model.refusal import Refusal
from model.stack_output import StackOutput, Told
from tests.test_settings import PROJECT, refusal, with_service

DATABASE = "organization/db/prod"
OUTPUTS = {
    "url": "postgres://db",
    "port": 5432.0,
    "share": 0.5,
    "tls": True,
    "password": "hunter2",
    "sealed": {},
    "list": ["a"],
    "map": {},
    "odd": "{port}",
    "long": "x" * 140_000,
}
SECRET = ("password", "sealed")


def ask(stack: str) -> Told:
    if stack != DATABASE:
        raise LookupError(f'unknown stack "{stack}"')
    return Told(outputs=OUTPUTS, secret=SECRET)


def reading(output: str, stack: str = DATABASE) -> dict[str, Any]:
    return with_service(environment={"DB": {"stack": stack, "output": output}, "PORT": "{port}"})


@pytest.mark.parametrize(
    ("output", "text"),
    [("url", "postgres://db"), ("port", "5432"), ("share", "0.5"), ("tls", "true")],
)
def test_a_value_arrives_as_a_text(output: str, text: str) -> None:
    read = settings.parse(reading(output), PROJECT, ask=ask)
    assert read.service.environment == {"DB": text, "PORT": "{port}"}
    assert read.secrets == {}


def test_a_secret_becomes_a_secret_and_is_nowhere_else() -> None:
    read = settings.parse(reading("password"), PROJECT, ask=ask)
    assert read.secrets == {"DB": "hunter2"}
    assert read.service.environment == {"PORT": "{port}"}
    assert "hunter2" not in repr(read)


def test_a_secret_of_ones_own_wins_as_it_does_over_any_variable() -> None:
    given = reading("password") | {"secrets": {"DB": "mine"}}
    assert settings.parse(given, PROJECT, ask=ask).secrets == {"DB": "mine"}


def test_a_secret_may_arrive_as_a_file() -> None:
    given = reading("password")
    given["service"]["secretFiles"] = {"DB": "text"}
    assert settings.parse(given, PROJECT, ask=ask).secrets == {"DB": "hunter2"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (reading("ur"), ["DB.output is ur", DATABASE, "did you mean url?", "list, long, map, odd"]),
        (reading("url", "organization/db/test"), ["DB.stack", 'unknown stack "organization/db/test"']),
        (reading("list"), ["the output list", "a list", "a text, a number or a boolean"]),
        (reading("map"), ["the output map", "a map"]),
        (reading("sealed"), ["the secret sealed", "cannot be decrypted", "passphrase"]),
        (reading("odd"), ["{port}", "into this stack file"]),
        (reading("long"), ["slipway:service.environment.DB has 140003 bytes"]),
    ],
)
def test_what_cannot_be_a_variable_is_refused_by_name(given: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(Refusal) as caught:
        settings.parse(given, PROJECT, ask=ask)
    (line,) = caught.value.lines
    for word in words:
        assert word in line, line
    assert "hunter2" not in line


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (reading("url", "prod"), ["environment.DB.stack is 'prod'"]),
        (
            with_service(environment={"DB": {"stack": DATABASE, "ouput": "url"}}),
            ["environment.DB.", "output"],
        ),
    ],
)
def test_what_is_written_wrongly_is_refused_before_any_stack_is_asked(
    given: dict[str, Any], words: list[str]
) -> None:
    with pytest.raises(Refusal) as caught:
        settings.parse(given, PROJECT, ask=lambda stack: pytest.fail(stack))
    for word in words:
        assert word in caught.value.lines[0]


def test_braces_without_quotes_are_still_said_to_be_no_text() -> None:
    line = refusal(with_service(environment={"PORT": {"port": None}}))
    assert 'write it in quotes: PORT: "{port}"' in line


def test_a_preview_says_which_secret_it_cannot_read_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    said = list[str]()
    monkeypatch.setattr("pulumi.log.info", said.append)
    monkeypatch.setattr("pulumi.log.warn", said.append)
    read = settings.parse(reading("sealed"), PROJECT, ask=ask, keyless=True)
    assert set(read.secrets) == {"DB"}
    (line,) = said
    assert "slipway:service.environment.DB is a secret of another stack that cannot be decrypted" in line


def test_who_asks_no_stack_knows_of_the_value_only_where_it_is() -> None:
    read = settings.parse(reading("url"), PROJECT)
    assert read.service.environment["DB"] == StackOutput(stack=DATABASE, output="url")
    assert read.service.texts == {"PORT": "{port}"}
