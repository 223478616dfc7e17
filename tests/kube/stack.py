"""The example service in a cluster: a copy of the project with a stack file, and what the control plane says of it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kubelab.api import Api
from kubelab.control_plane import ControlPlane
from tests.kube.test_control_plane import wait
from tests.lab.project import Project, Run

MERGE = "application/merge-patch+json"
DEPLOYMENT = "/apis/apps/v1/namespaces/greeter/deployments/greeter"
BUDGET = "/apis/policy/v1/namespaces/greeter/poddisruptionbudgets/greeter"


class Stack:
    """The example service, placed by a copy of the project in the cluster of `plane`."""

    def __init__(self, directory: Path, plane: ControlPlane) -> None:
        self.api: Api = plane.api
        cluster = {
            "kubeconfig": str(plane.place.kubeconfig),
            "context": "lab",
            "architectures": ["amd64", "arm64"],
        }
        self.configuration: dict[str, Any] = {
            "service": {
                "name": "greeter",
                "source": "examples/greeter",
                "arguments": ["-addr", "127.0.0.1:{port}"],
                "environment": {"GREETING": "hello"},
                "health": {"deadline": 5},
            },
            "regions": {
                "lab": {
                    "cluster": cluster,
                    "repository": f"{plane.registry}/greeter",
                    "workload": {"replicas": {"min": 4}, "placeWithin": 7},
                }
            },
            "release": {"uncommitted": "allow"},
        }
        self.project = Project(directory, self.configuration)

    def up(self) -> Run:
        return self.project.must_up()

    def drift(self) -> Run:
        return self.project.run("-m", "drift", "--stack", "local")

    def killed(self, moment: Callable[[], bool]) -> None:
        """An `up` whose processes are all killed as soon as it is `moment`."""
        running = subprocess.Popen(
            [sys.executable, "-m", "engine", "up"],
            cwd=self.project.directory,
            env=self.project.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wait(lambda: moment() or running.poll() is not None)
        finally:
            for each in (running.pid, *_descendants(running.pid)):  # plugins are in no group of the run's
                with contextlib.suppress(ProcessLookupError):
                    os.kill(each, signal.SIGKILL)
        assert running.wait() == -signal.SIGKILL, "it was over before"

    def with_service(self, **changes: Any) -> None:
        """Writes the stack file with another service."""
        service = {**self.configuration["service"], **changes}
        self.project.configure({**self.configuration, "service": service})

    def told(self) -> dict[str, Any]:
        """What the outputs say that the cluster runs."""
        return self.project.outputs()["regions"]["lab"]["cluster"]

    def copies(self) -> list[dict[str, Any]]:
        """Those that stay: one that ends is listed until its node says that it has."""
        found = self.api.get("/api/v1/namespaces/greeter/pods")["items"]
        return [each for each in found if "deletionTimestamp" not in each["metadata"]]


def _descendants(pid: int) -> list[int]:
    """Processes that `pid` has started, from whichever of its threads, and those that they have."""
    found = list[int]()
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, tasks.read_text().split()):
                found += [child, *_descendants(child)]
    return found
