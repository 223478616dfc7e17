"""The journal's limits, as journald itself has them."""

from __future__ import annotations

import pytest

from tests.lab.evidence import root
from tests.lab.logs.conftest import Logged

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


def test_the_journal_lasts_and_is_as_large_as_it_may_be(logged: Logged) -> None:
    for machine in (logged.edge, logged.host):
        root(machine, "test -d /var/log/journal/$(cat /etc/machine-id)")
        said = root(machine, "journalctl -q -u systemd-journald --no-pager -o cat | grep '^System Journal'")
        assert "max 100M" in said.splitlines()[-1], said


def test_who_says_too_much_is_cut_off_and_that_is_told(logged: Logged) -> None:
    # How many were dropped is said with the first line after those ten seconds.
    script = "seq -f line-%.0f 200000; sleep 11; echo again"
    root(logged.host, f"systemd-run -q --wait --unit=flood sh -c '{script}'; journalctl --sync")
    kept = int(root(logged.host, "journalctl -q -u flood -o cat -g '^line-' | wc -l"))
    assert 1000 <= kept < 100_000, (
        "a hundred a second over ten seconds, times what journald allows by free space"
    )
    assert "from flood.service" in root(
        logged.host, "journalctl -q -u systemd-journald -o cat | grep Suppressed | tail -1"
    )


def test_another_limit_is_in_force_at_once_nothing_is_lost_and_other_releases_leave_journald_alone(
    logged: Logged,
) -> None:
    def journald() -> str:
        return root(logged.host, "systemctl show -P MainPID systemd-journald")

    root(logged.host, "logger -t before here")
    was = journald()
    logged.up(logs={"size": "120M", "perSecond": 100})
    now = journald()
    assert now != was
    assert "max 120M" in root(
        logged.host, "journalctl -q -u systemd-journald -o cat | grep '^System Journal' | tail -1"
    )
    assert root(logged.host, "journalctl -q -t before -o cat").split()[-1] == "here"
    # The service's own output goes on into the new journald.
    stack = logged.changed(logs={"size": "120M", "perSecond": 100})
    stack["service"]["environment"]["OTHER"] = "1"
    logged.project.configure(stack)
    logged.project.must_up()
    assert journald() == now
    logged.up()
