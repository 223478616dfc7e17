"""A real node of the lab's control plane on this machine: Kubernetes' kubelet, Debian's containerd, runc and CNI plugins."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kubelab import keys
from kubelab.control_plane import ControlPlane
from kubelab.nodes import nodes
from lab.architecture import native
from oci import crane
from tests.kube.test_control_plane import wait
from tools.program import program

NAME, BRIDGE = "real", "slipway-node"
PACKAGES = ("containerd", "runc", "containernetworking-plugins", "busybox-static")
ENDED = 30
"""Seconds for the kernel to take the processes' groups away."""


@contextmanager
def joined(plane: ControlPlane) -> Iterator[None]:
    """The node is there and ready within the block, and takes all new copies: the pretended ones take none.

    Its processes have a mount and a process namespace of their own, which end with them; the network is this machine's, with a
    bridge for copies.
    """
    # Short, since a socket's path has at most 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="slipway-node-"))
    running: subprocess.Popen[bytes] | None = None
    try:
        _unpack(folder)
        _configure(folder, plane, _sandbox(folder, plane))
        _cordon(plane, True)
        with (folder / "log").open("wb") as log:
            words = [
                "unshare",
                "--mount",
                "--pid",
                "--fork",
                "--mount-proc",
                "--kill-child",
                "sh",
                "-euc",
                STARTS,
            ]
            running = subprocess.Popen(
                [*words, "node", str(folder), str(program("kubelet")), str(plane.place.kubeconfig)],
                stdout=log,
                stderr=log,
            )
        wait(lambda: running is None or running.poll() is not None or _ready(plane))
        assert running.poll() is None, (folder / "log").read_text()[-3000:]
        yield
    finally:
        if running:
            running.kill()
            running.wait()
        plane.api.ask("DELETE", f"/api/v1/nodes/{NAME}")
        _cordon(plane, False)
        subprocess.run(["ip", "link", "delete", BRIDGE], capture_output=True)
        groups = [*Path("/sys/fs/cgroup").glob("kubepods"), *Path("/sys/fs/cgroup").glob("*/kubepods")]
        for group in groups:
            subprocess.run(
                [
                    "timeout",
                    str(ENDED),
                    "sh",
                    "-c",
                    f"until find {group} -depth -type d -exec rmdir {{}} + ; do sleep 0.2; done",
                ],
                capture_output=True,
            )
        shutil.rmtree(folder)


STARTS = """
mount --make-rshared /
export PATH="$1/root/usr/bin:$1/root/usr/sbin:$PATH"
containerd --config "$1/containerd.toml" &
until [ -S "$1/containerd.sock" ]; do sleep 0.1; done
exec "$2" --config="$1/kubelet.json" --kubeconfig="$3" --hostname-override=real --root-dir="$1/kubelet" --cert-dir="$1/pki"
"""


def _unpack(folder: Path) -> None:
    got = folder / "packages"
    got.mkdir()
    get = ["apt-get", "download", "-q", *PACKAGES]
    if subprocess.run(get, cwd=got, capture_output=True).returncode:
        subprocess.run(["apt-get", "update", "-q"], check=True, capture_output=True)
        subprocess.run(get, cwd=got, check=True, capture_output=True)
    for package in got.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, folder / "root"], check=True)


def _sandbox(folder: Path, plane: ControlPlane) -> str:
    """The image that holds a copy's network: in place of registry.k8s.io's `pause`, which cannot be reached from everywhere."""
    layer, name = folder / "layer.tar", f"{plane.registry}/sandbox:1"
    with tarfile.open(layer, "w") as archive:
        archive.add(folder / "root/bin/busybox", "busybox")
    crane.run("append", "--new_layer", str(layer), "--new_tag", name, environment=dict(os.environ))
    words = ["--entrypoint", "/busybox,sleep,infinity", "--set-platform", f"linux/{native().value}"]
    crane.run("mutate", *words, "--tag", name, name, environment=dict(os.environ))
    return name


def _configure(folder: Path, plane: ControlPlane, sandbox: str) -> None:
    socket = folder / "containerd.sock"
    (folder / "containerd.toml").write_text(f"""\
version = 2
root = "{folder}/containerd"
state = "{folder}/state"
[grpc]
address = "{socket}"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{sandbox}"
disable_apparmor = true
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{folder}/root/usr/lib/cni"
conf_dir = "{folder}/cni"
""")
    ranges = [[{"subnet": "10.199.7.0/24"}]]
    addresses = {"type": "host-local", "dataDir": f"{folder}/addresses", "ranges": ranges}
    bridge = {"type": "bridge", "bridge": BRIDGE, "isGateway": True, "ipam": addresses}
    network = {"cniVersion": "0.4.0", "name": "node", "plugins": [bridge]}
    (folder / "cni").mkdir()
    (folder / "cni/10-node.conflist").write_text(json.dumps(network))
    settings = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        # Machines with control groups of version 1 are taken as well, for which a kubelet of 1.36 has to be asked.
        "failCgroupV1": False,
        "failSwapOn": False,
        "cgroupDriver": "cgroupfs",
        "enforceNodeAllocatable": [],
        "makeIPTablesUtilChains": False,
        "containerRuntimeEndpoint": f"unix://{socket}",
        "enableServer": False,
        "authentication": {
            "anonymous": {"enabled": False},
            "x509": {"clientCAFile": str(plane.place.certificate(keys.AUTHORITY))},
        },
        "authorization": {"mode": "AlwaysAllow"},
        "localStorageCapacityIsolation": False,
        "podLogsDir": f"{folder}/logs",
        "clusterDNS": ["192.0.2.53"],
    }
    (folder / "kubelet.json").write_text(json.dumps(settings))


def _cordon(plane: ControlPlane, closed: bool) -> None:
    for each in nodes():
        plane.api.patch(f"/api/v1/nodes/{each['metadata']['name']}", {"spec": {"unschedulable": closed}})


def _ready(plane: ControlPlane) -> bool:
    answer = plane.api.ask("GET", f"/api/v1/nodes/{NAME}")
    conditions = answer.body["status"].get("conditions", ()) if answer.status == 200 else ()
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
