"""A node that runs things: the stack's own Deployment on a real kubelet, which asks, restarts and confines its copies."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kubelab.control_plane import ControlPlane
from lab.architecture import native
from tests.kube.node import joined
from tests.kube.stack import Stack

pytestmark = [
    pytest.mark.lab,
    pytest.mark.timeout(3600),  # the first time its programs are built
]
SPACE = "real"
SLICES = f"/apis/discovery.k8s.io/v1/namespaces/{SPACE}/endpointslices"
NO_PRIVILEGES = "0000000000000000"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, plane: ControlPlane) -> Iterator[Stack]:
    made = Stack(tmp_path_factory.mktemp("real"), plane)
    region = made.configuration["regions"]["lab"]
    region["cluster"]["architectures"] = [native().value]
    region["workload"] |= {
        "namespace": SPACE,
        "replicas": {"min": 2},
        "cpu": "50m",
        "memory": "64Mi",
        "placeWithin": 60,
    }
    made.configuration["service"]["health"] = {"path": "/healthz", "deadline": 20}
    made.project.configure(made.configuration)
    with joined(plane):
        yield made
        done = made.project.destroy()
        assert done.code == 0, done.text


def ready(stack: Stack) -> list[tuple[str, int]]:
    """Where the Service leads at the moment."""
    slices = stack.api.get(f"{SLICES}?labelSelector=kubernetes.io/service-name=greeter")["items"]
    return [
        (each["addresses"][0], one["ports"][0]["port"])
        for one in slices
        for each in one["endpoints"] or ()
        if each["conditions"].get("ready")
    ]


def processes() -> list[Path]:
    """Of the service's copies."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            words, groups = (each / "cmdline").read_bytes(), (each / "cgroup").read_text()
        except OSError:
            continue
        if words.startswith(b"/opt/greeter/app/greeter\0") and "/kubepods/" in groups:
            found.append(each)
    return found


def test_copies_become_well_by_the_kubelets_own_probes_and_may_nothing(stack: Stack) -> None:
    stack.up()
    assert len(ready(stack)) == 2
    own = processes()
    assert len(own) >= 2
    for each in own:
        status = dict(
            line.split(":\t", 1) for line in (each / "status").read_text().splitlines() if ":\t" in line
        )
        assert set(status["Uid"].split()) == set(status["Gid"].split()) == {"65532"}
        assert status["CapBnd"] == status["CapEff"] == NO_PRIVILEGES
        assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"
        (root,) = (
            line.split() for line in (each / "mountinfo").read_text().splitlines() if line.split()[4] == "/"
        )
        assert "ro" in root[5].split(","), root


class Users:
    """Who asks where the Service leads, over new connections and over kept ones, and what they met."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.over = stack, threading.Event()
        self.answered, self.lost, self.where = 0, list[str](), ready(stack)

    def follow(self) -> None:
        """As every node's kube-proxy follows it."""
        while not self.over.wait(0.1):
            self.where = ready(self.stack)

    def ask(self, keep: bool) -> None:
        kept = dict[tuple[str, int], http.client.HTTPConnection]()
        while not self.over.wait(0.03):
            at = random.choice(self.where)
            connection = kept.pop(at, None) or http.client.HTTPConnection(*at, timeout=10)
            try:
                connection.request("GET", "/")
                answer = connection.getresponse()
                answer.read()
                assert answer.status == 200, answer.status
                self.answered += 1
            except (OSError, http.client.HTTPException, AssertionError) as error:
                self.lost.append(f"{at}: {error!r}")
                continue
            if keep:
                kept[at] = connection
            else:
                connection.close()


def test_a_rollout_loses_no_request(stack: Stack) -> None:
    stack.up()
    users, before = Users(stack), set(ready(stack))
    with ThreadPoolExecutor(5) as pool:
        asking = [pool.submit(users.follow), *(pool.submit(users.ask, keep) for keep in (True, False) * 2)]
        try:
            stack.with_service(environment={"GREETING": "moin"}, health={"path": "/healthz", "deadline": 20})
            stack.up()
            # Until the old copies are gone, too: they serve on for a while.
            end = time.monotonic() + 120
            while len(stack.api.get(f"/api/v1/namespaces/{SPACE}/pods")["items"]) > 2:
                assert time.monotonic() < end
                time.sleep(0.2)
        finally:
            users.over.set()
    for each in asking:
        each.result()
    assert not before & set(ready(stack)), "all copies were exchanged"
    assert users.answered > 200 and users.lost == [], users.lost[:10]
