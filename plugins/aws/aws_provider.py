"""The package `aws` in one region, pretended: what the engine asks of a provider. Not for which values are made up how."""

from __future__ import annotations

from plugins.aws import (
    identity,
    instances,
    lookups,
    nowhere,
    outputs,
    replacing,
    scaling,
    schema,
    stored_objects,
)
from plugins.aws.account import Account
from plugins.provider import Diff, Failure, Log, ProviderError, changed_properties
from plugins.values import Values

EIP = "aws:ec2/eip:Eip"


class AwsProvider:
    """All of `aws`; instances are launched in the lab."""

    def __init__(self, account: Account, region: str, default_tags: Values) -> None:
        self._account = account
        self._region = region
        self._default_tags = default_tags

    async def check(self, type: str, inputs: Values) -> list[Failure]:
        """Unknown types; missing and misspelt properties at any depth."""
        return schema.failures(type, inputs)

    def diff(self, type: str, old_inputs: Values, new_inputs: Values) -> Diff:
        """A change is an update, unless AWS is known to replace for it."""
        changed = changed_properties(old_inputs, new_inputs)
        return Diff(changed=changed, replace=replacing.of(type, changed, new_inputs))

    async def create(self, type: str, inputs: Values, log: Log) -> Values:
        """Makes up the outputs; an instance is launched."""
        region = inputs.get("region") or self._region
        made = identity.create(type, inputs, region)
        told = outputs.created(type, inputs, made, region, self._default_tags)
        if type == instances.TYPE:
            self._refuse_other_architecture(inputs)
            subnet = self._account.outputs_of("aws:ec2/subnet:Subnet", inputs.get("subnetId"))
            told |= await self._account.instances.launch(made.id, inputs, subnet, region)
        elif type == EIP:
            told |= {"allocationId": made.id, "publicIp": self._leads_to(inputs) or nowhere.address()}
        elif type == "aws:ec2/natGateway:NatGateway":
            told["publicIp"] = self._account.outputs_of(EIP, inputs.get("allocationId")).get("publicIp")
        self._account.record.add(type, made.id, told)
        if type == scaling.TYPE:
            scaling.Scaling(self._account.record).create(made.id, inputs)
        return {**told, "id": made.id}

    async def read(self, type: str, id: str, outputs: Values) -> Values | None:
        """As it was made; None when it is not in the cloud, as an instance whose lab host is gone."""
        return self._account.outputs_of(type, id) or None

    async def update(
        self, type: str, old_inputs: Values, old_outputs: Values, new_inputs: Values, log: Log
    ) -> Values:
        """What AWS had decided stays. Raises ProviderError for an instance that would have to become another machine."""
        if type == instances.TYPE:
            before, after = (
                instances.architecture_of(str(each["instanceType"])) for each in (old_inputs, new_inputs)
            )
            if before != after:
                raise ProviderError(
                    f"an instance of {before} cannot become {new_inputs['instanceType']}, which is {after}; "
                    "give the new type another name, so that it is another instance"
                )
        told = outputs.updated(type, old_outputs, new_inputs, self._default_tags)
        if type == EIP and (there := self._leads_to(new_inputs)):
            told["publicIp"] = there
        self._account.record.add(type, str(old_outputs["id"]), told)
        if type == scaling.TYPE:
            scaling.Scaling(self._account.record).update(str(old_outputs["id"]), new_inputs)
        return told

    async def delete(self, type: str, id: str, inputs: Values, outputs: Values, log: Log) -> None:
        """Takes it out of the cloud; an instance's lab host goes, too."""
        if type == instances.TYPE:
            await self._account.instances.terminate(id)
        if type == scaling.TYPE:
            scaling.Scaling(self._account.record).delete(id)
        self._account.record.remove(type, id)

    async def invoke(self, token: str, args: Values) -> Values:
        """Answers a look-up, in preview too."""
        if token in stored_objects.LOOKUPS:
            return stored_objects.LOOKUPS[token](self._account.record, args)
        answer = lookups.answer(token, args, args.get("region") or self._region)
        self._account.answered(token, answer)
        return answer

    def preview_outputs(self, type: str, old_outputs: Values | None, new_inputs: Values) -> Values:
        """What is known before."""
        return outputs.previewed(type, old_outputs, new_inputs, self._default_tags)

    def _leads_to(self, inputs: Values) -> object:
        """The one address of the instance that has this Elastic IP; on AWS an Elastic IP is the same before any instance."""
        return self._account.outputs_of(instances.TYPE, inputs.get("instance")).get("privateIp")

    def _refuse_other_architecture(self, inputs: Values) -> None:
        image = self._account.image_architecture(inputs.get("ami"))
        type = str(inputs.get("instanceType"))
        needed = instances.architecture_of(type)
        if image and image != needed:
            raise ProviderError(
                f"the instance type {type} is {needed}, but its image {inputs['ami']} is {image}; choose an image of {needed}"
            )
