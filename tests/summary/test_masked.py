"""What looks like a secret, in every form in which files, URLs and messages have one."""

import time

import pytest

from summary.masked import masked


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3B\n-----END OPENSSH PRIVATE KEY-----", "[secret]"),
        ("id AKIAIOSFODNN7EXAMPLE", "id [secret]"),
        ("at ghp_0123456789abcdef0123", "at [secret]"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "[secret]"),
        ("https://hooks.slack.com/services/T0/B0/x", "https://hooks.slack.com/services/[secret]"),
        ("Authorization: Bearer abcdef123456", "Authorization: Bearer [secret]"),
        ("postgres://shop:hunter22@db/shop", "postgres://shop:[secret]@db/shop"),
        ("redis://:hunter22@db:6379/0", "redis://:[secret]@db:6379/0"),
        ("postgres://shop:a/b@c@db/shop", "postgres://shop:[secret]@db/shop"),
        ("http://u:p@h:80/x and http://h:8080", "http://u:[secret]@h:80/x and http://h:8080"),
        ('"amqp://shop:two words@db"', '"amqp://shop:[secret]@db"'),
        ("https://0123456789abcdef0123@git/x", "https://[secret]@git/x"),
        ("root:hunter22@tcp(db:3306)/shop", "root:[secret]@tcp(db:3306)/shop"),
        ("jdbc:x://db/x?user=a&password=hunter22", "jdbc:x://db/x?user=a&password=[secret]"),
        ("Server=db;Password=my hunter22;Database=x", "Server=db;Password=[secret];Database=x"),
        ('+Environment="DB_PASSWORD=hunter22"', '+Environment="DB_PASSWORD=[secret]"'),
        ('+Environment="DB_PASSWORD=correct horse" "A=b"', '+Environment="DB_PASSWORD=[secret]" "A=b"'),
        ('DB_PASSWORD="correct horse"', 'DB_PASSWORD="[secret]"'),
        ("password=correct horse other=5", "password=[secret] other=5"),
        ("api_key: abcdef123456", "api_key: [secret]"),
        ("password: 'correct horse'", "password: '[secret]'"),
        ('{"apiKey": "ab", "a": "b"}', '{"apiKey": "[secret]", "a": "b"}'),
        (r'"{\"PASSWORD\": \"correct horse\"}"', r'"{\"PASSWORD\": \"[secret]\"}"'),
        ("- name: DB_PASSWORD\n+  value: hunter22", "- name: DB_PASSWORD\n+  value: [secret]"),
    ],
)
def test_what_looks_like_a_secret_is_masked_and_what_is_around_it_stays(text: str, left: str) -> None:
    assert masked(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "TimeoutStopSec=10s\nlog-format tokens",
        "https://example.com/a@b",
        "https://example.com:8080/a@b https://example.com:8080",
        "ssh://git@example.com/x",
        "secretFiles: {TOKEN: text}",
        "tokens:\n  - a",
        "privateKeyFile: ~/.ssh/release",
    ],
)
def test_what_is_none_stays(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize("text", ["://a:", "ab:", "passwordtoken", '"x ', "token=a ", "a b@"])
def test_a_long_line_takes_no_time_of_its_own(text: str) -> None:
    began = time.monotonic()
    masked(text * (50_000 // len(text)))
    assert time.monotonic() - began < 10
