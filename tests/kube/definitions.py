"""Kinds that are not the API's own: the Gateway API's and the Prometheus operator's, as their authors define them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from gobuild import toolchain
from kubelab.api import Api
from tests.kube.test_control_plane import wait

AT = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@dataclass(frozen=True, kw_only=True)
class Source:
    """A module with its checksum, and where in it the definitions of `plurals` are."""

    module: str
    version: str
    checksum: str
    folder: str
    group: str
    plurals: tuple[str, ...]

    def definitions(self, scratch: Path) -> Iterator[dict[str, Any]]:
        """The module is downloaded into Go's own cache."""
        words = ["mod", "download", "-json", f"{self.module}@{self.version}"]
        found = json.loads(toolchain.find().run(words, directory=scratch).stdout)
        assert found.get("Sum") == self.checksum, found
        for plural in self.plurals:
            file = Path(found["Dir"]) / self.folder / f"{self.group}_{plural}.yaml"
            yield yaml.load(file.read_text(), yaml.CSafeLoader)


SOURCES = (
    Source(
        module="sigs.k8s.io/gateway-api",
        version="v1.7.0",
        checksum="h1:duVnm7nO6oXfMMUWfcDoBph47CYR/ME3NGxccOVglaY=",
        folder="config/crd/standard",
        group="gateway.networking.k8s.io",
        plurals=("gateways", "httproutes"),
    ),
    Source(
        module="github.com/prometheus-operator/prometheus-operator",
        version="v0.85.0",
        checksum="h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
        folder="example/prometheus-operator-crd",
        group="monitoring.coreos.com",
        plurals=("servicemonitors", "prometheusrules"),
    ),
)


@contextmanager
def known(api: Api, scratch: Path) -> Iterator[None]:
    """The cluster knows them within the block. With a definition all objects of its kind go."""
    made = [each for source in SOURCES for each in source.definitions(scratch)]
    names = [each["metadata"]["name"] for each in made]
    try:
        for each in made:
            api.create(AT, each)
        wait(lambda: all(_established(api.get(f"{AT}/{name}")) for name in names))
        yield
    finally:
        for name in names:
            api.ask("DELETE", f"{AT}/{name}")
        wait(lambda: all(api.ask("GET", f"{AT}/{name}").status == 404 for name in names))


def _established(definition: dict[str, Any]) -> bool:
    conditions = definition.get("status", {}).get("conditions") or ()
    return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)
