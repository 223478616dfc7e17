"""A service on machines that one has, as one component: what the program of this project does for a region of such machines."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

import settings
from components import artifact
from components.hosts import keeping_keys
from components.machines.region import Region, RegionArgs
from components.rollout import RolloutArgs, confirmed
from model import carried
from model.refusal import Refusal
from model.service import Service
from reuse.arguments import HostedServiceArgs, values


class HostedService(pulumi.ComponentResource):
    """Builds a Go service, brings it onto each host without losing a request, and puts back what was there if it is not well."""

    url: pulumi.Output[str]
    """Where users reach it: the edge or, without one, the first host."""
    version: pulumi.Output[str]
    """What was built."""
    sha256: pulumi.Output[dict[str, str]]
    """The binaries' digests, by architecture."""

    def __init__(
        self, name: str, args: HostedServiceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("slipway:index:HostedService", name, {}, opts)
        # Where the program runs. Its plugin is started there, too.
        project = Path.cwd()
        configured = _configured(name, args, project)
        built = artifact.built(configured.service, configured.release, configured.architectures, project)
        if built is None:
            raise pulumi.RunError(
                "settings.release.pin: what hosts keep is turned on by a stack of Slipway itself"
            )
        order, place = configured.rollout(), configured.plain_regions[name]
        rollout = RolloutArgs(
            service=configured.service,
            policy=configured.release,
            artifact=built,
            batches=order.batches[name],
            confirm_within=order.confirm_within,
            later_secrets=_carried(configured.service, args.get("secrets") or {}),
            owner=settings.owner(),
            project=project,
        )
        keyless = [keeping_keys] if configured.missing_keys(project) else None
        below = pulumi.ResourceOptions(parent=self, transformations=keyless)
        region = Region(name, RegionArgs(settings=place, rollout=rollout), below)
        served = confirmed([region], order.confirm_within, configured.release)
        # Told when all of them serve it, and not when it was built.
        done = pulumi.Output.all(*[each.report for each in served])
        told = built.told
        self.url = pulumi.Output.all(region.endpoint, done).apply(lambda known: known[0])
        self.version = done.apply(lambda _: told["version"])
        self.sha256 = done.apply(lambda _: {name: each["sha256"] for name, each in told["artifacts"].items()})
        self.register_outputs({"url": self.url, "version": self.version, "sha256": self.sha256})


def _configured(name: str, args: HostedServiceArgs, project: Path) -> settings.Settings:
    """What the arguments say, by the rules for stack files. Raises pulumi.RunError with a sentence for each thing wrong."""
    try:
        wanted = values(name, args) | {"secrets": dict.fromkeys(args.get("secrets") or {}, "")}
        configured = settings.parse(wanted, project, keyless=pulumi.runtime.is_dry_run())
        configured.refuse_unsigned()
    except (Refusal, ValueError) as refusal:
        lines = refusal.lines if isinstance(refusal, Refusal) else [str(refusal)]
        raise pulumi.RunError(f"{name}:\n" + "\n".join(f"  {line}" for line in lines)) from None
    if name not in configured.plain_regions or configured.plain_regions[name].monitor:
        raise pulumi.RunError(
            f"{name}: settings.region may hold keys of machines that are there, and no monitor"
        )
    return configured


def _carried(service: Service, secrets: Mapping[str, pulumi.Input[str]]) -> dict[str, pulumi.Output[str]]:
    """The secrets, each refused where a process could not be handed it."""

    def checked(name: str, text: Any) -> str:
        if lines := carried.refusals(service, {name: text}):
            raise pulumi.RunError(lines[0])
        return text

    return {
        name: pulumi.Output.secret(value).apply(lambda text, name=name: checked(name, text))
        for name, value in secrets.items()
    }
