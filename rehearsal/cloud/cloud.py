"""One pretended cloud for one run: what is known of it from earlier runs, its lab, and the account of what was pretended."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from pathlib import Path

from lab.errors import LabError
from lab.instances import Instances as Lab
from rehearsal.cloud import catalogue, instances, nowhere, schema
from rehearsal.cloud.aws_provider import AwsProvider
from rehearsal.cloud.commands import Commands
from rehearsal.cloud.instances import Instance, Instances
from rehearsal.cloud.keyring import Keyring
from rehearsal.provider import Failure, ProviderError
from rehearsal.state import State, StateError
from rehearsal.values import Values
from rehearsal.vault import Vault

NOT_REHEARSED = (
    "nothing enforces or serves what was pretended: security groups, routes, roles, load balancing, names, certificates and "
    "alarms are only written down"
)


class Cloud:
    """The package `aws` for the engine's registry (`check`, `configured`), and everything that its providers share."""

    def __init__(self, *, stack: str, state_file: Path, subnet: str, hosts: int) -> None:
        """`subnet` is the lab's; `hosts` how many instances of each region are lab hosts at most."""
        self._lab = Lab(lab_name(stack, state_file), subnet)
        self._keyring = Keyring(state_file.with_suffix(".keys"))
        self.instances = Instances(self._lab, hosts)
        self.commands = Commands(self._keyring.add)
        self._outputs: dict[str, Values] = {}
        self._images: dict[str, str] = {}
        self._looked_up: Counter[str] = Counter()

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

    def configured(self, inputs: Values) -> AwsProvider:
        """The provider of one region."""
        tags = _decoded(inputs).get("defaultTags") or {}
        return AwsProvider(self, str(inputs["region"]), tags.get("tags") or {})

    # Between runs.

    def open(self, state: State, vault: Vault, *, preview: bool) -> list[str]:
        """Take up what earlier runs left, hosts included; gives a warning for each instance whose host is gone.

        Such an instance is dropped from the state, as a refresh would, so that the program makes it anew.
        """
        self._keyring.unlock(state, vault)
        warnings = []
        there = set() if preview else self._take_over(state)
        for resource in list(state.resources):
            self.commands.know(resource.type, resource.inputs)
            if not resource.type.startswith("aws:"):
                continue
            if resource.type == instances.TYPE:
                host = (
                    None
                    if nowhere.contains(resource.outputs["privateIp"])
                    else instances.lab_name(resource.id)
                )
                if host and not preview and host not in there:
                    state.remove(resource)
                    warnings.append(
                        f"the lab host of {resource.name} ({resource.id}) is gone; it is made anew"
                    )
                    continue
                try:
                    self.instances.know(resource.id, resource.outputs)
                except ProviderError as error:
                    raise StateError(f"what is known of {resource.name} cannot be read: {error}") from None
            self._outputs[resource.id] = resource.outputs
        return warnings

    def close(self, state: State) -> None:
        """At the end of a run: nothing is kept that the state does not need."""
        self._keyring.forget(state)

    def _take_over(self, state: State) -> set[str]:
        hosts = {
            instances.lab_name(resource.id)
            for resource in state.resources
            if resource.type == instances.TYPE and not nowhere.contains(resource.outputs["privateIp"])
        }
        if not hosts and not self._lab.place.directory.exists():
            return set()
        try:
            return self._lab.take_over(hosts)
        except LabError as error:
            raise StateError(f"the lab of an earlier run cannot be taken over: {error}") from None

    # What its providers share.

    def remember(self, id: str, outputs: Values) -> None:
        """A resource that was just made."""
        self._outputs[id] = outputs

    def outputs_of(self, id: object) -> Values:
        """What the resource of that id told; nothing if there is none."""
        return self._outputs.get(str(id), {})

    def looked_up(self, token: str, answer: Values) -> None:
        """Count a look-up, and remember an image's architecture."""
        self._looked_up[token.rpartition(":")[2]] += 1
        if "imageId" in answer:
            self._images[str(answer["imageId"])] = str(answer["architecture"])

    def image_architecture(self, id: object) -> str | None:
        """That of an image that this run looked up."""
        return self._images.get(str(id))

    # The account.

    def report(self, state: State) -> list[str]:
        """What people must know at the end of a run about what was real in it."""
        services = Counter(
            each.type.split(":")[1].partition("/")[0] for each in state.resources if _is_aws(each.type)
        )
        told = ", ".join(f"{service} {count}" for service, count in sorted(services.items()))
        lines = [
            f"pretended: {services.total()} AWS resources ({told}), of which AWS knows nothing"
            if told
            else ""
        ]
        if self._looked_up:
            asked = ", ".join(f"{name} {count}" for name, count in sorted(self._looked_up.items()))
            lines.append(f"look-ups answered from {catalogue.source()} or made up: {asked}")
        known = self.instances.all()
        lines += [f"real: {_told(each)} is a lab host at {each.address}" for each in known if each.host]
        for each in known:
            if not each.host:
                skipped = self.commands.skipped[each.address]
                lines.append(
                    f"pretended: {_told(each)} is no machine at all"
                    + (f"; {skipped} remote operations were not carried out" if skipped else "")
                )
        return [*filter(None, lines), NOT_REHEARSED] if told else [*filter(None, lines)]


def lab_name(stack: str, state_file: Path) -> str:
    """A name for the lab of a stack: no other stack, and no stack of that name in another directory, has it."""
    clean = re.sub(r"[^a-z0-9]+", "-", stack.lower()).strip("-")[:6].rstrip("-")
    digest = hashlib.sha256(str(state_file.resolve()).encode()).hexdigest()
    return "-".join(filter(None, ("c", clean, digest[:6])))


def _is_aws(type: str) -> bool:
    return type.startswith("aws:")


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
