"""An edge that gets its certificate from a real ACME server, Pebble: within the release, renewed without loss, or refused."""

from __future__ import annotations

import copy
import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab import evidence
from tests.lab.evidence import root
from tests.lab.hosts import ca, scanner
from tests.lab.hosts.conftest import Operated

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1500)]
NAME = "shop.example.com"
EDGE = "/opt/greeter-edge"
UNIT = "slipway-greeter-edge-certificate"
HTTP = f"curl -sS -m 10 -o /dev/null -w '%{{http_code}}' -H 'Host: {NAME}' http://127.0.0.1/"
HTTPS = f"curl -sS -m 10 -k --resolve {NAME}:443:127.0.0.1 https://{NAME}/"
SHOWN = "openssl x509 -noout -serial -issuer"
SERIAL = f"openssl s_client -connect 127.0.0.1:443 -servername {NAME} </dev/null 2>/dev/null | {SHOWN}"


def stack(operated: Operated, directory: str, *names: str) -> dict[str, Any]:
    found = copy.deepcopy(operated.stack)
    acme = {"email": "web@example.com", "directory": directory, "authority": "/etc/ssl/pebble.pem"}
    found["regions"]["lab"]["edge"] |= {"names": list(names), "tls": {"acme": acme, "hsts": 600}}
    return found


def told(operated: Operated, command: str) -> str:
    return root(operated.edge, f"python3 {EDGE}/app/current/activator.pyz {command} --service greeter-edge")


@pytest.fixture(scope="module")
def pebble(operated: Operated, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ca.Authority]:
    folder, edge = tmp_path_factory.mktemp("ca"), operated.edge
    with ca.authority(folder, edge.network.gateway, edge.address) as authority:
        root(edge, f"cat >/etc/ssl/pebble.pem <<'END'\n{authority.root.decode()}END\n")
        yield authority
    operated.project.configure(operated.stack)
    operated.project.must_up()
    assert "inactive" in root(edge, f"systemctl is-active {UNIT}.timer || true"), "nobody wants it any more"


@pytest.fixture(scope="module")
def refused(operated: Operated, pebble: ca.Authority) -> tuple[str, dict[str, str], dict[str, str]]:
    """What `up` said when the CA did not want one of the names, and the edge before and after."""
    before = evidence.snapshots(operated.edge)
    operated.project.configure(stack(operated, pebble.directory, NAME, ca.REFUSED))
    run = operated.project.up()
    assert run.code != 0
    return run.text, before, evidence.snapshots(operated.edge)


@pytest.fixture(scope="module")
def issued(operated: Operated, pebble: ca.Authority, refused: object) -> str:
    operated.project.configure(stack(operated, pebble.directory, NAME))
    return operated.project.must_up().text


def test_a_certificate_that_the_ca_refuses_leaves_http_as_it_was_and_says_why(
    operated: Operated, refused: tuple[str, dict[str, str], dict[str, str]]
) -> None:
    text, before, after = refused
    assert f"no certificate for {NAME}, {ca.REFUSED} from https://" in text
    assert "issuance is forbidden by policy" in text, text
    units = {name: _without_ledger(shown) for name, shown in after.items()}
    assert units == {name: _without_ledger(shown) for name, shown in before.items()}


def _without_ledger(shown: str) -> str:
    return "\n".join(
        line
        for line in shown.splitlines()
        if not line.startswith("{") and not any(part in line for part in ("/data/acme/", "/app/failed/"))
    )


def test_the_first_release_gets_it_and_only_then_sends_http_on(operated: Operated, issued: str) -> None:
    edge = operated.edge
    assert "asking https://" in issued and "certificate until " in issued
    assert root(edge, HTTP) == "308"
    assert "hello" in root(edge, HTTPS).lower()
    assert "Pebble" in root(edge, SERIAL)
    assert root(edge, f"stat -c %a {EDGE}/data/acme/archive/greeter-edge/privkey1.pem").strip() == "600"
    assert root(edge, f"systemctl is-enabled {UNIT}.timer; systemctl is-active {UNIT}.timer").split() == [
        "enabled",
        "active",
    ]
    assert '"differs": []' in told(operated, "drift")


def test_a_scanner_finds_mozillas_intermediate_profile(operated: Operated, issued: str) -> None:
    found = scanner.verdict(operated.edge.address, NAME)
    verdict = found.stdout.partition("COMPLIANCE AGAINST")[2]
    wrong = re.findall(r"^ +\* (\w+):", verdict, re.MULTILINE)
    assert f"{NAME}:443: " in verdict, found.stdout[-3000:] + found.stderr[-1000:]
    assert wrong == ["certificate_path_validation"], (
        "nobody trusts Pebble, and nothing else differs" + verdict
    )


def test_a_second_up_asks_the_ca_for_nothing(operated: Operated, issued: str) -> None:
    operated.project.must_up()
    assert operated.project.must_up().changed == {}


def test_a_renewal_is_served_at_once_and_loses_no_request(operated: Operated, issued: str) -> None:
    edge, before = operated.edge, root(operated.edge, SERIAL)
    root(edge, f"systemctl start {UNIT}.service")
    assert root(edge, SERIAL) == before, "it is good for a long time"
    due(operated, True)
    answers: list[str] = []
    asking = threading.Thread(
        target=lambda: answers.append(
            root(
                edge,
                f"while [ ! -e /tmp/renewed ]; do {HTTPS} -o /dev/null -w '%{{http_code}}\\n' || echo lost; done",
            )
        )
    )
    asking.start()
    try:
        root(edge, f"systemctl start {UNIT}.service")
        evidence.wait_for(lambda: root(edge, SERIAL) != before, "the new certificate", 60)
    finally:
        root(edge, "touch /tmp/renewed")
        asking.join()
    root(edge, "rm /tmp/renewed")
    due(operated, False)
    assert set(answers[0].split()) == {"200"}


def test_a_renewal_that_is_refused_is_told_serves_on_and_is_mended(
    operated: Operated, pebble: ca.Authority, issued: str
) -> None:
    edge = operated.edge
    due(operated, True)
    pebble.names.address = edge.network.gateway  # where nobody answers for the name
    try:
        before = refused_renewal(operated)
        assert root(edge, SERIAL) == before
        assert root(edge, f"{HTTPS} -o /dev/null -w '%{{http_code}}'") == "200"
        assert "could not be renewed: " in told(operated, "drift")
        assert '"refused": true' in told(operated, "status")
    finally:
        pebble.names.address = edge.address
        due(operated, False)
    told(operated, "mend")
    assert '"differs": []' in told(operated, "drift")
    assert root(edge, SERIAL) == before, "it was good for a long time"


def refused_renewal(operated: Operated) -> str:
    """The serial of the certificate of before. Of a name that was proved Pebble takes one request in a hundred for proved
    again, though told never to (`rand.Intn(100) > 0` in its wfe.go), and three in a row in a million."""
    for _ in range(3):
        before = root(operated.edge, SERIAL)
        if operated.edge.run(f"sudo -n systemctl start {UNIT}.service", check=False).returncode:
            return before
    pytest.fail("three renewals in a row were not refused")


def due(operated: Operated, wanted: bool) -> None:
    """Whether certbot takes the certificate for one that ends soon."""
    more = "1i renew_before_expiry = 1000 days" if wanted else ""
    root(operated.edge, f"sed -i -e '/^renew_before_expiry/d' -e '{more}' {EDGE}/data/acme/renewal/*.conf")
