"""Files of the user's, secrets as files, and further ports: each copy finds those of its own release."""

from __future__ import annotations

import base64
import json
import os
from typing import Any

import pytest

from model.release import Binary
from model.service import Service
from tests.lab.unit.releases import Releases

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

BINARY = os.urandom(150_000)
SECRETS = {
    "PLAIN": "in the environment",
    "KEY": "line\r\nline\n",
    "KEYTAB": base64.b64encode(BINARY).decode(),
}
CONFIG = b"port: {port}\nmetrics: {port:metrics}\nother: {brace} \xff\n"
FILES = {"config.yaml": CONFIG, "scripts/run.sh": b"#!/bin/sh\necho {port}\n"}


def service(**more: Any) -> Service:
    settings = {
        "name": "echo",
        "source": "-",
        "arguments": ("-config", "{files}/config.yaml", "-key={secretFiles}/KEY", "{port:metrics}"),
        "environment": {"LISTEN": "127.0.0.1:{port}", "METRICS": "127.0.0.1:{port:metrics}"},
        "ports": {"metrics": (9101, 9102)},
        "files": {
            "config.yaml": {"source": "-", "template": True},
            "scripts/run.sh": {"source": "-", "mode": "0750"},
        },
        "secretFiles": {"KEY": "text", "KEYTAB": "base64"},
    }
    return Service.model_validate(settings | more)


def read(told: dict[str, Any], kind: str) -> dict[str, bytes]:
    return {name: base64.b64decode(file["Content"]) for name, file in told[kind].items()}


def config(host: Releases) -> bytes:
    return read(host.ask(), "files")["config.yaml"]


def test_each_copy_finds_files_secrets_and_ports_of_its_own_release(host: Releases, echo: Binary) -> None:
    host.live(service(), echo, SECRETS, FILES)
    told = host.ask()
    environment = dict(text.split("=", 1) for text in told["environment"])
    slot = environment["SLIPWAY_SLOT"]
    port, metrics = environment["SLIPWAY_PORT"], {"blue": "9101", "green": "9102"}[slot]
    files, secrets = f"/opt/echo/conf/{slot}.files", f"/run/credentials/echo@{slot}.service"
    assert told["arguments"] == ["-config", f"{files}/config.yaml", f"-key={secrets}/KEY", metrics]
    assert environment["METRICS"] == f"127.0.0.1:{metrics}"
    assert read(told, "files") == {
        "config.yaml": CONFIG.replace(b"{port}", port.encode()).replace(b"{port:metrics}", metrics.encode()),
        "scripts/run.sh": FILES["scripts/run.sh"],
    }
    assert told["files"]["scripts/run.sh"]["Mode"] == "-rwxr-x---"
    assert read(told, "secrets") == {"KEY": SECRETS["KEY"].encode(), "KEYTAB": BINARY}
    assert environment["PLAIN"] == SECRETS["PLAIN"]
    assert not {"KEY", "KEYTAB"} & environment.keys()
    assert host.root(f"stat -c %a%U /opt/echo/conf/{slot}.secrets.d/*").split() == ["600root", "600root"]
    assert host.machine.run(f"curl -sf localhost:{metrics}/healthz", check=False).returncode == 0
    # Nine tenths of three quarters of the machine.
    total = int(host.root("awk '/MemTotal/ {print $2}' /proc/meminfo"))
    assert 0.6 < int(environment["GOMEMLIMIT"].removesuffix("MiB")) * 1024 / total < 0.68
    again = host.apply(service(), echo, SECRETS, FILES)
    assert '"changed": false' in again.stdout, again.stderr

    first = json.loads(again.stdout)["release"]
    host.live(service(), echo, SECRETS, {**FILES, "config.yaml": b"another"})
    assert config(host) == b"another"
    back = f"activator.pyz apply --service echo --release {first} --owner tests"
    host.machine.run(f"sudo -n python3 /opt/echo/app/current/{back}", stdin=json.dumps(SECRETS), timeout=120)
    assert config(host).startswith(b"port: 1808")


def test_a_release_without_secret_files_goes_back_to_one_that_has_them(host: Releases, echo: Binary) -> None:
    host.live(service(), echo, SECRETS, FILES)
    plain = service(secretFiles={}, arguments=("{port}",), files={})
    done = host.apply(plain, echo, {"PLAIN": "x"}, within=1)
    assert done.returncode == 0, done.stderr + done.stdout
    host.until(lambda: read(host.ask(), "secrets") == {"KEY": SECRETS["KEY"].encode(), "KEYTAB": BINARY})


def test_a_secret_that_is_wanted_as_a_file_and_not_given_is_refused(host: Releases, echo: Binary) -> None:
    done = host.apply(service(arguments=("{port}", "other")), echo, {"KEY": "x"}, FILES)
    assert done.returncode == 1
    assert "wants the secret KEYTAB as a file" in done.stdout


def test_a_service_that_says_when_it_is_ready_is_waited_for_until_it_says_so(
    host: Releases, echo: Binary
) -> None:
    host.live(service(notify=True, stopSignal="SIGINT", limits={"cpu": "150%"}), echo, SECRETS, FILES)
    shown = host.root(
        f"systemctl show {host.live_unit('echo')} -p Type -p SubState -p KillSignal -p CPUQuotaPerSecUSec"
    )
    assert set(shown.splitlines()) == {
        "Type=notify",
        "SubState=running",
        "KillSignal=2",
        "CPUQuotaPerSecUSec=1.500000s",
    }
    environment = {"LISTEN": "127.0.0.1:{port}", "SILENT": "1"}
    never = service(notify=True, environment=environment, health={"deadline": 2})
    done = host.apply(never, echo, SECRETS, FILES)
    assert done.returncode == 3 and "timeout" in done.stdout, done.stdout
    assert host.ask()["arguments"], "the release before serves on"


def test_what_a_service_writes_to_files_is_rotated_under_its_feet_and_nobody_loses_the_file(
    host: Releases, echo: Binary
) -> None:
    host.live(service(), echo, SECRETS, FILES)
    assert host.root("systemctl is-enabled logrotate.timer") == "enabled"
    log = "/opt/echo/logs/own.log"
    rotate = "logrotate --force /etc/logrotate.d/echo 2>&1; echo $?"
    # Kept open all the while, as a service does.
    script = (
        f"exec 3>>{log}; for word in one two three; do echo $word >&3; "
        "while [ ! -e /run/rotated-$word ]; do sleep 0.1; done; done"
    )
    host.machine.run("sudo -n sh -c 'cat >/run/writes'", stdin=script)
    host.root("systemd-run --quiet --unit=writes --property=User=echo sh /run/writes")
    for word in ("one", "two", "three"):
        host.until(lambda word=word: host.root(f"cat {log} 2>/dev/null || true") == word)
        assert host.root(rotate) == "0"
        assert host.root(f"cat {log}; cat {log}.1; stat -c %U {log}.1") == f"{word}\necho"
        host.root(f"touch /run/rotated-{word}")
    assert host.root(f"zcat {log}.2.gz {log}.3.gz") == "two\none"
    host.root("systemctl stop writes; rm /run/writes /run/rotated-*")
