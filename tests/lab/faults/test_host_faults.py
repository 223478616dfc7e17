"""One host of the fleet is not as it should be: disk, ports, architecture, files that somebody touched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lab.architecture import native
from lab.machine import Machine
from tests.lab import evidence
from tests.lab.faults.fleet import SERVICE, nothing_left, root
from tests.lab.faults.row import Row, at, at_each_host

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]
RELEASES = f"/opt/{SERVICE}/app/releases"


@contextmanager
def nearly_full(host: Machine) -> Iterator[None]:
    """What is unpacked there has 2 MiB left, while the file system that is asked for its space has plenty."""
    size = f"$(( $(du -sk {RELEASES} | cut -f1) + 2048 ))k"
    mount = f"mkdir -p /run/small && mount -t tmpfs -o size={size},mode=755 tmpfs /run/small"
    root(host, f"{mount} && cp -a {RELEASES}/. /run/small && mount --bind /run/small {RELEASES}")
    try:
        yield
    finally:
        root(host, f"umount {RELEASES} && umount /run/small")


@contextmanager
def read_only(host: Machine) -> Iterator[None]:
    root(host, f"mount --bind {RELEASES} {RELEASES} && mount -o remount,bind,ro {RELEASES}")
    try:
        yield
    finally:
        root(host, f"umount {RELEASES}")


@contextmanager
def idle_port_taken(host: Machine) -> Iterator[int]:
    """Somebody else listens where the next release would."""
    port = {"blue": 18082, "green": 18081}[evidence.status(host, SERVICE)["slot"]]
    root(host, f"systemd-run --quiet --unit=squatter python3 -m http.server {port} --bind 127.0.0.1")
    evidence.wait_for(lambda: port in evidence.listening(host), "the squatter")
    try:
        yield port
    finally:
        root(host, "systemctl stop squatter.service")


@pytest.mark.fault("disk-full", "The disk is full while the release is unpacked.")
@at_each_host
def test_a_disk_that_fills_up_while_unpacking_changes_nothing_there(row: Row) -> None:
    row.fleet.configure()
    with row.users():
        with nearly_full(row.host):
            row.fails(f"refused on {row.host.name}, nothing was changed: [Errno 28] No space left on device")
            nothing_left(row.host)  # here, because what is unpacked goes away with the small disk
        row.stopped_here()
        row.heals(same=True)


@pytest.mark.fault("read-only", "The directory of the releases is read-only.")
@at("last")
def test_a_read_only_release_directory_changes_nothing_there(row: Row) -> None:
    row.fleet.configure()
    with row.users():
        with read_only(row.host):
            row.fails(f"refused on {row.host.name}, nothing was changed: [Errno 30] Read-only file system")
        row.stopped_here()
        row.heals(same=True)


@pytest.mark.fault("port-taken", "Another process listens on the idle slot's port.")
@at("middle")
def test_a_taken_port_names_its_holder_and_changes_nothing_there(row: Row) -> None:
    row.fleet.configure()
    with row.users():
        with idle_port_taken(row.host) as port:
            done = row.fails(f"refused on {row.host.name}, nothing was changed: port {port}")
        assert f"http.server {port}" in done.text
        row.stopped_here()
        row.heals(same=True)


@pytest.mark.fault("wrong-architecture", "The host is of another architecture than the stack file says.")
@at("first")
def test_a_host_of_another_architecture_gets_nothing(row: Row) -> None:
    settings = row.fleet.configure()
    settings["regions"]["lab"]["hosts"][row.place]["architecture"] = native().foreign.value
    row.fleet.project.configure(settings)
    with row.users():
        row.fails(f"refused on {row.host.name}, nothing was changed: the release is for")
        row.stopped_here()
        row.heals()


@pytest.mark.fault("removed-by-hand", "Somebody removed /opt/SERVICE, the service's data with it.")
@at("middle")
def test_a_service_whose_directory_was_removed_serves_on_and_is_whole_again_after_the_next_release(
    row: Row,
) -> None:
    with row.users():
        root(row.host, f"rm -r /opt/{SERVICE}")
        row.serves("old", "old", "old")
        row.heals(data_lost=True)


@pytest.mark.fault(
    "edited-by-hand", "Somebody edited the unit and the proxy's file, and turned a link elsewhere."
)
@at("middle")
def test_files_that_were_edited_are_as_released_after_the_next_release(row: Row) -> None:
    slot = evidence.status(row.host, SERVICE)["slot"]
    unit = f"/etc/systemd/system/{SERVICE}@{slot}.service"
    with row.users():
        for file in (unit, f"/opt/{SERVICE}/conf/haproxy.cfg"):
            root(row.host, f"echo '# scribbled' >>{file}")
        root(row.host, f"ln -sfn releases/nowhere /opt/{SERVICE}/app/current")
        row.serves("old", "old", "old")
        row.heals()
    # The idle slot's unit is written when it is used next.
    now = evidence.status(row.host, SERVICE)["slot"]
    searched = f"/etc/systemd/system/{SERVICE}@{now}.service /opt/{SERVICE}/conf"
    assert root(row.host, f"grep -r scribbled {searched}", check=False) == ""
