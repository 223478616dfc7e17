"""What a kubeconfig file says of one context: enough to know whether it can be used, and which cluster it is."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from model.refusal import Refusal


@dataclass(frozen=True, kw_only=True)
class Context:
    """`server` is the API's URL. `identity` changes when the context leads to another cluster.

    `way` stands for all that the file has of how it leads there: one proxy may lead to several clusters.
    """

    server: str
    identity: str
    way: str


def read(path: Path, context: str, key: str) -> Context:
    """The context of that name. Raises Refusal, beginning with the setting `key`, when there is none that can be used."""
    try:
        held = yaml.safe_load(path.read_text())
    except FileNotFoundError:
        raise Refusal(
            [f"{key}.kubeconfig is {path}, which does not exist; name the kubeconfig file of the cluster."]
        ) from None
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise Refusal(
            [f"{key}.kubeconfig is {path}, which cannot be read as YAML ({error}).".replace("\n", " ")]
        ) from None
    contexts = _named(held, "contexts", "context")
    if context not in contexts:
        raise Refusal(
            [
                f"{key}.context is {context}, but {path} has {', '.join(contexts) or 'no context'}; name one of these."
            ]
        )
    name = contexts[context].get("cluster")
    cluster = _named(held, "clusters", "cluster").get(str(name), {})
    server = cluster.get("server")
    if not isinstance(server, str):
        raise Refusal(
            [f"{key}.context is {context}, whose cluster {name} has no server in {path}; mend the file."]
        )
    if not server.startswith("https://"):
        raise Refusal([f"{key}.context is {context}, whose server is {server}; it must begin with https://."])
    if cluster.get("insecure-skip-tls-verify"):
        raise Refusal(
            [
                f"{key}.context is {context}, whose cluster has insecure-skip-tls-verify, so that any machine would be believed; "
                "put the cluster's certificate-authority-data there instead."
            ]
        )
    user = _named(held, "users", "user").get(str(contexts[context].get("user")), {})
    # A digest, since a user may have a token in the file.
    way = hashlib.sha256(f"{cluster} {user}".encode()).hexdigest()
    return Context(server=server, identity=_identity(cluster, path), way=way)


def _named(held: Any, many: str, one: str) -> dict[str, Mapping[str, Any]]:
    entries = held.get(many) if isinstance(held, dict) else None
    return {
        str(each["name"]): each[one]
        for each in entries or ()
        if isinstance(each, dict) and isinstance(each.get(one), dict) and "name" in each
    }


def _identity(cluster: Mapping[str, Any], path: Path) -> str:
    """By address and certificate authority; user and names of the file's own are no part of it."""
    authority = cluster.get("certificate-authority-data") or ""
    if file := cluster.get("certificate-authority"):
        try:
            authority = (path.parent / str(file)).read_text()
        except OSError:
            authority = ""
    return hashlib.sha256(f"{cluster['server']}\n{authority}".encode()).hexdigest()[:12]
