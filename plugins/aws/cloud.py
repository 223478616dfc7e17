"""One pretended cloud for one run: what is known of it from earlier runs, its lab, and the account of what was pretended."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Set
from importlib.metadata import version
from pathlib import Path

from lab.instances import Instances as Lab
from plugins.aws import catalogue, identity, instances, nowhere, schema
from plugins.aws.account import Account
from plugins.aws.aws_provider import AwsProvider
from plugins.aws.commands import Commands
from plugins.aws.instances import Instance, Instances
from plugins.aws.record import Record
from plugins.provider import Diff, Failure, ProviderError, changed_properties
from plugins.values import Values

NOT_REHEARSED = (
    "nothing enforces or serves what was pretended: security groups, routes, roles, load balancing, names, certificates and "
    "alarms are only written down"
)


class Cloud:
    """The package `aws` (a `Package`)."""

    name = "aws"
    secrets: frozenset[str] = frozenset()

    def __init__(self, *, directory: Path, stack: str, subnet: str, hosts: int) -> None:
        """`directory` keeps what was made; `subnet` is the lab's; `hosts` how many instances of a region are lab hosts at most.

        Raises LabError.
        """
        self.version = version("pulumi-aws")
        self._lab = Lab(lab_name(stack, directory), subnet)
        self._account = Account(Record(directory / "cloud.json"), Instances(self._lab, hosts))
        self.commands = Commands(self._account.record)

    # What the engine asks of a package.

    def check(self, inputs: Values) -> list[Failure]:
        """What is wrong with the inputs of an `aws.Provider`."""
        found = schema.failures(schema.PROVIDER, _decoded(inputs))
        if not found and not inputs.get("region"):
            found = [Failure(property="region", reason="is required here and missing")]
        if not found and isinstance(inputs["region"], str):
            try:
                catalogue.zones(inputs["region"])
            except ProviderError as error:
                found = [Failure(property="region", reason=str(error))]
        return found

    def diff(self, old_inputs: Values, new_inputs: Values) -> Diff:
        """A region does not move: everything in it is made anew in the other."""
        changed = changed_properties(old_inputs, new_inputs)
        return Diff(changed=changed, replace=tuple(name for name in changed if name == "region"))

    def configured(self, inputs: Values) -> AwsProvider:
        """The provider of one region."""
        tags = _decoded(inputs).get("defaultTags") or {}
        return AwsProvider(self._account, str(inputs.get("region", "")), tags.get("tags") or {})

    # Between runs.

    def open(self, known: Set[str]) -> list[str]:
        """Take up what earlier runs left, hosts included; gives a warning for each instance whose host is gone.

        Such an instance is no longer in the cloud, so that a refresh sees it and the program makes it anew. Nor is one that is
        not among `known`, the ids in the stack's state: a run was killed before it could write down what it had made.
        Raises LabError.
        """
        for id in self._account.record.of(instances.TYPE).keys() - known:
            self._account.record.remove(instances.TYPE, id)
        made = dict(self._account.record.of(instances.TYPE))
        hosts = {
            instances.lab_name(id): id for id, told in made.items() if not nowhere.contains(told["privateIp"])
        }
        there = self._lab.take_over(set(hosts)) if hosts or self._lab.place.directory.exists() else set()
        gone = [id for name, id in hosts.items() if name not in there]
        for id in gone:
            self._account.record.remove(instances.TYPE, id)
        for id in made.keys() - set(gone):
            self._account.instances.know(id, made[id])
        named = [identity.logical_name(instances.TYPE, made[id]) for id in gone]
        return [
            f"the lab host of {name} ({id}) is gone; it is made anew"
            for name, id in zip(named, gone, strict=True)
        ]

    # At the end of a run.

    def report(self) -> list[str]:
        """What people must know at the end of a run about what was real in it."""
        services: Counter[str] = Counter()
        for type, made in self._account.record.resources.items():
            services[type.split(":")[1].partition("/")[0]] += len(made)
        told = ", ".join(f"{service} {count}" for service, count in sorted(services.items()))
        lines = []
        if told:
            lines.append(f"pretended: {services.total()} AWS resources ({told}), of which AWS knows nothing")
        if self._account.looked_up:
            asked = ", ".join(f"{name} {count}" for name, count in sorted(self._account.looked_up.items()))
            lines.append(f"look-ups answered from {catalogue.source()} or made up: {asked}")
        known = self._account.instances.all()
        lines += [f"real: {_told(each)} is a lab host at {each.address}" for each in known if each.host]
        for each in known:
            if not each.host:
                skipped = self.commands.skipped[each.address]
                lines.append(
                    f"pretended: {_told(each)} is no machine at all"
                    + (f"; {skipped} remote operations were not carried out" if skipped else "")
                )
        return [*lines, NOT_REHEARSED] if told else lines


def lab_name(stack: str, directory: Path) -> str:
    """A name for the lab of a stack: no other stack, and no stack of that name in another directory, has it."""
    clean = re.sub(r"[^a-z0-9]+", "-", stack.lower()).strip("-")[:6].rstrip("-")
    digest = hashlib.sha256(str(directory.resolve()).encode()).hexdigest()
    return "-".join(filter(None, ("c", clean, digest[:6])))


def _told(instance: Instance) -> str:
    return f"the instance {instance.name} ({instance.type}, {instance.architecture})"


def _decoded(inputs: Values) -> Values:
    """The inputs of a provider, which Pulumi hands over as text in JSON, but for plain strings."""

    def decode(value: object) -> object:
        if not isinstance(value, str) or value[:1] not in ("{", "[", "t", "f"):
            return value
        try:
            return json.loads(value)
        except ValueError:
            return value

    return {name: decode(value) for name, value in inputs.items()}
