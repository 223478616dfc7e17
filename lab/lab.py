"""A lab as a whole: brought to what was planned, however it was left, and taken away without a trace."""

import fcntl
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from lab import inventory, prerequisites, ssh
from lab.architecture import Architecture
from lab.errors import LabError
from lab.image import Image, image
from lab.kind import Kind
from lab.machine import Machine, Record, fresh_directory, read_record, write_record
from lab.network import Network
from lab.place import PROJECT, Place, write_private
from lab.plan import DEFAULT_NAME, DEFAULT_SUBNET, HostPlan, LabPlan, lab_plan
from lab.progress import Progress

if TYPE_CHECKING:
    from lab.identity import GuestFile

FIRST_ADDED_NUMBER = 100
"""Of the addresses of hosts that are not planned."""
# An emulated host on a busy machine may need more than a moment to accept a connection; it must not be restarted for that.
_SLOW_ANSWER_SECONDS = 20

T = TypeVar("T")
R = TypeVar("R")


class Lab:
    """The lab called `name` of this checkout.

    subnet: a private IPv4 network, its .1 is this machine; hosts: what it shall consist of, by default an edge and two
    application hosts, one of each architecture. Raises LabError for a plan that cannot be. Nothing runs before up().
    """

    def __init__(
        self,
        name: str = DEFAULT_NAME,
        subnet: str = DEFAULT_SUBNET,
        hosts: Iterable[HostPlan] | None = None,
        *,
        progress: Progress | None = None,
    ) -> None:
        self.plan: LabPlan = lab_plan(name, subnet, hosts)
        self.place = Place(name=name)
        self.progress = progress or Progress()

    @property
    def machines(self) -> dict[str, Machine]:
        """The hosts that have been made, by name, in the plan's order; added ones last."""
        found: dict[str, Machine] = {}
        for directory in self.place.hosts.glob("[a-z]*"):
            if record := read_record(directory):
                found[record.name] = self._machine(record)
        order = [host.name for host in self.plan.hosts]
        return dict(
            sorted(found.items(), key=lambda item: order.index(item[0]) if item[0] in order else len(order))
        )

    @property
    def inventory_file(self) -> Path:
        """Written when every host answered; in the shape of one region of the program's configuration.

        Of a lab with regions that of the first.
        """
        return self.place.inventory_of(self.plan.regions[0])

    @property
    def is_up(self) -> bool:
        """Whether all that was planned is there and answers. Starts no process, so that it may be asked often."""
        if not self.network.exists or self._read_inventories() != self._inventories():
            return False
        return all(machine.answers() for machine in self._wanted_machines())

    @property
    def network(self) -> Network:
        identifier = self.place.identifier
        return Network(
            namespace=f"slipway-{identifier}",
            interface=identifier,
            subnet=self.plan.subnet,
            gateway=self.plan.gateway,
            owner=f"slipway lab {self.plan.name} of {PROJECT}",
            commands=self.place.commands,
        )

    def up(self) -> bool:
        """Brings the lab to its plan and returns whether anything had to be done.

        Hosts that are as planned are kept, switched-off ones switched on, others made anew; hosts that are not planned
        go. Raises LabError when a host cannot be had; hosts that were being made are then gone, and no inventory is left.
        """
        prerequisites.refuse_unsuitable()
        with self._lock():
            if self.is_up:
                return False
            # Programs of a lab process that was killed may still be at work.
            self.place.commands.kill()
            for region in self.plan.regions:
                self.place.inventory_of(region).unlink(missing_ok=True)
            prerequisites.ensure({host.architecture for host in self.plan.hosts}, self.progress)
            fresh = [host for host in self.plan.hosts if not self._as_planned(host)]
            try:
                self._converge(fresh)
            except BaseException:
                self._abandon(fresh)
                raise
        return True

    def down(self) -> bool:
        """Takes everything away, also what a killed up() left; returns whether there was anything."""
        prerequisites.refuse_unsuitable()
        with self._lock():
            return self._clear()

    def add(self, name: str, architecture: Architecture | None = None, kind: Kind = Kind.PLAIN) -> Machine:
        """A further host for one test, ready for use; it is not in the inventory, and the next up() removes it.

        Raises LabError.
        """
        from lab.architecture import native

        host = HostPlan(name=name, architecture=architecture or native())
        with self._lock():
            self._refuse_taken(name)
            prerequisites.ensure({host.architecture}, self.progress)
            self._ensure_images({host.architecture}, kind)
            machine = self._make(host, self._free_address(), kind)
            ssh.write_config(self.place, self.machines.values())
            try:
                self._switch_on(machine, fresh=True)
            except BaseException:
                machine.remove()
                raise
        return machine

    def remove(self, name: str) -> None:
        """Takes one host away that add() made."""
        with self._lock():
            self.machines[name].remove()

    # Inside.

    def _refuse_taken(self, name: str) -> None:
        if name in self.machines:
            raise LabError(f"Lab {self.plan.name!r} has a host {name!r} already; remove it first.")

    def _converge(self, fresh: list[HostPlan]) -> None:
        self._ensure_ground()
        self._ensure_login_key()
        for host in fresh:
            self._ensure_images({host.architecture}, host.kind)
        wanted = {host.name for host in self.plan.hosts}
        for machine in self.machines.values():
            if machine.name not in wanted or machine.name in {host.name for host in fresh}:
                self.progress.say(machine.name, "removing what is there under this name")
                machine.remove()
        keep = [machine for machine in self.machines.values() if not machine.answers()]
        made = _side_by_side(lambda host: self._make(host, self.plan.address(host.name), host.kind), fresh)
        machines = self.machines
        ssh.write_config(self.place, machines.values())
        jobs = [(machine, False) for machine in keep] + [(machine, True) for machine in made]
        _side_by_side(lambda job: self._switch_on(job[0], fresh=job[1]), jobs, lambda job: job[0].kill())
        self._delegate(machines, {host.name for host in fresh})
        for region, content in self._inventories().items():
            inventory.write(self.place, region, content)

    def _delegate(self, machines: dict[str, Machine], fresh: set[str]) -> None:
        from lab.resolver import delegate

        servers = [self.plan.address(host.name) for host in self.plan.hosts if host.kind is Kind.DNS]
        for host in self.plan.hosts:
            if host.resolves and host.name in fresh:
                delegate(machines[host.name], host.resolves, servers)

    def _ensure_ground(self) -> None:
        """The network and the places in which hosts are made."""
        if not self.network.exists:
            self.network.create()
        self.place.cgroup.create(delegate=True)
        self.place.hosts.mkdir(parents=True, exist_ok=True)

    def _free_address(self) -> str:
        taken = {machine.address for machine in self.machines.values()}
        number = FIRST_ADDED_NUMBER
        while self.plan.address_at(number) in taken:
            number += 1
        return self.plan.address_at(number)

    def _as_planned(self, host: HostPlan) -> bool:
        record = read_record(self.place.hosts / host.name)
        return record is not None and record == replace(
            self._record(host, self.plan.address(host.name), host.kind), host_key=record.host_key
        )

    def _record(self, host: HostPlan, address: str, kind: Kind = Kind.PLAIN) -> Record:
        return Record(
            name=host.name,
            address=address,
            architecture=host.architecture.value,
            edge=host.edge,
            image=image(host.architecture, kind).digest,
            host_key="",
        )

    def _machine(self, record: Record) -> Machine:
        base = Image(architecture=Architecture(record.architecture), digest=record.image)
        return Machine(place=self.place, network=self.network, record=record, kernel=base.kernel)

    def _wanted_machines(self) -> list[Machine]:
        return [
            machine
            for machine in self.machines.values()
            if any(h.name == machine.name for h in self.plan.hosts)
        ]

    def _make(self, host: HostPlan, address: str, kind: Kind = Kind.PLAIN) -> Machine:
        from lab import identity

        key = identity.new_key()
        files = identity.guest_files(
            name=host.name,
            cidr=f"{address}/{self.plan.subnet.prefixlen}",
            mac=self.place.mac(address),
            hosts={other.name: self.plan.address(other.name) for other in self.plan.hosts}
            | {host.name: address},
            host_key=key,
            login_key=self.place.login_key.with_suffix(".pub").read_text().strip(),
        )
        record = replace(self._record(host, address, kind), host_key=key.public)
        return self._lay_out(record, image(host.architecture, kind), files)

    def _lay_out(self, record: Record, base: Image, files: "list[GuestFile]") -> Machine:
        """Makes the host's disk from the base image and its own files."""
        from lab import disks

        with fresh_directory(self.place.hosts / record.name) as directory:
            if base.is_native:
                disks.make_overlay(directory, base, files)
            else:
                disks.make_disk(directory, base, files, self.place.commands)
            write_record(directory, record)
        return self._machine(record)

    def _switch_on(self, machine: Machine, *, fresh: bool) -> None:
        kind = "container" if machine.is_container else "virtual machine"
        if machine.running:
            if machine.answers(_SLOW_ANSWER_SECONDS):
                return
            machine.kill()
        self.progress.say(machine.name, f"booting ({machine.architecture.value} {kind})")
        start = time.monotonic()
        machine.start()
        failed = machine.wait_ready()
        if failed and fresh:
            raise LabError(
                f"On the new host {machine.name} these units failed: {', '.join(failed)}; see {machine.console}."
            )
        if failed:
            self.progress.say(machine.name, f"warning: these units failed: {', '.join(failed)}")
        self.progress.say(machine.name, f"ready at {machine.address} after {time.monotonic() - start:.1f} s")

    def _ensure_images(self, architectures: Iterable[Architecture], kind: Kind = Kind.PLAIN) -> None:
        from lab.image import ensure

        for architecture in architectures:
            ensure(image(architecture, kind), self.place.commands, self.progress)

    def _ensure_login_key(self) -> None:
        from lab import identity

        public = self.place.login_key.with_suffix(".pub")
        if not public.exists():
            key = identity.new_key()
            write_private(self.place.login_key, key.private)
            write_private(public, f"{key.public}\n")

    def _inventories(self) -> dict[str, inventory.Inventory]:
        """By region."""
        regions = {host.name: host.region for host in self.plan.hosts}
        machines = self._wanted_machines()
        return {
            region: inventory.of(
                self.place.login_key, (each for each in machines if regions[each.name] == region)
            )
            for region in self.plan.regions
        }

    def _read_inventories(self) -> dict[str, inventory.Inventory] | None:
        """None where hosts are not those that were planned, or a file is missing."""
        if not all(self._as_planned(host) for host in self.plan.hosts):
            return None
        return inventory.read(self.place, self.plan.regions)

    def _abandon(self, fresh: list[HostPlan]) -> None:
        """After a failure or Ctrl-C: hosts that were being made go; with none left, so does everything."""
        names = {host.name for host in fresh}
        if names >= self.machines.keys():
            self._clear()
            return
        for name in names & self.machines.keys():
            self.machines[name].remove()

    def _clear(self) -> bool:
        network = self.network
        paths = [self.place.directory, self.place.run_directory]
        there = (
            self.place.cgroup.path.exists()
            or network.namespace_file.exists()
            or any(path.exists() for path in paths)
        )
        self.place.cgroup.remove()
        network.remove()
        self.place.cgroup.remove()
        for path in paths:
            if path.exists():
                shutil.rmtree(path)
        return there

    @contextmanager
    def _lock(self) -> Iterator[None]:
        self.place.lock.parent.mkdir(parents=True, exist_ok=True)
        with self.place.lock.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.progress.say("lab", f"waiting for another process that is changing lab {self.plan.name}")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _side_by_side(
    work: Callable[[T], R], items: list[T], abort: Callable[[T], None] | None = None
) -> list[R]:
    """Results in order. After the first error (or Ctrl-C) `abort` makes the others end, and the error is raised."""
    with ThreadPoolExecutor(max_workers=max(1, len(items))) as threads:
        futures = [threads.submit(work, item) for item in items]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
            return [future.result() for future in futures if future.done()]
        finally:
            # Again and again: a thread may be just about to start what was aborted.
            while wait(futures, timeout=0.2).not_done:
                for item in items:
                    if abort:
                        abort(item)
