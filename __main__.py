"""From Go source to serving traffic: settings, one build, then each region."""

from pathlib import Path

import pulumi

import settings
from components import artifact
from components.region import Region, RegionArgs

project = Path(__file__).parent.resolve()
configured = settings.load(project)

built = artifact.build(
    configured.service,
    configured.release,
    architectures={host.architecture for region in configured.regions.values() for host in region.hosts},
    project=project,
)

regions = {
    name: Region(
        name,
        RegionArgs(
            settings=region,
            service=configured.service,
            policy=configured.release,
            artifact=built,
            secrets=configured.secrets,
            owner=f"{pulumi.get_project()}/{pulumi.get_stack()}",
            project=project,
        ),
    )
    for name, region in configured.regions.items()
}

pulumi.export("service", configured.service.name)
pulumi.export("version", built.version)
pulumi.export("artifacts", built.summary)
pulumi.export("regions", {name: region.summary for name, region in regions.items()})
pulumi.export("url", next(iter(regions.values())).endpoint)
