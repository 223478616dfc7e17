"""What a run that failed means, beside what the engine says of it."""

import json
from pathlib import Path

from engine import failures

GONE = "cannot reach deploy@198.51.100.7:22 by SSH: no answer within 10 s; gave up after 61 attempts"


def test_a_bastion_that_does_not_answer_is_told_from_a_host_that_is_gone() -> None:
    failed = [
        ("eu-central-1-bastion-ready", GONE),
        ("eu-central-1-m7g-large-1", GONE),
        ("eu-central-1-m7g-large-2", "ended with 3"),
    ]
    names = failures.unreachable(failed)
    assert names == ["eu-central-1-bastion-ready", "eu-central-1-m7g-large-1"]
    assert failures.bastions(names) == ["eu-central-1-bastion"]
    assert failures.bastions(["eu-central-1-m7g-large-1"]) == []


def test_a_machine_that_was_just_made_is_told_from_a_host_that_is_gone() -> None:
    names = ["eu-central-1-m7g-large-1-ready", "eu-central-1-bastion-ready", "lab-web1"]
    assert failures.just_made(names) == ["eu-central-1-m7g-large-1"]


def test_machines_whose_image_was_withdrawn_are_named_once(tmp_path: Path) -> None:
    urn = "urn:pulumi:prod::slipway::aws:ec2/instance:Instance::eu-central-1-m7g-large-1"
    gone = "api error InvalidAMIID.NotFound: The image id '[ami-0123456789abcdef0]' does not exist"
    said = [
        {"severity": "error", "urn": urn, "message": gone},
        {"severity": "error", "urn": urn, "message": f"1 error occurred: {gone}"},
        {"severity": "error", "urn": f"{urn}2", "message": "VcpuLimitExceeded"},
        {"severity": "info", "urn": f"{urn}3", "message": gone},
        {"severity": "error", "message": gone},
    ]
    events = tmp_path / "events"
    events.write_text("".join(json.dumps({"diagnosticEvent": each}) + "\n" for each in said))
    assert failures.withdrawn(events) == ["eu-central-1-m7g-large-1"]


def test_what_was_put_back_in_a_cluster_is_found_among_what_the_provider_says(tmp_path: Path) -> None:
    ours = "edge: release 222222222222 is not well (late), so 111111111111, version v1, was put back:\nshop-1 on node a: Running"
    said = [("error", "3 errors occurred: …"), ("error", ours), ("warning", ours), ("error", "update failed")]
    events = tmp_path / "events"
    events.write_text(
        "".join(
            json.dumps({"diagnosticEvent": {"severity": severity, "message": f"{message}\n"}}) + "\n"
            for severity, message in said
        )
    )
    assert failures.put_back(events) == [ours]


def test_a_cluster_that_does_not_answer_is_named_once_with_its_region_address_and_reason(
    tmp_path: Path,
) -> None:
    cause = 'Get "https://192.0.2.7:6443/openapi/v2?timeout=25s": dial tcp 192.0.2.7:6443: connect: connection refused'
    said = f"configured Kubernetes cluster is unreachable: unable to load schema information from the API server: {cause}"
    parent = "urn:pulumi:mine::slipway::slipway:index:ClusterRegion$slipway:index:Workload"
    events = tmp_path / "events"
    events.write_text(
        "".join(
            json.dumps({"diagnosticEvent": {"severity": "error", "urn": f"{parent}${urn}", "message": said}})
            + "\n"
            for urn in (
                "kubernetes:core/v1:Namespace::at-the-edge-namespace",
                "kubernetes:networking.k8s.io/v1:NetworkPolicy::at-the-edge-networkpolicy-dns",
            )
        )
    )
    refused = "dial tcp 192.0.2.7:6443: connect: connection refused"
    assert failures.clusters(events) == [f"at-the-edge at https://192.0.2.7:6443 ({refused})"]
