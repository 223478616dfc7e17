"""What programs ask of the system inside the unit: common things work, the rest is an error, and nothing kills."""

from __future__ import annotations

import re

import pytest

from lab.architecture import native
from model.architecture import Architecture
from model.release import Binary
from model.sandbox import OPENINGS
from model.service import Service
from tests.lab.binaries import built
from tests.lab.unit.releases import HERE, Releases

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

CLOSED = {
    # What is asked, and with which words it is denied; docs/service.md lists the same.
    "Bluetooth": "address family not supported",
    "become root": "operation not permitted",
    "change the root": "operation not permitted",
    "count events": "operation not permitted",
    "devices": "no such file or directory",
    "encryption sockets": "address family not supported",
    "give to root": "operation not permitted",
    "home of root": "permission denied",
    "homes of people": "permission denied",
    "load a module": "operation not permitted",
    "load a program into the kernel": "operation not permitted",
    "mark set-user-id": "operation not permitted",
    "more priority": "permission denied",
    "mount": "operation not permitted",
    "name the host": "operation not permitted",
    "namespace of mounts": "operation not permitted",
    "namespace of users": "operation not permitted",
    "openat2": "function not implemented",
    "other personality": "operation not permitted",
    "other processes": "process 1 is not to be seen",
    "packets of a card": "address family not supported",
    "page faults": "operation not permitted",
    "port below 1024": "permission denied",
    "raw packets": "operation not permitted",
    "read the kernel's messages": "operation not permitted",
    "real time": "operation not permitted",
    "reboot": "operation not permitted",
    "replace the kernel": "operation not permitted",
    "run what was written": "permission denied|operation not permitted",
    "set the clock": "operation not permitted",
    "state of the clock": "operation not permitted",
    "sudo": "no new privileges",
    "swap": "operation not permitted",
    "trace a process": "operation not permitted",
    "wazero: compiler": "permission denied|operation not permitted",
    "write a control group": "read-only file system",
    "write a setting of the system": "read-only file system",
    "write a tunable": "permission denied|read-only file system",
    "write beside the binary": "read-only file system",
    "write where the system is": "read-only file system",
}
NOT_IN_A_CONTAINER = {"lock memory"}
"""The lab's containers refuse this by themselves, outside the unit as well."""
OPENED = {
    "run what was written": "jit",
    "wazero: compiler": "jit",
    "other processes": "processes",
    "packets of a card": "rawSockets",
    "raw packets": "rawSockets",
    "trace a process": "trace",
    "namespace of users": "namespaces",
}


@pytest.fixture(scope="module")
def catalogue() -> Binary:
    here = Architecture(native().value)
    return built(here, name="catalogue", source=str(HERE / "catalogue"))[here]


def service(**more: object) -> Service:
    return Service.model_validate(
        {"name": "catalogue", "source": "-", "environment": {"LISTEN": "127.0.0.1:{port}"}, **more}
    )


def denied(host: Releases) -> dict[str, str]:
    """What the system answered to all that was not granted."""
    told = host.ask()
    assert len(told) > 100
    for name in NOT_IN_A_CONTAINER:
        if told.pop(name) != "ok":
            ask = f"cd $(mktemp -d) && /opt/catalogue/app/current/bin/catalogue ask '{name}'"
            assert host.machine.run(ask, check=False).returncode != 0, f"{name} is denied by the unit"
    return {name: said for name, said in told.items() if said != "ok"}


def exposure(host: Releases, unit: str) -> float:
    told = host.root(f"systemd-analyze security --no-pager {unit}")
    score = re.search(r"Overall exposure level.*?: ([\d.]+) ", told)
    assert score, told[-300:]
    return float(score[1])


def test_common_programs_get_what_they_ask_for_and_all_else_is_an_error_that_kills_nobody(
    host: Releases, catalogue: Binary
) -> None:
    host.live(service(), catalogue)
    found = denied(host)
    assert found.keys() == CLOSED.keys()
    for name, words in CLOSED.items():
        assert re.search(words, found[name]), f"{name}: {found[name]}"
        assert "signal:" not in found[name]
    unit = host.live_unit("catalogue")
    assert host.root(f"systemctl show {unit} -p NRestarts --value") == "0"
    assert exposure(host, unit) <= 1.8

    # The same with everything opened that can be: what is named is had, and nothing else.
    host.live(service(sandbox=dict.fromkeys(OPENINGS, "to see it work")), catalogue)
    found = denied(host)
    print(found)
    assert {name for name in CLOSED if name not in found} == OPENED.keys()
