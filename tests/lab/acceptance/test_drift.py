"""`make drift` finds what was changed on hosts by hand, changes nothing itself, and `make mend` puts it right."""

import json

import pytest

from lab.machine import Machine
from tests.lab import evidence
from tests.lab.acceptance.conftest import Stack

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


def planted(slot: str) -> dict[str, str]:
    """What somebody does on a host, by a word of what is then told."""
    return {
        "/opt/greeter/conf/haproxy.cfg": "echo '# by hand' >>/opt/greeter/conf/haproxy.cfg",
        "/etc/logrotate.d/greeter": "rm /etc/logrotate.d/greeter",
        f"/etc/systemd/system/greeter@{slot}.service": f"echo '# by hand' >>/etc/systemd/system/greeter@{slot}.service",
        "greeter-proxy.service is not enabled": "systemctl disable -q greeter-proxy",
        f"greeter@{slot}.service is not enabled": f"systemctl disable -q greeter@{slot}",
        "/opt/greeter/logs": "chmod 0777 /opt/greeter/logs",
    }


def drift(stack: Stack) -> tuple[int, dict[str, str]]:
    done = stack.project.run("-m", "desk", "drift", "--stack", "local", "--json")
    return done.code, {
        each["host"]: " | ".join([*each["differs"], each["error"]]) for each in json.loads(done.text)
    }


def plant(machine: Machine, *commands: str) -> None:
    machine.run("sudo -n sh", stdin="\n".join(commands) + "\n")


def test_ten_changes_by_hand_are_found_and_put_right_and_a_clean_stack_has_none(native: Stack) -> None:
    first, second, edge = *native.hosts, native.edge
    before = evidence.snapshots(*native.machines)
    code, clean = drift(native)
    assert code == 0 and not any(text.strip(" |") for text in clean.values()), clean
    assert evidence.snapshots(*native.machines) == before, "who looks changes nothing"

    slot = evidence.status(first)["slot"]
    changes = planted(slot)
    plant(first, *changes.values())
    plant(second, f"systemctl stop greeter@{evidence.status(second)['slot']} greeter-proxy")
    plant(edge, "echo '# by hand' >>/etc/nginx/conf.d/greeter.conf", "systemctl stop nginx")
    code, found = drift(native)
    assert code == 1
    for word in changes:
        assert word in found["lab/app1"], found
    assert "greeter@" in found["lab/app2"] and "greeter-proxy.service does not run" in found["lab/app2"], (
        found
    )
    assert "greeter.conf" in found["lab/front"] and "nginx.service" in found["lab/front"], found

    mended = native.project.run("-m", "desk", "mend", "--stack", "local")
    assert mended.code == 0, mended.text
    assert drift(native)[0] == 0
    assert native.project.must_up().changed == {}

    history = native.project.run("-m", "desk", "history", "--stack", "local", "--json")
    assert history.code == 0, history.text
    events = json.loads(history.text)
    assert {event["host"] for event in events} == {"lab/app1", "lab/app2"}
    assert any(event["deployer"] == "mend" and event["what"] == "applied" for event in events), events
    assert all(event["seconds"] >= 0 for event in events if event["what"] == "applied")
