"""Releases of a service that misbehaves on one host of the fleet."""

from __future__ import annotations

import pytest

from tests.lab.faults.row import Row, at_each_host

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


@pytest.mark.fault("service-exits", "The service exits as soon as it is started.")
@at_each_host
def test_a_service_that_exits_at_once_is_put_back(row: Row) -> None:
    row.fleet.configure(FAULT_ON=row.host.name, EXIT_AFTER="0s")
    with row.users():
        row.fails(f"on {row.host.name} at step health: faulty@")
        row.stopped_here()
        row.heals()
