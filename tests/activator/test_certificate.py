"""An edge's certificate: got before HTTPS is served and not again, with HTTP left as it was when the CA refuses."""

from __future__ import annotations

from typing import Any

import pytest

from activator import certificate
from model import remote_script
from tests.activator import bundles
from tests.activator.machine import Machine
from tests.activator.test_refusals import refused

HOME = "/opt/edge/data/acme"
FILE, KEY = f"{HOME}/live/edge/fullchain.pem", f"{HOME}/live/edge/privkey.pem"
SITE, PLAIN = "/etc/nginx/conf.d/edge.conf", "/opt/edge/edge.http.conf"
UNIT = "slipway-edge-certificate"
HTTPS = f"server {{ listen 443; ssl_certificate {FILE}; ssl_certificate_key {KEY}; acme-challenge }}\n"
HTTP = "server { listen 80; acme-challenge }\n"
TIMER = "[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n"


def edge(
    *names: str, directory: str = "https://ca.example/dir", https: str = HTTPS, **changes: Any
) -> bundles.Made:
    asks = {
        "email": None,
        "directory": directory,
        "authority": None,
        "name": "edge",
        "home": HOME,
        "challenges": "/var/www/slipway/edge",
        "site": SITE,
        "plain": PLAIN,
        "unit": f"{UNIT}.service",
    }
    made = bundles.edge(https)
    body = {
        key: value
        for key, value in made.manifest.items()
        if key not in ("format", "files", "binary", "release")
    }
    body |= {
        "certificate": {"file": FILE, "key": KEY, "names": list(names or ["shop.example"]), "acme": asks},
        "units": [*body["units"], {"unit": f"{UNIT}.timer", "action": "restart"}],
    }
    files = (
        bundles.entry(SITE, https, "nginx"),
        bundles.entry(PLAIN, HTTP, "nginx"),
        bundles.entry(f"/etc/systemd/system/{UNIT}.service", bundles.ONCE, "systemd"),
        bundles.entry(f"/etc/systemd/system/{UNIT}.timer", TIMER, "systemd"),
    )
    return bundles.bundle(body, files, None, **changes)


def given(until: str) -> tuple[str, bundles.Made]:
    text = f"notAfter={until} GMT\n    DNS:shop.example\n"
    return text, bundles.edge(
        certificate={"file": "/etc/ssl/own.pem", "key": "/etc/ssl/own.key", "names": []}
    )


def asked(machine: Machine) -> int:
    return sum(command.startswith("certbot ") for command in machine.commands)


@pytest.fixture
def stock(machine: Machine) -> Machine:
    machine.put("/etc/nginx/nginx.conf", "http {\n\tinclude /etc/nginx/conf.d/*.conf;\n}\n")
    return machine


def test_it_is_got_with_the_first_release_and_not_again(stock: Machine) -> None:
    assert stock.apply(edge()) == 0
    assert stock.text(SITE) == HTTPS
    assert stock.units[f"{UNIT}.timer"].active and stock.units[f"{UNIT}.timer"].enabled
    assert stock.apply(edge(https=HTTPS + "# another release\n")) == 0
    assert asked(stock) == 1
    assert stock.status("edge")["certificate"]["until"] == "1970-04-01T12:00:00Z"


def test_a_ca_that_refuses_is_quoted_and_what_was_there_stays(stock: Machine) -> None:
    assert stock.apply(bundles.edge("server { listen 80; old }\n")) == 0
    before = stock.tree()
    stock.refusal = "Saving debug log to /x\nDetail: the name leads elsewhere"
    assert stock.apply(edge()) == 3
    said = "\n".join(stock.said)
    assert (
        "no certificate for shop.example from https://ca.example/dir:\nDetail: the name leads elsewhere"
        in said
    )
    after = stock.tree()
    assert after[SITE] == before[SITE]
    assert PLAIN not in after and not stock.units[f"{UNIT}.timer"].active
    stock.refusal = ""
    assert stock.apply(edge()) == 0


def test_until_there_is_one_http_serves_and_is_sent_nowhere(stock: Machine) -> None:
    stock.refusal = "not now"
    seen: list[str] = []
    reload = certificate.change

    def looked(host: Any, action: str, unit: str) -> None:
        seen.append(stock.text(SITE))
        reload(host, action, unit)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(certificate, "change", looked)
        assert stock.apply(edge()) == 3
    assert seen == [HTTP]


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (edge("shop.example", "www.shop.example"), "it is for shop.example"),
        (edge(directory="https://other.example/dir"), "it is another CA's"),
    ],
)
def test_it_is_got_anew_for_other_names_and_from_another_ca(
    stock: Machine, second: bundles.Made, why: str
) -> None:
    assert stock.apply(edge()) == 0
    assert stock.apply(second) == 0
    assert asked(stock) == 2
    assert any(why in line for line in stock.said)


def test_one_that_has_ended_is_told_as_drift_and_mended(stock: Machine) -> None:
    assert stock.apply(edge()) == 0
    stock.put(FILE, "notAfter=Jan  1 00:00:01 1970 GMT\n    DNS:shop.example\n")
    assert stock.main("drift", "--service", "edge") == 0
    assert stock.answers[-1]["differs"] == [f"the certificate at {FILE} ended on 1970-01-01 00:00 UTC"]
    assert stock.main("mend", "--service", "edge") == 0
    assert asked(stock) == 2


def test_nginx_is_asked_about_https_before_there_is_a_certificate(stock: Machine) -> None:
    said = refused(stock, lambda: stock.apply(edge(https=HTTPS + "refused by its check\n")))
    assert f"{SITE} is refused by nginx" in said
    assert asked(stock) == 0


def test_its_timer_goes_with_the_setting_and_the_certificate_stays_with_the_data(stock: Machine) -> None:
    assert stock.apply(edge()) == 0
    assert stock.apply(bundles.edge("server { listen 80; }\n")) == 0
    assert not stock.units[f"{UNIT}.timer"].active and not stock.units[f"{UNIT}.timer"].enabled
    assert stock.apply(edge()) == 0
    assert stock.remove(service="edge") == 0
    assert not stock.units[f"{UNIT}.timer"].active
    assert stock.text(KEY) == "the key"
    assert stock.apply(edge()) == 0
    assert asked(stock) == 1, "a CA gives the same certificate only so often"


def test_a_given_one_that_has_ended_is_refused_with_its_date(stock: Machine) -> None:
    text, made = given("Jan  1 00:00:01 1970")
    stock.put("/etc/ssl/own.pem", text)
    assert "/etc/ssl/own.pem ended on 1970-01-01 00:00 UTC" in refused(stock, lambda: stock.apply(made))


def test_a_given_one_that_ends_soon_is_told(stock: Machine) -> None:
    text, made = given("Jan  9 00:00:00 1970")
    stock.put("/etc/ssl/own.pem", text)
    assert stock.apply(made) == 0
    assert stock.main("drift", "--service", "edge") == 0
    assert stock.answers[-1]["differs"] == [
        "the certificate at /etc/ssl/own.pem ends on 1970-01-09 00:00 UTC"
    ]


def test_whoever_waits_for_the_edge_waits_as_long_as_it_waits_for_the_ca() -> None:
    assert remote_script.CA_WAIT == certificate.PATIENCE
