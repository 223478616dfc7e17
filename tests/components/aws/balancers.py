"""A region's load balancer under mocks, for tests of it and of what stands around it."""

from typing import Any

import pulumi_command as command

from components.aws.firewall import Firewall, FirewallArgs
from components.aws.load_balancer import LoadBalancer, LoadBalancerArgs
from components.aws.network import Network, NetworkArgs
from model.aws import firewall
from model.aws.load_balancer import LoadBalancer as LoadBalancerSettings
from model.aws.network import Network as NetworkSettings
from model.flows import Role
from model.service import Service
from tests.components.aws.cloud import LOOK_UPS, MADE
from tests.components.recording import Recording, record

PROD = {"domain": "api.example.com", "zone": "example.com", "alarmEmail": "ops@example.com", "logDays": 90}


def balanced(
    settings: dict[str, Any] | None = None,
    *,
    protected: bool = False,
    hosts: tuple[str, ...] = (),
    urls: list[str] | None = None,
    own_ports: bool = True,
    **service: Any,
) -> Recording:
    """A load balancer; before it sends requests to each of `hosts`, that host's release is installed."""

    def program() -> None:
        network = Network("eu", NetworkArgs(settings=NetworkSettings(range="10.20.0.0/16")))
        wanted = LoadBalancerSettings.model_validate(settings or {})
        users = Role.ACCEPTED if wanted.accepted else Role.WORLD
        rules = firewall.rules(service_port=8080, tls=bool(settings), access="tunnel", users=users)
        wall = FirewallArgs(network=network, rules=rules, operator_cidrs=(), accepted=wanted.accepted or ())
        made = LoadBalancer(
            "eu",
            LoadBalancerArgs(
                settings=wanted,
                network=network,
                firewall=Firewall("eu", wall),
                service=Service.model_validate(
                    {"name": "shop", "source": "shop", "arguments": ("{port}",)} | service
                ),
                drain=12.5,
                protected=protected,
                filters=wanted.filters(protected),
                own_ports=own_ports,
            ),
        )
        made.url.apply((urls if urls is not None else []).append)
        for host in hosts:
            machine = command.local.Command(host)
            installed = command.local.Command(f"{host}-installed", stdin=machine.id)
            target = made.attach(host, machine.id, [installed])
            assert target.serving.pulumi_resource_name == f"eu-{host}-serving"
        made.watch([command.local.Command("served")])

    return record(program, looked_up=LOOK_UPS, made=MADE)
