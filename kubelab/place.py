"""Where a control plane keeps what, so that one whose maker was killed is found again."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from lab.cgroup import Cgroup

PROJECT = Path(__file__).resolve().parent.parent
DEFAULT_NAME = "default"
STACK_FILE = PROJECT / "Pulumi.kube.yaml"
"""Of the stack that is for the lab called `default`."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Files and the control group of the control plane called `name` of this checkout."""

    name: str

    @property
    def directory(self) -> Path:
        """All that it has; for root alone, since its keys are in it."""
        return PROJECT / ".slipway/kube" / self.name

    @property
    def lock(self) -> Path:
        return self.directory.with_name(f"{self.name}.lock")

    @property
    def record(self) -> Path:
        """Its ports; written last, so that what lacks it was never whole."""
        return self.directory / "ports.json"

    @property
    def kubeconfig(self) -> Path:
        """For people and for stack files: context `lab`."""
        return self.directory / "kubeconfig"

    @property
    def cgroup(self) -> Cgroup:
        """Every process of it."""
        return Cgroup(f"slipway-kube-{hashlib.sha256(str(self.directory).encode()).hexdigest()[:10]}")

    def key(self, name: str) -> Path:
        """A private key; its certificate lies beside it as .crt."""
        return self.directory / "keys" / f"{name}.key"

    def certificate(self, name: str) -> Path:
        """The certificate to `key(name)`."""
        return self.key(name).with_suffix(".crt")

    def log(self, part: str) -> Path:
        """What a process printed."""
        return self.directory / "logs" / f"{part}.log"
