"""From Go source to serving traffic: settings, one build, then each region."""

from collections.abc import Sequence
from pathlib import Path

import pulumi

import settings
from components import artifact
from components.installation import Installation
from components.region import Region, RegionArgs

project = Path(__file__).parent.resolve()
configured = settings.load(project)

architectures = {host.architecture for region in configured.regions.values() for host in region.hosts}
pinned = configured.release.pin is not None
built = None if pinned else artifact.build(configured.service, configured.release, architectures, project)

rollout = configured.rollout()
pulumi.log.info(str(rollout))

regions: dict[str, Region] = {}
last: Sequence[Installation] = ()
for name, region in configured.regions.items():
    regions[name] = Region(
        name,
        RegionArgs(
            settings=region,
            service=configured.service,
            policy=configured.release,
            artifact=built,
            batches=rollout.batches[name],
            after=last,
            confirm_within=rollout.confirm_within,
            secrets=configured.secrets,
            owner=f"{pulumi.get_project()}/{pulumi.get_stack()}",
            project=project,
        ),
    )
    last = regions[name].last if rollout.in_turn else ()

everywhere = [each for region in regions.values() for each in region.installations.values()]
if rollout.confirm_within:
    for installation in everywhere:
        installation.confirm(after=everywhere)

told = built.told if built else artifact.reported([each.report for each in everywhere])
pulumi.export("service", configured.service.name)
pulumi.export("version", told["version"])
pulumi.export("artifacts", told["artifacts"])
pulumi.export("regions", {name: region.summary for name, region in regions.items()})
pulumi.export("url", next(iter(regions.values())).summary["endpoint"])
