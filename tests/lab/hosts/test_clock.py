"""The clock of real hosts, which have the kernel's, so that what is right here depends on the machine of the lab."""

from __future__ import annotations

import pytest

from tests.lab import evidence
from tests.lab.evidence import root
from tests.lab.hosts.conftest import Operated

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


def test_a_release_asks_for_the_clock_and_is_refused_before_anything_changes_where_nobody_keeps_it(
    operated: Operated,
) -> None:
    kept = root(operated.edge, "timedatectl show --property=NTPSynchronized --value").strip()
    assert kept in ("yes", "no")
    before = evidence.snapshots(*operated.machines)
    operated.project.configure(operated.changed(timeSynchronised=True))
    try:
        done = operated.project.up()
        if kept == "yes":
            assert done.code == 0, done.text
        else:
            assert done.code != 0
            assert "is not synchronised (timedatectl says 'no')" in done.text
            assert evidence.snapshots(*operated.machines) == before
    finally:
        operated.project.configure(operated.stack)
        operated.project.must_up()
