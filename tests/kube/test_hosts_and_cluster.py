"""The example with hosts in one region and a cluster in the other: real hosts, real DNS hosts, a real control plane.

Nothing runs on the cluster's nodes. The image that its Deployment names is pulled from its registry and started on a lab host,
which stands for the cluster's entrance and copies.
"""

from __future__ import annotations

import asyncio
import copy
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from drill.client import Goal, Try
from drill.crowd import Crowd
from kubelab.control_plane import ControlPlane
from lab.architecture import native
from lab.kind import Kind
from lab.machine import Machine
from lab.plan import HostPlan
from oci import crane
from tests.kube.test_control_plane import wait
from tests.lab import conftest as labs
from tests.lab.project import ROOT, Project, region
from tests.lab.test_image import put

pytestmark = [pytest.mark.lab, pytest.mark.timeout(3600)]
free_subnet = labs.free_subnet
EXAMPLE = ROOT / "examples/hosts-and-cluster/Pulumi.hosts-and-cluster.yaml"
NAME, PORT, PATH = "greeter.example.com", 443, "/healthz"
DEPLOYMENT = "/apis/apps/v1/namespaces/both/deployments/greeter"


@dataclass(frozen=True, kw_only=True)
class Both:
    """`stack` has the settings' values; `cluster` is the machine that stands for the cluster's entrance."""

    project: Project
    stack: dict[str, Any]
    web: Machine
    cluster: Machine
    servers: tuple[Machine, Machine]

    def weigh(self, **places: dict[str, Any]) -> None:
        """An `up` with other shares of users."""
        values = copy.deepcopy(self.stack)
        for name, place in places.items():
            values["regions"][name] |= place
        self.project.configure(values)
        self.project.must_up()


def settings(plane: ControlPlane, lab: dict[str, Machine]) -> dict[str, Any]:
    """The example's, on the lab: machines, cluster and registry are others, and users come over plain HTTP."""
    held = yaml.safe_load(EXAMPLE.read_text())["config"]
    stack = {key.removeprefix("slipway:"): value for key, value in held.items()}
    hosts, cluster, door = stack["regions"]["hosts"], stack["regions"]["cluster"], stack["frontDoor"]
    del hosts["edge"], cluster["workload"]["entrance"]
    hosts |= region([lab["web1"]])
    cluster["cluster"] |= {"kubeconfig": str(plane.place.kubeconfig), "context": "lab"}
    cluster["workload"]["namespace"] = "both"  # the other modules' stacks have the service's own
    cluster["repository"] = f"{plane.registry}/greeter"
    cluster |= {"answers": [lab["cluster1"].address], "drained": True}
    door["hosts"] = {"one": region([lab["ns1"]]), "two": region([lab["ns2"]])}
    stack["service"] |= {"port": PORT, "requestTimeout": 2}
    stack["release"] = {"uncommitted": "allow", "drain": 5}
    return stack


@pytest.fixture(scope="module")
def both(
    plane: ControlPlane, free_subnet: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Both]:
    """Brought up by the program itself."""
    kinds = {"web1": Kind.PLAIN, "cluster1": Kind.PLAIN, "ns1": Kind.DNS, "ns2": Kind.OLD_DNS}
    plans = tuple(HostPlan(name=name, architecture=native(), kind=kind) for name, kind in kinds.items())
    with labs.up(free_subnet(), plans) as lab:
        machines = lab.machines
        stack = settings(plane, machines)
        project = Project(tmp_path_factory.mktemp("both"), stack)
        project.must_up()
        servers = (machines["ns1"], machines["ns2"])
        yield Both(
            project=project, stack=stack, web=machines["web1"], cluster=machines["cluster1"], servers=servers
        )


def test_it_comes_up_and_a_second_up_changes_nothing(both: Both, plane: ControlPlane) -> None:
    told = both.project.outputs()
    assert (
        set(told["regions"]) == {"hosts", "cluster"} and told["frontDoor"]["url"] == f"http://{NAME}:{PORT}/"
    )
    (container,) = plane.api.get(DEPLOYMENT)["spec"]["template"]["spec"]["containers"]
    assert container["image"] == told["regions"]["cluster"]["cluster"]["image"]
    assert both.project.must_up().changed == {}
    shown = both.project.run("-m", "engine", "preview", "--stack", "local")
    assert shown.code == 0 and not re.search(r"\d+ to (create|update|delete)", shown.text), shown.text


def started(both: Both, image: str, folder: Path) -> str:
    """The image's process on the machine that stands for the cluster; gives its binary's digest."""
    archive = folder / "image.tar"
    platform = f"linux/{native().value}"
    crane.run("export", "--platform", platform, image, str(archive), environment=dict(os.environ))
    put(both.cluster, archive.read_bytes(), "/srv/image.tar")
    both.cluster.run("sudo mkdir -p /srv/image && sudo tar -xf /srv/image.tar -C /srv/image")
    # As root, for the port; which user it has in a pod is tests/lab/test_image.py's matter.
    both.cluster.run(
        "sudo systemd-run --quiet --unit=image "
        f"chroot /srv/image /opt/greeter/app/greeter -addr 0.0.0.0:{PORT}"
    )
    asks = f"curl -fsS http://127.0.0.1:{PORT}{PATH} >/dev/null"
    both.cluster.run(f"timeout 30 sh -c 'until {asks}; do sleep 0.2; done'")
    return both.cluster.run("sha256sum /srv/image/opt/greeter/app/greeter").stdout.split()[0]


def test_a_service_moves_from_hosts_to_a_cluster_by_weights_without_a_lost_request(
    both: Both, plane: ControlPlane, tmp_path: Path
) -> None:
    image = plane.api.get(DEPLOYMENT)["spec"]["template"]["spec"]["containers"][0]["image"]
    (host,) = both.project.outputs()["regions"]["hosts"]["hosts"].values()
    goal = Goal(name=NAME, port=PORT, path=PATH, tls=False, patience=5)

    async def seen(crowd: Crowd, addresses: set[str]) -> None:
        """Until users of the last six seconds, longer than an answer is kept, were at exactly these."""

        def there() -> bool:
            return {each.address for each in crowd.tries[-240:]} == addresses

        await asyncio.to_thread(wait, there)

    async def move() -> list[Try]:
        web, cluster = both.web.address, both.cluster.address
        async with Crowd(goal, [each.address for each in both.servers]) as crowd:
            await seen(crowd, {web})
            # From here on: under load a DNS host may take the only region for lost, and answers with a drained one then, too.
            began = time.monotonic()
            assert await asyncio.to_thread(started, both, image, tmp_path) == host["sha256"]
            await asyncio.to_thread(both.weigh, cluster={"drained": False})
            await seen(crowd, {web, cluster})
            there = {"drained": False, "weight": 9}
            await asyncio.to_thread(both.weigh, hosts={"weight": 1}, cluster=there)
            await asyncio.to_thread(both.weigh, hosts={"drained": True}, cluster=there)
            await seen(crowd, {cluster})
        assert len(crowd.tries) > 400
        return crowd.failed(began)

    failed = asyncio.run(move())
    assert not failed, failed[:10]
