"""What a DNS host is told to run."""

from model.base import Base
from model.front_door import dns_files
from model.front_door.name_servers import NameServer
from model.front_door.rule import Facts
from model.release import Release, machine_release
from model.release_policy import ReleasePolicy


def dns_release(facts: Facts, server: NameServer, policy: ReleasePolicy, base: Base) -> Release:
    """The zone, what is asked before it is answered from, and the programs that do both."""
    return machine_release(
        f"{facts.service.name}-dns",
        policy,
        dns_files.files(facts.door, facts.plan, facts.places, facts.service, server),
        base,
        units=dns_files.units(),
        packages=dns_files.PACKAGES,
        listens=[53],
        zone=dns_files.told(facts.door, facts.plan),
    )
