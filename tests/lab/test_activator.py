"""The activator on a real host: real systemd, HAProxy, processes and power cuts, with the real host files.

What it cannot show: a crash at every single step (tests/activator/test_crashes.py does), and the fleet.
"""

from __future__ import annotations

import http.client
import json
import os
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from components import bundle
from lab.lab import Lab
from lab.machine import Machine
from lab.plan import default_hosts
from lab.progress import Progress
from model.architecture import Architecture
from model.release import Binary, service_release
from model.release_policy import ReleasePolicy
from model.service import Health, Service

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(
        sys.platform != "linux" or os.geteuid() != 0, reason="lab hosts need root on Linux: sudo make test"
    ),
]
UPLOADS = "/home/deploy/.slipway"
ACTIVATOR = f"{UPLOADS}/activator.pyz"


@pytest.fixture(scope="module")
def binary() -> Binary:
    spec = {"name": "greeter", "source": "examples/greeter", "package": ".", "dirty": "allow"}
    done = subprocess.run(
        [sys.executable, "-m", "gobuild"],
        input=json.dumps({**spec, "architectures": [Architecture.AMD64.value]}),
        capture_output=True,
        text=True,
        check=True,
    )
    built = json.loads(done.stdout)["artifacts"][Architecture.AMD64.value]
    return Binary(path=built["path"], sha256=built["sha256"], size=built["size"], sbom=built["sbom"])


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    made = Lab("activator", "10.79.0.0/24", default_hosts(native_only=True), progress=Progress())
    made.up()
    try:
        yield made
    finally:
        made.down()


@pytest.fixture
def web(lab: Lab) -> Iterator[Web]:
    web = Web(lab, lab.machines["web1"])
    yield web
    web.machine.run(
        f"test ! -e {ACTIVATOR} || sudo -n python3 {ACTIVATOR} remove --service greeter --owner me --purge"
    )


class Web:
    """A host, what can be released on it, and what its users see."""

    def __init__(self, lab: Lab, machine: Machine) -> None:
        self.lab, self.machine = lab, machine
        self.machine.run(f"mkdir -p {UPLOADS}")

    def upload(self, made: bundle.Bundle) -> str:
        target = f"{self.machine.name}:.slipway/{made.file_name}"
        subprocess.run(["scp", "-q", "-F", self.lab.place.ssh_config, made.path, target], check=True)
        self.out(f"tar -xzf {UPLOADS}/{made.file_name} -C {UPLOADS} activator.pyz")
        return (
            f"sudo -n python3 {ACTIVATOR} apply --bundle {UPLOADS}/{made.file_name} "
            f"--sha256 {made.sha256} --owner me"
        )

    def apply(self, made: bundle.Bundle, secrets: str = "") -> subprocess.CompletedProcess[str]:
        return self.machine.run(self.upload(made), check=False, stdin=secrets, timeout=200)

    def live(self, made: bundle.Bundle, secrets: str = "") -> dict[str, Any]:
        """Applies what must succeed, and returns its one line."""
        done = self.apply(made, secrets)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def status(self) -> dict[str, Any]:
        return json.loads(self.out(f"sudo -n python3 {ACTIVATOR} status --service greeter"))

    def out(self, command: str) -> str:
        return self.machine.run(command).stdout.strip()

    def greeting(self) -> str:
        connection = http.client.HTTPConnection(self.machine.address, 8080, timeout=5)
        connection.request("GET", "/")
        answer = connection.getresponse()
        assert answer.status == 200
        return json.loads(answer.read())["message"]

    def until(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "what was waited for did not come"
            time.sleep(0.1)


class Load:
    """Requests that never stop while it is open, over kept and over new connections; counts what users would lose."""

    def __init__(self, address: str) -> None:
        self.address, self.answered, self.lost = address, 0, []
        self.stopping = threading.Event()
        self.threads = [
            threading.Thread(target=self.send, args=(kept,)) for kept in (True, True, False, False)
        ]

    def send(self, kept: bool) -> None:
        connection = http.client.HTTPConnection(self.address, 8080, timeout=10)
        while not self.stopping.wait(0.01):
            try:
                connection.request("GET", "/slow?ms=300" if self.answered % 20 == 0 else "/")
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    self.lost.append(f"status {answer.status}")
            except (OSError, http.client.HTTPException) as error:
                self.lost.append(repr(error))
                connection.close()
            self.answered += 1
            if not kept:
                connection.close()

    def __enter__(self) -> Load:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join()


@pytest.fixture
def release(binary: Binary, tmp_path: Path) -> Callable[..., bundle.Bundle]:
    """Makes a bundle whose service greets with `text`; `changes` go into the service's settings."""

    def make(text: str, **changes: Any) -> bundle.Bundle:
        policy = changes.pop("policy", ReleasePolicy(drain=10))
        service = Service(
            name="greeter",
            source="examples/greeter",
            environment={"GREETING": text, "PORT": "{port}", **changes.pop("environment", {})},
            health=changes.pop("health", Health(deadline=15)),
            **changes,
        )
        made = service_release(service, policy, Architecture.AMD64, text, binary)
        return bundle.write(made, tmp_path)

    return make


def test_a_release_runs_the_artifacts_bytes_as_its_own_user_and_a_second_apply_changes_nothing(
    web: Web, release: Callable[..., bundle.Bundle], binary: Binary
):
    made = release("one")
    line = web.live(made)
    assert web.greeting() == "one"
    assert web.out(f"sudo -n sha256sum /proc/{line['pid']}/exe").split()[0] == binary.sha256
    assert web.out(f"ps -o user= -p {line['pid']}") == "greeter"
    again = web.live(made)
    assert (again["changed"], again["pid"]) == (False, line["pid"])


def test_releases_under_load_lose_no_request_even_with_a_new_proxy_configuration(
    web: Web, release: Callable[..., bundle.Bundle]
):
    web.live(release("one"))
    with Load(web.machine.address) as load:
        for number in range(4):
            web.live(release(f"release {number}"))
        web.live(release("with another proxy configuration", policy=ReleasePolicy(drain=11)))
    assert load.lost == []
    assert load.answered > 500
    assert web.greeting() == "with another proxy configuration"


def test_a_plain_restart_under_the_same_load_does_lose_requests(
    web: Web, release: Callable[..., bundle.Bundle]
):
    web.live(release("one"))
    with Load(web.machine.address) as load:
        for _ in range(3):
            web.out("sudo -n systemctl restart greeter-proxy greeter@blue")
    assert load.lost != [], "else the test above could not fail"


def test_an_unhealthy_release_is_put_back_with_evidence_and_the_next_good_one_heals(
    web: Web, release: Callable[..., bundle.Bundle]
):
    web.live(release("one"))
    enabled = web.out("systemctl list-unit-files --state=enabled 'greeter*' --no-legend")
    with Load(web.machine.address) as load:
        failed = web.apply(release("sick", health=Health(path="/nowhere", deadline=6)))
    assert failed.returncode == 3
    assert load.lost == []
    for part in ("at step health", "404", "journal", "listening", "is back as it was", "next:"):
        assert part in failed.stderr
    assert web.greeting() == "one"
    assert web.out("systemctl list-unit-files --state=enabled 'greeter*' --no-legend") == enabled
    web.live(release("two"))
    assert web.greeting() == "two"


def test_a_release_that_exits_at_once_fails_before_its_deadline(
    web: Web, release: Callable[..., bundle.Bundle]
):
    web.live(release("one"))
    began = time.monotonic()
    failed = web.apply(release("exits", arguments=("--no-such-flag",), health=Health(deadline=120)))
    assert failed.returncode == 3, failed.stderr
    assert time.monotonic() - began < 100
    assert "died" in failed.stderr
    assert web.greeting() == "one"


@pytest.mark.parametrize("end", ["killed", "power cut"])
@pytest.mark.parametrize("step", ["files", "health", "switch", "boot"])
def test_killed_in_a_step_or_cut_from_power_there_a_release_serves_and_a_rerun_converges(
    web: Web, release: Callable[..., bundle.Bundle], step: str, end: str
):
    web.live(release("one"))
    made = release("two")
    ledger = "/var/lib/slipway/greeter/ledger.jsonl"
    known = int(web.out(f"sudo -n cat {ledger} | wc -l"))
    web.out(f"{web.upload(made)} </dev/null >/dev/null 2>&1 & echo started")
    reached = f"tail -n +{known + 1} {ledger} | grep -q step.*{step}"
    kill = 'pkill -KILL -f "^python3 .*activator.pyz apply"' if end == "killed" else "true"
    web.out(f"sudo -n timeout 60 sh -c {shlex.quote(f'until {reached}; do :; done; {kill}')}")
    if end == "power cut":
        web.machine.kill()
        web.machine.start()
        web.machine.wait_ready()
        web.until(lambda: web.machine.run("curl -sf localhost:8080/", check=False).returncode == 0)
    assert web.greeting() in ("one", "two")
    line = web.live(made)
    assert web.greeting() == "two"
    idle = "blue" if line["slot"] == "green" else "green"
    assert web.machine.run(f"systemctl is-active greeter@{idle}", check=False).stdout.strip() == "inactive"
    assert web.status()["unfinished"] is None


def test_after_a_reboot_the_live_release_comes_back(web: Web, release: Callable[..., bundle.Bundle]):
    web.live(release("one"))
    line = web.live(release("two"))
    web.machine.reboot()
    web.until(lambda: web.machine.run("curl -sf localhost:8080/", check=False).returncode == 0)
    assert web.greeting() == "two"
    assert web.status()["slot"] == line["slot"]
    assert web.live(release("two"))["changed"] is False


def test_a_port_in_use_names_its_holder_and_changes_nothing(web: Web, release: Callable[..., bundle.Bundle]):
    web.live(release("one"))
    web.out("nohup python3 -m http.server 18082 --bind 127.0.0.1 >/dev/null 2>&1 & echo $! > squatter")
    try:
        web.until(lambda: "18082" in web.out("ss -Hltn"))
        refused = web.apply(release("two"))
    finally:
        web.out("kill $(cat squatter)")
    assert refused.returncode == 1
    assert "port 18082" in refused.stderr
    assert "http.server 18082" in refused.stderr
    assert web.greeting() == "one"


@pytest.mark.parametrize(
    "file", ["/etc/systemd/system/greeter-proxy.service", "/opt/greeter/conf/haproxy.cfg"]
)
def test_a_file_changed_by_hand_is_put_right(web: Web, release: Callable[..., bundle.Bundle], file: str):
    line = web.live(release("one"))
    web.out(f"echo '# scribbled' | sudo -n tee -a {file}")
    again = web.live(release("one"))
    assert (again["changed"], again["pid"]) == (True, line["pid"])
    assert "scribbled" not in web.out(f"sudo -n cat {file}")


def test_a_secret_reaches_the_service_and_nothing_else(web: Web, release: Callable[..., bundle.Bundle]):
    line = web.live(release("one"), secrets=json.dumps({"GREETER_TOKEN": 'hunter$22"quoted'}))
    environment = web.out(f"sudo -n cat /proc/{line['pid']}/environ | tr '\\0' '\\n'")
    assert 'GREETER_TOKEN=hunter$22"quoted' in environment.splitlines()
    searched = "/var/lib/slipway /etc/systemd /opt/greeter/app /tmp /home/deploy"
    found = web.machine.run(
        f"sudo -n grep -rlF {shlex.quote('hunter')} {searched}; sudo -n journalctl | grep hunter", check=False
    )
    assert [text for text in found.stdout.splitlines() if "grep" not in text] == []


def test_remove_takes_it_off_and_leaves_the_data(web: Web, release: Callable[..., bundle.Bundle]):
    web.live(release("one"))
    web.out("echo precious | sudo -n tee /opt/greeter/data/orders")
    web.out(f"sudo -n python3 {ACTIVATOR} remove --service greeter --owner another")
    assert web.greeting() == "one"
    web.out(f"sudo -n python3 {ACTIVATOR} remove --service greeter --owner me")
    assert web.out("sudo -n cat /opt/greeter/data/orders") == "precious"
    assert web.out("systemctl list-units --all 'greeter*' --no-legend") == ""
    assert web.out("ls /etc/systemd/system | grep -c greeter || true") == "0"
