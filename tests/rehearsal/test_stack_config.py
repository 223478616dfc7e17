"""Stack files are read as the CLI reads them; what it would refuse is refused here too."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from rehearsal.stack_config import StackConfig, StackFileError, read_stack_config

# Written by the Pulumi CLI 3.260.0 (`pulumi config set --secret`, file backend) for a throw-away passphrase.
CLI_PASSPHRASE = "correct horse battery staple"
CLI_STACK = """
encryptionsalt: v1:7QmggW0dS78=:v1:zuh9yaR16CX2xwt/:VxtQ5Es0anT3mhG+gkH+UHRcCWdJHA==
config:
  vector:token:
    secure: v1:odu9gSV/qW26GIP+:seyCm12JQ33fNpLw7mBQ40f91GNgJ1kLtUGjQZf7x/8IHXw=
  vector:database:
    password:
      secure: v1:MGrwTe/DqSPU22rg:pOs+5LjCmgAktD6FVx7hP3IxtGFAbQ0=
    host: db.internal
  vector:keys:
    - secure: v1:sre6hWe/wWwIxAqy:hGNhhT27Ot7HxL/j/n4onPAB3bAv
    - second
  vector:ratio: "1.50"
  vector:on: "yes"
"""

SCHEMA = """
  size: {type: integer}
  name: {type: string, default: web}
  zones: {type: array, items: {type: string}, default: [a, b]}
  ports: {type: array, items: {type: integer}, default: []}
  limits: {type: object, default: {cpu: 1, memory: 2}}
  debug: {type: boolean, default: false}
  cloud:region: {value: eu-north-1}
"""


def read(
    directory: Path, stack: str, *, schema: str = SCHEMA, name: str = "shop", **environment: str
) -> StackConfig:
    (directory / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\nconfig:\n{schema or '  {}'}")
    (directory / "Pulumi.dev.yaml").write_text(stack)
    return read_stack_config(directory, "dev", environment)


def encrypt(text: str, phrase: str, salt: bytes) -> str:
    """The format, written down a second time on other primitives than the ones under test."""
    key = PBKDF2HMAC(algorithm=SHA256(), length=32, salt=salt, iterations=1_000_000).derive(phrase.encode())
    nonce = os.urandom(12)
    sealed = AESGCM(key).encrypt(nonce, text.encode(), None)
    return f"v1:{base64.b64encode(nonce).decode()}:{base64.b64encode(sealed).decode()}"


def test_defaults_are_merged_and_values_become_the_strings_the_program_gets(tmp_path: Path) -> None:
    config = read(tmp_path, "config: {size: 3}")
    assert config.values == {
        "shop:size": "3",
        "shop:name": "web",
        "shop:zones": '["a","b"]',
        "shop:ports": "[]",
        "shop:limits": '{"cpu":1,"memory":2}',
        "shop:debug": "false",
        "cloud:region": "eu-north-1",
    }
    assert config.secret_keys == frozenset()


def test_a_stack_value_replaces_the_default_wholly(tmp_path: Path) -> None:
    config = read(tmp_path, "config: {size: 3, limits: {cpu: 9}, zones: [c]}")
    assert json.loads(config.values["shop:limits"]) == {"cpu": 9}
    assert json.loads(config.values["shop:zones"]) == ["c"]


def test_the_stack_may_override_a_foreign_value_and_set_undeclared_keys(tmp_path: Path) -> None:
    config = read(tmp_path, "config: {shop:size: 3, cloud:region: us-east-1, other: x, far:config:away: y}")
    assert config.values["cloud:region"] == "us-east-1"
    assert config.values["shop:other"] == "x"
    assert config.values["far:away"] == "y"


def test_values_without_a_default_must_be_in_the_stack_and_all_missing_ones_are_named(tmp_path: Path) -> None:
    schema = "  one: {type: string}\n  two: {type: string, default: null}\n  three: {type: string}\n"
    with pytest.raises(StackFileError, match="missing configuration values 'one', 'three' and 'two'"):
        read(tmp_path, "", schema=schema)
    with pytest.raises(StackFileError, match="'dev' is missing configuration value 'size'"):
        read(tmp_path, "config: {}")


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("size", "many", "integer"),
        ("size", "1.5", "integer"),
        ("name", "[a]", "string"),
        ("debug", "'yes'", "boolean"),
        ("zones", "a", "array<string>"),
        ("zones", "[1]", "array<string>"),
        ("ports", "[a]", "array<integer>"),
        ("limits", "[1]", "object"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(tmp_path: Path, key: str, value: str, expected: str) -> None:
    values = {"size": "3", key: value}
    stack = "config:\n" + "".join(f"  {name}: {text}\n" for name, text in values.items())
    with pytest.raises(StackFileError, match=f"'{key}' must be of type '{expected}'"):
        read(tmp_path, stack)


def test_a_number_fits_a_string_and_text_fits_an_integer_as_for_the_cli(tmp_path: Path) -> None:
    config = read(tmp_path, "config: {size: '3', name: 42, ports: ['1', 2.0]}")
    assert config.values["shop:name"] == "42"
    assert config.values["shop:ports"] == '["1",2]'


def test_yaml_scalars_become_what_the_cli_makes_of_them(tmp_path: Path) -> None:
    # The expected values are what Pulumi CLI 3.260.0 gave a program for this very file.
    config = read(
        tmp_path,
        "config: {on: yes, off: NO, at: 12:30, day: 2026-01-02, n: ~, f: 1.0, e: 1.50, h: 0x1f, o: 017, size: 0o17,"
        ' u: 1_000, nested: {a: 1.0, b: [~, yes], c: 2026-01-02, "7": x}, neg: -3, exp: 1e3}',
        schema='  size: {type: integer}\n  limits: {type: object, default: {cpu: 1, memory: 2.0, html: "<&>"}}\n'
        "  list: [1, two]\n",
    )
    assert {key.removeprefix("shop:"): value for key, value in config.values.items()} == {
        "at": "12:30",
        "day": "2026-01-02 00:00:00 +0000 UTC",
        "e": "1.5",
        "exp": "1000",
        "f": "1",
        "h": "31",
        "limits": r'{"cpu":1,"html":"\u003c\u0026\u003e","memory":2}',
        "list": '[1,"two"]',
        "n": "",
        "neg": "-3",
        "nested": '{"7":"x","a":1,"b":[null,"yes"],"c":"2026-01-02 00:00:00 +0000 UTC"}',
        "o": "15",
        "off": "NO",
        "on": "yes",
        "size": "15",
        "u": "1000",
    }
    assert any("shop:n" in warning for warning in config.warnings)


@pytest.mark.parametrize("value", [".inf", "-.INF", ".nan", "2026-01-02T03:04:05Z", "2026-01-02 03:04:05"])
def test_numbers_and_times_that_have_no_plain_text_are_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(StackFileError, match=r"Pulumi\.dev\.yaml"):
        read(tmp_path, f"config: {{size: 3, odd: {value}}}")
    assert read(tmp_path, f"config: {{size: 3, odd: '{value}'}}").values["shop:odd"] == value


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ("  cloud:region: {type: string, value: x}", "should not define a type"),
        ("  cloud:region: {default: x}", "should not define a default"),
        ("  cloud:region: {description: x}", "must provide an attribute 'value'"),
        ("  ports: {type: array}", "'items'"),
        ("  size: {type: float}", "allowed are string, integer, boolean, array, object"),
        ("  size: {type: integer, default: many}", "not of the expected type 'integer'"),
        ("  size: {default: 1, value: 2}", "both a 'default' and 'value'"),
        ("  size: {typ: integer}", "has 'typ'"),
    ],
)
def test_a_project_schema_that_the_cli_refuses_is_refused(tmp_path: Path, schema: str, message: str) -> None:
    with pytest.raises(StackFileError, match=message):
        read(tmp_path, "", schema=schema)


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StackFileError, match="size stands twice"):
        read(tmp_path, "config:\n  size: 1\n  size: 2\n")
    with pytest.raises(StackFileError, match="shop:size is set twice"):
        read(tmp_path, "config:\n  size: 1\n  shop:size: 2\n")


def test_stack_files_may_live_in_a_directory_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "stacks").mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\nstackConfigDir: stacks\n")
    (tmp_path / "stacks" / "Pulumi.dev.yaml").write_text("config: {a: 1}")
    assert read_stack_config(tmp_path, "dev", {}).values == {"shop:a": "1"}


def test_a_stack_without_a_file_has_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\nconfig: {a: 1}\n")
    assert read_stack_config(tmp_path, "never-written", {}).values == {"shop:a": "1"}


def test_a_directory_without_a_project_and_an_odd_stack_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StackFileError, match=r"no Pulumi\.yaml"):
        read_stack_config(tmp_path, "dev", {})
    with pytest.raises(StackFileError, match="stack's name"):
        read_stack_config(tmp_path, "../dev", {})


def test_secrets_written_by_the_real_cli_are_decrypted_at_every_depth(tmp_path: Path) -> None:
    config = read(tmp_path, CLI_STACK, schema="", name="vector", PULUMI_CONFIG_PASSPHRASE=CLI_PASSPHRASE)
    assert config.values["vector:token"] == 's3cret "ü" & <tag>'
    assert config.values["vector:database"] == '{"host":"db.internal","password":"hunter2"}'
    assert config.values["vector:keys"] == '["first","second"]'
    assert config.values["vector:ratio"] == "1.50"
    assert config.secret_keys == {"vector:token", "vector:database", "vector:keys"}
    assert "hunter2" not in repr(config)


def test_secrets_sealed_by_a_second_implementation_are_decrypted(tmp_path: Path) -> None:
    salt = os.urandom(8)
    state = f"v1:{base64.b64encode(salt).decode()}:{encrypt('pulumi', 'p', salt)}"
    stack = f"encryptionsalt: {state}\nconfig:\n  size:\n    secure: {encrypt('7', 'p', salt)}\n"
    phrase_file = tmp_path / "phrase"
    phrase_file.write_text("p\n")
    config = read(tmp_path, stack, PULUMI_CONFIG_PASSPHRASE_FILE=str(phrase_file))
    assert config.values["shop:size"] == "7"
    assert config.secret_keys == {"shop:size"}


def test_a_wrong_or_missing_passphrase_is_said_clearly_without_showing_it(tmp_path: Path) -> None:
    with pytest.raises(StackFileError, match="incorrect passphrase") as wrong:
        read(tmp_path, CLI_STACK, schema="", name="vector", PULUMI_CONFIG_PASSPHRASE="wrong-phrase")
    assert "wrong-phrase" not in str(wrong.value)
    with pytest.raises(StackFileError, match="must be set with PULUMI_CONFIG_PASSPHRASE"):
        read(tmp_path, CLI_STACK, schema="", name="vector")


def test_no_passphrase_is_asked_for_when_nothing_is_encrypted(tmp_path: Path) -> None:
    salt = CLI_STACK.split("config:")[0]
    assert read(tmp_path, salt + "config: {size: 3}").values["shop:size"] == "3"


def test_a_declared_secret_must_be_encrypted(tmp_path: Path) -> None:
    with pytest.raises(StackFileError, match="'token' must be encrypted"):
        read(tmp_path, "config: {token: x}", schema="  token: {type: string, secret: true}")


@pytest.mark.parametrize(
    ("stack", "named"),
    [
        ("secretsprovider: awskms://alias/x\nencryptedkey: abc\n", "awskms://alias/x"),
        ("encryptedkey: abc\nconfig: {size: {secure: v1:a:b}}", "encryptedkey"),
        ("config: {size: {secure: AAAB}}", "Pulumi service"),
        ("environment: [shared/dev]\nconfig: {size: 3}", "ESC"),
    ],
)
def test_other_keepers_of_secrets_are_named_and_refused(tmp_path: Path, stack: str, named: str) -> None:
    with pytest.raises(StackFileError, match=named):
        read(tmp_path, stack, PULUMI_CONFIG_PASSPHRASE="x")
