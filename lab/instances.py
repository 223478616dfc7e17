"""A lab whose hosts are not planned but launched one by one from user data, as a cloud launches instances."""

import threading

from lab import prerequisites
from lab.architecture import Architecture
from lab.image import image
from lab.kind import Kind
from lab.lab import Lab
from lab.machine import Machine, Record
from lab.plan import HostPlan
from lab.progress import Progress


class Instances(Lab):
    """The launched hosts of the lab called `name`. They have no login of the lab's: who may log in says their user data."""

    def __init__(self, name: str, subnet: str, *, progress: Progress | None = None) -> None:
        super().__init__(name, subnet, (), progress=progress)
        self._making = threading.Lock()

    def launch(self, name: str, architecture: Architecture, user_data: str, instance: str) -> Machine:
        """A host under that name that cloud-init makes from `user_data`; it is switched on and boots by itself.

        instance: the id that cloud-init shall see. Safe to call from several threads. Raises LabError.
        """
        HostPlan(name=name, architecture=architecture)  # refuses names that cannot be
        with self._making, self._lock():
            self._refuse_taken(name)
            prerequisites.refuse_unsuitable()
            prerequisites.ensure({architecture}, self.progress)
            self._ensure_ground()
            self._ensure_images({architecture}, Kind.CLOUD)
            machine = self._new(name, architecture, user_data, instance)
        self.progress.say(name, f"booting at {machine.address} ({architecture.value}, by its user data)")
        try:
            machine.start()
        except BaseException:
            machine.remove()
            raise
        return machine

    def remove(self, name: str) -> None:
        """Takes the host away, if it is there, and with the last one the lab."""
        with self._making, self._lock():
            if name in self.machines:
                self.machines[name].remove()
            if not self.machines:
                self._clear()

    def take_over(self, names: set[str]) -> set[str]:
        """Brings hosts of an earlier run, however that ended, to a known state, and returns the names of those there are.

        Those of `names` are switched on if they are off; others, which nobody knows of any more, go.
        """
        with self._making, self._lock():
            # Programs of a process that was killed may still be at work.
            self.place.commands.kill()
            for machine in self.machines.values():
                if machine.name not in names:
                    self.progress.say(machine.name, "removing what a run left that did not end")
                    machine.remove()
            if not self.machines:
                self._clear()
                return set()
            self._ensure_ground()
            for machine in self.machines.values():
                if not machine.running:
                    self.progress.say(machine.name, "switching it on again")
                    machine.start()
            return set(self.machines)

    def _new(self, name: str, architecture: Architecture, user_data: str, instance: str) -> Machine:
        from lab import identity

        address, base = self._free_address(), image(architecture, Kind.CLOUD)
        files = identity.instance_files(
            name=name,
            cidr=f"{address}/{self.plan.subnet.prefixlen}",
            mac=self.place.mac(address),
            instance=instance,
            user_data=user_data,
        )
        record = Record(
            name=name,
            address=address,
            architecture=architecture.value,
            edge=False,
            image=base.digest,
            host_key="",
        )
        return self._lay_out(record, base, files)
