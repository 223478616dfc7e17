"""Settings: what is refused, and that each refusal names key, value, what is allowed and what to do."""

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

import settings
from model.architecture import Architecture
from model.refusal import Refusal
from model.stack_file import StackFile

PROJECT = Path(__file__).parent.parent
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID2HRIAnDujLGCzBwPxHeFMeKfHW5O5Ydl7zGygH3JGM"


def host(**changes: Any) -> dict[str, Any]:
    return {"name": "web1", "address": "10.0.0.1", "architecture": "arm64", "hostKey": KEY} | changes


def values(**changes: Any) -> dict[str, Any]:
    service = {"name": "shop", "source": "shop", "arguments": ["{port}"]}
    return {"service": service, "regions": {"eu": {"hosts": [host()]}}} | changes


def refusal(given: dict[str, Any], project: Path = PROJECT) -> str:
    with pytest.raises(Refusal) as caught:
        settings.parse(given, project)
    assert len(caught.value.lines) == 1, f"one mistake, one sentence: {caught.value.lines}"
    return caught.value.lines[0]


def with_service(**changes: Any) -> dict[str, Any]:
    return values(service=values()["service"] | changes)


def test_good_settings_are_frozen_values() -> None:
    parsed = settings.parse(values(), PROJECT)
    assert parsed.plain_regions["eu"].hosts[0].architecture is Architecture.ARM64
    with pytest.raises(ValueError):
        parsed.service.port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            values(regoins={}),
            ["slipway:regoins", "did you mean regions?", "service, regions, release, secrets", "remove"],
        ),
        (with_service(prot=1), ["slipway:service.prot", "did you mean port?", "allowed here"]),
        (with_service(health={"pth": "/"}), ["slipway:service.health.pth", "did you mean path?"]),
        (with_service(port=99999), ["slipway:service.port", "99999", "65535"]),
        (with_service(port="8080"), ["slipway:service.port", "'8080'", "integer"]),
        (with_service(name="Shop!"), ["slipway:service.name", "'Shop!'"]),
        (with_service(module="m"), ["slipway:service", "exactly one of `source`", "`module`"]),
        (with_service(slots=[8080, 8081]), ["different ports everywhere", "8080"]),
        (with_service(arguments=[]), ["{port}", "PORT"]),
        (values(regions={}), ["slipway:regions"]),
        (
            values(regions={"eu": {"hosts": []}}),
            ["slipway:regions.eu", "empty `hosts`", "name at least one host"],
        ),
        (
            values(regions={"eu": {"hosts": [host(), host(address="10.0.0.2")]}}),
            ["the name web1", "more than one"],
        ),
        (values(regions={"eu": {"hosts": [host(), host(name="web2")]}}), ["the address 10.0.0.1"]),
        (
            values(regions={"eu": {"hosts": [host(architecture="x86_64")]}}),
            ["hosts[0].architecture", "x86_64", "amd64"],
        ),
        (
            values(regions={"eu": {"hosts": [host(hostKey="AAAA")]}}),
            ["hosts[0].hostKey", "AAAA", "ssh-keyscan"],
        ),
        (
            values(regions={"eu": {"hosts": [host(hostkey=KEY)]}}),
            ["hosts[0].hostkey", "did you mean hostKey?"],
        ),
        (values(regions={"eu": {"login": {"user": "root"}, "hosts": [host()]}}), ["login", "root", "sudo"]),
        (
            values(regions={"eu": {"login": {"privateKeyFile": "no/key"}, "hosts": [host()]}}),
            ["no/key", "no file"],
        ),
        (values(regions={"eu": {"inventory": "no.json"}}), ["no.json", "does not exist", "make lab"]),
        (values(regions={"eu": {"inventory": "no.json", "hosts": []}}), ["inventory", "beside hosts"]),
        (values(release={"pin": "v1.2.0"}), ["slipway:release.pin", "v1.2.0", "previous", "make releases"]),
        (values(release={"pin": 123456789012}), ["slipway:release.pin", "in quotes"]),
        (values(release={"keep": 1}), ["slipway:release.keep", "is 1", "2"]),
        (values(secrets={"A-B": "x"}), ["slipway:secrets"]),
        (
            values(secrets={"KEY": "private" * 20_000}),
            ["slipway:secrets.KEY has 140004 bytes", "secretFiles"],
        ),
        (with_service(environment={"KEY": "a\rb"}), ["slipway:service.environment.KEY holds U+000D"]),
        (with_service(sandbox={"jit": " "}), ["slipway:service.sandbox.jit"]),
        (with_service(sandbox={"jail": "no"}), ["slipway:service.sandbox.jail", "'jit', 'metadata'"]),
        (
            with_service(files={"a.yaml": {"source": "no.yaml"}}),
            ["service.files.a.yaml.source", "no.yaml", "no file"],
        ),
        (with_service(files={"../a": {"source": "README.md"}}), ["slipway:service.files", "../a"]),
        (
            with_service(files={"a": {"source": "README.md", "mode": "0644"}}),
            ["slipway:service.files.a.mode", "0644"],
        ),
        (with_service(needs=["db.example"]), ["slipway:service.needs[0]", "'db.example'"]),
        (with_service(restart="often"), ["slipway:service.restart", "'often'", "'on-failure'"]),
        (with_service(stopSignal="SIGKILL"), ["slipway:service.stopSignal", "SIGKILL", "SIGTERM"]),
        (with_service(limits={"cpu": "2"}), ["slipway:service.limits.cpu", "'2'"]),
        (with_service(secretFiles={"KEY": "text"}), ["service.secretFiles.KEY is no secret", "--secret"]),
        (
            values(service=with_service(secretFiles={"KEY": "base64"})["service"], secrets={"KEY": "not!"}),
            ["slipway:secrets.KEY is no base64"],
        ),
        (with_service(ports={"metrics": [18081, 9102]}), ["different ports everywhere", "18081", "metrics"]),
        (with_service(environment={"M": "{port:metrics}"}), ["{port:metrics}", "`ports` has none"]),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(given: dict[str, Any], words: list[str]) -> None:
    said = refusal(given)
    missing = [word for word in words if word not in said]
    assert not missing, f"{said!r} does not say {missing}"
    assert said.startswith("slipway:") and said.endswith(".")
    assert "\n" not in said


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


@pytest.mark.parametrize(
    ("written", "pin"),
    [
        ("previous", "previous"),
        ("0123456789ab", ("0123456789ab",)),
        (["0123456789ab", "b" * 12], ("0123456789ab", "b" * 12)),
    ],
)
def test_a_pin_is_the_previous_release_or_one_or_several_ids(written: Any, pin: Any) -> None:
    assert settings.parse(values(release={"pin": written}), PROJECT).release.pin == pin


def test_an_inventory_file_stands_for_a_region(tmp_path: Path) -> None:
    (tmp_path / "inventory.json").write_text(json.dumps({"hosts": [host(name="web9")]}))
    parsed = settings.parse(values(regions={"lab": {"inventory": "inventory.json"}}), tmp_path)
    assert [each.name for each in parsed.plain_regions["lab"].hosts] == ["web9"]


def test_a_broken_inventory_is_named(tmp_path: Path) -> None:
    (tmp_path / "inventory.json").write_text("{")
    assert "cannot be read as JSON" in refusal(
        values(regions={"lab": {"inventory": "inventory.json"}}), tmp_path
    )


def test_pulumi_yaml_declares_exactly_the_settings_each_with_a_type_and_a_description() -> None:
    declared = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text())["config"]
    assert list(declared) == [field.alias or name for name, field in settings.Settings.model_fields.items()]
    assert all(entry["type"] and entry["description"] for entry in declared.values())


def test_the_settings_page_is_the_one_that_the_code_writes() -> None:
    assert (PROJECT / "docs" / "settings.md").read_text() == settings.documentation(), "run `make docs`"


def test_a_key_with_a_passphrase_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    key = tmp_path / "k"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", str(key)], check=True)
    said = refusal(values(regions={"eu": {"login": {"privateKeyFile": "k"}, "hosts": [host()]}}), tmp_path)
    assert said.startswith("slipway:regions.eu.login.privateKeyFile is k, which has a passphrase")
    assert f"`ssh-add {key}`, and remove privateKeyFile" in said


@pytest.mark.parametrize(
    ("login", "words"),
    [
        ({"jump": {"address": "192.0.2.1"}}, ["login.jump.hostKey is not set"]),
        ({"jump": {"address": "192.0.2.1:22", "hostKey": KEY}}, ["login.jump.address", "`port: 22`"]),
        ({"jump": "192.0.2.1"}, ["login.jump"]),
        ({"proxyJump": "x"}, ["login.proxyJump", "allowed here", "jump"]),
    ],
)
def test_a_jump_needs_an_address_and_a_host_key(login: dict[str, Any], words: list[str]) -> None:
    said = refusal(values(regions={"eu": {"login": login, "hosts": [host()]}}))
    assert all(word in said for word in words), said


def test_a_host_key_of_the_kind_that_cannot_be_pinned_is_refused() -> None:
    rsa = "ssh-rsa " + base64.b64encode(b"\0\0\0\7ssh-rsa" + b"\0" * 32).decode()
    assert "ssh-keyscan -t ed25519" in refusal(values(regions={"eu": {"hosts": [host(hostKey=rsa)]}}))
