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
from model.login import Login
from model.refusal import Refusal
from settings import keys, pages

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
            [
                "slipway:regoins",
                "did you mean regions?",
                "service, regions, frontDoor, release, secrets",
                "remove",
            ],
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
        (
            with_service(artifact={"store": "/srv", "digest": "v1"}),
            ["slipway:service.artifact.digest", "'v1'", "sha256"],
        ),
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


def test_what_nobody_signed_is_refused_by_the_program_and_read_by_who_brings_the_first_artifact() -> None:
    read = settings.parse(values(release={"signedBy": KEY}), PROJECT)
    with pytest.raises(Refusal, match=r"signedBy is set, and slipway:service has no artifact.*make promote"):
        read.refuse_unsigned()
    artifact = {"store": "/srv", "digest": f"sha256:{'0' * 64}"}
    service = with_service(artifact=artifact)["service"]
    settings.parse(values(service=service, release={"signedBy": KEY}), PROJECT).refuse_unsigned()
    settings.parse(values(release={"signedBy": KEY, "pin": "previous"}), PROJECT).refuse_unsigned()


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
    assert (PROJECT / "docs" / "settings.md").read_text() == pages.documentation(), "run `make docs`"


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


def test_a_preview_needs_no_private_key_and_an_up_does(tmp_path: Path) -> None:
    given = values(regions={"eu": {"login": {"privateKeyFile": "no/key"}, "hosts": [host()]}})
    parsed = settings.parse(given, tmp_path, keyless=True)
    assert parsed.missing_keys(tmp_path) == {"regions.eu": tmp_path / "no/key"}
    assert "there is no file" in refusal(given, tmp_path)


def test_a_key_that_is_there_must_be_usable_in_a_preview_too(tmp_path: Path) -> None:
    (tmp_path / "k").write_text("ssh-ed25519 AAAA public")
    given = values(regions={"eu": {"login": {"privateKeyFile": "k"}, "hosts": [host()]}})
    with pytest.raises(Refusal, match="is the public half"):
        settings.parse(given, tmp_path, keyless=True)


def test_the_comment_of_a_public_key_is_no_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "key.pub").write_text(f"{KEY} somebody@their-laptop\n")
    login = Login.model_validate({"privateKeyFile": "key"})
    assert keys.public_keys("eu", login, tmp_path) == (KEY,)
    (tmp_path / "key.pub").write_text("no key\n")
    with pytest.raises(Refusal, match=r"key\.pub is not a public key"):
        keys.public_keys("eu", login, tmp_path)
