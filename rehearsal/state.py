"""What a stack is made of, as of the last step that ended: one JSON file. Not for secrets, of which it has digests."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from rehearsal import urn as urns
from rehearsal.values import ASSET, SECRET, SIGNATURE, Asset, Digest, Secret, Unknown, Value, Values

FORMAT = 1
PRETENDED = ".pretended"
"""Added to the name of the state of a stack whose cloud is pretended."""


class StateError(Exception):
    """The state file cannot be used; the message says why and what to do."""


@dataclass(kw_only=True)
class Resource:
    """One resource; secret leaves of inputs and outputs are Digests. `delete` marks what a replacement left behind."""

    urn: str
    custom: bool
    id: str = ""
    parent: str = ""
    inputs: Values = field(default_factory=dict)
    outputs: Values = field(default_factory=dict)
    dependencies: list[str] = field(default_factory=list)
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    protect: bool = False
    retain_on_delete: bool = False
    deleted_with: str = ""
    replace_on_changes: list[str] = field(default_factory=list)
    external: bool = False
    delete: bool = False
    provider: str = ""

    @property
    def type(self) -> str:
        return urns.type_of(self.urn)

    @property
    def name(self) -> str:
        return urns.name_of(self.urn)

    def needs(self) -> set[str]:
        """URNs of everything that must exist as long as this does."""
        by_property = {urn for group in self.property_dependencies.values() for urn in group}
        return ({*self.dependencies, self.parent, self.deleted_with, self.provider} | by_property) - {
            "",
            self.urn,
        }


@dataclass(kw_only=True)
class Pending:
    """An operation that began: if it is still in the file when a run starts, that operation was interrupted."""

    operation: str
    urn: str


@dataclass(kw_only=True)
class State:
    """The whole stack. `path` None keeps it in memory (preview); `pretended` says that its cloud is."""

    stack: str
    project: str
    path: Path | None = None
    pretended: bool = False
    salt: str = field(default_factory=lambda: secrets.token_hex(16))
    resources: list[Resource] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)
    written: str = ""

    def live(self) -> dict[str, Resource]:
        """URN -> resource, without those that only wait for deletion."""
        return {resource.urn: resource for resource in self.resources if not resource.delete}

    def put(self, resource: Resource, *, instead_of: Resource | None = None) -> None:
        """Add the resource, in the place of its predecessor if there is one."""
        if instead_of is None:
            self.resources.append(resource)
        else:
            self.resources[self.resources.index(instead_of)] = resource

    def remove(self, resource: Resource) -> None:
        """Forget the resource."""
        self.resources = [other for other in self.resources if other is not resource]

    def rename(self, old: str, new: str) -> None:
        """Let every resource that refers to `old` refer to `new`."""
        for resource in self.resources:
            resource.parent = new if resource.parent == old else resource.parent
            resource.deleted_with = new if resource.deleted_with == old else resource.deleted_with
            resource.provider = new if resource.provider == old else resource.provider
            resource.dependencies = [new if urn == old else urn for urn in resource.dependencies]
            for name, group in resource.property_dependencies.items():
                resource.property_dependencies[name] = [new if urn == old else urn for urn in group]

    def save(self) -> None:
        """Write the file so that a reader, or a crash, sees either all of the old one or all of this."""
        if self.path is None:
            return
        text = self.to_json()
        if text == self.written:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=f".{self.path.name}.", dir=self.path.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(self.path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        directory = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
        self.written = text

    def to_json(self) -> str:
        """The file's text. Raises TypeError rather than write a Secret or an Unknown."""
        data = {
            "format": FORMAT,
            "stack": self.stack,
            "project": self.project,
            "salt": self.salt,
            "pending": [asdict(pending) for pending in self.pending],
            "resources": [
                {spec.name: _encode(getattr(resource, spec.name)) for spec in fields(Resource)}
                for resource in self.resources
            ],
        }
        return json.dumps(data, indent=1) + "\n"


def path_of(directory: Path, stack: str, *, pretended: bool = False) -> Path:
    """Where the state of a stack of the project in `directory` is; that of a pretended cloud is kept apart."""
    return directory / ".slipway" / "rehearsal" / f"{stack}{PRETENDED if pretended else ''}.json"


def load(path: Path, stack: str, project: str) -> State:
    """The stack's state, empty if there is none yet. Raises StateError."""
    pretended = path.stem.endswith(PRETENDED)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return State(stack=stack, project=project, path=path, pretended=pretended)
    try:
        data = json.loads(text)
        if data["format"] != FORMAT:
            raise StateError(
                f"{path} has format {data['format']}, this version reads {FORMAT}; use the version that wrote it"
            )
        if data["project"] != project:
            raise StateError(f"{path} belongs to the project {data['project']}, not {project}; move it away")
        return State(
            stack=stack,
            project=project,
            path=path,
            pretended=pretended,
            salt=data["salt"],
            resources=[
                Resource(**{key: _decode(item) for key, item in r.items()}) for r in data["resources"]
            ],
            pending=[Pending(**pending) for pending in data["pending"]],
            written=text,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise StateError(f"{path} cannot be read ({error}); restore it or move it away") from None


def _encode(value: Value) -> Any:
    match value:
        case Secret() | Unknown():
            raise TypeError(f"a {type(value).__name__} must not be written to the state")
        case Digest():
            return {SIGNATURE: SECRET, "digest": value.digest}
        case Asset():
            source = {
                "kind": value.kind,
                "source": value.source,
                "archive": value.archive,
                "hash": value.hash,
            }
            return {SIGNATURE: ASSET, **source}
        case dict():
            return {key: _encode(item) for key, item in value.items()}
        case list():
            return [_encode(item) for item in value]
    return value


def _decode(value: Any) -> Value:
    if isinstance(value, list):
        return [_decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    match value.get(SIGNATURE):
        case str(signature) if signature == SECRET:
            return Digest(value["digest"])
        case str(signature) if signature == ASSET:
            rest = {key: item for key, item in value.items() if key != SIGNATURE}
            return Asset(**rest)
    return {key: _decode(item) for key, item in value.items()}
