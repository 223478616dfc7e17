"""What copies are told: immutable objects named by a digest of what they hold, so that a copy keeps those that it began with."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model.kubernetes.names import filled, made, port
from model.service import Service

COST = {"n": 1 << 14, "r": 8, "p": 1, "maxmem": 1 << 26}
"""Of scrypt (RFC 7914: for interactive use), 50 ms. Who sees a Secret's name cannot try out many values of a short secret."""


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Objects and how a copy refers to them. `held` has the user's files, None where there are none, as `secret` is."""

    config: dict[str, Any]
    held: dict[str, Any] | None
    secret: dict[str, Any] | None
    items: tuple[dict[str, Any], ...]
    """The user's files: the key, the path below `{files}` and the mode of each."""
    secret_items: tuple[str, ...]
    """Secrets that arrive as files."""

    @property
    def config_name(self) -> str:
        return self.config["metadata"]["name"]

    @property
    def held_name(self) -> str:
        return self.held["metadata"]["name"] if self.held else ""

    @property
    def objects(self) -> list[dict[str, Any]]:
        """All that there are."""
        return [each for each in (self.config, self.held, self.secret) if each]

    @property
    def secret_name(self) -> str:
        return self.secret["metadata"]["name"] if self.secret else ""


def configuration(
    service: Service, namespace: str, contents: Mapping[str, bytes], secrets: Mapping[str, str], owner: str
) -> Configuration:
    """Environment and files as a ConfigMap each, secrets as a Secret. `owner` names the stack and salts the Secret's name.

    All keys of the first become variables: a file among them would be one, too, which no process takes from 128 KiB on.
    """
    told = {"data": _environment(service), "immutable": True}
    held, items = _files(service, namespace, contents)
    return Configuration(
        config=made("ConfigMap", "v1", service, namespace, f"{service.name}-{_digest(told)}", **told),
        held=held,
        secret=_secret(service, namespace, secrets, owner) if secrets else None,
        items=items,
        secret_items=tuple(sorted(service.secret_files)),
    )


def _files(
    service: Service, namespace: str, contents: Mapping[str, bytes]
) -> tuple[dict[str, Any] | None, tuple[dict[str, Any], ...]]:
    """The ConfigMap, and its items as a volume takes them."""
    texts, binaries, items = dict[str, str](), dict[str, str](), []
    for number, (name, file) in enumerate(sorted(service.files.items())):
        content = contents[name]
        if file.template:
            text = filled(content.decode(errors="surrogateescape"), service)
            content = text.encode(errors="surrogateescape")
        key = f"file-{number}"
        # A key takes no slash, so the path stands beside it.
        items.append({"key": key, "path": name, "mode": int(file.mode, 8)})
        try:
            texts[key] = content.decode()
        except UnicodeDecodeError:
            binaries[key] = base64.b64encode(content).decode()
    if not items:
        return None, ()
    data = {"data": texts, **({"binaryData": binaries} if binaries else {}), "immutable": True}
    return made(
        "ConfigMap", "v1", service, namespace, f"{service.name}-files-{_digest(data)}", **data
    ), tuple(items)


def _environment(service: Service) -> dict[str, str]:
    told = {name: filled(value, service) for name, value in sorted(service.texts.items())}
    named = {f"SLIPWAY_PORT_{name.upper()}": str(ports[0]) for name, ports in sorted(service.ports.items())}
    return {**told, "SLIPWAY_PORT": str(port(service)), **named}


def _secret(service: Service, namespace: str, secrets: Mapping[str, str], owner: str) -> dict[str, Any]:
    encoded = {
        # Whitespace in base64 is for people; the API wants none.
        name: "".join(text.split())
        if service.secret_files.get(name) == "base64"
        else base64.b64encode(text.encode()).decode()
        for name, text in sorted(secrets.items())
    }
    digest = hashlib.scrypt(_canonical(encoded), salt=owner.encode(), dklen=4, **COST).hex()
    return made(
        "Secret",
        "v1",
        service,
        namespace,
        f"{service.name}-{digest}",
        type="Opaque",
        data=encoded,
        immutable=True,
    )


def _digest(data: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical(data)).hexdigest()[:8]


def _canonical(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data, sort_keys=True, separators=(",", ":")).encode()
