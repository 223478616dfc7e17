"""Which alarms of the table a cluster has. That each fires is for promtool, in tests/lab/monitor."""

from __future__ import annotations

from typing import Any

from model.alarms import Watched, alarms
from model.kubernetes.alarms import UNKNOWN
from model.kubernetes.deployment import longest
from model.kubernetes.pod import grace
from model.release_policy import ReleasePolicy
from model.workload import Workload
from tests.model.kubernetes.placements import placed, service, written

ENTRANCE = {"kind": "ingress", "class": "nginx", "domain": "shop.example.com", "namespace": "nginx"}


def rules(**workload: Any) -> dict[str, dict[str, Any]]:
    made = placed(workload=written(Workload, monitor=True, **workload))
    (found,) = (each for each in made.after if each["kind"] == "PrometheusRule")
    assert found["apiVersion"] == "monitoring.coreos.com/v1"
    assert found["metadata"]["name"] == found["metadata"]["namespace"] == "shop"
    (group,) = found["spec"]["groups"]
    return {each["alert"]: each for each in group["rules"]}


def test_each_alarm_of_the_table_is_there_or_said_not_to_be() -> None:
    table = {each.name for each in alarms(Watched(service="shop"))}
    known = set(rules(entrance={**ENTRANCE, "issuer": "letsencrypt"}))
    assert known | set(UNKNOWN) == table
    assert not known & set(UNKNOWN)


def test_how_bad_it_is_and_what_to_do_are_the_tables() -> None:
    table = {each.name: each.rule(30) for each in alarms(Watched(service="shop"))}
    for name, found in rules().items():
        assert found["labels"] == table[name]["labels"]
        assert found["annotations"]["runbook"] == table[name]["annotations"]["runbook"]


def test_none_is_where_no_monitor_is_asked_for_or_no_certificate_renewed() -> None:
    assert not [each for each in placed().after if each["kind"] == "PrometheusRule"]
    assert "CertificateEnds" not in rules(entrance={**ENTRANCE, "secret": "own-tls"})


def test_copies_of_two_releases_alarm_nobody_while_a_rollout_may_go_on() -> None:
    most = longest(service(), Workload(), ReleasePolicy(), grace(service(), ReleasePolicy()))
    assert rules()["ReleasesDiffer"]["for"] == f"{most}s"


def test_memory_is_short_at_nine_tenths_of_what_a_copy_may_have() -> None:
    assert rules(memory="1Gi")["MemoryShort"]["expr"].endswith("> 966367642")
