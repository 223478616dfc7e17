"""A real Prometheus and Alertmanager: what they see, who sees them, and which alarms fire and are over again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import quote

import pytest
import yaml

from model.alarms import Watched as About
from model.alarms import alarms
from model.dashboards import PAGES, dashboard
from model.workload import Workload
from tests.lab import evidence
from tests.lab.evidence import root
from tests.lab.monitor import rule_tests
from tests.lab.monitor.conftest import SECRET, Watched
from tests.model.kubernetes.placements import placed, service, written

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]
RESTING = set[tuple[str, str]]()


def test_everything_that_shall_be_seen_is(watched: Watched) -> None:
    names = {host.name for host in watched.hosts}
    expected = {("node", name) for name in (*names, watched.edge.name, watched.monitor.name)}
    expected |= {(job, name) for job in ("proxy", "service") for name in names} | {
        ("users", watched.edge.name)
    }

    def up() -> bool:
        found = watched.ask("/api/v1/query?query=up==1")["data"]["result"]
        return {(each["metric"]["job"], each["metric"]["host"]) for each in found} == expected

    watched.until(up, "an answer of every target")

    def facts() -> bool:
        found = watched.ask("/api/v1/query?query=slipway_release_info")["data"]["result"]
        return {each["metric"]["host"] for each in found} == {*names, watched.edge.name}

    watched.until(facts, "the facts of all machines")
    watched.until(lambda: watched.firing() == RESTING, "an end of all alarms")
    assert watched.project.outputs()["regions"]["lab"]["monitor"] == f"http://{watched.monitor.address}/"


def test_metrics_are_answered_to_the_monitor_alone_also_without_a_firewall(watched: Watched) -> None:
    host, other = watched.hosts
    stack = watched.changed()
    del stack["regions"]["lab"]["firewall"]
    watched.project.configure(stack)
    try:
        watched.project.must_up()
        asked = "curl -s -o /dev/null -m 5 -w '%{http_code}'"
        for target in (host, watched.edge):
            found = other.run(f"{asked} http://{target.address}:9180/metrics/node", check=False).stdout
            assert found in ("000", "403")
            allowed = watched.monitor.run(f"{asked} http://{target.address}:9180/metrics/node").stdout
            assert allowed == "200"
            closed = other.run(f"{asked} http://{target.address}:9100/metrics", check=False).stdout
            assert closed == "000", "node exporter listens on the machine itself alone"
        for port in (9090, 9093, 9115, 9100):
            found = watched.edge.run(f"{asked} http://{watched.monitor.address}:{port}/", check=False).stdout
            assert found == "000", port
        assert other.run(f"{asked} http://{watched.monitor.address}/").stdout == "403", "no reader"
    finally:
        watched.project.configure(watched.stack)
        watched.project.must_up()


def test_the_webhooks_url_is_in_a_file_that_only_the_monitor_reads(watched: Watched) -> None:
    path = f"/etc/slipway/monitor/{SECRET}"
    assert root(watched.monitor, f"stat -c '%a %U %G' {path}").split() == ["640", "root", "prometheus"]
    found = root(
        watched.monitor,
        f"grep -rl secret-path-of-the-hook /etc /opt /var/lib/slipway /var/log 2>/dev/null | grep -v '^{path}$' || true; "
        "journalctl -o cat | grep -c secret-path-of-the-hook || true; "
        "ps axww -o args | grep -v grep | grep -c secret-path-of-the-hook || true",
    ).split()
    assert found == ["0", "0"]
    for host in watched.hosts:
        assert SECRET not in root(host, "cat /opt/greeter/conf/*.secrets")
        assert "OWN=" in root(host, "cat /opt/greeter/conf/*.secrets")


def test_a_host_that_is_away_and_back(watched: Watched) -> None:
    host = watched.hosts[0]
    host.cut()
    try:
        watched.fires("HostDown", host.name)
    finally:
        host.mend()
    watched.resolves("HostDown", host.name)


def test_a_service_that_is_down_and_up_again(watched: Watched) -> None:
    host = watched.hosts[1]
    slot = evidence.status(host)["slot"]
    root(host, f"systemctl stop greeter@{slot}.service")
    try:
        watched.fires("ServiceDown", host.name)
    finally:
        root(host, f"systemctl start greeter@{slot}.service")
    watched.resolves("ServiceDown", host.name)


def test_a_disk_that_fills_up(watched: Watched) -> None:
    host = watched.hosts[0]
    root(
        host,
        "mkdir -p /srv/small && mount -t tmpfs -o size=20M small /srv/small && head -c 19M /dev/zero >/srv/small/x",
    )
    try:
        watched.fires("DiskShort", host.name)
        root(host, "rm /srv/small/x")
        watched.resolves("DiskShort", host.name)
    finally:
        root(host, "umount /srv/small")


def test_hosts_that_run_different_releases(watched: Watched) -> None:
    host = watched.hosts[0]
    before = evidence.status(host)["release"]
    watched.project.edit("examples/greeter/greeter.go", "package main", "package main // another")
    again = f"python3 /opt/greeter/app/current/activator.pyz apply --service greeter --release {before} --owner $(cat {OWNER})"
    try:
        watched.project.must_up()
        now = evidence.status(host)["release"]
        assert now != before
        root(host, again)
        watched.fires("ReleasesDiffer")
        root(host, again.replace(before, now))
        watched.resolves("ReleasesDiffer")
    finally:
        watched.project.restore("examples/greeter/greeter.go")
        watched.project.must_up()


OWNER = "/var/lib/slipway/greeter/owner"


def test_files_that_the_programs_would_not_take_change_nothing(watched: Watched) -> None:
    before = root(watched.monitor, "sha256sum /etc/slipway/monitor/*; systemctl show prometheus -p MainPID")
    text = (watched.project.directory / "model/alarms.py").read_text()
    (watched.project.directory / "model/alarms.py").write_text(text.replace("up{job=", "up{{job="))
    try:
        refused = watched.project.up()
        assert refused.code != 0
        assert "is refused by promtool" in refused.text
        assert (
            root(watched.monitor, "sha256sum /etc/slipway/monitor/*; systemctl show prometheus -p MainPID")
            == before
        )
    finally:
        watched.project.restore("model/alarms.py")
        watched.project.must_up()


@pytest.mark.parametrize("long", [False, True], ids=["all others", "burn rates"])
def test_each_alarm_fires_when_it_should_and_not_when_it_should_not(watched: Watched, *, long: bool) -> None:
    """The rules as they are on the monitor, in Prometheus' own unit tests."""
    assert set(rule_tests.CASES) == {each.name for each in alarms(About(service="greeter"))}
    promtool(
        watched, root(watched.monitor, "cat /etc/slipway/monitor/rules.yml"), rule_tests.CASES, long=long
    )


def test_so_does_each_alarm_of_a_cluster(watched: Watched) -> None:
    """A PrometheusRule's `spec` is what Prometheus' own files hold."""
    made = placed(
        service(name="greeter"),
        written(
            Workload,
            monitor=True,
            entrance={
                "kind": "ingress",
                "class": "nginx",
                "domain": "greeter.example.com",
                "issuer": "letsencrypt",
                "namespace": "ingress-nginx",
            },
        ),
    )
    (rules,) = (each["spec"] for each in made.after if each["kind"] == "PrometheusRule")
    assert set(rule_tests.IN_A_CLUSTER) == {each["alert"] for each in rules["groups"][0]["rules"]}
    promtool(watched, yaml.safe_dump(rules), rule_tests.IN_A_CLUSTER)


ONLY_WITH_TLS = {"probe_ssl_earliest_cert_expiry - time()"}


def test_each_line_of_the_dashboards_shows_something(watched: Watched) -> None:
    """Asked as Grafana asks, which puts the service and a window into them."""
    root(watched.edge, "for i in $(seq 20); do curl -sS -o /dev/null http://127.0.0.1/; done")
    lines = {
        each["expr"] for name in PAGES for panel in dashboard(name)["panels"] for each in panel["targets"]
    }

    def found(line: str) -> bool:
        asked = line.replace("$service", "greeter").replace("$__rate_interval", "1m")
        return bool(watched.ask(f"/api/v1/query?query={quote(asked)}")["data"]["result"])

    assert lines >= ONLY_WITH_TLS and not any(found(each) for each in ONLY_WITH_TLS), "this edge has none"
    for line in sorted(lines - ONLY_WITH_TLS):
        watched.until(lambda line=line: found(line), f"something to show of {line}")
    services = watched.ask("/api/v1/label/proxy/values?match[]=haproxy_backend_active_servers")["data"]
    assert "greeter" in services


def promtool(
    watched: Watched,
    rules: str,
    cases: Mapping[str, tuple[rule_tests.Series, ...]],
    *,
    long: bool = False,
) -> None:
    tests = yaml.safe_dump(rule_tests.tests(cases, long=long))
    watched.monitor.run("rm -rf rules && mkdir rules && cat >rules/rules.yml", stdin=rules)
    script = "cd rules && cat >tests.yml && promtool test rules tests.yml"
    said = watched.monitor.run(script, stdin=tests, check=False, timeout=200)
    assert said.returncode == 0, said


def test_a_change_by_hand_is_found_and_put_right(watched: Watched) -> None:
    root(watched.monitor, "echo '# mine' >>/etc/slipway/monitor/prometheus.yml")
    activator = "python3 /opt/greeter-monitor/app/current/activator.pyz"
    said = root(watched.monitor, f"{activator} drift --service greeter-monitor")
    assert json.loads(said)["differs"] == ["/etc/slipway/monitor/prometheus.yml"]
    root(watched.monitor, f"{activator} mend --service greeter-monitor")
    assert json.loads(root(watched.monitor, f"{activator} drift --service greeter-monitor"))["differs"] == []


def test_a_second_up_changes_nothing(watched: Watched) -> None:
    assert watched.project.must_up().changed == {}
