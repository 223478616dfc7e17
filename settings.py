"""Configuration -> frozen, validated settings. The only reader of `pulumi.Config`; what each key means stands in Pulumi.yaml."""

import datetime
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Self

import pulumi
import pulumi.runtime.config
from pydantic import Discriminator, Field, Tag, ValidationError

from logins import agent, private_key
from model import (
    carried,
    inventory,
    own_file,
    reference,
    rollout,
    schema,
    secret_places,
    setting,
    stack_output,
    workload,
    yaml_values,
)
from model import kind as kinds
from model.architecture import Architecture
from model.aws import cloud_region, instance_type
from model.aws.account import Account, Whose
from model.aws.cloud_region import CloudRegion
from model.aws.tags import Tags
from model.eks import region as eks_region
from model.eks.region import EksRegion
from model.front_door import refusals as front_door
from model.front_door.front_door import FrontDoor
from model.front_door.plan import plan, release_order
from model.front_door.rule import Facts
from model.kubernetes import kubeconfig
from model.kubernetes import region as cluster_region
from model.kubernetes.region import ClusterRegion
from model.login import Login
from model.machines import monitoring
from model.machines.region import Region
from model.notify import Notify
from model.place import Place
from model.refusal import Refusal, sentences
from model.release_policy import ReleasePolicy
from model.rollout import Rollout
from model.service import EnvironmentName, Service
from model.setting import Name, Setting
from model.stack_file import StackFile
from model.stack_output import Reader

NAMESPACE = "slipway"
ROLL_IMAGES = "SLIPWAY_ROLL_IMAGES"
CHANGING = "SLIPWAY_CHANGING"
"""Set by the engine for a run whose preview is followed by changes: what those lack is refused before anybody is asked."""


KINDS = {"cluster": ClusterRegion, "instances": CloudRegion, "eks": EksRegion, "hosts": Region}
"""By the key that only a region of that kind has. One with none of them names machines that are there."""


def _kind(region: Any) -> str:
    for key, kind in KINDS.items():
        if key in region if isinstance(region, dict) else isinstance(region, kind):
            return f"({key})"
    return "(hosts)"


AnyRegion = Annotated[
    Annotated[Region, Tag("(hosts)")]
    | Annotated[CloudRegion, Tag("(instances)")]
    | Annotated[ClusterRegion, Tag("(cluster)")]
    | Annotated[EksRegion, Tag("(eks)")],
    Discriminator(_kind),
]


class Settings(Setting):
    """Everything that can be set. Its fields are the keys of `config:` in Pulumi.yaml, and no others."""

    service: Service
    """The Go program."""
    regions: Annotated[dict[Name, AnyRegion], Field(min_length=1)]
    """Where it runs. In place of a region's keys, `inventory: FILE` names a JSON file that holds them."""
    front_door: FrontDoor | None = None
    """The one name before all regions, and what moves users between them."""
    release: ReleasePolicy = ReleasePolicy()
    """How a release is brought onto hosts."""
    secrets: dict[EnvironmentName, str] = Field(default={}, repr=False)
    """Environment variables that must stay secret: `pulumi config set --secret --path 'slipway:secrets.NAME'`."""
    notify: Notify | None = None
    """Whom `make up` tells how it went."""
    protected: bool = False
    """Whether people depend on it: a run that would delete or replace what they cannot do without is refused in its preview
    (docs/aws.md), AWS itself refuses to delete load balancers, instances and full buckets, and nothing is served over plain
    HTTP or open to strangers. On AWS."""
    tags: Tags = Tags()
    """Who answers for what is made, as tags on all of it. On AWS."""
    aws: Account = Account()
    """In whose account all of it is made. On AWS."""

    def whose(self, project: str, stack: str) -> Whose:
        """To whom belongs what is made on AWS."""
        return Whose(tags=self.tags.all(project, stack, self.service.name), account=self.aws.account)

    @property
    def cloud_regions(self) -> dict[str, CloudRegion]:
        """Those whose instances are made on AWS."""
        return {name: region for name, region in self.regions.items() if isinstance(region, CloudRegion)}

    @property
    def eks_regions(self) -> dict[str, EksRegion]:
        """Those whose cluster is made on AWS."""
        return {name: region for name, region in self.regions.items() if isinstance(region, EksRegion)}

    @property
    def aws_regions(self) -> dict[str, CloudRegion | EksRegion]:
        """All that are on AWS, in their order."""
        kinds = (CloudRegion, EksRegion)
        return {name: region for name, region in self.regions.items() if isinstance(region, kinds)}

    @property
    def plain_regions(self) -> dict[str, Region]:
        """Those whose machines are there already."""
        return {name: region for name, region in self.regions.items() if isinstance(region, Region)}

    @property
    def logins(self) -> dict[str, Login]:
        """Who logs in, by the key under which it is said."""
        servers = self.front_door.hosts if self.front_door else {}
        regions = {
            f"regions.{name}": region.login
            for name, region in self.regions.items()
            if not isinstance(region, ClusterRegion | EksRegion)
        }
        return regions | {f"frontDoor.hosts.{name}": each.login for name, each in servers.items()}

    @property
    def monitor_secrets(self) -> dict[str, str]:
        """Those that monitors tell others with, and the service does not get."""
        wanted = {
            name
            for region in self.plain_regions.values()
            for name in (region.monitor.alerts.secrets if region.monitor else ())
        }
        return {name: value for name, value in self.secrets.items() if name in wanted}

    @property
    def service_secrets(self) -> dict[str, str]:
        """The service's own."""
        return {name: value for name, value in self.secrets.items() if name not in self.monitor_secrets}

    @property
    def door(self) -> Facts | None:
        """All that is known beforehand about the front door, if there is one."""
        if not (door := self.front_door):
            return None
        made = plan(door, self.places, self.service)
        return Facts(door=door, places=self.places, service=self.service, plan=made)

    @property
    def places(self) -> dict[str, Place]:
        """All regions as the front door sees them, in the order of their priority."""
        return {name: region.place(self.service) for name, region in self.regions.items()}

    @property
    def in_order(self) -> dict[str, AnyRegion]:
        """Regions in the order in which a release reaches them: behind a front door the primary last."""
        order = release_order(self.places) if self.front_door else self.regions
        return {name: self.regions[name] for name in order}

    @property
    def clusters(self) -> dict[str, ClusterRegion]:
        """Those that are clusters which are there already."""
        return {name: region for name, region in self.regions.items() if isinstance(region, ClusterRegion)}

    @property
    def architectures(self) -> set[Architecture]:
        """What must be built, as far as it is known before a cloud is asked."""
        hosts = {host.architecture for region in self.plain_regions.values() for host in region.hosts}
        return hosts | {each for region in self.clusters.values() for each in region.cluster.architectures}

    def missing_keys(self, project: Path) -> dict[str, Path]:
        """The private keys that are not on this machine, by the key under which their login is said."""
        paths = {name: login.key_path(project) for name, login in self.logins.items()}
        return {name: path for name, path in paths.items() if path and not path.is_file()}

    def read(self, ask: Reader | None, *, keyless: bool) -> Self:
        """With what other stacks tell in its place. Raises Refusal."""
        if ask is None:
            return self
        found = stack_output.read(self.service.environment, ask, keyless=keyless)
        if found.lines:
            raise Refusal(found.lines)
        for name in found.unknown:
            pulumi.log.info(
                f"{NAMESPACE}:service.environment.{name} is a secret of another stack that cannot be decrypted here, so this "
                "preview shows it as changed; only `up` needs it."
            )
        service = self.service.model_copy(update={"environment": found.environment})
        return self.model_copy(update={"service": service, "secrets": found.secrets | self.secrets})

    def settled(self) -> Self:
        """With a level in place of each `auto`."""
        types = [each for region in self.aws_regions.values() for each in region.instance_types]
        certain = [(instance_type.architecture(each), instance_type.level(each)) for each in types]
        known = [(architecture, level) for architecture, level in certain if architecture]
        levels = self.service.levels.chosen([*((each, None) for each in self.architectures), *known])
        return self.model_copy(update={"service": self.service.model_copy(update={"levels": levels})})

    def refuse_unsigned(self) -> None:
        """Raises Refusal for a release that its hosts would refuse. `make promote` reads stacks before their first artifact."""
        if self.release.signed_by and not self.service.artifact and not self.release.pin:
            raise Refusal(
                [
                    f"{NAMESPACE}:release.signedBy is set, and {NAMESPACE}:service has no artifact: what is built here is "
                    "signed by nobody; let `make promote` write one, or take signedBy out."
                ]
            )

    def rollout(self) -> Rollout:
        """In which order the release reaches all hosts. Raises Refusal when that takes too long."""
        hosts = {name: region.host_names for name, region in self.in_order.items()}
        return rollout.plan(hosts, self.release, self.service)


def load(project: Path, ask: Reader | None = None) -> Settings:
    """The settings of the current stack; relative paths in them start at `project`, and `ask` asks other stacks.

    Raises pulumi.RunError, whose message has one sentence for each thing that is wrong.
    """
    file = f"Pulumi.{pulumi.get_stack()}.yaml"
    keyless = pulumi.runtime.is_dry_run() and os.environ.get(CHANGING) != "1"
    try:
        written = StackFile.read(project / file, NAMESPACE)
        settings = parse(_configured(), project, written, _is_encrypted, keyless=keyless, ask=ask)
        settings.refuse_unsigned()
    except Refusal as refusal:
        raise pulumi.RunError(f"{file}:\n" + "\n".join(f"  {line}" for line in refusal.lines)) from None
    # Told and not refused: a run that changes nothing logs in nowhere, and a preview never does.
    wanted = any(login.private_key_file is None for login in settings.logins.values())
    if wrong := agent.fault(os.environ.get("SSH_AUTH_SOCK"), wanted):
        (pulumi.log.info if keyless else pulumi.log.warn)(wrong)
    for name, path in settings.missing_keys(project).items():
        pulumi.log.info(
            f"{NAMESPACE}:{name}.login.privateKeyFile: there is no {path} here, so this preview takes it for the "
            "key that hosts know already; only `up` needs it."
        )
    return settings


def parse(
    values: dict[str, Any],
    project: Path,
    file: StackFile = StackFile("", NAMESPACE),  # noqa: B008, it is never changed
    is_encrypted: Callable[[str], bool] = lambda key: key == secret_places.SECRETS,
    *,
    keyless: bool = False,
    ask: Reader | None = None,
) -> Settings:
    """Settings from plain values, by their keys without the namespace. Raises Refusal.

    `file` is where they were written: it says what exactly is wrong. `is_encrypted` tells whether anything in a key is.
    With `keyless` private keys may be elsewhere: nobody logs in. Without `ask` what other stacks tell stays unknown.
    """
    values = dict(values)
    if lines := secret_places.refusals(values, is_encrypted, file, NAMESPACE):
        raise Refusal(lines)
    public = {key: value for key, value in values.items() if key != secret_places.SECRETS}
    if lines := yaml_values.refusals(public, file, NAMESPACE):
        raise Refusal(lines)
    if "regions" in values:
        values["regions"] = inventory.read("regions", values["regions"], project)
    door = values.get("frontDoor") or None  # Pulumi's default for a map is {}
    if isinstance(door, dict) and "hosts" in door:
        door = door | {"hosts": inventory.read("frontDoor.hosts", door["hosts"], project)}
    values |= {"frontDoor": door, "notify": values.get("notify") or None}
    try:
        settings = Settings.model_validate_json(json.dumps(values)).settled()
    except ValidationError as error:
        raise Refusal(sentences(error, Settings, f"{NAMESPACE}:", file)) from None
    settings = settings.read(ask, keyless=keyless)
    if settings.notify and (lines := settings.notify.refusals(f"{NAMESPACE}:{secret_places.NOTIFY}")):
        raise Refusal(lines)
    service = settings.service
    lines = carried.refusals(service, settings.service_secrets) + own_file.refusals(service.files, project)
    if lines:
        raise Refusal(lines)
    if lines := monitoring.refusals(settings.plain_regions, settings.service, settings.secrets):
        raise Refusal(lines)
    lines = cloud_region.refusals(settings.cloud_regions, settings.protected)
    today = datetime.datetime.now(datetime.UTC).date()
    lines += eks_region.refusals(settings.eks_regions, settings.cloud_regions, settings.protected, today)
    if lines:
        raise Refusal(dict.fromkeys(lines))
    edges = [name for name, region in settings.plain_regions.items() if region.edge]
    elsewhere = settings.regions.keys() - settings.plain_regions.keys()
    nameless = [name for name, region in settings.regions.items() if not region.host_names]
    if lines := list(kinds.refusals(service, edges, elsewhere, nameless)):
        raise Refusal(lines)
    if settings.front_door and (lines := cluster_region.refusals(settings.clusters)):
        raise Refusal(lines)
    if lines := front_door.refusals(settings.front_door, settings.places):
        raise Refusal(lines)
    if settings.release.pin and settings.eks_regions:
        raise Refusal(
            [
                f"{NAMESPACE}:release.pin cannot be where {NAMESPACE}:regions.{next(iter(settings.eks_regions))} is EKS, which "
                "no preview asks for what it keeps; run `make unpin` for this stack, and check out the source to go back to."
            ]
        )
    clusters = {**settings.clusters, **settings.eks_regions}
    workloads = {name: region.workload for name, region in clusters.items()}
    if lines := workload.refusals(workloads, service, settings.release):
        raise Refusal(lines)
    for name, one in settings.clusters.items():
        kubeconfig.read(one.cluster.path(project), one.cluster.context, f"{NAMESPACE}:regions.{name}.cluster")
    missing = settings.missing_keys(project)
    for place, login in settings.logins.items():
        key, path = login.private_key_file, login.key_path(project)
        if place in missing and not keyless:
            raise Refusal(
                [
                    f"{NAMESPACE}:{place}.login.privateKeyFile is {key}, but there is no file {path}; "
                    f"name a private key, or make this one with `ssh-keygen -t ed25519 -f {path}`."
                ]
            )
        if path and place not in missing and (wrong := private_key.fault(path)):
            raise Refusal([f"{NAMESPACE}:{place}.login.privateKeyFile is {key}, which {wrong}."])
    for name, region in settings.cloud_regions.items():
        public_key(name, region.login, project)
    settings.rollout()  # refuses what takes too long
    return settings


def public_key(region: str, login: Login, project: Path) -> str:
    """The key that machines let in. Raises Refusal where none is named or found."""
    if login.public_key:
        return login.public_key
    key = f"{NAMESPACE}:regions.{region}.login.publicKey"
    private = login.key_path(project)
    if not private:
        raise Refusal(
            [
                f"{key} is not set, and privateKeyFile neither; machines must know whom to let in: set one of them."
            ]
        )
    path = private.with_name(f"{private.name}.pub")
    if not path.is_file():
        raise Refusal(
            [
                f"{key} is not set, and there is no file {path}; write that key, or the public half into that file."
            ]
        )
    try:
        return setting.public_key(path.read_text().strip())
    except ValueError as error:
        raise Refusal([f"{key} is not set, and {path} {error}"]) from None


def owner() -> str:
    """The stack as hosts remember it."""
    return f"{pulumi.get_project()}/{pulumi.get_stack()}"


def rolls_images() -> bool:
    """Whether instances on an older image are replaced: `make roll-images` sets it for one run."""
    return os.environ.get(ROLL_IMAGES, "") == "1"


def _configured() -> dict[str, Any]:
    """The namespace's values by key. Looks at all of them, since Pulumi itself checks only keys that it knows."""
    config = pulumi.Config(NAMESPACE)
    keys = [
        key.removeprefix(f"{NAMESPACE}:")
        for key in pulumi.runtime.config.CONFIG.get()
        if key.startswith(f"{NAMESPACE}:")
    ]
    values: dict[str, Any] = {}
    for key in keys:
        try:
            values[key] = config.get_object(key)
        except pulumi.ConfigTypeError:
            raise Refusal(
                [f"{NAMESPACE}:{key} is no list and no map; see its description in Pulumi.yaml."]
            ) from None
    return values


def _is_encrypted(key: str) -> bool:
    """Whether anything in the key's value is: Pulumi tells no more."""
    return pulumi.runtime.config.is_config_secret(f"{NAMESPACE}:{key}")


def documentation() -> str:
    """docs/settings.md."""
    return reference.markdown(
        Settings,
        "Settings",
        "What a stack file may hold under `config:`, each key with the prefix `slipway:`. Unknown keys are refused. "
        "Times are in seconds. Editors check by stack-file.schema.json. Written by `make docs` from the types in "
        "`settings.py` and `model/`.",
    )


def stack_file_schema() -> str:
    """docs/stack-file.schema.json."""
    return schema.stack_file(Settings, NAMESPACE, KINDS)


if __name__ == "__main__":
    print(stack_file_schema() if sys.argv[1:] == ["schema"] else documentation(), end="")
