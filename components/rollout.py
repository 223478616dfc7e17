"""A release on the hosts of one region, batch by batch. Which hosts these are, and how they are had, is the region's business."""

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pulumi
import pulumi_command as command

from components import bundle
from components.artifact import Artifact
from components.asking import ASK
from components.bundle import Bundle
from components.hosts import Host
from components.installation import Installation, InstallationArgs, Kept, lacking
from model import remote_script
from model.answer import answer
from model.architecture import Architecture
from model.base import BARE, Base
from model.door import OPEN, HostDoor
from model.host_files import whole_seconds
from model.release import service_release
from model.release_policy import ReleasePolicy
from model.service import Service


class Serving(Protocol):
    """What a later batch waits for."""

    @property
    def serving(self) -> pulumi.Resource:
        """Done when requests arrive there."""
        ...

    @property
    def report(self) -> pulumi.Output[str]:
        """Another one whenever something was released there."""
        ...


@dataclass(frozen=True, kw_only=True)
class RolloutArgs:
    """What is released in one region, and when.

    Without an `artifact` hosts turn on the release that the policy pins. `batches` are the names of the hosts; the first batch
    waits for `after`, the last one of another region. `owner` is the stack's name as hosts remember it. `monitor_secrets` are not
    for the service. `later_secrets` are, and are known once other resources are made; hosts alone take such.
    """

    service: Service
    policy: ReleasePolicy
    artifact: Artifact | None
    batches: Sequence[Sequence[str]]
    owner: str
    project: Path
    after: Sequence[Serving] = ()
    confirm_within: int | None = None
    door: HostDoor = OPEN
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    later_secrets: Mapping[str, pulumi.Output[str]] = field(default_factory=dict, repr=False)
    monitor_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def bundles(self) -> Path:
        """Where bundles are written on this machine."""
        return self.project / ".slipway" / "bundles"

    def release(
        self,
        architecture: Architecture,
        door: HostDoor | None = None,
        base: Base = BARE,
        leads: bool = False,
    ) -> Bundle | Kept:
        """What a host of that architecture gets: a bundle of what was built or, where a release is pinned, one that it keeps.

        `door` is the host's own, where it is not as all others, and `base` what its machine gets; `leads` is the first of a
        region, which does what is done once.
        """
        if self.artifact is None:
            pin = self.policy.pin
            waits = (
                self.service.health.deadline
                + (self.service.stop_timeout or 0)
                + self.policy.watched
                + self.policy.drain
            )
            ids = pin if isinstance(pin, tuple) else None
            return Kept(service=self.service.name, ids=ids, waits=remote_script.whole(waits))
        binary = self.artifact.binaries[architecture]
        version, files, door = self.artifact.version, self.artifact.files, door or self.door
        made = service_release(
            self.service, self.policy, architecture, version, binary, door, files, base, leads
        )
        return bundle.write(made, self.bundles)


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A host with its release. The next batch waits for `serving`."""

    host: Host
    installation: Installation
    serving: pulumi.Resource

    @property
    def report(self) -> pulumi.Output[str]:
        """What the host said last."""
        return self.installation.report


Maker = Callable[[str, Sequence[pulumi.Resource]], Host]
"""Gives the host of a name, to be made, if it is made at all, after the resources given."""
Opener = Callable[[Host, Installation], pulumi.Resource]
"""Sends requests to a host that has its release; what it returns is done when they arrive."""


def place(
    name: str,
    args: RolloutArgs,
    host: Maker,
    parent: pulumi.Resource,
    open: Opener | None = None,
    first: Sequence[pulumi.Resource] = (),
) -> tuple[dict[str, Placed], Sequence[Placed]]:
    """The release on all hosts of region `name`, by host name in their order, and the last batch. `first` is waited for."""
    placed: dict[str, Placed] = {}
    last: Sequence[Placed] = ()
    for number, batch in enumerate(args.batches):
        waits = before(f"{name}-pause-{number}", args.policy, last if number else args.after, parent)
        waits = [*waits, *(first if not number else ())]
        made = [_placed(name, args, host(each, waits), waits, parent, open) for each in batch]
        placed |= {each.host.name: each for each in made}
        last = made
    return placed, last


def before(
    name: str, policy: ReleasePolicy, last: Sequence[Serving], parent: pulumi.Resource
) -> list[pulumi.Resource]:
    """What is waited for after `last`: that these serve and, where the policy says so, a pause, called `name`."""
    serving = [each.serving for each in last]
    return [_pause(name, policy, last, parent)] if serving and (policy.pause or policy.alarms) else serving


def confirmed(regions: Iterable[Any], within: int | None, policy: ReleasePolicy) -> list[Installation]:
    """Every installation of all regions, confirmed when all of them are done, where hosts would go back otherwise.

    Where the policy names alarms, they are looked at before, and after groups, whose own region's take the release back. After
    all come the monitors of regions that have one.
    """
    regions = tuple(regions)
    placed = [each for region in regions for each in region.hosts.values()]
    everywhere = [each.installation for each in placed]
    gate = []
    if placed and policy.alarms:
        gate = [_pause(f"{everywhere[0].pulumi_resource_name}-alarms", policy, placed, everywhere[0])]
    groups = [each for region in regions for each in getattr(region, "groups", {}).values()]
    if groups and policy.alarms:
        _pause(f"{groups[-1].pulumi_resource_name}-alarms", policy, groups, groups[-1])
    if within:
        left = lacking(everywhere)
        for installation in everywhere:
            installation.confirm(left, gate)
    for region in regions:
        if watch := getattr(region, "watch", None):
            watch([each.last for each in everywhere])
    return everywhere


def told(placed: Mapping[str, Placed]) -> pulumi.Output[dict[str, dict[str, Any]]]:
    """What each host said last that it runs, for the stack's outputs. Slot and pid change with every start, so they stay out."""
    kept = ("release", "version", "architecture", "sha256")

    def host(said: Mapping[str, Any]) -> dict[str, Any]:
        report = answer(said["report"])
        return {key: report[key] for key in kept} | {key: said[key] for key in said if key != "report"}

    hosts = {
        name: pulumi.Output.all(
            report=each.installation.report,
            address=each.host.address,
            hostKey=each.host.connection.host_key,
            instance=each.host.identity if each.host.resource else None,
        ).apply(host)
        for name, each in placed.items()
    }
    # Of nothing, `all` makes a list.
    return pulumi.Output.all(**hosts) if hosts else pulumi.Output.from_input({})


def _placed(
    name: str,
    args: RolloutArgs,
    host: Host,
    before: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
    open: Opener | None,
) -> Placed:
    guarded = host.base.firewall is not None
    installation = Installation(
        f"{name}-{host.name}",
        InstallationArgs(
            host=host,
            release=args.release(
                host.architecture, host.door, host.base, leads=host.name == args.batches[0][0]
            ),
            owner=f"{args.owner}/{name}-{host.name}",
            after=before,
            confirm_within=args.confirm_within,
            secrets={**args.secrets, **args.later_secrets},
            install_packages=args.policy.install_packages,
            guarded=guarded,
        ),
        pulumi.ResourceOptions(parent=parent),
    )
    if guarded and args.confirm_within is None:  # else with all others, when everybody serves
        installation.confirm()
    serving = open(host, installation) if open else installation.apply
    return Placed(host=host, installation=installation, serving=serving)


def _pause(
    name: str, policy: ReleasePolicy, after: Sequence[Serving], parent: pulumi.Resource
) -> command.local.Command:
    """A wait on this machine, during which no alarm may ring.

    What `after` reported is its input, so it runs only when one of them did something.
    """
    return command.local.Command(
        name,
        create=f"{ASK} quiet {shlex.join(policy.alarms)} --within {whole_seconds(policy.pause)}"
        if policy.alarms
        else f"sleep {policy.pause:g}",
        stdin=pulumi.Output.json_dumps([each.report for each in after]),
        add_previous_output_in_env=False,
        logging=command.local.Logging.STDERR if policy.alarms else command.local.Logging.NONE,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[each.serving for each in after]),
    )
