"""From Go source to serving traffic: settings, one build, then each region."""

from pathlib import Path

import pulumi

import settings
from components import artifact, front_door, hosts, other_stacks, stack_outputs
from components.machines import name_servers
from components.machines.region import Region, RegionArgs
from components.rollout import RolloutArgs, confirmed
from model.aws.cloud_region import CloudRegion
from model.eks.region import EksRegion
from model.kubernetes.region import ClusterRegion

configured = settings.load(project := Path(__file__).parent.resolve(), other_stacks.ask)
hosts.keep_keys(missing=configured.missing_keys(project))
front_door.announced(configured.door, protected=configured.protected)
wanted, clouds, regions, last = configured.architectures, {}, {}, ()
if configured.aws_regions:  # loading what AWS needs takes seconds
    from components.aws import cloud

    whose = configured.whose(pulumi.get_project(), pulumi.get_stack())
    clouds = cloud.reached(configured.aws_regions, whose, configured.front_door, configured.protected)
    wanted |= {each for one in clouds.values() for each in one.architectures.values()}
built = artifact.built(configured.service, configured.release, wanted, project)
pulumi.log.info(str(order := configured.rollout()))
emptied = name_servers.served(configured.door, configured.release, settings.owner(), project)
for name, region in configured.in_order.items():
    rollout = RolloutArgs(
        service=configured.service,
        policy=configured.release,
        artifact=built,
        batches=order.batches[name],
        after=(*(last if order.in_turn else ()), *emptied.get(name, ())),
        confirm_within=order.confirm_within,
        secrets=configured.service_secrets,
        monitor_secrets=configured.monitor_secrets,
        owner=settings.owner(),
        project=project,
    )
    if isinstance(region, CloudRegion):
        admitted, rolls = settings.keys.public_keys(name, region.login, project), settings.rolls_images()
        regions[name] = clouds[name].region(name, region, rollout, admitted, configured.protected, rolls)
    elif isinstance(region, ClusterRegion):
        from components.kubernetes import region as cluster  # loads slowly, too

        regions[name] = cluster.placed(name, region, rollout)
    elif isinstance(region, EksRegion):
        from components.eks import region as eks  # both of them

        regions[name] = eks.placed(name, region, rollout, clouds[name], protected=configured.protected)
    else:
        regions[name] = Region(name, RegionArgs(settings=region, rollout=rollout))
    last = regions[name].last
everywhere = confirmed(regions.values(), order.confirm_within, configured.release)
told = built.told if built else artifact.reported([each.report for each in everywhere], regions.values())
said = {name: each.summary for name, each in regions.items()}
entrance = next((one.front_door(configured.door, regions) for one in clouds.values()), [])
stack_outputs.export(configured.service.name, told, said, front_door.told(configured.door, said, entrance))
