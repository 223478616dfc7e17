"""What watches the machines of a region: Debian's Prometheus and what belongs to it, on a machine of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pulumi

from components import bundle
from components.hosts import Host
from components.installation import Installation, InstallationArgs
from model.base import Base
from model.machines.monitor_files import Duty
from model.machines.monitor_release import monitor_release
from model.release_policy import ReleasePolicy


@dataclass(frozen=True, kw_only=True)
class MonitorArgs:
    """`secrets` are those that the alerts name; `after` must be done before the monitor is so much as dialled."""

    host: Host
    duty: Duty
    policy: ReleasePolicy
    base: Base
    owner: str
    bundles: Path
    after: Sequence[pulumi.Resource]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


class Monitor(pulumi.ComponentResource):
    """The last of all: one that is away, or would not take its files, has kept no host from its release."""

    installation: Installation
    """Its files, which are the same for each release of the service: most leave it alone."""

    def __init__(self, name: str, args: MonitorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Monitor", name, {}, opts)
        guarded = args.base.firewall is not None
        release = monitor_release(args.duty, args.policy, args.base)
        self.installation = Installation(
            name,
            InstallationArgs(
                host=args.host,
                release=bundle.write(release, args.bundles),
                owner=args.owner,
                copy_after=args.after,
                install_packages=args.policy.install_packages,
                secrets=args.secrets,
                guarded=guarded,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        if guarded:
            self.installation.confirm()
        self.register_outputs({})
