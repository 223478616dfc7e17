"""A release that fails: the old one goes on serving, what was there is back, and the evidence is shown."""

from __future__ import annotations

from typing import IO

import pytest

from activator.failure import Interrupted
from activator.host import Result
from tests.activator import bundles
from tests.activator.fake_host import FakeHost
from tests.activator.machine import Machine
from tests.activator.state import PROXY

ONE, TWO, THREE = (bundles.service(f"healthy {number}") for number in (1, 2, 3))
BLUE, GREEN = "greeter@blue.service", "greeter@green.service"
ROTATE = bundles.entry("/etc/logrotate.d/greeter", "weekly\n", None)
BROKEN = {
    "ill at once": "health: greeter@green.service was not healthy within 20 s",
    "dies": "health: greeter@green.service died",
    "restarts": "health: greeter@green.service died",
    "flaps": "health: greeter@green.service was not healthy within 20 s",
    "runs as root": "health: pid",
    "runs another file": "not the artifact",
    "ill after the switch": "watch: slot green fell ill after the switch",
}


def put_back(machine: Machine, made: bundles.Made, host: FakeHost | None = None, secrets: str = "") -> str:
    """Applies a release that must fail and leave everything as it was; returns what was said."""
    before, states, program = machine.tree(), machine.states(), machine.answering()
    machine.said.clear()
    assert machine.apply(made, host=host, secrets=secrets) == 3, machine.said
    assert machine.tree() == before
    assert machine.states() == states
    assert machine.answering() == program
    assert machine.events()[-1]["result"] == "reverted"
    return "\n".join(machine.said)


@pytest.mark.parametrize(("program", "reason"), BROKEN.items())
def test_a_broken_release_never_replaces_the_old_one(machine: Machine, program: str, reason: str):
    machine.apply(ONE)
    machine.apply(TWO)
    machine.apply(ONE)
    said = put_back(machine, bundles.service(program, config=bundles.CONFIG + "  # more\n", more=(ROTATE,)))
    assert reason in said
    assert machine.outages == []


@pytest.mark.parametrize("program", BROKEN)
def test_a_broken_first_release_leaves_no_unit_file_or_link(machine: Machine, program: str):
    assert machine.apply(bundles.service(program)) == 3
    left = [
        path
        for path in machine.tree()
        if path.startswith(("/etc", "/opt/greeter/conf/", "/opt/greeter/app/"))
    ]
    assert [path for path in left if machine.tree()[path].split()[-1] != "directory"] == []
    assert machine.states()["units"] == {"nginx.service": (True, True)}
    assert machine.apply(ONE) == 0, "the next good release heals"


def test_the_evidence_fits_one_screen_and_tells_what_to_do(machine: Machine):
    machine.apply(ONE)
    said = put_back(machine, bundles.service("ill at once"))
    for part in (
        "FAILED greeter",
        "on web1 at step health",
        "500 'the database is away'",
        "cannot reach the database",
        "127.0.0.1:18081",
        f"release {ONE.release} in slot blue is back as it was",
        "kept for a look: /opt/greeter/app/failed/",
        "next: ",
    ):
        assert part in said
    assert len(said.splitlines()) < 60


def test_the_failed_release_is_kept_for_a_look_until_the_next_success(machine: Machine):
    machine.apply(ONE)
    sick = bundles.service("ill at once")
    machine.apply(sick)
    assert (machine.root / f"opt/greeter/app/failed/{sick.release}/bin/greeter").exists()
    assert machine.apply(TWO) == 0
    assert not (machine.root / "opt/greeter/app/failed").exists()


def test_a_new_proxy_configuration_is_taken_back_with_the_release_that_brought_it(machine: Machine):
    machine.apply(ONE)
    put_back(
        machine, bundles.service("ill after the switch", config=bundles.CONFIG + "  timeout server 9s\n")
    )
    assert machine.commands.count(f"systemctl reload {PROXY}") == 2
    assert machine.outages == []


def test_a_proxy_that_does_not_switch_is_noticed(machine: Machine):
    machine.apply(ONE)
    machine.deaf_proxy = True
    said = put_back(machine, TWO)
    assert "never reported slot green as ready" in said


def test_a_proxy_that_does_not_take_its_new_configuration_is_noticed(machine: Machine):
    machine.apply(ONE)
    machine.deaf_proxy = True
    made = bundles.service("healthy 2", config=bundles.CONFIG + "  timeout server 9s\n")
    before = machine.tree()
    assert machine.apply(made) == 4, "the same deaf proxy also ignores the reload on the way back"
    assert "went on with its old configuration after a reload" in "\n".join(machine.said)
    assert machine.tree() == before
    assert machine.answering() == {"healthy 1"}


def test_being_stopped_in_the_health_gate_puts_the_old_release_back(machine: Machine):
    machine.apply(ONE)

    class Stopped(FakeHost):
        def get(self, port: int, path: str, timeout: float, name: str = "") -> tuple[int | None, str]:
            if port == 18082:
                assert self.interruptible
                raise Interrupted("stopped by SIGTERM")
            return super().get(port, path, timeout, name)

    assert "stopped by SIGTERM" in put_back(machine, TWO, Stopped(machine))


def test_a_disk_that_fills_up_while_files_are_written_puts_the_old_release_back(machine: Machine):
    machine.apply(ONE)

    class Full(FakeHost):
        def store(
            self, path: str, source: IO[bytes], mode: int, owner: str = "root", group: str = "root"
        ) -> None:
            if path == "/etc/systemd/system/.slipway-greeter@green.service":
                raise OSError(28, "No space left on device")
            super().store(path, source, mode, owner, group)

    assert "No space left on device" in put_back(machine, TWO, Full(machine))


def test_a_disk_that_fills_up_while_unpacking_is_a_refusal_that_leaves_nothing(machine: Machine):
    machine.apply(ONE)
    before = machine.tree()

    class Full(FakeHost):
        def store(
            self, path: str, source: IO[bytes], mode: int, owner: str = "root", group: str = "root"
        ) -> None:
            if path.endswith("bin/greeter"):
                raise OSError(28, "No space left on device")
            super().store(path, source, mode, owner, group)

    assert machine.apply(TWO, host=Full(machine)) == 1
    assert machine.tree() == before


def test_a_file_that_cannot_be_put_back_is_told_and_the_next_run_tries_again(machine: Machine):
    machine.apply(ONE)

    class Stuck(FakeHost):
        def restore_is_due(self) -> bool:
            return any("FAILED" in line for line in self.machine.said)

        def remove(self, path: str) -> None:
            if self.restore_is_due() and path == "/etc/logrotate.d/greeter":
                raise OSError(30, "Read-only file system")
            super().remove(path)

    made = bundles.service("ill at once", more=(ROTATE,))
    assert machine.apply(made, host=Stuck(machine)) == 4
    assert "NOT all could be put back" in "".join(machine.said)
    assert "Read-only file system" in "".join(machine.said)
    assert machine.status()["unfinished"] == "apply"
    assert machine.apply(ONE) == 0
    assert not (machine.root / "etc/logrotate.d/greeter").exists()
    assert machine.outages == []


def test_an_edge_whose_nginx_dies_of_the_reload_gets_its_old_file_back(machine: Machine):
    machine.apply(bundles.edge("good one;\n"))
    assert machine.apply(bundles.edge("breaks the reload;\n")) == 3
    assert machine.text("/etc/nginx/conf.d/edge.conf") == "good one;\n"
    assert machine.units["nginx.service"].active


def test_what_a_unit_said_when_it_refused_is_in_the_message_itself(machine: Machine):
    machine.apply(bundles.edge("good one;\n"))
    machine.journal = (
        "-- Journal begins at Mon --\nnginx[7]: [emerg] a duplicate default server for 0.0.0.0:80"
    )

    class Refuses(FakeHost):
        def run_systemctl(self, verb: str, *words: str):
            if verb in ("reload", "reload-or-restart") and not any(
                "good" in text for text in self.machine.said
            ):
                self.machine.said.append("good from here on")
                return 'Job for nginx.service failed.\nSee "systemctl status nginx.service" and "journalctl -xeu".'
            return super().run_systemctl(verb, *words)

    assert machine.apply(bundles.edge("another;\n"), host=Refuses(machine)) == 3
    (failed,) = (line for line in machine.said if line.startswith("FAILED"))
    assert "`systemctl reload nginx.service` ended with 1: Job for nginx.service failed." in failed
    assert "[emerg] a duplicate default server" in failed
    assert "journalctl" not in failed and "Journal begins" not in failed
    assert any("--unit nginx.service" in line and "--since" in line for line in machine.commands)


def test_many_failures_do_not_wear_out_the_way_back(machine: Machine):
    machine.apply(ONE)
    for number in range(5):
        put_back(machine, bundles.service(f"dies {number}"))
    assert machine.apply(TWO) == 0
    assert machine.answering() == {"healthy 2"}


def test_a_new_slot_that_is_all_users_have_left_is_not_taken_from_them(machine: Machine):
    machine.apply(ONE)

    class OldDies(FakeHost):
        """The old release dies, for good, right after the switch; then somebody stops the activator."""

        def get(self, port: int, path: str, timeout: float, name: str = "") -> tuple[int | None, str]:
            if self.machine.servers.get("green") == "ready" and self.machine.units[BLUE].active:
                self.machine.units[BLUE].active = False
                (self.machine.root / f"opt/greeter/app/releases/{ONE.release}/bin/greeter").unlink()
                raise Interrupted("stopped by SIGTERM")
            return super().get(port, path, timeout, name)

    assert machine.apply(TWO, host=OldDies(machine)) == 4
    assert machine.answering() == {"healthy 2"}
    assert machine.apply(TWO) == 0, machine.said
    assert machine.answering() == {"healthy 2"}


def test_what_cannot_be_tidied_after_the_commit_leaves_the_new_release_live_and_the_next_run_tidies(
    machine: Machine,
):
    machine.apply(ONE)

    class Unstoppable(FakeHost):
        def run_systemctl(self, verb: str, *words: str) -> Result | str:
            if (verb, *words) == ("stop", BLUE):
                return "Job for greeter@blue.service failed."
            return super().run_systemctl(verb, *words)

    assert machine.apply(TWO, host=Unstoppable(machine)) == 4
    assert f"release {TWO.release} is live, but not all was tidied" in machine.said[-1]
    assert machine.answering() == {"healthy 2"}
    assert machine.apply(TWO) == 0
    assert machine.status()["unfinished"] is None
    assert not machine.units[BLUE].active
    assert machine.outages == []
