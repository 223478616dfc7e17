"""Another service on the host on which faults are tried: whatever becomes of the one, users of the other feel nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lab.machine import Machine
from model.architecture import Architecture
from model.release import Binary, Release, service_release
from model.release_policy import ReleasePolicy
from model.service import Health, Service
from tests.lab import evidence
from tests.lab.faults.fleet import GATE, root
from tests.load import Plan, running

NAME, PORT, RATE = "calm", 8090, 20
"""RATE: requests a second, beside those to the service that is ill."""
_FILES = f"find /opt/{NAME} /etc/systemd/system/{NAME}* -type f -exec sha256sum {{}} + | sort"
"""Not its ledger, which grows when it is asked."""


def release(binary: Binary, architecture: Architecture) -> Release:
    """Of the same program as the one that misbehaves, which here does not."""
    service = Service(
        name=NAME,
        source="-",
        port=PORT,
        slots=(18091, 18092),
        environment={"PORT": "{port}", "GREETING": NAME},
        health=Health.model_validate(GATE),
    )
    return service_release(service, ReleasePolicy(drain=1, watch=0.5), architecture, NAME, binary)


@contextmanager
def unharmed(machine: Machine) -> Iterator[None]:
    """While the body runs its users lose nothing; after it the same process serves from the same files."""
    before = _state(machine)
    plan = Plan(
        url=f"http://{machine.address}:{PORT}/",
        rate=RATE,
        seconds=900,
        connections=2,
        expect='"message"',
        timeout=60,
    )
    with running(plan) as load:
        yield
    assert load.scheduled > 0
    assert not load.lost, f"the neighbour lost requests: {load}"
    assert _state(machine) == before


def _state(machine: Machine) -> dict[str, Any]:
    told = evidence.status(machine, NAME)
    kept = {key: told[key] for key in ("release", "slot", "pid")}
    return kept | {"message": evidence.greeting(machine, PORT)["message"], "files": root(machine, _FILES)}
