"""A secret of the stack file reaches the service, and is found nowhere else: not here, not on the host, not while it travels."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from lab.machine import Machine
from tests.lab import evidence, traces
from tests.lab.acceptance.conftest import Stack
from tests.lab.project import Run, greeter, region

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]
PRINTS = ('println("token is", getenv("GREETER_TOKEN"))', "metrics := newMetrics(time.Now())")


def new_secret() -> str:
    """The part of a secret that is searched for: it is the same in every way to write the whole."""
    return os.urandom(12).hex()


def configured(stack: Stack, secret: str, **service: Any) -> None:
    wanted = greeter(region(stack.hosts, stack.edge), **service)
    stack.project.configure({**wanted, "secrets": {"GREETER_TOKEN": whole(secret)}})


def whole(secret: str) -> str:
    return f'canary \\ "{secret}" $HOME'


def engine(stack: Stack, action: str) -> Run:
    """With every log message, so that all is shown that can be."""
    return stack.project.run("-m", "engine", action, "--", "--debug", "--logtostderr", "-v=9")


@contextmanager
def watched(stack: Stack, *secrets: str) -> Iterator[None]:
    """No command line shows a secret meanwhile, nor does the environment of any process but the service's own."""
    with ExitStack() as watches:
        found = [watches.enter_context(traces.watching(host, secrets)) for host in stack.machines]
        yield
    for watch in found:
        assert watch.hits == []
        assert watch.rounds > 3
    assert any(watch.commands for watch in found), "the activator was seen at work"


def assert_kept_on_disk_alone_where_it_belongs(stack: Stack, *secrets: str) -> None:
    slots = {f"/opt/greeter/conf/{slot}.secrets" for slot in ("blue", "green")}
    for machine in stack.machines:
        for secret in secrets:
            found = traces.files_with(machine, secret)
            assert set(found) <= slots, f"on {machine.name}: {found}"
            # What the service itself prints is its own doing.
            assert traces.journal_with(machine, secret) <= {"greeter@blue.service", "greeter@green.service"}
            for path in found:
                assert machine.run(f"sudo -n stat -c '%U %a' {path}").stdout.split() == ["root", "600"]
    for secret in secrets:
        assert traces.here_with(stack.project.directory, secret) == []


def test_a_secret_reaches_the_service_and_nothing_else(native: Stack) -> None:
    secret = new_secret()
    assert evidence.greeting(native.hosts[0], 8080)["token"] is False
    configured(native, secret)
    with watched(native, secret):
        done = engine(native, "up")
    assert done.code == 0, done.text
    for host in native.hosts:
        answer = evidence.greeting(host, 8080)
        assert answer["token"] is True
        slot = evidence.status(host)["slot"]
        assert traces.files_with(host, secret) == [f"/opt/greeter/conf/{slot}.secrets"]
        assert traces.environments_with(host, secret) == [answer["pid"]]
        assert traces.journal_with(host, secret) == set()
    assert_kept_on_disk_alone_where_it_belongs(native, secret)
    outputs = native.project.run("-m", "engine", "outputs", "--", "--json")
    assert secret not in done.text + outputs.text

    host = native.hosts[0]
    pid, slot = (evidence.status(host)[key] for key in ("pid", "slot"))
    host.run(f"sudo -n kill -ABRT {pid}")
    evidence.wait_for(lambda: evidence.greeting(host, 8080)["pid"] != pid, "the service after its crash")
    assert host.run(f"systemctl show --value -p LimitCORE greeter@{slot}").stdout.strip() == "0"
    assert traces.journal_with(host, secret) == set(), "what a Go program says when it crashes"
    assert_kept_on_disk_alone_where_it_belongs(native, secret)


def test_a_release_that_fails_shows_its_journal_and_health_answer_without_the_secret(native: Stack) -> None:
    secret = new_secret()
    native.project.edit("examples/greeter/greeter.go", PRINTS[1], "\n\t".join(PRINTS))
    native.project.edit(
        "examples/greeter/greeter.go",
        '_, _ = io.WriteString(w, "ok\\n")',
        'http.Error(w, "no login with "+getenv("GREETER_TOKEN"), 503)',
    )
    configured(native, secret, health={"path": "/healthz", "deadline": 4})
    with watched(native, secret):
        done = engine(native, "up")
    assert done.code != 0
    host = native.hosts[0]
    assert f"on {host.name} at step health" in done.text
    assert "token is [GREETER_TOKEN]" in done.text, "the host took it out, before it was sent"
    assert "no login with [GREETER_TOKEN]" in done.text
    assert secret not in done.text
    ledger = host.run("sudo -n cat /var/lib/slipway/greeter/ledger.jsonl").stdout
    assert "no login with [GREETER_TOKEN]" in ledger
    assert_kept_on_disk_alone_where_it_belongs(native, secret)
    assert traces.files_with(host, secret) == [], "nothing of the release that failed is left"
    assert traces.journal_with(host, secret) != set(), "the service did print it"


def test_a_rotated_secret_goes_through_the_gate_and_is_not_in_the_preview(native: Stack) -> None:
    old, new, unconfirmed = new_secret(), new_secret(), new_secret()
    configured(native, old)
    assert engine(native, "up").code == 0
    before = {host.name: evidence.status(host) for host in native.hosts}

    configured(native, new)
    preview = engine(native, "preview")
    assert preview.code == 0, preview.text
    assert set(preview.changed) == {
        f"lab-{host.name}{part}" for host in native.hosts for part in ("", "-confirm")
    }
    with watched(native, old, new):
        done = engine(native, "up")
    assert done.code == 0, done.text
    assert "healthy after" in done.text
    for text in (preview.text, done.text):
        assert old not in text
        assert new not in text
    for host in native.hosts:
        now = evidence.status(host)
        assert now["release"] == before[host.name]["release"]
        assert now["slot"] != before[host.name]["slot"]
        assert traces.environments_with(host, new) == [now["pid"]]
        assert traces.environments_with(host, old) == []
    assert_kept_on_disk_alone_where_it_belongs(native, old, new)

    host = native.hosts[0]
    live = evidence.status(host)
    owner = host.run("sudo -n cat /var/lib/slipway/greeter/owner").stdout.strip()
    with watched(native, new, unconfirmed):
        host.run(
            f"sudo -n python3 /opt/greeter/app/current/activator.pyz apply --service greeter "
            f"--release {live['release']} --owner {owner} --confirm-within 3",
            stdin=json.dumps({"GREETER_TOKEN": whole(unconfirmed)}),
        )
        evidence.wait_for(lambda: gone_back(host, new), "the timer's way back")
    assert_kept_on_disk_alone_where_it_belongs(native, old, new, unconfirmed)


def gone_back(host: Machine, secret: str) -> bool:
    status = evidence.status(host)
    return status["unfinished"] is None and traces.environments_with(host, secret) == [status["pid"]]


def test_a_secret_is_found_wherever_it_is_put_on_purpose(native: Stack) -> None:
    """Else the tests above could not fail."""
    host, planted = native.hosts[0], new_secret()
    places = ("/tmp/left", "/root/.bash_history", "/var/lib/slipway/greeter/left", "/etc/left", "/run/left")
    try:
        for place in places:
            host.run(f"sudo -n tee -a {place}", stdin=planted)
        assert set(traces.files_with(host, planted)) == set(places)
    finally:
        host.run(f"sudo -n rm {' '.join(places)}")

    with traces.watching(host, [planted]) as watch:
        host.run("sh -s", stdin=f"env LEFT='{planted}' sleep 3")
        host.run("sh -s", stdin=f"sh -c 'sleep 3; : $0' '{planted}'")
    assert {where for where, _ in watch.hits} == {"environ", "cmdline"}

    host.run("systemd-cat", stdin=planted)
    assert traces.journal_with(host, planted) != set()
    plain, packed = native.project.kept / "left.json", native.project.kept / "left.tar.gz"
    plain.write_text(planted)
    packed.write_bytes(gzip.compress(planted.encode()))
    try:
        assert set(traces.here_with(native.project.directory, planted)) == {str(plain), str(packed)}
    finally:
        plain.unlink()
        packed.unlink()
