"""EC2 instances: some are lab hosts that cloud-init makes from the program's own user data, the others are pretended."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plugins.aws import catalogue, identity, nowhere
from plugins.provider import ProviderError
from plugins.values import Values

if TYPE_CHECKING:
    from lab.instances import Instances as Lab

TYPE = "aws:ec2/instance:Instance"
USER_DATA_LIMIT = 16 * 1024
"""Bytes before encoding; EC2 refuses more."""
ARCHITECTURES = {"arm64": "arm64", "x86_64": "amd64"}
"""AWS's word -> the lab's, for what it has hosts of."""


@dataclass(frozen=True, kw_only=True)
class Instance:
    """One instance. `architecture` is AWS's word; `host` is its name in the lab, None when it is pretended."""

    id: str
    name: str
    type: str
    architecture: str
    region: str
    address: str

    @property
    def host(self) -> str | None:
        return None if nowhere.contains(self.address) else lab_name(self.id)

    @property
    def is_bastion(self) -> bool:
        """By its name, since nothing else tells it from any other instance."""
        return self.name.endswith("bastion")


def lab_name(id: str) -> str:
    """An instance's name in the lab, where names have 15 characters at most."""
    return id[:15]


class Instances:
    """All instances of the stack. At most `limit` of a region are lab hosts, half of each architecture, and the bastion."""

    def __init__(self, lab: Lab, limit: int) -> None:
        self._lab = lab
        self._limit = limit
        self._known: dict[str, Instance] = {}

    def know(self, id: str, outputs: Values) -> None:
        """An instance of an earlier run."""
        region = str(outputs["availabilityZone"])[:-1]
        self._add(id, outputs, region, str(outputs["privateIp"]))

    def all(self) -> list[Instance]:
        """Every instance, by region and name."""
        return sorted(self._known.values(), key=lambda each: (each.region, each.name))

    async def launch(self, id: str, inputs: Values, subnet: Values, region: str) -> Values:
        """Start an instance in a subnet (its outputs); returns what AWS would have decided. Raises ProviderError."""
        zone = _zone(inputs, subnet, region)
        wanted = self._add(id, inputs, region, nowhere.address())
        user_data = _user_data(inputs)
        address = wanted.address
        if self._is_real(wanted):
            try:
                address = await asyncio.to_thread(self._boot, wanted, user_data)
            except BaseException:
                del self._known[id]
                raise
            self._add(id, inputs, region, address)
        public = inputs.get("associatePublicIpAddress", subnet.get("mapPublicIpOnLaunch"))
        return {
            "availabilityZone": zone,
            "instanceState": "running",
            "primaryNetworkInterfaceId": f"eni-{id.removeprefix('i-')}",
            "privateIp": address,
            "privateDns": f"ip-{address.replace('.', '-')}.{region}.compute.internal",
            "publicIp": address if public else "",
        }

    async def terminate(self, id: str) -> None:
        """Takes the lab host away, if it is one."""
        known = self._known.pop(id, None)
        if known is not None and known.host:
            await asyncio.to_thread(self._lab.remove, known.host)

    def _add(self, id: str, values: Values, region: str, address: str) -> Instance:
        type = str(values["instanceType"])
        added = Instance(
            id=id,
            name=identity.logical_name(TYPE, values),
            type=type,
            architecture=architecture_of(type),
            region=region,
            address=address,
        )
        self._known[id] = added
        return added

    def _is_real(self, wanted: Instance) -> bool:
        if self._limit == 0 or wanted.architecture not in ARCHITECTURES:
            return False
        if wanted.is_bastion:
            return True
        # By name: the one that takes another's place is what that was.
        real = {
            each.name: each.architecture
            for each in self._known.values()
            if each.host and each.region == wanted.region and not each.is_bastion
        }
        if wanted.name in real:
            return True
        same = sum(architecture == wanted.architecture for architecture in real.values())
        return len(real) < self._limit and same < (self._limit + 1) // 2

    def _boot(self, wanted: Instance, user_data: str) -> str:
        from lab.architecture import Architecture
        from lab.errors import LabError

        architecture = Architecture(ARCHITECTURES[wanted.architecture])
        try:
            return self._lab.launch(lab_name(wanted.id), architecture, user_data, wanted.id).address
        except LabError as error:
            raise ProviderError(f"no lab host for the instance {wanted.name}: {error}") from None


def architecture_of(type: str) -> str:
    """`arm64`, `x86_64` or another word of AWS's. Raises ProviderError for an unknown type."""
    return catalogue.instance_type(type)["ProcessorInfo"]["SupportedArchitectures"][-1]


def _zone(inputs: Values, subnet: Values, region: str) -> str:
    zone = subnet.get("availabilityZone") or inputs.get("availabilityZone") or f"{region}a"
    type = str(inputs["instanceType"])
    offered = catalogue.zones_with(type, region)
    if zone not in offered:
        where = f"only in {', '.join(offered)}" if offered else f"nowhere in {region}"
        raise ProviderError(
            f"the instance type {type} cannot be had in {zone}, {where}; choose another type or zone"
        )
    return str(zone)


def _user_data(inputs: Values) -> str:
    data = (inputs.get("userData") or "").encode() or base64.b64decode(inputs.get("userDataBase64") or "")
    if len(data) > USER_DATA_LIMIT:
        raise ProviderError(f"its user data has {len(data)} bytes; EC2 takes at most {USER_DATA_LIMIT}")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ProviderError("its user data is no text, and the rehearsal does not unpack it") from None
