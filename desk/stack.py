"""The machines of a stack, from its file alone. Instances on AWS, which only its outputs know: desk/cloud.py."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

import settings
from model.eks.region import EksRegion
from model.kubernetes.region import ClusterRegion
from model.login import Login
from model.machines.region import PlainHost
from model.refusal import Refusal
from model.stack_file import StackFile


@dataclass(frozen=True, kw_only=True)
class Machine:
    """One machine, who logs in on it, and what runs there: the service, its edge, or what is beside them (desk/beside.py).

    `way` is a command whose standard input and output lead to its sshd, where it is not dialled.
    """

    region: str
    host: PlainHost
    login: Login
    service: str
    key: Path | None
    way: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.region}/{self.host.name}"


def configured(project: Path, stack: str, directory: Path | None = None) -> settings.Settings:
    """The stack file's settings without its secrets, which nothing here needs. Raises Refusal.

    `directory` has the stack file, where that is not the project.
    """
    path = (directory or project) / f"Pulumi.{stack}.yaml"
    try:
        content = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8-sig")) or {}
    except FileNotFoundError:
        raise Refusal([f"there is no {path.name}; name a stack that has a file"]) from None
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        why = " ".join(str(error).split())
        raise Refusal([f"{path.name} cannot be read as YAML: {why}"]) from None
    file, prefix = StackFile.read(path, settings.NAMESPACE), f"{settings.NAMESPACE}:"
    config = content.get("config") if isinstance(content, dict) else None
    # The project has the namespace's name, so keys may stand without it; those of others are theirs.
    values = {
        key.removeprefix(prefix): _as_the_program_reads(value)
        for key, value in (config or {}).items()
        if (key.startswith(prefix) or ":" not in key)
        and key.removeprefix(prefix) not in ("secrets", "notify")
    }
    # Names of secrets, which are not here to be compared with.
    if isinstance(service := values.get("service"), dict):
        service.pop("secretFiles", None)
    regions = values.get("regions")
    for region in regions.values() if isinstance(regions, dict) else ():
        if isinstance(region, dict) and isinstance(monitor := region.get("monitor"), dict):
            monitor.pop("alerts", None)
    encrypted = {place[0] for place in file.encrypted()}
    try:
        return settings.parse(values, project, file, lambda key: key in encrypted)
    except Refusal as refusal:
        raise Refusal(f"{path.name}: {line}" for line in refusal.lines) from None


def hosts(wanted: settings.Settings, project: Path) -> list[Machine]:
    """Those that were there already, in the order of the stack file. Raises Refusal when the service runs in clusters alone."""
    if not wanted.plain_regions and not wanted.cloud_regions:
        told = "; ".join(_ask(name, region, wanted) for name, region in wanted.regions.items())
        raise Refusal(
            [f"the service runs in clusters alone, which have no machines for this command: {told}."]
        )
    return [
        _machine(name, host, region.login, wanted.service.name, project)
        for name, region in wanted.plain_regions.items()
        for host in region.hosts
    ]


def refuse_clusters(wanted: settings.Settings) -> None:
    """For what machines alone have verified: a cluster keeps no binaries. Raises Refusal."""
    for name in (*wanted.clusters, *wanted.eks_regions):
        raise Refusal(
            [
                f"slipway:regions.{name} is a cluster, which keeps images and no binaries that could be installed elsewhere, so "
                "nothing was written: promote from a stack of hosts."
            ]
        )


def _ask(name: str, region: object, wanted: settings.Settings) -> str:
    """What asks a cluster; empty for machines."""
    where = first = ""
    if isinstance(region, ClusterRegion):
        where = f"--kubeconfig {region.cluster.kubeconfig} --context {region.cluster.context} "
    elif isinstance(region, EksRegion):
        first = f"`aws eks update-kubeconfig --region {name} --name NAME`, NAME as `make outputs` has it, and then "
    else:
        return ""
    namespace = region.workload.namespace or wanted.service.name
    return f"ask {name} with {first}`kubectl {where}--namespace {namespace} get pods`"


def edges(wanted: settings.Settings, project: Path) -> list[Machine]:
    """Those in front of them."""
    return [
        _machine(name, region.edge, region.login, f"{wanted.service.name}-edge", project)
        for name, region in wanted.plain_regions.items()
        if region.edge
    ]


def named(machines: list[Machine], name: str) -> list[Machine]:
    """Those that are called so, with or without their region; all of them for no name. Raises Refusal when there is none."""
    found = [each for each in machines if not name or name in (each.name, each.host.name)]
    if not found:
        raise Refusal([f"there is no host {name}; there are {', '.join(each.name for each in machines)}"])
    return found


def _machine(region: str, host: PlainHost, login: Login, service: str, project: Path) -> Machine:
    return Machine(region=region, host=host, login=login, service=service, key=login.key_path(project))


def _as_the_program_reads(value: Any) -> Any:
    """A whole setting: `pulumi config set` writes each as a text, which the program reads as JSON."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return _as_pulumi_reads(value)


def _as_pulumi_reads(value: Any) -> Any:
    """A date becomes the text that the CLI makes of it, so that it is refused in the same words."""
    if isinstance(value, dict):
        return {str(key): _as_pulumi_reads(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_pulumi_reads(inner) for inner in value]
    if isinstance(value, datetime.datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} +0000 UTC"
    return f"{value} 00:00:00 +0000 UTC" if isinstance(value, datetime.date) else value
