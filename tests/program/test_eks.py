"""A stack with a cluster of EKS: exactly what it declares, with the inputs that matter. That AWS takes it is not proven."""

from __future__ import annotations

import json
import logging
from collections import Counter
from functools import cache
from typing import Any

import pulumi
import pytest
import yaml

from tests.policy.test_stacks import broken
from tests.program.eks_regions import DEPLOY, region
from tests.program.recorder import PROJECT, Recorder, inputs, run_program

CLUSTER, REPOSITORY = "aws:eks/cluster:Cluster", "aws:ecr/repository:Repository"
ENTRY, POLICY = "aws:eks/accessEntry:AccessEntry", "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
DEPLOYMENT, PROVIDER = "kubernetes:apps/v1:Deployment", "pulumi:providers:kubernetes"
BINDING = "kubernetes:eks.amazonaws.com/v1:TargetGroupBinding"
US = "us-east-1"
OF_THE_CLUSTER = {
    "aws:cloudwatch/logGroup:LogGroup": 2,
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": 1,
    REPOSITORY: 1,
    ENTRY: 2,
    POLICY: 2,
    "aws:eks/addon:Addon": 1,
    CLUSTER: 1,
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": 1,
    "aws:iam/role:Role": 4,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": 7,
    "aws:kms/key:Key": 1,
    "aws:lb/loadBalancer:LoadBalancer": 1,
    "aws:lb/targetGroup:TargetGroup": 1,
    "kubernetes:apps/v1:Deployment": 1,
    "kubernetes:autoscaling/v2:HorizontalPodAutoscaler": 1,
    "kubernetes:core/v1:ConfigMap": 2,
    "kubernetes:core/v1:Namespace": 1,
    "kubernetes:core/v1:Service": 1,
    "kubernetes:core/v1:ServiceAccount": 1,
    BINDING: 1,
    "kubernetes:eks.amazonaws.com/v1:NodeClass": 1,
    "kubernetes:karpenter.sh/v1:NodePool": 1,
    "kubernetes:networking.k8s.io/v1:NetworkPolicy": 3,
    "kubernetes:policy/v1:PodDisruptionBudget": 1,
}
"""Besides network, firewall and what stands around the load balancer, which are the same as before instances."""
ENTRANCE = {"kind": "ingress", "class": "alb", "domain": "a.example.com", "issuer": "le"}
NOWHERE = ("aws:ec2/instance:Instance", "aws:ec2/launchTemplate:LaunchTemplate", "command:remote:Command")


def run(**changes: Any) -> Recorder:
    return run_program("prod", regions={US: region(**changes)}, release={"uncommitted": "allow"})


@cache
def protected() -> Recorder:
    return run()


def one(recorder: Recorder, kind: str) -> dict[str, Any]:
    (request,) = recorder.of(kind).values()
    return inputs(request)


def waits(recorder: Recorder, kind: str, name: str) -> set[str]:
    return {"::".join(urn.split("::")[-2:]).split("$")[-1] for urn in recorder.of(kind)[name].dependencies}


def test_a_pin_is_refused_since_no_preview_asks_for_what_is_kept() -> None:
    release = {"uncommitted": "allow", "pin": "1" * 12}
    with pytest.raises(pulumi.RunError, match=r"release\.pin cannot be where .*make unpin"):
        run_program("prod", regions={US: region()}, release=release)


def test_a_cluster_is_exactly_this_and_no_machine_of_ours() -> None:
    kinds = Counter(request.type for request in protected().registered)
    assert {kind: kinds[kind] for kind in OF_THE_CLUSTER} == OF_THE_CLUSTER
    unknown = {kind for kind in kinds if kind.startswith(("kubernetes:", "aws:eks", "aws:ecr", "aws:kms"))}
    assert unknown <= OF_THE_CLUSTER.keys()
    assert not [kind for kind in NOWHERE if kinds[kind]]


def test_the_control_plane_of_a_protected_stack() -> None:
    assert one(protected(), CLUSTER) == {
        "name": "greeter-prod",
        "version": "1.36",
        "roleArn": "arn",
        "vpcConfig": {
            "subnetIds": [f"{US}-private-{number}-id" for number in (1, 2, 3)],
            "securityGroupIds": [f"{US}-control-plane-id"],
            "endpointPrivateAccess": True,
            "endpointPublicAccess": False,
        },
        "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
        "bootstrapSelfManagedAddons": False,
        "computeConfig": {"enabled": True},
        "kubernetesNetworkConfig": {"elasticLoadBalancing": {"enabled": True}},
        "storageConfig": {"blockStorage": {"enabled": True}},
        "encryptionConfig": {"provider": {"keyArn": f"arn:{US}"}, "resources": ["secrets"]},
        "enabledClusterLogTypes": ["api", "audit", "authenticator", "controllerManager", "scheduler"],
        "upgradePolicy": {"supportType": "STANDARD"},
        "deletionProtection": True,
        "tags": {"Name": "greeter-prod"},
    }


def test_what_a_protected_stack_cannot_lose_is_refused_to_go_and_another_goes_whole() -> None:
    for kind in (CLUSTER, REPOSITORY, "aws:kms/key:Key"):
        (request,) = protected().of(kind).values()
        assert request.protect, kind
    assert one(protected(), REPOSITORY)["forceDelete"] is False
    loose = run_program("dev", regions={US: region()}, release={"uncommitted": "allow"})
    assert not any(request.protect for kind in (CLUSTER, REPOSITORY) for request in loose.of(kind).values())
    assert one(loose, REPOSITORY)["forceDelete"] is True
    assert one(loose, CLUSTER)["deletionProtection"] is False


def test_its_log_group_is_there_before_it_and_forgets() -> None:
    group = inputs(protected().of("aws:cloudwatch/logGroup:LogGroup")[f"{US}-control-plane"])
    assert group["name"] == "/aws/eks/greeter-prod/cluster" and group["retentionInDays"] == 90
    assert f"aws:cloudwatch/logGroup:LogGroup::{US}-control-plane" in waits(protected(), CLUSTER, US)


def test_a_public_endpoint_is_open_to_the_named_ranges_alone() -> None:
    loose = run_program(
        "dev",
        regions={US: region(eks={"endpoint": "public", "operatorCidrs": ["203.0.113.0/24"]})},
        release={"uncommitted": "allow"},
    )
    told = one(loose, CLUSTER)["vpcConfig"]
    assert told["endpointPublicAccess"] and told["publicAccessCidrs"] == ["203.0.113.0/24"]


def test_administrators_and_nodes_are_let_in_by_access_entries_and_nobody_else() -> None:
    entries = {name: inputs(each) for name, each in protected().of(ENTRY).items()}
    assert {(each["principalArn"], each["type"]) for each in entries.values()} == {
        (DEPLOY, "STANDARD"),
        ("arn", "EC2"),
    }
    rights = {inputs(each)["policyArn"].rpartition("/")[2] for each in protected().of(POLICY).values()}
    assert rights == {"AmazonEKSClusterAdminPolicy", "AmazonEKSAutoNodePolicy"}


def test_nodes_are_of_the_named_types_and_the_image_has_their_architectures() -> None:
    pool = one(protected(), "kubernetes:karpenter.sh/v1:NodePool")["spec"]
    wanted = {each["key"]: each["values"] for each in pool["template"]["spec"]["requirements"]}
    assert wanted == {
        "node.kubernetes.io/instance-type": ["m7g.large", "m7i.large"],
        "kubernetes.io/arch": ["amd64", "arm64"],
        "karpenter.sh/capacity-type": ["on-demand"],
    }
    assert pool["limits"] == {"cpu": "64"}
    assert list(protected().outputs["artifacts"]) == ["amd64", "arm64"]
    graviton = run(eks={"nodes": ["m7g.large"]})
    assert list(graviton.outputs["artifacts"]) == ["arm64"]
    affinity = one(graviton, DEPLOYMENT)["spec"]["template"]["spec"]["affinity"]
    assert '"arm64"' in json.dumps(affinity) and "amd64" not in json.dumps(affinity)


def test_nodes_are_in_the_clusters_group_and_in_the_one_that_the_load_balancer_may_reach() -> None:
    groups = one(protected(), "kubernetes:eks.amazonaws.com/v1:NodeClass")["spec"][
        "securityGroupSelectorTerms"
    ]
    assert groups == [{"id": "sg of greeter-prod"}, {"id": f"{US}-hosts-id"}]
    rules = protected().of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    told = {name: inputs(each) for name, each in rules.items()}
    (requests,) = (each for each in told.values() if each["securityGroupId"] == f"{US}-hosts-id")
    assert (requests["fromPort"], requests["referencedSecurityGroupId"]) == (18081, f"{US}-load-balancer-id")
    (asked,) = (each for each in told.values() if each["securityGroupId"] == f"{US}-control-plane-id")
    assert (asked["fromPort"], asked["cidrIpv4"]) == (443, "10.99.0.0/16")


def test_copies_join_the_load_balancer_before_they_count_as_well() -> None:
    group = one(protected(), "aws:lb/targetGroup:TargetGroup")
    assert group["targetType"] == "ip" and group["tags"]["eks:eks-cluster-name"] == "greeter-prod"
    assert one(protected(), BINDING)["spec"] == {
        "serviceRef": {"name": "greeter", "port": "http"},
        "targetGroupARN": f"arn:{US}",
        "targetType": "ip",
    }
    labels = one(protected(), "kubernetes:core/v1:Namespace")["metadata"]["labels"]
    assert labels["eks.amazonaws.com/pod-readiness-gate-inject"] == "enabled"
    before = waits(protected(), DEPLOYMENT, f"{US}-deployment")
    assert f"{BINDING}::{US}-targetgroupbinding" in before
    assert f"kubernetes:core/v1:Service::{US}-service" in before
    first = waits(protected(), "kubernetes:core/v1:Namespace", f"{US}-namespace")
    assert f"aws:lb/listener:Listener::{US}-https" in first, "an unused target group finds nobody well"
    assert f"kubernetes:karpenter.sh/v1:NodePool::{US}-node-pool" in first


def test_the_load_balancers_networks_may_ask_copies_and_nobody_else() -> None:
    policies = protected().of("kubernetes:networking.k8s.io/v1:NetworkPolicy")
    allowed = inputs(policies[f"{US}-networkpolicy"])["spec"]
    (requests,) = (each for each in allowed["ingress"] if each["ports"][0]["port"] == 18081)
    ranges = [each["ipBlock"]["cidr"] for each in requests["from"]]
    subnets = protected().of("aws:ec2/subnet:Subnet")
    assert ranges == [inputs(subnets[f"{US}-public-{number}"])["cidrBlock"] for number in (1, 2, 3)]
    dns = [each.get("ipBlock", {}).get("cidr") for each in allowed["egress"][0]["to"]]
    assert dns == [None, "169.254.20.10/32", "10.100.0.10/32", "172.20.0.10/32"], (
        "in Auto Mode no pod answers"
    )
    assert (
        one(protected(), "kubernetes:eks.amazonaws.com/v1:NodeClass")["spec"]["networkPolicy"]
        == "DefaultAllow"
    )
    switch = inputs(protected().of("kubernetes:core/v1:ConfigMap")[f"{US}-network-policy"])
    assert switch["data"] == {"enable-network-policy-controller": "true"}


def test_the_image_goes_to_a_registry_where_tags_stay_and_images_are_scanned() -> None:
    repository = one(protected(), REPOSITORY)
    assert repository["imageTagMutability"] == "IMMUTABLE"
    assert repository["imageScanningConfiguration"] == {"scanOnPush": True}
    pushed = inputs(protected().of("command:local:Command")[f"{US}-image"])["create"]
    url = f"123456789012.dkr.ecr.{US}.amazonaws.com/greeter-prod"
    assert f" {url} " in pushed
    assert one(protected(), DEPLOYMENT)["spec"]["template"]["spec"]["containers"][0]["image"].startswith(
        f"{url}@sha256:"
    )
    assert f"{REPOSITORY}::{US}" in waits(protected(), "command:local:Command", f"{US}-image")
    (rule,) = json.loads(one(protected(), "aws:ecr/lifecyclePolicy:LifecyclePolicy")["policy"])["rules"]
    assert rule["selection"]["tagStatus"] == "tagged", "what has no tag is part of what has one"


def test_the_cluster_is_reached_by_what_aws_told_about_it_and_nothing_of_the_machine() -> None:
    provider = one(protected(), PROVIDER)
    kubeconfig = json.loads(provider["kubeconfig"])
    assert provider["context"] == kubeconfig["contexts"][0]["name"]
    assert kubeconfig["clusters"][0]["cluster"] == {
        "server": "https://greeter-prod.eks.amazonaws.com",
        "certificate-authority-data": "QUFB",
    }
    token = kubeconfig["users"][0]["user"]["exec"]
    assert [token["command"], *token["args"]] == [
        *("aws", "eks", "get-token", "--cluster-name", "greeter-prod", "--region", US, "--output", "json")
    ]
    assert provider["clusterIdentifier"] == "https://greeter-prod.eks.amazonaws.com"
    assert f"{POLICY}::{US}-admin-1" in waits(protected(), PROVIDER, US), "else nobody is let in"
    for request in protected().registered:
        if request.type.startswith("kubernetes:"):
            assert f"{PROVIDER}::{US}" in request.provider, f"{request.name} would go to an ambient cluster"


def test_copies_have_a_role_of_their_own_without_rights() -> None:
    association = one(protected(), "aws:eks/podIdentityAssociation:PodIdentityAssociation")
    assert (association["namespace"], association["serviceAccount"]) == ("greeter", "greeter")
    role = inputs(protected().of("aws:iam/role:Role")[f"{US}-copies"])
    assert json.loads(role["assumeRolePolicy"])["Statement"][0]["Principal"] == {
        "Service": "pods.eks.amazonaws.com"
    }
    attached = protected().of("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    assert not [name for name in attached if "copies" in name]


def test_every_resource_keeps_every_rule() -> None:
    assert broken(protected(), protected=True) == []


def test_everything_goes_to_the_provider_of_its_region_and_two_clusters_do_not_meet() -> None:
    away = region(network={"range": "10.41.0.0/16"}, loadBalancer={})
    recorder = run_program("dev", regions={US: region(), "eu-west-1": away}, release={"uncommitted": "allow"})
    names = Counter((request.type, request.name) for request in recorder.registered)
    assert names.most_common(1)[0][1] == 1
    for request in recorder.registered:
        if request.type.startswith("aws:"):
            assert request.provider.split("::")[3] in (US, "eu-west-1")
            assert request.name.startswith(request.provider.split("::")[3])
    assert f"{DEPLOYMENT}::{US}-deployment" in waits(recorder, DEPLOYMENT, "eu-west-1-deployment")


def test_hosts_and_a_cluster_stand_behind_one_name_as_in_the_example() -> None:
    written = yaml.safe_load((PROJECT / "examples" / "mixed" / "Pulumi.mixed.yaml").read_text())["config"]
    told = {
        key.removeprefix("slipway:"): value for key, value in written.items() if key.startswith("slipway:")
    }
    told["regions"]["eu-central-1"]["login"] = {
        "publicKey": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID2HRIAnDujLGCzBwPxHeFMeKfHW5O5Ydl7zGygH3JGM"
    }
    recorder = run_program("prod", **told, release={"uncommitted": "allow"})
    records = {
        name: inputs(each)
        for name, each in recorder.of("aws:route53/record:Record").items()
        if name.startswith("front-door-")
    }
    shared = {each["setIdentifier"]: each for each in records.values() if "setIdentifier" in each}
    assert shared["secondary"]["aliases"][0]["name"] == f"{US}.elb.amazonaws.com"
    assert len(recorder.of("aws:ec2/instance:Instance")) == 4 and len(recorder.of(CLUSTER)) == 1
    assert "aws:lb/targetGroupAttachment:TargetGroupAttachment" in {each.type for each in recorder.registered}


def test_people_are_told_until_when_the_version_is_supported(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    run()
    said = [record.getMessage() for record in caplog.records]
    assert any("Kubernetes 1.36: standard support by EKS ends on 2027-08-02" in each for each in said)
    assert not any("eks.admins" in each for each in said)
    caplog.clear()
    run(eks={"admins": ["arn:aws:iam::123456789012:role/other"]})
    assert any("assumed-role/deploy/ci is none of" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"eks": {"version": "1.32"}}, ["eks.version", "1.32", "standard support", "2026-03-23"]),
        ({"eks": {"version": "1.99"}}, ["eks.version", "1.36", "model/eks/version.py"]),
        ({"eks": {"endpoint": "public"}}, ["eks.endpoint", "private", "connected"]),
        ({"eks": {"operatorCidrs": ["0.0.0.0/0"]}}, ["operatorCidrs", "0.0.0.0/0"]),
        ({"eks": {"operatorCidrs": ["2001:db8::/32"]}}, ["operatorCidrs", "IPv4"]),
        ({"eks": {"nodes": ["m7g.medium"]}}, ["eks.nodes[0]", "m7g.large"]),
        ({"eks": {"nodes": ["t4g.small"]}}, ["eks.nodes[0]", "too small"]),
        ({"eks": {"nodes": ["mac2.metal"]}}, ["eks.nodes[0]"]),
        ({"eks": {"nodes": ["m7g.large", "m7g.large"]}}, ["eks.nodes", "twice"]),
        ({"eks": {"admins": []}}, ["eks.admins"]),
        ({"eks": {"admins": ["arn:aws:sts::123456789012:assumed-role/deploy/me"]}}, ["eks.admins[0]", ":role/deploy"]),
        ({"eks": {"upgrade": True}}, ["eks.upgrade is not a setting"]),
        ({"loadBalancer": {}}, ["loadBalancer.domain", "plain HTTP"]),
        ({"workload": {"entrance": ENTRANCE}}, ["workload.entrance", "loadBalancer"]),
        ({"workload": {"ownNamespace": False}}, ["ownNamespace"]),
        ({"instances": [{"type": "m7g.large"}]}, [f"regions.{US}"]),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_before_anything_is_built(
    changes: dict[str, Any], words: list[str]
) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        run(**changes)
    for word in words:
        assert word in str(caught.value)


def test_a_name_that_is_no_region_and_a_range_that_another_has_are_refused() -> None:
    with pytest.raises(pulumi.RunError) as caught:
        run_program("prod", regions={"europe": region(), US: region()})
    assert "slipway:regions.europe has eks" in str(caught.value) and "overlaps" in str(caught.value)
