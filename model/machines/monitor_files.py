"""The files of a monitor: what it looks at, what is alarming, who is told. Nothing here writes them."""

from dataclasses import dataclass
from typing import Any

import yaml

from model.alarms import Watched, alarms, recorded
from model.door import authority, listed
from model.host_files import HostFile, render
from model.machines.monitor import Monitor

HOME = "/etc/slipway/monitor"
GROUP = "prometheus"
"""In which Debian's Prometheus, Alertmanager and exporters run."""
PACKAGES = {
    "prometheus": "/usr/bin/prometheus",
    "prometheus-alertmanager": "/usr/bin/prometheus-alertmanager",
    "prometheus-blackbox-exporter": "/usr/bin/prometheus-blackbox-exporter",
    "prometheus-node-exporter": "/usr/bin/prometheus-node-exporter",
    "nginx": "/usr/sbin/nginx",
}
NODE_EXPORTER = "127.0.0.1:9100"


@dataclass(frozen=True, kw_only=True)
class Target:
    """A machine that is watched: `role` is `host` or `edge`, `url` what users ask there, `name` what they call it."""

    name: str
    address: str
    role: str
    url: str | None = None
    called: str | None = None


@dataclass(frozen=True, kw_only=True)
class Duty:
    """What a monitor watches. `own_metrics`: the service has metrics of its own."""

    service: str
    region: str
    monitor: Monitor
    targets: tuple[Target, ...]
    own_metrics: bool = False


def secret_path(name: str) -> str:
    """Where a secret is on the monitor."""
    return f"{HOME}/{name}"


def _yaml(value: Any) -> bytes:
    head = "# Written by slipway; changes by hand are put right.\n"
    return (head + yaml.safe_dump(value, sort_keys=False, width=128)).encode()


def files(duty: Duty) -> tuple[HostFile, ...]:
    """All of them."""
    monitor = duty.monitor
    return (
        HostFile(target=f"{HOME}/prometheus.yml", content=_yaml(prometheus(duty)), check="prometheus"),
        HostFile(target=f"{HOME}/rules.yml", content=_yaml(rules(duty)), check="rules"),
        HostFile(target=f"{HOME}/blackbox.yml", content=_yaml(BLACKBOX), check="blackbox"),
        HostFile(target=f"{HOME}/alertmanager.yml", content=_yaml(alertmanager(duty)), check="alertmanager"),
        HostFile(
            target=f"/etc/nginx/conf.d/{duty.service}-monitor.conf",
            content=render(
                "monitor.nginx.j2",
                listeners=[
                    _listen(address, monitor.listen, not monitor.bind) for address in listed(monitor.bind)
                ],
                readers=monitor.readers,
            ),
            check="nginx",
        ),
        *(
            HostFile(
                target=f"/etc/systemd/system/{unit}.d/slipway-{name}.conf",
                content=render("started.j2", command=command),
            )
            for name, unit, command in _started(monitor)
        ),
        exporter_file(f"{duty.service}-monitor"),
    )


def exporter_file(name: str) -> HostFile:
    """Has the node exporter listen on the machine itself alone. Of each release its own, so that one can go and others stay."""
    facts = "--collector.textfile.directory=/var/lib/prometheus/node-exporter"
    command = f"/usr/bin/prometheus-node-exporter --web.listen-address={NODE_EXPORTER} {facts}"
    return HostFile(
        target=f"/etc/systemd/system/prometheus-node-exporter.service.d/slipway-{name}.conf",
        content=render("started.j2", command=command),
    )


def _started(monitor: Monitor) -> tuple[tuple[str, str, str], ...]:
    """Short name, unit and command of each: on the machine itself alone, with our files."""
    url = monitor.url
    return (
        (
            "prometheus",
            "prometheus.service",
            f"/usr/bin/prometheus --config.file={HOME}/prometheus.yml --storage.tsdb.path=/var/lib/prometheus/slipway "
            f"--storage.tsdb.retention.time={monitor.retention}d --web.listen-address=127.0.0.1:9090 --web.external-url={url}",
        ),
        (
            "alertmanager",
            "prometheus-alertmanager.service",
            f"/usr/bin/prometheus-alertmanager --config.file={HOME}/alertmanager.yml "
            "--storage.path=/var/lib/prometheus/slipway-alertmanager --web.listen-address=127.0.0.1:9093 "
            f"--cluster.listen-address= --web.external-url={url}alertmanager/",
        ),
        (
            "blackbox",
            "prometheus-blackbox-exporter.service",
            f"/usr/bin/prometheus-blackbox-exporter --config.file={HOME}/blackbox.yml --web.listen-address=127.0.0.1:9115",
        ),
    )


def units(duty: Duty) -> tuple[dict[str, Any], ...]:
    """What is started anew when files of it change; `ready` is asked until it answers 200."""
    parts = {
        "prometheus": (["prometheus.yml", "rules.yml"], 9090, "/-/ready"),
        "alertmanager": (["alertmanager.yml", *duty.monitor.alerts.secrets], 9093, "/alertmanager/-/ready"),
        "blackbox": (["blackbox.yml"], 9115, "/-/healthy"),
    }
    found = [exporter_unit(f"{duty.service}-monitor")]
    for name, unit, _ in _started(duty.monitor):
        own, port, path = parts[name]
        named = [f"{HOME}/{each}" for each in own]
        drop_in = f"/etc/systemd/system/{unit}.d/slipway-{name}.conf"
        found.append(
            {
                "unit": unit,
                "action": "restart",
                "files": [*named, drop_in],
                "ready": {"port": port, "path": path},
                "stops": True,
            }
        )
    return (*found, {"unit": "nginx.service", "action": "reload"})


def exporter_unit(name: str) -> dict[str, Any]:
    """The node exporter's."""
    return {
        "unit": "prometheus-node-exporter.service",
        "action": "restart",
        "files": [exporter_file(name).target],
        "ready": {"port": 9100, "path": "/"},
        "stops": True,
    }


BLACKBOX = {
    "modules": {
        "users": {
            "prober": "http",
            "timeout": "5s",
            "http": {"follow_redirects": False, "preferred_ip_protocol": "ip4"},
        }
    }
}


def prometheus(duty: Duty) -> dict[str, Any]:
    """What it looks at, and how often."""
    monitor, every = duty.monitor, duty.monitor.every
    itself = {
        "targets": [NODE_EXPORTER],
        "labels": {"host": monitor.name, "role": "monitor", "__metrics_path__": "/metrics"},
    }
    hosts = [each for each in duty.targets if each.role == "host"]
    jobs = [
        _job("node", "/metrics/node", [itself, *(_static(each, monitor) for each in duty.targets)]),
        _job("proxy", "/metrics/proxy", [_static(each, monitor) for each in hosts]),
    ]
    if duty.own_metrics:
        jobs.append(_job("service", "/metrics/service", [_static(each, monitor) for each in hosts]))
    asked = [each for each in duty.targets if each.url]
    users = {
        "job_name": "users",
        "metrics_path": "/probe",
        "params": {"module": ["users"]},
        "static_configs": [
            {
                "targets": [each.url],
                "labels": {"host": each.name, **({"__param_hostname": each.called} if each.called else {})},
            }
            for each in asked
        ],
        "relabel_configs": [
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"source_labels": ["__param_target"], "target_label": "instance"},
            {"target_label": "__address__", "replacement": "127.0.0.1:9115"},
        ],
    }
    return {
        "global": {
            "scrape_interval": f"{every}s",
            "scrape_timeout": f"{min(every, 10)}s",
            "evaluation_interval": f"{every}s",
            "external_labels": {"service": duty.service, "region": duty.region},
        },
        "rule_files": [f"{HOME}/rules.yml"],
        "alerting": {
            "alertmanagers": [
                {"path_prefix": "/alertmanager", "static_configs": [{"targets": ["127.0.0.1:9093"]}]}
            ]
        },
        "scrape_configs": [*jobs, *([users] if asked else [])],
    }


def _job(name: str, path: str, configs: list[dict[str, Any]]) -> dict[str, Any]:
    return {"job_name": name, "metrics_path": path, "static_configs": configs}


def _static(target: Target, monitor: Monitor) -> dict[str, Any]:
    return {
        "targets": [authority(target.address, monitor.metrics)],
        "labels": {"host": target.name, "role": target.role},
    }


def rules(duty: Duty) -> dict[str, Any]:
    """The table of alarms, as Prometheus reads it."""
    monitor = duty.monitor
    watched = Watched(
        service=duty.service, objective=monitor.objective, slow=monitor.slow, settle=monitor.settle
    )
    made = [each.rule(monitor.every) for each in alarms(watched)]
    return {"groups": [{"name": "slipway", "rules": [*recorded(watched), *made]}]}


def alertmanager(duty: Duty) -> dict[str, Any]:
    """Who is told: one message for each alarm, whatever hosts it is of; and once more when it is over."""
    alerts = duty.monitor.alerts
    receiver: dict[str, Any] = {"name": "everybody"}
    if alerts.webhooks:
        receiver["webhook_configs"] = [
            {"url_file": secret_path(name), "send_resolved": True} for name in alerts.webhooks
        ]
    if mail := alerts.mail:
        login = (
            {"auth_username": mail.user, "auth_password_file": secret_path(mail.password)}
            if mail.password
            else {}
        )
        receiver["email_configs"] = [
            {
                "to": ", ".join(mail.to),
                "from": mail.sender,
                "smarthost": mail.relay,
                "require_tls": mail.tls,
                "send_resolved": True,
                **login,
            }
        ]
    every = duty.monitor.every
    return {
        "route": {
            "receiver": "everybody",
            "group_by": ["alertname"],
            "group_wait": f"{min(2 * every, 30)}s",
            "group_interval": f"{min(4 * every, 60)}s",
            "repeat_interval": f"{alerts.repeat}s",
        },
        # A machine that is gone says nothing of what it runs, either.
        "inhibit_rules": [
            {
                "source_matchers": ['alertname="HostDown"'],
                "target_matchers": ['alertname!="HostDown"'],
                "equal": ["host"],
            }
        ],
        "receivers": [receiver],
    }


def _listen(address: str, port: int, optional: bool) -> str:
    ipv6 = "@ipv6@ " if ":" in address and optional else ""
    return f"{ipv6}listen {port if address == '0.0.0.0' else authority(address, port)} default_server;"
