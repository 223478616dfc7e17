"""A release goes live, or nothing happens because it already is."""

from __future__ import annotations

import json
import re

import pytest

from tests.activator import bundles
from tests.activator.machine import Machine
from tests.activator.state import PROXY

ONE, TWO, THREE, FOUR = (bundles.service(f"healthy {number}") for number in (1, 2, 3, 4))
BLUE, GREEN = "greeter@blue.service", "greeter@green.service"


def test_a_first_release_serves_from_the_blue_slot_and_one_json_line_says_so(machine: Machine):
    assert machine.apply(ONE) == 0, machine.said
    assert machine.answering() == {"healthy 1"}
    assert machine.answers == [
        {
            "service": "greeter",
            "release": ONE.release,
            "version": "healthy 1",
            "architecture": "amd64",
            "sha256": ONE.manifest["binary"]["sha256"],
            "size": ONE.manifest["binary"]["size"],
            "goVersion": None,
            "slot": "blue",
            "pid": machine.units[BLUE].pid,
            "changed": True,
            "previous": None,
            "host": "web1",
        }
    ]


def test_the_next_release_takes_the_other_slot_and_the_old_one_is_stopped_and_disabled(machine: Machine):
    assert [machine.apply(ONE), machine.apply(TWO)] == [0, 0], machine.said
    assert machine.answering() == {"healthy 2"}
    assert machine.states() == {
        "servers": {"blue": "maint", "green": "ready"},
        "units": {GREEN: (True, True), PROXY: (True, True), "nginx.service": (True, True)},
    }
    assert machine.answers[-1]["previous"] == ONE.release
    assert machine.outages == []


def test_only_the_live_slot_comes_back_after_a_reboot(machine: Machine):
    machine.apply(ONE)
    machine.apply(TWO)
    machine.reboot()
    assert machine.answering() == {"healthy 2"}
    assert not machine.units[BLUE].active


def test_the_same_release_again_changes_nothing_at_all(machine: Machine):
    machine.apply(ONE, secrets='{"KEY": "hunter22"}')
    before, ledger = machine.tree(), machine.events()
    machine.commands.clear()
    assert machine.apply(ONE, secrets='{"KEY": "hunter22"}') == 0
    assert machine.answers[-1]["changed"] is False
    assert (machine.tree(), machine.events()) == (before, ledger)
    assert {command.split()[1] for command in machine.commands} == {"show"}


def test_the_same_release_with_a_newer_activator_changes_nothing_but_keeps_that_one(machine: Machine):
    machine.apply(ONE)
    pid, newer = machine.units[BLUE].pid, bundles.service("healthy 1", activator=b"newer")
    assert newer.release == ONE.release
    assert machine.apply(newer) == 0
    assert (machine.answers[-1]["changed"], machine.units[BLUE].pid) == (False, pid)
    assert machine.text(f"/opt/greeter/app/releases/{ONE.release}/activator.pyz") == "newer"


def test_a_changed_unit_file_is_what_the_next_start_in_its_slot_gets(machine: Machine):
    machine.apply(ONE)
    machine.apply(TWO)
    assert machine.apply(bundles.service("healthy 3", unit=bundles.UNIT + "# changed\n")) == 0
    assert machine.loaded[BLUE].endswith("# changed\n")


def test_changed_secrets_go_through_the_gate_in_the_other_slot(machine: Machine):
    machine.apply(ONE, secrets='{"KEY": "old"}')
    assert machine.apply(ONE, secrets='{"KEY": "new"}') == 0
    assert machine.answers[-1]["slot"] == "green"
    assert machine.answers[-1]["changed"] is True
    assert machine.text("/opt/greeter/conf/green.secrets") == 'KEY="new"\n'
    assert (machine.root / "opt/greeter/conf/green.secrets").stat().st_mode & 0o777 == 0o600


def test_secrets_that_were_withdrawn_are_gone_from_the_slot(machine: Machine):
    machine.apply(ONE, secrets='{"KEY": "old"}')
    machine.apply(TWO)
    machine.apply(THREE)
    assert machine.answers[-1]["slot"] == "blue"
    assert not (machine.root / "opt/greeter/conf/blue.secrets").exists()


def test_no_secret_is_in_the_ledger_or_in_what_is_printed(machine: Machine):
    sick = bundles.service("ill at once")
    machine.apply(ONE, secrets='{"KEY": "hunter22"}')
    assert machine.apply(sick, secrets='{"KEY": "hunter22"}') == 3
    assert "hunter22" not in machine.text("/var/lib/slipway/greeter/ledger.jsonl") + "".join(machine.said)
    assert "cannot reach the database with [KEY]" in "".join(machine.said)


def test_a_secret_that_the_failing_health_check_answers_is_neither_told_nor_kept(machine: Machine):
    machine.apply(ONE, secrets='{"KEY": "hunter22"}')
    machine.ill_with = ": no login with hunter22"
    assert machine.apply(bundles.service("ill at once"), secrets='{"KEY": "hunter22"}') == 3
    told = machine.text("/var/lib/slipway/greeter/ledger.jsonl") + "".join(machine.said)
    assert "no login with [KEY]" in told
    assert "hunter22" not in told


def test_a_live_release_that_fell_ill_and_answers_a_secret_is_reported_without_it(machine: Machine):
    machine.apply(ONE, secrets='{"KEY": "hunter22"}')
    machine.ill.add(machine.units[BLUE].program)
    machine.ill_with = ": no login with hunter22"
    machine.apply(ONE, secrets='{"KEY": "hunter22"}')
    told = machine.text("/var/lib/slipway/greeter/ledger.jsonl") + "".join(machine.said)
    assert "not as released: greeter@blue.service is not healthy" in told
    assert "hunter22" not in told


def test_secrets_of_the_releases_before_are_taken_out_of_the_evidence_too(machine: Machine):
    machine.apply(ONE, secrets='{"KEY": "of the slot before"}')
    machine.apply(TWO, secrets='{"KEY": "of the live release"}')
    machine.journal = "of the slot before, of the live release, of the failed one"
    sick = bundles.service("ill at once")
    assert machine.apply(sick, secrets='{"KEY": "of the failed one"}') == 3
    assert "[KEY], [KEY], [KEY]" in "".join(machine.said)


def test_the_evidence_shows_what_the_slot_printed_in_this_run_alone(machine: Machine):
    machine.apply(ONE)
    machine.apply(bundles.service("ill at once"))
    asked = [command for command in machine.commands if command.startswith("journalctl")]
    began = [json.loads(line) for line in machine.text("/var/lib/slipway/greeter/ledger.jsonl").splitlines()]
    last = [line["time"] for line in began if line["event"] == "begin"][-1]
    assert len(asked) == 1
    assert f"--since={last[:10]} {last[11:19]} UTC" in asked[0]


def test_a_slot_knows_its_name_port_and_release(machine: Machine):
    machine.apply(ONE)
    lines = machine.text("/opt/greeter/conf/blue.env").splitlines()
    assert lines == [
        'PORT="18081"',
        'SLIPWAY_FILES="/opt/greeter/conf/blue.files"',
        'SLIPWAY_PORT="18081"',
        f'SLIPWAY_RELEASE="{ONE.release}"',
        'SLIPWAY_SLOT="blue"',
    ]


@pytest.mark.parametrize(
    "path", ["/etc/systemd/system/greeter-proxy.service", "/opt/greeter/conf/haproxy.cfg"]
)
def test_a_file_changed_by_hand_is_put_right_in_place_and_reported(machine: Machine, path: str):
    machine.apply(ONE)
    pid, good = machine.units[BLUE].pid, machine.text(path)
    machine.put(path, good + "\n# by hand\n")
    assert machine.apply(ONE) == 0
    assert machine.text(path) == good
    assert machine.answers[-1]["changed"] is True
    assert machine.units[BLUE].pid == pid, "the service must not restart for it"
    assert any(path in line for line in machine.said)
    assert machine.apply(ONE) == 0
    assert machine.answers[-1]["changed"] is False


def test_the_live_slots_own_unit_changed_by_hand_is_released_again_in_the_other_slot(machine: Machine):
    machine.apply(ONE)
    machine.put("/etc/systemd/system/greeter@blue.service", "[Service]\nUser=root\n")
    assert machine.apply(ONE) == 0
    assert machine.answers[-1]["slot"] == "green"
    assert machine.outages == []


def test_a_dead_unit_is_started_again_through_the_gate(machine: Machine):
    machine.apply(ONE)
    machine.served = False
    machine.units[BLUE].active = False
    assert machine.apply(ONE) == 0
    assert machine.answers[-1]["changed"] is True
    assert machine.answering() == {"healthy 1"}


def test_a_proxy_that_died_is_started_again_without_touching_the_service(machine: Machine):
    machine.apply(ONE)
    machine.served, pid = False, machine.units[BLUE].pid
    machine.units[PROXY].active = False
    assert machine.apply(ONE) == 0
    assert machine.answering() == {"healthy 1"}
    assert machine.units[BLUE].pid == pid


def test_an_opt_removed_by_hand_is_built_again(machine: Machine):
    machine.apply(ONE)
    machine.served = False
    for path in ("opt/greeter/app", "opt/greeter/conf"):
        (machine.root / path).rename(
            machine.root / "gone" if path.endswith("app") else machine.root / "gone2"
        )
    assert machine.apply(ONE) == 0, machine.said
    assert machine.answering() == {"healthy 1"}


def test_a_released_binary_changed_on_disk_is_unpacked_again(machine: Machine):
    machine.apply(ONE)
    machine.put(f"/opt/greeter/app/releases/{ONE.release}/bin/greeter", "healthy but not ours")
    assert machine.apply(ONE) == 0, machine.said
    assert machine.answering() == {"healthy 1"}


def test_an_older_release_comes_back_from_the_hosts_own_disk_without_an_upload(machine: Machine):
    machine.apply(ONE)
    machine.apply(TWO)
    (machine.root / f"home/deploy/.slipway/{ONE.name}").unlink()
    assert machine.apply_at(f"/home/deploy/.slipway/{ONE.name}", "00") == 0
    assert machine.answering() == {"healthy 1"}


def test_releases_beyond_keep_and_uploads_beyond_two_are_pruned_but_never_current_and_previous(
    machine: Machine,
):
    for made in (ONE, TWO, THREE, FOUR):
        assert machine.apply(made) == 0
    kept = {path.name for path in (machine.root / "opt/greeter/app/releases").iterdir()}
    uploads = {path.name for path in (machine.root / "home/deploy/.slipway").iterdir()}
    assert kept == {THREE.release, FOUR.release}
    assert uploads == {THREE.name, FOUR.name}


def test_the_old_slot_is_stopped_only_when_its_last_session_has_ended(machine: Machine):
    machine.apply(ONE)
    machine.sessions["blue"] = 8
    began = machine.time
    assert machine.apply(TWO) == 0
    assert machine.sessions["blue"] == 0
    assert machine.time - began < 30
    assert not any("still had" in line for line in machine.said)


def test_sessions_that_do_not_end_are_cut_at_the_drains_deadline_and_that_is_said(machine: Machine):
    machine.apply(ONE)
    machine.sessions["blue"] = 10_000
    assert machine.apply(TWO) == 0
    assert not machine.units[BLUE].active
    assert any(re.search(r"slot blue still had 99\d\d sessions after 5 s", line) for line in machine.said)


def test_the_proxy_is_reloaded_only_when_more_than_the_slots_states_changed(machine: Machine):
    machine.apply(ONE)
    machine.apply(TWO)
    assert f"systemctl reload {PROXY}" not in machine.commands
    assert machine.apply(bundles.service("healthy 3", config=bundles.CONFIG + "  timeout server 9s\n")) == 0
    assert machine.commands.count(f"systemctl reload {PROXY}") == 1
    assert machine.outages == []


def test_many_releases_within_seconds_do_not_meet_systemds_start_limit(machine: Machine):
    quick = {**ONE.manifest["health"], "successes": 1, "minimumHealthy": 0}
    for number in range(14):
        assert machine.apply(bundles.service(f"healthy {number}", health=quick, watch=0)) == 0, machine.said
    assert machine.time < 1010, "else this shows nothing"


def test_a_slow_start_within_the_deadline_is_waited_for(machine: Machine):
    machine.apply(ONE)
    assert machine.apply(bundles.service("slow start")) == 0
    assert machine.outages == []


def test_a_file_that_the_next_release_lacks_is_removed(machine: Machine):
    rotate = bundles.entry("/etc/logrotate.d/greeter", "weekly\n", None)
    machine.apply(bundles.service("healthy 1", more=(rotate,)))
    machine.apply(TWO)
    assert not (machine.root / "etc/logrotate.d/greeter").exists()


def test_missing_packages_are_installed_when_that_is_allowed(machine: Machine):
    (machine.root / "usr/sbin/haproxy").unlink()
    machine.installable["haproxy"] = "/usr/sbin/haproxy"
    assert machine.apply(ONE, "--install-packages") == 0


WITH_RELOAD = bundles.service("healthy 2", config=bundles.CONFIG + "  timeout server 9s\n")


@pytest.mark.parametrize("old", [[True] * 3, [False, True] * 5, [*[False] * 10, True, True, False, True]])
def test_a_worker_on_its_way_out_after_a_reload_is_not_taken_for_the_new_one(
    machine: Machine, old: list[bool]
):
    machine.apply(ONE)
    machine.heard_by_old_worker = old
    assert machine.apply(WITH_RELOAD) == 0, machine.said
    assert machine.heard_by_old_worker == []
    assert machine.servers["green"] == "ready"
    assert machine.outages == []


def test_a_proxy_whose_old_worker_never_stops_answering_fails_the_release(machine: Machine):
    machine.apply(ONE)
    machine.heard_by_old_worker = [*[False] * 10, *[True] * 1000]
    assert machine.apply(WITH_RELOAD) in (3, 4)
    assert "never let greeter/green be set to state ready" in "".join(machine.said)


def test_an_edge_is_reloaded_once_and_not_again(machine: Machine):
    assert machine.apply(bundles.edge()) == 0, machine.said
    assert machine.apply(bundles.edge()) == 0
    assert machine.commands.count("systemctl reload nginx.service") == 1
    assert [answer["changed"] for answer in machine.answers] == [True, False]


def test_status_tells_what_is_live_and_changes_nothing(machine: Machine):
    assert machine.status() == {"service": "greeter", "release": None, "host": "web1", "unfinished": None}
    machine.apply(ONE)
    before = machine.tree()
    found = machine.status()
    assert (found["release"], found["slot"], found["owner"], found["kept"]) == (
        ONE.release,
        "blue",
        "me",
        [ONE.release],
    )
    assert machine.tree() == before


def test_remove_takes_the_service_off_and_leaves_its_data(machine: Machine):
    machine.apply(ONE)
    machine.put("/opt/greeter/data/orders", "precious")
    assert machine.remove() == 0
    assert machine.states()["units"] == {"nginx.service": (True, True)}
    assert machine.text("/opt/greeter/data/orders") == "precious"
    assert [
        path
        for path in machine.tree()
        if path.startswith(("/etc/systemd/system/", "/opt/greeter/app", "/opt/greeter/conf"))
    ] == []
    assert machine.remove() == 0, "a second remove finds nothing and is content"
    assert machine.apply(TWO) == 0, machine.said


def test_remove_leaves_a_newer_owners_service_alone(machine: Machine):
    machine.apply(ONE, owner="old stack")
    machine.apply(ONE, owner="new stack")
    assert machine.answers[-1]["changed"] is False
    before = machine.tree()
    assert machine.remove(owner="old stack") == 0
    assert machine.tree() == before
    assert machine.answering() == {"healthy 1"}
    assert any("belongs to new stack" in line for line in machine.said)


def test_purge_leaves_nothing(machine: Machine):
    before = machine.tree()
    machine.apply(ONE)
    assert machine.remove("--purge") == 0
    assert {path for path in machine.tree() if "slipway" in path or "greeter" in path} == set()
    assert set(before) <= set(machine.tree())
    assert "greeter" not in machine.users


def test_a_file_that_was_there_before_the_first_release_comes_back_on_remove(machine: Machine):
    machine.put("/etc/nginx/conf.d/edge.conf", "the package's own")
    machine.apply(bundles.edge())
    machine.apply(bundles.edge("upstream two {}\n"))
    assert machine.text("/etc/nginx/conf.d/edge.conf") == "upstream two {}\n"
    assert machine.remove(service="edge") == 0
    assert machine.text("/etc/nginx/conf.d/edge.conf") == "the package's own"
