"""Rules for clusters of EKS and the registries that their nodes fetch from."""

from __future__ import annotations

import ipaddress

from policy.rule import Properties, listed, rule

CLUSTER = "aws:eks/cluster:Cluster"
REPOSITORY = "aws:ecr/repository:Repository"
LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")
OLDEST = (1, 34)
"""Minor versions of Kubernetes below it have left EKS's standard support by November 2026 (EKS User Guide, release calendar)."""


@rule(
    CLUSTER,
    ids=("EKS.1", "CKV_AWS_39"),
    passes={"vpcConfig": {"endpointPublicAccess": False, "endpointPrivateAccess": True}},
    fails={"vpcConfig": {"endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24"]}},
    protected=True,
)
def cluster_apis_are_private(cluster: Properties) -> str | None:
    """A cluster's API answers within its network alone."""
    network = cluster.get("vpcConfig") or {}
    if network.get("endpointPublicAccess") is not False:
        return "vpcConfig.endpointPublicAccess is not false; it must be stated so."
    return (
        None
        if network.get("endpointPrivateAccess") is True
        else "vpcConfig.endpointPrivateAccess must be true."
    )


@rule(
    CLUSTER,
    ids=("CKV_AWS_38",),
    passes={"vpcConfig": {"endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24"]}},
    fails={"vpcConfig": {"endpointPublicAccess": True, "publicAccessCidrs": ["0.0.0.0/0"]}},
)
def cluster_apis_are_not_the_worlds(cluster: Properties) -> str | None:
    """A cluster's API that is public is so for named ranges."""
    network = cluster.get("vpcConfig") or {}
    if network.get("endpointPublicAccess") is False:
        return None
    ranges = listed(network.get("publicAccessCidrs"))
    wide = [each for each in ranges if ipaddress.ip_network(each, strict=False).prefixlen < 8]
    if ranges and not wide:
        return None
    return f"vpcConfig.publicAccessCidrs is {', '.join(wide) or 'not set'}, which is the world; name ranges."


@rule(
    CLUSTER,
    ids=("EKS.8", "CKV_AWS_37"),
    passes={"enabledClusterLogTypes": list(LOGS)},
    fails={"enabledClusterLogTypes": ["api", "audit"]},
)
def control_planes_are_logged(cluster: Properties) -> str | None:
    """All logs of a cluster's control plane are kept, the audit log among them."""
    missing = [each for each in LOGS if each not in listed(cluster.get("enabledClusterLogTypes"))]
    return f"enabledClusterLogTypes lacks {', '.join(missing)}." if missing else None


@rule(
    CLUSTER,
    ids=("EKS.3", "CKV_AWS_58"),
    passes={"encryptionConfig": {"resources": ["secrets"], "provider": {"keyArn": "arn"}}},
    fails={"name": "shop"},
)
def cluster_secrets_are_encrypted(cluster: Properties) -> str | None:
    """A cluster's secrets are encrypted with a key of one's own."""
    resources = listed((cluster.get("encryptionConfig") or {}).get("resources"))
    return None if "secrets" in resources else "encryptionConfig.resources must have secrets."


@rule(
    CLUSTER,
    ids=("EKS.2",),
    passes={"version": "1.36"},
    fails={"version": "1.33", "upgradePolicy": {"supportType": "STANDARD"}},
)
def clusters_are_of_a_supported_version(cluster: Properties) -> str | None:
    """A cluster's version of Kubernetes is written down, and in EKS's standard support unless more is paid for."""
    major, _, minor = str(cluster.get("version") or "").partition(".")
    if not (major.isdigit() and minor.isdigit()):
        return f"version is {cluster.get('version')}; write one as in '1.36'."
    extended = (cluster.get("upgradePolicy") or {}).get("supportType") == "EXTENDED"
    if (int(major), int(minor)) >= OLDEST or extended:
        return None
    return f"version is {cluster['version']}; the oldest in standard support is {'.'.join(map(str, OLDEST))}."


@rule(
    CLUSTER,
    passes={"accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False}},
    fails={"accessConfig": {"authenticationMode": "API"}},
)
def clusters_name_who_gets_in(cluster: Properties) -> str | None:
    """Who may ask a cluster stands in access entries: not in its aws-auth map, and nobody because he made it."""
    access = cluster.get("accessConfig") or {}
    if access.get("authenticationMode") != "API":
        return f"accessConfig.authenticationMode is {access.get('authenticationMode')}; it must be 'API'."
    if access.get("bootstrapClusterCreatorAdminPermissions") is not False:
        return "accessConfig.bootstrapClusterCreatorAdminPermissions must be stated as false."
    return None


@rule(CLUSTER, passes={"deletionProtection": True}, fails={"deletionProtection": False}, protected=True)
def clusters_cannot_be_deleted_by_mistake(cluster: Properties) -> str | None:
    """Deleting a cluster takes two steps."""
    return (
        None
        if cluster.get("deletionProtection") is True
        else "deletionProtection is not set; it must be true."
    )


@rule(
    REPOSITORY,
    ids=("ECR.2", "CKV_AWS_51"),
    passes={"imageTagMutability": "IMMUTABLE"},
    fails={"imageTagMutability": "MUTABLE"},
)
def image_tags_stay(repository: Properties) -> str | None:
    """A tag in a registry always means the same image."""
    mutability = repository.get("imageTagMutability")
    return (
        None if mutability == "IMMUTABLE" else f"imageTagMutability is {mutability}; it must be 'IMMUTABLE'."
    )


@rule(
    REPOSITORY,
    ids=("ECR.1", "CKV_AWS_163"),
    passes={"imageScanningConfiguration": {"scanOnPush": True}},
    fails={"imageTagMutability": "IMMUTABLE"},
)
def images_are_scanned(repository: Properties) -> str | None:
    """Images are looked through for known vulnerabilities when they are pushed."""
    scans = (repository.get("imageScanningConfiguration") or {}).get("scanOnPush")
    return None if scans is True else "imageScanningConfiguration.scanOnPush must be true."
