"""How values stand in the stack file: encrypted where they must be, and what YAML makes of what is not in quotes."""

from typing import Any

import pytest

import settings
from model.refusal import Refusal
from model.stack_file import StackFile
from tests.test_settings import PROJECT, refusal, values, with_service


def in_a_file(environment: str = "", arguments: str = "", secrets: str = "") -> StackFile:
    text = f"""
config:
  slipway:service:
    environment: {{{environment}}}
    arguments: [{arguments}]
  slipway:secrets: {{{secrets}}}
"""
    return StackFile(text, "slipway")


def told(given: dict[str, Any], file: StackFile, *encrypted: str) -> list[str]:
    with pytest.raises(Refusal) as caught:
        settings.parse(given, PROJECT, file, lambda key: key in encrypted)
    return list(caught.value.lines)


@pytest.mark.parametrize(
    ("place", "file", "command"),
    [
        ("service.environment.TOKEN", in_a_file(environment="TOKEN: {secure: v1:a:b}"), "secrets.TOKEN"),
        ("service.arguments[1]", in_a_file(arguments="a, {secure: v1:a:b}"), "secrets.NAME"),
        ("service", StackFile("", "slipway"), "secrets.NAME"),
    ],
)
def test_an_encrypted_value_where_it_would_be_plain_on_hosts_is_refused_by_name(
    place: str, file: StackFile, command: str
) -> None:
    (line,) = told(with_service(arguments=["{port}", "s3cr3t-value"]), file, "service")
    assert line.startswith(f"slipway:{place} ")
    assert f"pulumi config set --secret --path 'slipway:{command}'" in line
    assert "s3cr3t-value" not in line


def test_an_encrypted_value_in_any_other_key_is_refused_too() -> None:
    (line,) = told(values(release={"keep": 3}), StackFile("", "slipway"), "release", "secrets")
    assert line.startswith("slipway:release ")


def test_a_plain_value_beside_encrypted_secrets_is_refused_by_name_and_not_shown() -> None:
    file = in_a_file(secrets="A: {secure: v1:a:b}, B: plain-value")
    (line,) = told(values(secrets={"A": "a", "B": "plain-value"}), file, "secrets")
    assert line.startswith("slipway:secrets.B ") and "'slipway:secrets.B'" in line
    assert "plain-value" not in line


def test_secrets_that_are_all_plain_are_refused_whatever_file_they_come_from() -> None:
    lines = told(values(secrets={"A": "a", "B": "b"}), StackFile("", "slipway"))
    assert [line.split(" ")[0] for line in lines] == ["slipway:secrets.A", "slipway:secrets.B"]


def test_a_chats_address_is_a_secret_that_nobody_is_shown() -> None:
    plain = values(notify={"url": "https://hooks.example/unguessable"})
    (line,) = told(plain, StackFile("", "slipway"))
    assert line.startswith("slipway:notify.url is plain text") and "'slipway:notify.url'" in line
    (other,) = told(
        values(notify={"url": "ftp://hooks.example/unguessable"}), StackFile("", "slipway"), "notify"
    )
    assert other.startswith("slipway:notify.url") and "https://" in other
    assert "unguessable" not in line + other
    read = settings.parse(plain, PROJECT, StackFile("", "slipway"), lambda key: key == "notify")
    assert "unguessable" not in repr(read)


def test_secrets_encrypted_one_by_one_or_as_a_whole_are_taken() -> None:
    given = values(secrets={"A": "a"})
    whole = StackFile("config: {slipway:secrets: {secure: v1:a:b}}", "slipway")
    for file in (in_a_file(secrets="A: {secure: v1:a:b}"), whole):
        settings.parse(given, PROJECT, file, lambda key: key == "secrets")


def test_a_secret_that_is_no_text_is_refused_without_being_shown() -> None:
    (line,) = told(values(secrets={"A": 4711}), StackFile("", "slipway"), "secrets")
    assert "slipway:secrets.A" in line and "4711" not in line


@pytest.mark.parametrize(
    ("written", "read", "quoted"),
    [
        ("2026-01-02", "2026-01-02 00:00:00 +0000 UTC", "2026-01-02"),
        ("2026-01-02T10:00:00Z", "2026-01-02 10:00:00 +0000 UTC", "2026-01-02T10:00:00Z"),
        ("2026-01-02 10:00:00.5 +02:00", "2026-01-02 10:00:00.5 +0200 +0200", "2026-01-02 10:00:00.5 +02:00"),
        ("0123", 83, "0123"),
        ("1.50", 1.5, "1.50"),
        ("1e3", 1000, "1e3"),
        ("true", True, "true"),
        ("", None, ""),
        ("{port}", {"port": None}, "{port}"),
        ("[a, b]", ["a", "b"], "[a, b]"),
    ],
)
def test_a_value_that_yaml_changes_is_refused_with_what_was_written_in_quotes(
    written: str, read: Any, quoted: str
) -> None:
    given = with_service(environment={"D": read}, arguments=["{port}"])
    (line,) = told(given, in_a_file(environment=f"D: {written}"))
    assert line.startswith("slipway:service.environment.D ")
    assert f'write it in quotes: D: "{quoted}".' in line
    (line,) = told(with_service(arguments=["{port}", read]), in_a_file(arguments=f"'{{port}}', {written}"))
    assert "slipway:service.arguments[1] " in line and f'write it in quotes: - "{quoted}".' in line


@pytest.mark.parametrize(
    ("read", "quoted"),
    [
        ("2026-01-02 00:00:00 +0000 UTC", '"2026-01-02"'),
        (83, '"83"'),
        ({"port": None}, '"{port}"'),
        (None, '""'),
    ],
)
def test_without_the_file_the_form_in_quotes_is_told_from_the_value(read: Any, quoted: str) -> None:
    given = with_service(environment={"D": read}, arguments=["{port}"])
    assert f"write it in quotes: D: {quoted}." in told(given, StackFile("", "slipway"))[0]


def test_a_text_in_quotes_may_look_like_anything() -> None:
    text = "2026-01-02 00:00:00 +0000 UTC"
    given = with_service(environment={"D": text}, arguments=["{port}"])
    settings.parse(given, PROJECT, in_a_file(environment=f'D: "{text}"'))


def test_a_value_with_a_tag_is_refused() -> None:
    given = with_service(environment={"X": "hello"}, arguments=["{port}"])
    (line,) = told(given, in_a_file(environment="X: !!binary aGVsbG8="))
    assert "slipway:service.environment.X" in line and "!!binary" in line


def test_a_number_in_quotes_where_a_number_belongs_is_told_without_them() -> None:
    assert "write it without quotes: port: 8080." in refusal(with_service(port="8080"))


def test_several_mistakes_are_told_at_once() -> None:
    with pytest.raises(Refusal) as caught:
        settings.parse(with_service(port=0, name="X"), PROJECT)
    assert [line.split(" ")[0] for line in caught.value.lines] == [
        "slipway:service.name",
        "slipway:service.port",
    ]
