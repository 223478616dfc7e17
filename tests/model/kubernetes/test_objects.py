"""What a cluster is told, exactly. Whether a control plane takes it is shown by the tests on a real one."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from model.kubernetes.deployment import longest
from model.kubernetes.names import filled
from model.kubernetes.objects import Objects, endpoint
from model.release_policy import ReleasePolicy
from model.workload import Workload
from tests.model.kubernetes.placements import IMAGE, placed, service, written

RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
}
SELECTED = {"matchLabels": {"app.kubernetes.io/name": "shop"}}


def every(found: Objects) -> dict[str, dict[str, Any]]:
    """By kind, and name where it is not the service's."""
    held = [
        *([found.namespace] if found.namespace else []),
        *found.before,
        found.deployment,
        *found.after,
        *found.last,
    ]
    return {
        each["kind"]
        + (
            "" if each["metadata"]["name"] == "shop" else f" {each['metadata']['name'].removeprefix('shop-')}"
        ): each
        for each in held
    }


def pod(found: Objects) -> dict[str, Any]:
    return found.deployment["spec"]["template"]["spec"]


def container(found: Objects) -> dict[str, Any]:
    (only,) = pod(found)["containers"]
    return only


def told(found: Objects) -> dict[str, Any]:
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in container(found)["env"]}


def test_the_namespace_refuses_pods_that_may_more_than_they_need() -> None:
    assert every(placed())["Namespace"]["metadata"]["labels"] == {
        "app.kubernetes.io/name": "shop",
        "app.kubernetes.io/managed-by": "slipway",
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/enforce-version": "latest",
        "pod-security.kubernetes.io/audit": "restricted",
        "pod-security.kubernetes.io/audit-version": "latest",
        "pod-security.kubernetes.io/warn": "restricted",
        "pod-security.kubernetes.io/warn-version": "latest",
    }
    assert every(placed())["Namespace"]["metadata"]["annotations"] == {"slipway/owner": "slipway/prod/edge"}
    assert "Namespace" not in every(placed(workload=written(Workload, ownNamespace=False)))


def test_a_deployment_never_has_fewer_copies_than_before_and_leaves_their_number_to_the_autoscaler() -> None:
    spec = placed(policy=written(ReleasePolicy, watch=7, keep=4)).deployment["spec"]
    assert {key: value for key, value in spec.items() if key != "template"} == {
        "selector": SELECTED,
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"}},
        "minReadySeconds": 7,
        "progressDeadlineSeconds": 367,
        "revisionHistoryLimit": 4,
    }


def test_a_share_of_the_copies_is_watched_before_the_next_follow() -> None:
    policy = written(ReleasePolicy, watch=30, share=[5, 25])
    spec = placed(policy=policy).deployment["spec"]
    assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": "5%"}
    assert spec["minReadySeconds"] == 30
    longer, usual = (
        longest(service(), Workload(), each, 0) for each in (policy, written(ReleasePolicy, watch=30))
    )
    assert longer == 21 * spec["progressDeadlineSeconds"] and usual == 5 * spec["progressDeadlineSeconds"]


def test_a_pod_may_nothing_and_runs_where_the_image_has_a_binary() -> None:
    spec = pod(placed(workload=written(Workload, priority="high", tolerations=({"key": "edge"},))))
    assert {key: value for key, value in spec.items() if key not in ("containers", "volumes")} == {
        "serviceAccountName": "shop",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 71,
        "priorityClassName": "high",
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65532,
            "runAsGroup": 65532,
            "fsGroup": 65532,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [
                        {
                            "matchExpressions": [
                                {"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]},
                                {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64", "arm64"]},
                            ]
                        }
                    ]
                }
            },
            "podAntiAffinity": {
                "preferredDuringSchedulingIgnoredDuringExecution": [
                    {
                        "weight": 100,
                        "podAffinityTerm": {
                            "labelSelector": SELECTED,
                            "topologyKey": "kubernetes.io/hostname",
                        },
                    }
                ]
            },
        },
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": key,
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": SELECTED,
                "matchLabelKeys": ["pod-template-hash"],
            }
            for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
        ],
        "tolerations": [
            {"key": "kubernetes.io/arch", "operator": "Exists", "effect": "NoSchedule"},
            {"key": "edge", "operator": "Exists"},
        ],
    }


@pytest.mark.parametrize(
    ("changes", "drain", "seconds"),
    [
        ({}, 30, 10 + 30 + 30 + 1),
        ({"stopTimeout": 120}, 30, 10 + 30 + 120 + 1),
        ({"stopTimeout": 2}, 5, 10 + 60 + 1),
        ({"stopTimeout": 2, "requestTimeout": 0.5}, 5.5, 10 + 8 + 1),
    ],
)
def test_a_copy_may_finish_for_as_long_as_on_a_host_and_as_a_request_may_take(
    changes: dict[str, Any], drain: float, seconds: int
) -> None:
    found = pod(placed(service(**changes), policy=written(ReleasePolicy, drain=drain)))
    assert found["terminationGracePeriodSeconds"] == seconds


def test_a_container_is_asked_and_stopped_as_on_a_host() -> None:
    health = {
        "path": "/well",
        "host": "shop.example.com",
        "timeout": 2,
        "successes": 2,
        "deadline": 20,
        "restartAfter": 30,
    }
    only = container(placed(service(health=health, limits={"cpu": "150%"})))
    get = {
        "path": "/well",
        "port": "http",
        "httpHeaders": [{"name": "Host", "value": "shop.example.com"}],
    }
    assert only["image"] == IMAGE
    assert only["securityContext"] == RESTRICTED
    assert only["startupProbe"] == {
        "httpGet": get,
        "timeoutSeconds": 2,
        "periodSeconds": 1,
        "failureThreshold": 20,
    }
    assert only["readinessProbe"] == {
        "httpGet": get,
        "timeoutSeconds": 2,
        "periodSeconds": 1,
        "successThreshold": 2,
        "failureThreshold": 3,
    }
    assert only["livenessProbe"] == {
        "tcpSocket": {"port": "http"},
        "timeoutSeconds": 2,
        "periodSeconds": 10,
        "failureThreshold": 3,
    }
    assert only["lifecycle"] == {"preStop": {"sleep": {"seconds": 10}}}
    assert only["resources"] == {
        "requests": {"cpu": "250m", "memory": "256Mi"},
        "limits": {"memory": "256Mi", "cpu": "1500m"},
    }
    assert [mount["mountPath"] for mount in only["volumeMounts"]] == [
        "/opt/shop/data",
        "/opt/shop/logs",
        "/tmp",
        "/var/tmp",
    ]


def test_liveness_never_asks_for_health_and_can_be_left_out() -> None:
    live = container(placed(workload=written(Workload, live="/livez")))["livenessProbe"]
    assert live["httpGet"] == {"path": "/livez", "port": "http"}
    assert "livenessProbe" not in container(placed(service(health={"restartAfter": 0})))


def test_go_is_told_its_limits_unless_the_user_did() -> None:
    found = told(placed(service(limits={"cpu": "250%"})))
    assert (found["GOMEMLIMIT"], found["GOMAXPROCS"]) == (str(256 * 1024 * 1024 * 9 // 10), "3")
    assert "GOMAXPROCS" not in told(placed())
    own = service(environment={"GOMEMLIMIT": "1GiB", "PORT": "{port}"})
    assert "GOMEMLIMIT" not in told(placed(own))


def test_settings_and_files_are_immutable_and_named_by_what_they_hold() -> None:
    files = {"shop.yaml": {"source": "x", "template": True, "mode": "0640"}, "hooks/a": {"source": "y"}}
    contents = {"shop.yaml": b"port: {port}", "hooks/a": b"\xff"}
    one = placed(service(files=files, ports={"metrics": (9101, 9102)}), files=contents)
    config, held = one.before[1:3]
    assert config["immutable"] is True and held["immutable"] is True
    assert config["data"] == {
        "LISTEN": ":18081",
        "SLIPWAY_PORT": "18081",
        "SLIPWAY_PORT_METRICS": "9101",
    }
    assert held["data"] == {"file-1": "port: 18081"}
    assert held["binaryData"] == {"file-0": base64.b64encode(b"\xff").decode()}
    name = held["metadata"]["name"]
    assert pod(one)["volumes"][1] == {
        "name": "files",
        "configMap": {
            "name": name,
            "items": [
                {"key": "file-0", "path": "hooks/a", "mode": 0o640},
                {"key": "file-1", "path": "shop.yaml", "mode": 0o640},
            ],
        },
    }
    other = placed(
        service(files=files, ports={"metrics": (9101, 9102)}), files=contents | {"hooks/a": b"\xfe"}
    )
    assert other.before[1] == config and other.before[2]["metadata"]["name"] != name
    assert other.release != one.release


def test_a_file_of_any_size_and_content_is_no_variable() -> None:
    contents = {"large": b"x" * (200 << 10), "zero": b"a\0b"}
    one = placed(service(files={name: {"source": name} for name in contents}), files=contents)
    (read,) = (each["configMapRef"]["name"] for each in container(one)["envFrom"])
    (config,) = (each for each in one.before if each["metadata"]["name"] == read)
    assert set(config["data"]) == {"LISTEN", "SLIPWAY_PORT"} and "binaryData" not in config


def test_a_secret_reaches_the_process_as_it_was_set_and_its_name_tells_nothing_across_stacks() -> None:
    what = service(secretFiles={"KEY": "base64"})
    secrets = {"TOKEN": "guarded", "KEY": "AAEC\n"}
    one = placed(what, secrets=secrets)
    secret = one.before[2]
    assert secret["immutable"] is True and secret["type"] == "Opaque"
    assert secret["data"] == {"KEY": "AAEC", "TOKEN": base64.b64encode(b"guarded").decode()}
    name = secret["metadata"]["name"]
    assert told(one)["TOKEN"] == {"secretKeyRef": {"name": name, "key": "TOKEN"}}
    assert "KEY" not in told(one)
    assert told(one)["CREDENTIALS_DIRECTORY"] == "/opt/shop/conf/secrets"
    assert pod(one)["volumes"][-1] == {
        "name": "secret-files",
        "secret": {"secretName": name, "items": [{"key": "KEY", "path": "KEY", "mode": 0o440}]},
    }
    assert placed(what, secrets=secrets, owner="slipway/dev/edge").before[2]["metadata"]["name"] != name
    assert placed(what, secrets=secrets | {"TOKEN": "x"}).release != one.release
    shown = json.dumps([each for each in every(one).values() if each["kind"] != "Secret"])
    assert "guarded" not in shown and base64.b64encode(b"guarded").decode() not in shown


def test_the_same_settings_give_the_same_objects() -> None:
    assert placed(secrets={"TOKEN": "guarded"}) == placed(secrets={"TOKEN": "guarded"})
    assert placed(image=IMAGE.replace("0", "1")).release != placed().release


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("127.0.0.1:{port}", ":18081"),
        ("-addr=localhost:{port}", "-addr=:18081"),
        ("[::1]:{port:metrics}", ":9101"),
        ("http://127.0.0.1:{port}/", "http://127.0.0.1:18081/"),
        ("10.127.0.0.1:{port}", "10.127.0.0.1:18081"),
        ("127.0.0.1:5432", "127.0.0.1:5432"),
        ("{files}/a {secretFiles}/b", "/opt/shop/conf/files/a /opt/shop/conf/secrets/b"),
    ],
)
def test_what_listens_for_its_own_host_alone_listens_for_the_pod(text: str, found: str) -> None:
    assert filled(text, service(ports={"metrics": (9101, 9102)})) == found


def test_the_autoscaler_has_a_floor_and_a_drain_is_never_blocked_for_good() -> None:
    found = every(placed(workload=written(Workload, replicas={"min": 3, "max": 9, "targetCpu": 70})))
    scaler = found["HorizontalPodAutoscaler"]["spec"]
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (3, 9)
    assert scaler["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop"}
    assert scaler["metrics"][0]["resource"]["target"] == {"type": "Utilization", "averageUtilization": 70}
    assert set(scaler["behavior"]) == {"scaleUp", "scaleDown"}
    assert found["PodDisruptionBudget"]["spec"] == {
        "maxUnavailable": 1,
        "selector": SELECTED,
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
    }


def test_nothing_passes_but_what_is_named() -> None:
    entrance = dict(
        **{"class": "nginx"}, kind="ingress", domain="a.example.com", issuer="le", namespace="nginx"
    )
    workload = written(Workload, entrance=entrance, accept=("192.0.2.0/24",), egress=(443, 8443))
    found = every(placed(service(needs=("db.example:5432",)), workload))
    assert found["NetworkPolicy default-deny"]["spec"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }
    allowed = found["NetworkPolicy"]["spec"]
    assert allowed["podSelector"] == SELECTED
    assert allowed["ingress"] == [
        {
            "ports": [{"protocol": "TCP", "port": 18081}],
            "from": [
                {"ipBlock": {"cidr": "192.0.2.0/24"}},
                {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "nginx"}}},
            ],
        }
    ]
    dns, world = allowed["egress"]
    assert [each["port"] for each in dns["ports"]] == [53, 53]
    assert [each["port"] for each in world["ports"]] == [443, 5432, 8443]
    assert world["to"][0] == {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}}


def test_a_ca_reaches_what_cert_manager_answers_it_with() -> None:
    entrance = {"class": "nginx", "kind": "ingress", "domain": "a.example.com", "issuer": "le"}
    found = every(placed(workload=written(Workload, entrance=entrance)))["NetworkPolicy acme"]["spec"]
    assert found == {
        "podSelector": {"matchLabels": {"acme.cert-manager.io/http01-solver": "true"}},
        "policyTypes": ["Ingress"],
        "ingress": [{"ports": [{"protocol": "TCP", "port": 8089}]}],
    }
    given = {**entrance, "issuer": None, "secret": "mine"}
    assert "NetworkPolicy acme" not in every(
        placed(workload=written(Workload, entrance=given, ownNamespace=False))
    )


def test_copies_of_the_release_before_keep_their_connections_until_a_rollout_is_done() -> None:
    """The policy of `last` is still theirs while that of `before` is the new release's already."""
    one = placed(service(slots=[18081, 18082], needs=["db.example:5432"]))
    two = placed(service(slots=[19081, 19082], needs=["db.example:3306"]))
    (own,) = (
        each for each in one.before if each["kind"] == "NetworkPolicy" and each["metadata"]["name"] == "shop"
    )
    (kept,), (now,) = one.last, two.last
    assert (
        kept["kind"] == "NetworkPolicy"
        and kept["metadata"]["name"] == now["metadata"]["name"] == "shop-served"
    )
    assert kept["spec"] == own["spec"] != now["spec"]


def test_who_may_ask_is_narrowed_only_where_it_is_known_who_asks() -> None:
    def peers(**workload: Any) -> Any:
        spec = every(placed(workload=written(Workload, **workload)))["NetworkPolicy"]["spec"]
        return spec["ingress"][0].get("from", "everybody")

    entrance = {"class": "nginx", "kind": "ingress", "domain": "a.example.com", "secret": "t"}
    network, pods = {"ipBlock": {"cidr": "192.0.2.0/24"}}, {"namespaceSelector": {}}
    assert peers() == peers(entrance=entrance, ownNamespace=False) == "everybody"
    assert peers(entrance=entrance, accept=["192.0.2.0/24"], ownNamespace=False) == [network, pods]
    assert peers(accept=["192.0.2.0/24"]) == [network, pods]
    entrance["namespace"] = "nginx"
    controller = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "nginx"}}}
    assert peers(entrance=entrance, accept=["192.0.2.0/24"], ownNamespace=False) == [network, controller]
    assert peers(entrance=entrance, ownNamespace=False, monitor=True) == [controller, pods]


def test_an_ingress_ends_tls_with_a_certificate_of_cert_manager() -> None:
    entrance = dict(
        **{"class": "nginx"}, kind="ingress", domain="a.example.com", issuer="le", annotations={"a/b": "c"}
    )
    found = every(placed(workload=written(Workload, entrance=entrance)))["Ingress"]
    assert found["metadata"]["annotations"] == {"cert-manager.io/cluster-issuer": "le", "a/b": "c"}
    assert found["spec"] == {
        "ingressClassName": "nginx",
        "tls": [{"hosts": ["a.example.com"], "secretName": "shop-tls"}],
        "rules": [
            {
                "host": "a.example.com",
                "http": {
                    "paths": [
                        {
                            "path": "/",
                            "pathType": "Prefix",
                            "backend": {"service": {"name": "shop", "port": {"name": "http"}}},
                        }
                    ]
                },
            }
        ],
    }
    assert endpoint(service(), written(Workload, entrance=entrance)) == "https://a.example.com/"


def test_a_gateway_serves_over_tls_and_sends_others_there() -> None:
    entrance = dict(**{"class": "envoy"}, kind="gateway", domain="a.example.com", secret="mine")
    found = every(placed(workload=written(Workload, entrance=entrance, ownNamespace=False)))
    gateway = found["Gateway"]["spec"]
    assert gateway["gatewayClassName"] == "envoy"
    assert [each["port"] for each in gateway["listeners"]] == [80, 443]
    assert gateway["listeners"][1]["tls"] == {
        "mode": "Terminate",
        "certificateRefs": [{"kind": "Secret", "name": "mine"}],
    }
    assert found["HTTPRoute"]["spec"] == {
        "parentRefs": [{"name": "shop", "sectionName": "https"}],
        "hostnames": ["a.example.com"],
        "rules": [{"backendRefs": [{"name": "shop", "port": 8080}], "timeouts": {"request": "60s"}}],
    }
    redirect = found["HTTPRoute redirect"]["spec"]
    assert redirect["parentRefs"] == [{"name": "shop", "sectionName": "http"}]
    assert redirect["rules"][0]["filters"][0]["requestRedirect"] == {"scheme": "https", "statusCode": 301}


def test_the_service_prefers_copies_of_the_callers_zone() -> None:
    spec = every(placed(service(ports={"metrics": (9101, 9102)})))["Service"]["spec"]
    assert spec["trafficDistribution"] == "PreferClose"
    assert [(each["name"], each["port"], each["targetPort"]) for each in spec["ports"]] == [
        ("http", 8080, "http"),
        ("metrics", 9101, "metrics"),
    ]


def test_prometheus_is_told_only_where_the_user_says_so() -> None:
    assert "ServiceMonitor" not in every(placed())
    monitor = every(placed(workload=written(Workload, monitor=True)))["ServiceMonitor"]["spec"]
    assert monitor["endpoints"] == [{"port": "http", "path": "/metrics", "interval": "30s"}]


@pytest.mark.parametrize(
    ("changes", "port", "path"),
    [
        ({"ports": {"metrics": [9101, 9102]}}, "metrics", "/metrics"),
        ({"ports": {"admin": [9101, 9102]}, "metrics": {"port": "admin", "path": "/vars"}}, "admin", "/vars"),
        (
            {"ports": {"metrics": [9101, 9102]}, "metrics": {"path": "/internal/metrics"}},
            "http",
            "/internal/metrics",
        ),
    ],
)
def test_metrics_are_asked_where_the_service_says(changes: dict[str, Any], port: str, path: str) -> None:
    workload = written(
        Workload,
        monitor=True,
        accept=["192.0.2.0/24"],
        entrance=dict(
            **{"class": "nginx"}, kind="ingress", domain="a.example.com", issuer="le", namespace="nginx"
        ),
    )
    found = every(placed(service(**changes), workload))
    assert found["ServiceMonitor"]["spec"]["endpoints"] == [{"port": port, "path": path, "interval": "30s"}]
    asked, *_ = found["NetworkPolicy"]["spec"]["ingress"]
    assert ({"namespaceSelector": {}} in asked["from"]) is (port == "http"), "Prometheus is a pod"


def test_copies_wait_for_what_they_need_only_where_an_image_for_it_is_named() -> None:
    what = service(needs=("db.example:5432",))
    assert "initContainers" not in pod(placed(what))
    image = "registry.example.com/busybox@sha256:" + "1" * 64
    (waiting,) = pod(placed(what, written(Workload, waitWith=image)))["initContainers"]
    assert waiting["command"] == ["sh", "-c", "until nc -z -w 2 db.example 5432; do sleep 1; done"]
    assert (waiting["image"], waiting["securityContext"]) == (image, RESTRICTED)
