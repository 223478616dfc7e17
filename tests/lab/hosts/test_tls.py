"""HTTPS at a real edge: which protocols, what of HTTP is left, and a certificate that is not there."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest

from tests.lab.evidence import root
from tests.lab.hosts.conftest import Operated

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]
TLS = {
    "certificate": "/etc/ssl/own.pem",
    "key": "/etc/ssl/own.key",
    "hsts": 600,
    "challenges": "/var/www/html",
}
CURL = "curl -sS -m 10 --cacert /etc/ssl/own.pem --resolve shop.example.com:443:127.0.0.1"


@pytest.fixture(scope="module")
def encrypted(operated: Operated) -> Iterator[Operated]:
    edge = operated.edge
    root(
        edge,
        "cd /etc/ssl && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9 -subj /CN=shop.example.com "
        "-addext subjectAltName=DNS:shop.example.com -keyout own.key -out own.pem 2>/dev/null && chmod 600 own.key",
    )
    root(
        edge,
        "mkdir -p /var/www/html/.well-known/acme-challenge && echo proof >/var/www/html/.well-known/acme-challenge/x",
    )
    stack = copy.deepcopy(operated.stack)
    stack["regions"]["lab"]["edge"] |= {"names": ["shop.example.com"], "tls": TLS}
    operated.project.configure(stack)
    operated.project.must_up()
    yield operated
    operated.project.configure(operated.stack)
    operated.project.must_up()


def test_users_are_served_over_tls_1_2_and_1_3_with_http_2_and_no_older(encrypted: Operated) -> None:
    edge = encrypted.edge
    said = root(edge, f"{CURL} -D- https://shop.example.com/")
    assert said.startswith("HTTP/2 200")
    assert "strict-transport-security: max-age=600" in said.lower()
    for versions, works in (
        ("--tlsv1.2 --tls-max 1.2", True),
        ("--tlsv1.3", True),
        ("--tlsv1.0 --tls-max 1.1", False),
    ):
        done = edge.run(f"{CURL} {versions} https://shop.example.com/", check=False)
        assert (done.returncode == 0) is works, f"{versions}: {done}"
    assert encrypted.project.outputs()["url"] == "https://shop.example.com/"


def test_http_is_sent_on_but_for_the_challenges_of_a_certificates_renewal(encrypted: Operated) -> None:
    name = "-H 'Host: shop.example.com'"
    said = root(encrypted.edge, f"curl -sS -m 10 -D- -X POST {name} 'http://127.0.0.1/a?b=c'")
    assert said.startswith("HTTP/1.1 308")
    assert "Location: https://shop.example.com/a?b=c" in said
    path = "http://127.0.0.1/.well-known/acme-challenge/x"
    assert root(encrypted.edge, f"curl -sS -m 10 {name} {path}") == "proof\n"


def test_a_certificate_that_is_not_there_is_refused_and_the_one_of_before_serves(encrypted: Operated) -> None:
    stack = copy.deepcopy(encrypted.stack)
    stack["regions"]["lab"]["edge"] |= {
        "names": ["shop.example.com"],
        "tls": TLS | {"key": "/etc/ssl/none.key"},
    }
    encrypted.project.configure(stack)
    refused = encrypted.project.up()
    assert refused.code != 0
    assert "/etc/ssl/none.key" in refused.text
    assert root(encrypted.edge, f"{CURL} -o /dev/null -w '%{{http_code}}' https://shop.example.com/") == "200"
