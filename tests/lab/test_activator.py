"""The activator on a real host: real systemd, HAProxy, processes and power cuts, with the real host files.

What it cannot show: a crash at every single step (tests/activator/test_crashes.py does), and the fleet. The other
architecture takes minutes here and is in tests/lab/acceptance.
"""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from components import bundle
from lab.lab import Lab
from lab.machine import Machine
from model.architecture import Architecture
from model.release import Binary, service_release
from model.release_policy import ReleasePolicy
from model.service import Health, Service
from tests.lab.binaries import built
from tests.lab.evidence import steady
from tests.lab.web import ACTIVATOR, LEDGER, Load, Web

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def binaries() -> dict[Architecture, Binary]:
    return built(*Architecture)


@pytest.fixture(scope="module")
def own_host(lab: Lab) -> Iterator[Machine]:
    """A host that this file's tests alone release on, cut from power and reboot."""
    yield lab.add("activated")
    lab.remove("activated")


@pytest.fixture
def web(lab: Lab, own_host: Machine) -> Iterator[Web]:
    web = Web(lab, own_host)
    yield web
    web.purge()


@pytest.fixture
def release(binaries: dict[Architecture, Binary], tmp_path: Path) -> Callable[..., bundle.Bundle]:
    """Makes a bundle whose service greets with `text`; `changes` go into the service's settings."""

    def make(
        text: str, architecture: Architecture = Architecture.AMD64, drain: float = 10, **changes: Any
    ) -> bundle.Bundle:
        service = Service(
            name="greeter",
            source="examples/greeter",
            environment={"GREETING": text, "PORT": "{port}"},
            health=changes.pop("health", Health(deadline=15)),
            **changes,
        )
        policy, binary = ReleasePolicy(drain=drain), binaries[architecture]
        return bundle.write(service_release(service, policy, architecture, text, binary), tmp_path)

    return make


Make = Callable[..., bundle.Bundle]


def test_a_releases_life_from_its_first_start_to_its_removal(
    web: Web, release: Make, binaries: dict[Architecture, Binary]
):
    one = release("one")
    line = web.live(one)
    assert web.greeting() == "one"
    assert (
        web.out(f"sudo -n sha256sum /proc/{line['pid']}/exe").split()[0]
        == binaries[Architecture.AMD64].sha256
    )
    assert web.out(f"ps -o user= -p {line['pid']}") == "greeter"
    again = web.live(one)
    assert (again["changed"], again["pid"]) == (False, line["pid"])

    for file in ("/etc/systemd/system/greeter-proxy.service", "/opt/greeter/conf/haproxy.cfg"):
        web.out(f"echo '# scribbled' | sudo -n tee -a {file}")
        again = web.live(one)
        assert (again["changed"], again["pid"]) == (True, line["pid"]), "put right without a restart"
        assert "scribbled" not in web.out(f"sudo -n cat {file}")

    web.out("echo precious | sudo -n tee /opt/greeter/data/orders")
    web.out(f"sudo -n python3 {ACTIVATOR} remove --service greeter --owner another")
    assert web.greeting() == "one"
    web.out(f"sudo -n python3 {ACTIVATOR} remove --service greeter --owner me")
    assert web.out("sudo -n cat /opt/greeter/data/orders") == "precious"
    assert web.out("systemctl list-units --all 'greeter*' --no-legend") == ""
    assert web.out("ls /etc/systemd/system | grep -c greeter || true") == "0"


def test_releases_under_load_lose_no_request(web: Web, release: Make):
    web.live(release("one"))
    with Load(web.machine.address) as load:
        for number in range(3):
            web.live(release(f"release {number}"))
        web.live(release("with another proxy configuration", drain=11))
    assert load.answered > 500
    assert load.lost == []
    assert web.greeting() == "with another proxy configuration"
    with Load(web.machine.address) as load:
        web.out("sudo -n systemctl restart greeter-proxy 'greeter@*'")
    assert load.lost != [], "a plain restart under the same load does, else the above could not fail"


def test_a_release_that_fails_is_put_back_with_evidence_and_the_next_good_one_heals(web: Web, release: Make):
    web.live(release("one"))
    enabled = web.out("systemctl list-unit-files --state=enabled 'greeter*' --no-legend")
    with Load(web.machine.address) as load:
        failed = web.apply(release("sick", health=Health(path="/nowhere", deadline=4)))
        began = time.monotonic()
        exits = web.apply(release("exits", arguments=("--no-such-flag",), health=Health(deadline=120)))
        seconds = time.monotonic() - began
    assert (failed.returncode, exits.returncode) == (3, 3), failed.stdout + exits.stdout
    assert load.lost == []
    for part in ("at step health", "404", "journal", "listening", "is back as it was", "next:"):
        assert part in failed.stdout, "the evidence is part of the error, and is not followed live as well"
        assert part not in failed.stderr
    assert "died" in exits.stdout
    assert seconds < 100, "not the deadline"
    assert web.greeting() == "one"
    assert web.out("systemctl list-unit-files --state=enabled 'greeter*' --no-legend") == enabled
    web.live(release("two"))
    assert web.greeting() == "two"


def test_stopped_by_sigterm_in_the_health_gate_the_old_release_is_put_back(web: Web, release: Make):
    web.live(release("one"))
    web.begin(release("sick", health=Health(path="/nowhere", deadline=60)), "health")
    web.out("sudo -n pkill -TERM -f '^python3 .*activator.pyz apply'")
    web.until(lambda: web.status()["unfinished"] is None)
    assert web.greeting() == "one"
    last = json.loads(web.out(f"sudo -n tail -n 1 {LEDGER}"))
    assert (last["result"], last["why"]) == ("reverted", "stopped by SIGTERM")


@pytest.mark.parametrize(
    ("step", "end"),
    [("health", "power cut"), ("switch", "killed"), ("boot", "power cut")],
)
def test_killed_in_a_step_or_cut_from_power_there_a_release_serves_and_a_rerun_converges(
    web: Web, release: Make, step: str, end: str
):
    web.live(release("one"))
    made = release("two")
    web.begin(made, step)
    if end == "killed":
        web.machine.run("sudo -n pkill -KILL -f '^python3 .*activator.pyz apply'", check=False)
    else:
        web.machine.kill()
        web.machine.start()
        web.machine.wait_ready()
        web.until(web.answers)
    assert web.greeting() in ("one", "two")
    line = web.live(made)
    assert web.greeting() == "two"
    idle = "blue" if line["slot"] == "green" else "green"
    assert web.machine.run(f"systemctl is-active greeter@{idle}", check=False).stdout.strip() == "inactive"
    assert web.status()["unfinished"] is None


def test_after_a_reboot_the_live_release_comes_back(web: Web, release: Make):
    web.live(release("one"))
    line = web.live(release("two"))
    web.machine.reboot()
    steady(web.answers, "an answer after the reboot")
    assert web.greeting() == "two"
    assert web.status()["slot"] == line["slot"]
    assert web.live(release("two"))["changed"] is False


def test_an_unconfirmed_release_goes_back_by_itself_and_a_confirmation_keeps_it(web: Web, release: Make):
    web.live(release("one"), secrets='{"GREETER_TOKEN": "of one"}')
    with Load(web.machine.address) as load:
        line = web.live(release("two"), "--confirm-within 3")
        web.until(lambda: web.greeting() == "one")
        web.until(lambda: web.status()["unfinished"] is None)
    assert load.lost == []
    pid = web.status()["pid"]
    assert "GREETER_TOKEN=of one" in web.out(f"sudo -n cat /proc/{pid}/environ | tr '\\0' '\\n'")
    reverted = {one["release"]: one.get("reverted") for one in web.kept()}
    assert reverted[line["release"]] == "not confirmed within 3 s"

    confirm = f"confirm --release {line['release']} --owner me"
    back = web.activator(confirm)
    assert back.returncode == 0, back.stderr
    assert json.loads(back.stdout)["confirmed"] is True
    assert web.greeting() == "two"

    line = web.live(release("three"), "--confirm-within 600")
    assert web.timers() != ""
    assert web.activator(f"confirm --release {line['release']} --owner me").returncode == 0
    assert web.timers() == ""
    assert web.greeting() == "three"


def test_an_apply_that_is_killed_after_its_switch_goes_back_by_itself(web: Web, release: Make):
    web.live(release("one"))
    web.begin(release("two"), "arm", "--confirm-within 5")
    web.until(lambda: web.timers() != "")
    web.machine.run("sudo -n pkill -KILL -f '^python3 .*activator.pyz apply'", check=False)
    web.until(lambda: web.timers() == "")
    web.until(lambda: web.status()["unfinished"] is None)
    web.until(lambda: web.greeting() == "one")


def test_a_port_in_use_names_its_holder_and_changes_nothing(web: Web, release: Make):
    web.live(release("one"))
    web.out("nohup python3 -m http.server 18082 --bind 127.0.0.1 >/dev/null 2>&1 & echo $! > squatter")
    try:
        web.until(lambda: "18082" in web.out("ss -Hltn"))
        refused = web.apply(release("two"))
    finally:
        web.out("kill $(cat squatter)")
    assert refused.returncode == 1
    assert "port 18082" in refused.stdout
    assert "http.server 18082" in refused.stdout
    assert web.greeting() == "one"


def test_a_secret_reaches_the_service_and_nothing_else(web: Web, release: Make):
    line = web.live(release("one"), secrets=json.dumps({"GREETER_TOKEN": 'hunter$22"quoted'}))
    environment = web.out(f"sudo -n cat /proc/{line['pid']}/environ | tr '\\0' '\\n'")
    assert 'GREETER_TOKEN=hunter$22"quoted' in environment.splitlines()
    searched = "/var/lib/slipway /etc/systemd /opt/greeter/app /tmp /home/deploy"
    found = web.machine.run(
        f"sudo -n grep -rlF {shlex.quote('hunter')} {searched}; sudo -n journalctl | grep hunter", check=False
    )
    assert [text for text in found.stdout.splitlines() if "grep" not in text] == []
