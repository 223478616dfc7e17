"""Rules for instances, their templates, groups and volumes, and for what is done on hosts over SSH."""

from __future__ import annotations

import re
from collections.abc import Mapping

from policy.rule import Properties, count, is_true, rule, stated

INSTANCE = "aws:ec2/instance:Instance"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
VOLUME = "aws:ebs/volume:Volume"
GROUP = "aws:autoscaling/group:Group"


@rule(
    INSTANCE,
    TEMPLATE,
    ids=("EC2.8", "AutoScaling.3", "CKV_AWS_79"),
    passes={"metadataOptions": {"httpTokens": "required"}},
    fails={"metadataOptions": {"httpTokens": "optional"}},
)
def metadata_by_token_only(machine: Properties) -> str | None:
    """Instance metadata is given only to who has a session token (IMDSv2)."""
    tokens = (machine.get("metadataOptions") or {}).get("httpTokens")
    return None if tokens == "required" else f"metadataOptions.httpTokens is {tokens}; it must be 'required'."


@rule(
    INSTANCE,
    TEMPLATE,
    ids=("AutoScaling.4", "CKV_AWS_341"),
    passes={"metadataOptions": {"httpPutResponseHopLimit": 1}},
    fails={"metadataOptions": {"httpPutResponseHopLimit": 2}},
)
def metadata_stays_on_the_machine(machine: Properties) -> str | None:
    """Metadata tokens do not travel further than the machine itself."""
    hops = (machine.get("metadataOptions") or {}).get("httpPutResponseHopLimit")
    return None if hops == 1 else f"metadataOptions.httpPutResponseHopLimit is {hops}; it must be 1."


@rule(
    INSTANCE,
    ids=("EC2.3", "CKV_AWS_8"),
    passes={"rootBlockDevice": {"encrypted": True}},
    fails={"rootBlockDevice": {"encrypted": True}, "ebsBlockDevices": [{"deviceName": "/dev/sdf"}]},
)
def disks_of_instances_are_encrypted(instance: Properties) -> str | None:
    """Every disk of an instance is encrypted."""
    disks: dict[str, Properties] = {"rootBlockDevice": instance.get("rootBlockDevice") or {}} | {
        f"ebsBlockDevices[{n}]": disk for n, disk in enumerate(instance.get("ebsBlockDevices") or [])
    }
    return _encrypted(disks)


@rule(
    TEMPLATE,
    ids=("EC2.3", "CKV_AWS_8"),
    passes={"blockDeviceMappings": [{"ebs": {"encrypted": "true"}}]},
    fails={"blockDeviceMappings": [{"ebs": {"volumeSize": 20}}]},
)
def disks_of_templates_are_encrypted(template: Properties) -> str | None:
    """Every disk that a launch template makes is encrypted."""
    mappings = template.get("blockDeviceMappings")
    if not mappings:
        return "blockDeviceMappings is not set; it must state the root disk with ebs.encrypted."
    return _encrypted(
        {f"blockDeviceMappings[{n}].ebs": each.get("ebs") or {} for n, each in enumerate(mappings)}
    )


@rule(VOLUME, ids=("EC2.3", "CKV_AWS_3"), passes={"encrypted": True}, fails={"size": 20})
def volumes_are_encrypted(volume: Properties) -> str | None:
    """Every volume is encrypted."""
    return _encrypted({"the volume": volume})


def _encrypted(disks: Mapping[str, Properties]) -> str | None:
    bare = next((name for name, disk in disks.items() if not is_true(disk.get("encrypted"))), None)
    return f"{bare} is not encrypted; it must say encrypted: true." if bare else None


@rule(
    INSTANCE,
    ids=("EC2.9", "CKV_AWS_88"),
    passes={"associatePublicIpAddress": False, "tags": {"Name": "eu-central-1-m7g-large-1"}},
    fails={"associatePublicIpAddress": True, "tags": {"Name": "eu-central-1-m7g-large-1"}},
)
def hosts_have_no_public_address(instance: Properties) -> str | None:
    """No instance has a public address, but for the bastion, whose Name ends in `-bastion`."""
    if _is_bastion(instance):
        return None
    public = instance.get("associatePublicIpAddress")
    return None if public is False else f"associatePublicIpAddress is {public}; it must be stated as false."


@rule(
    TEMPLATE,
    ids=("EC2.25", "AutoScaling.5"),
    passes={"networkInterfaces": [{"associatePublicIpAddress": "false"}]},
    fails={"networkInterfaces": [{"associatePublicIpAddress": "true"}]},
)
def templates_give_no_public_address(template: Properties) -> str | None:
    """No launch template gives its machines public addresses."""
    given = any(
        is_true(each.get("associatePublicIpAddress")) for each in template.get("networkInterfaces") or []
    )
    return "networkInterfaces has associatePublicIpAddress: true; it must be false." if given else None


@rule(
    INSTANCE,
    TEMPLATE,
    ids=("CKV2_AWS_41",),
    passes={"iamInstanceProfile": "hosts"},
    fails={"instanceType": "m7g.large"},
)
def instances_have_a_role_of_their_own(instance: Properties) -> str | None:
    """Every instance but the bastion has a role, so that nobody is tempted to put keys on it."""
    if _is_bastion(instance) or stated(instance, "iamInstanceProfile"):
        return None
    return "iamInstanceProfile is not set; name a profile."


def _is_bastion(instance: Properties) -> bool:
    return str((instance.get("tags") or {}).get("Name", "")).endswith("-bastion")


@rule(
    INSTANCE,
    TEMPLATE,
    passes={"instanceType": "t4g.nano", "creditSpecification": {"cpuCredits": "standard"}},
    fails={"instanceType": "t4g.nano"},
)
def processor_credits_are_stated(instance: Properties) -> str | None:
    """A burstable instance says whether it may cost more than its price (unlimited) or gets slow (standard)."""
    type_ = str(instance.get("instanceType"))
    if not re.match(r"t\d", type_) or (instance.get("creditSpecification") or {}).get("cpuCredits"):
        return None
    return f"{type_} is burstable and creditSpecification.cpuCredits is not set; state 'standard' or 'unlimited'."


@rule(
    INSTANCE,
    TEMPLATE,
    passes={"maintenanceOptions": {"autoRecovery": "default"}},
    fails={"maintenanceOptions": {"autoRecovery": "disabled"}},
)
def instances_recover_by_themselves(instance: Properties) -> str | None:
    """An instance whose machine fails is moved to another by itself."""
    recovery = (instance.get("maintenanceOptions") or {}).get("autoRecovery", "default")
    return (
        None
        if recovery == "default"
        else f"maintenanceOptions.autoRecovery is {recovery}; it must be 'default'."
    )


@rule(
    INSTANCE,
    passes={"disableApiTermination": True},
    fails={"disableApiTermination": False},
    protected=True,
)
def instances_cannot_be_terminated_by_mistake(instance: Properties) -> str | None:
    """Terminating an instance takes two steps."""
    return (
        None
        if instance.get("disableApiTermination") is True
        else "disableApiTermination is not set; it must be true."
    )


@rule(
    INSTANCE, ids=("CKV_AWS_126",), passes={"monitoring": True}, fails={"monitoring": False}, protected=True
)
def instances_are_watched_every_minute(instance: Properties) -> str | None:
    """Instances have detailed monitoring."""
    return None if instance.get("monitoring") is True else "monitoring is not set; it must be true."


@rule(
    TEMPLATE,
    ids=("CKV_AWS_126",),
    passes={"monitoring": {"enabled": True}},
    fails={"monitoring": {"enabled": False}},
    protected=True,
)
def templates_have_their_machines_watched_every_minute(template: Properties) -> str | None:
    """Instances of a launch template have detailed monitoring."""
    watched = (template.get("monitoring") or {}).get("enabled") is True
    return None if watched else "monitoring.enabled is not set; it must be true."


@rule(
    GROUP,
    ids=("AutoScaling.9", "CKV_AWS_315"),
    passes={"launchTemplate": {"id": "lt-1"}},
    fails={"launchConfiguration": "old"},
)
def groups_use_launch_templates(group: Properties) -> str | None:
    """Auto-scaling groups start machines from launch templates."""
    templated = stated(group, "launchTemplate") or stated(group, "mixedInstancesPolicy")
    return (
        None if templated and not stated(group, "launchConfiguration") else "It must name a launchTemplate."
    )


@rule(GROUP, ids=("AutoScaling.1",), passes={"healthCheckType": "ELB"}, fails={"healthCheckType": "EC2"})
def groups_believe_the_load_balancer(group: Properties) -> str | None:
    """Auto-scaling groups replace machines that the load balancer finds unhealthy."""
    kind = group.get("healthCheckType")
    return None if kind == "ELB" else f"healthCheckType is {kind}; it must be 'ELB'."


@rule(
    GROUP,
    ids=("AutoScaling.2",),
    passes={"vpcZoneIdentifiers": ["subnet-1", "subnet-2"]},
    fails={"vpcZoneIdentifiers": ["subnet-1"]},
)
def groups_span_zones(group: Properties) -> str | None:
    """Auto-scaling groups have at least two zones."""
    zones = count(group.get("vpcZoneIdentifiers"))
    return None if zones > 1 else f"vpcZoneIdentifiers has {zones}; at least 2 are needed."


@rule(
    "command:remote:Command",
    "command:remote:CopyToRemote",
    passes={"connection": {"host": "10.0.0.1", "hostKey": "ssh-ed25519 AAAA"}},
    fails={
        "connection": {"host": "10.0.0.1", "hostKey": "ssh-ed25519 AAAA", "proxy": {"host": "198.51.100.1"}}
    },
)
def host_keys_are_pinned(work: Properties) -> str | None:
    """Over SSH only machines with the key that is known beforehand are spoken to, the bastion included."""
    connection = work.get("connection") or {}
    if not connection.get("host"):
        return None  # In a preview the provider puts its defaults where a connection is not known yet.
    if not stated(connection, "hostKey"):
        return "connection.hostKey is not set, so any machine would be believed; give the host's public key."
    proxy = connection.get("proxy")
    if proxy and not stated(proxy, "hostKey"):
        return "connection.proxy.hostKey is not set, so any machine would be believed; give the bastion's public key."
    return None
