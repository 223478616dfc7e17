"""The processes of a control plane: which program each is, and what it is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kubelab import keys, kubeconfigs
from kubelab.nodes import PRETENDED
from kubelab.place import Place

PACKAGES = 2700
"""That the programs are compiled from."""
ETCD, API, REGISTRY = "etcd", "kube-apiserver", "registry"
SERVICES = "10.96.0.0/16,fd00:10:96::/112"
COPIES = "10.244.0.0/16"
PORTS = ("etcd", "etcd-peer", "api", "nodes", "registry")


@dataclass(frozen=True, kw_only=True)
class Part:
    """`words` begin with the program's name."""

    name: str
    words: tuple[str, ...]


def parts(place: Place, ports: Mapping[str, int]) -> list[Part]:
    """All of them, in the order in which they are started."""
    etcd, api = f"https://127.0.0.1:{ports['etcd']}", f"{kubeconfigs.path(place, 'kwok')}"
    return [
        Part(name=ETCD, words=("server", *_etcd(place, ports, etcd))),
        Part(name=API, words=(API, *_api(place, ports, etcd))),
        *(Part(name=name, words=(name, *_asking(place, name))) for name in ("kube-scheduler",)),
        Part(
            name="kube-controller-manager",
            words=(
                "kube-controller-manager",
                *_asking(place, "kube-controller-manager"),
                f"--service-account-private-key-file={place.key(keys.TOKENS)}",
                f"--root-ca-file={place.certificate(keys.AUTHORITY)}",
                "--use-service-account-credentials=true",
                # What takes the default 15 s on clusters, a test would wait for.
                "--horizontal-pod-autoscaler-sync-period=2s",
            ),
        ),
        Part(
            name="kwok",
            words=(
                "kwok",
                f"--kubeconfig={api}",
                f"--config={stages(place)}",
                "--manage-all-nodes=false",  # a node that somebody joins is its own kubelet's
                f"--manage-nodes-with-annotation-selector={'='.join(PRETENDED)}",
                # Without a lease the cluster takes a node for lost after 40 s.
                "--node-lease-duration-seconds=40",
                f"--cidr={COPIES}",
                "--node-ip=127.0.0.1",
                f"--node-port={ports['nodes']}",
                f"--tls-cert-file={place.certificate(keys.SERVER)}",
                f"--tls-private-key-file={place.key(keys.SERVER)}",
            ),
        ),
        Part(
            name=REGISTRY,
            words=(
                "crane",
                "registry",
                "serve",
                "--address",
                f"127.0.0.1:{ports['registry']}",
                "--disk",
                str(place.directory / "registry"),
            ),
        ),
    ]


def stages(place: Place) -> Path:
    """kwok's configuration."""
    return place.directory / "stages.yaml"


def log_of_copies(place: Place) -> Path:
    """What the API gives as the log of every copy."""
    return place.directory / "copies.log"


def _etcd(place: Place, ports: Mapping[str, int], client: str) -> list[str]:
    peer = f"https://127.0.0.1:{ports['etcd-peer']}"
    trusted, own, key = (
        place.certificate(keys.AUTHORITY),
        place.certificate(keys.SERVER),
        place.key(keys.SERVER),
    )
    sides = [
        f"--{side}{word}"
        for side in ("", "peer-")
        for word in (
            f"trusted-ca-file={trusted}",
            f"cert-file={own}",
            f"key-file={key}",
            "client-cert-auth",
        )
    ]
    return [
        "--name=lab",
        f"--data-dir={place.directory / 'etcd'}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=lab={peer}",
        *sides,
        # A machine that loses power loses its lab as well.
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


def _api(place: Place, ports: Mapping[str, int], etcd: str) -> list[str]:
    return [
        f"--etcd-servers={etcd}",
        f"--etcd-cafile={place.certificate(keys.AUTHORITY)}",
        f"--etcd-certfile={place.certificate(keys.SERVER)}",
        f"--etcd-keyfile={place.key(keys.SERVER)}",
        "--bind-address=127.0.0.1",
        "--advertise-address=192.0.2.1",  # of no machine (RFC 5737); nothing is told it, see the next line
        "--endpoint-reconciler-type=none",
        f"--secure-port={ports['api']}",
        f"--tls-cert-file={place.certificate(keys.SERVER)}",
        f"--tls-private-key-file={place.key(keys.SERVER)}",
        f"--client-ca-file={place.certificate(keys.AUTHORITY)}",
        f"--kubelet-client-certificate={place.certificate(keys.ADMIN)}",
        f"--kubelet-client-key={place.key(keys.ADMIN)}",
        "--anonymous-auth=false",
        "--authorization-mode=RBAC",
        f"--service-cluster-ip-range={SERVICES}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={place.key(keys.TOKENS).with_suffix('.pub')}",
        f"--service-account-signing-key-file={place.key(keys.TOKENS)}",
        "--profiling=false",
    ]


def _asking(place: Place, name: str) -> list[str]:
    return [
        f"--kubeconfig={kubeconfigs.path(place, name)}",
        "--leader-elect=false",
        "--secure-port=0",
        "--profiling=false",
    ]
