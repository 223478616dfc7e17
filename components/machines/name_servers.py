"""DNS hosts: machines that are there already, which answer for the one name before all regions."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_command as command

from components import bundle, rendered
from components.installation import Installation, InstallationArgs
from components.machines.plain_hosts import configured_host
from components.rollout import Serving
from model.front_door.dns_release import dns_release
from model.front_door.rule import Facts
from model.front_door.worst_case import emptied_within
from model.release_policy import ReleasePolicy


def served(
    facts: Facts | None, policy: ReleasePolicy, owner: str, project: Path
) -> dict[str, Sequence[Serving]]:
    """Has the zone served, if DNS hosts do that; gives what each drained region's hosts wait for."""
    if facts is None or not facts.door.hosts:
        return {}
    made = NameServers("dns", NameServersArgs(facts=facts, policy=policy, owner=owner, project=project))
    return {way.region: made.emptied for way in facts.plan.ways if way.drained}


@dataclass(frozen=True, kw_only=True)
class NameServersArgs:
    """`owner` is the stack's name as hosts remember it."""

    facts: Facts
    policy: ReleasePolicy
    owner: str
    project: Path


@dataclass(frozen=True, kw_only=True)
class _Emptied:
    """What a drained region's first batch waits for."""

    serving: pulumi.Resource
    report: pulumi.Output[str]


class NameServers(pulumi.ComponentResource):
    """One after the other, so that one of them always answers; before the regions, since what they answer goes by health."""

    emptied: Sequence[Serving] = ()
    """Done when nobody is sent to drained regions any more, and what was asked there has been answered."""

    def __init__(self, name: str, args: NameServersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:NameServers", name, {}, opts)
        made: list[Installation] = []
        for place, servers in args.facts.door.hosts.items():
            for server in servers.hosts:
                last = [each.apply for each in made[-1:]]
                base = servers.base(server)
                installation = Installation(
                    f"{name}-{place}-{server.name}",
                    InstallationArgs(
                        host=configured_host(server, servers.login, args.project),
                        release=bundle.write(
                            dns_release(args.facts, server, args.policy, base),
                            args.project / ".slipway" / "bundles",
                        ),
                        owner=f"{args.owner}/{name}-{place}-{server.name}",
                        after=last,
                        install_packages=args.policy.install_packages,
                        guarded=base.firewall is not None,
                    ),
                    pulumi.ResourceOptions(parent=self),
                )
                if base.firewall:
                    installation.confirm()
                made.append(installation)
        if any(way.drained for way in args.facts.plan.ways):
            self.emptied = [self._emptied(name, args.facts, made)]
        self.register_outputs({"rendered": rendered.told(made)})

    def _emptied(self, name: str, facts: Facts, made: Sequence[Installation]) -> _Emptied:
        """A wait on this machine, which is done again when one of the DNS hosts was told something else."""
        seconds = emptied_within(facts.door, facts.service.request_timeout)
        told = pulumi.Output.all(*(each.report for each in made)).apply(lambda said: "\n".join(said))
        wait = command.local.Command(
            f"{name}-emptied",
            create=f"sleep {seconds:g}",
            stdin=told,
            add_previous_output_in_env=False,
            logging=command.local.Logging.NONE,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[each.apply for each in made]),
        )
        return _Emptied(serving=wait, report=told)
