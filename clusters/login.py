"""How one context of a kubeconfig is logged in with. Not for choosing it: what is current plays no part."""

from __future__ import annotations

import base64
import json
import os
import ssl
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from clusters.errors import ClusterError

SECONDS = 60
"""For a program that gets a token, such as the AWS CLI."""


@dataclass(frozen=True, kw_only=True)
class Login:
    """`server` is the API's URL, `proxy` that of the proxy before it, or empty. `again` logs in anew, since tokens end."""

    server: str
    context: ssl.SSLContext
    headers: Mapping[str, str]
    proxy: str = ""
    again: Callable[[], Login] | None = field(default=None, repr=False, compare=False)


class Trust(ssl.SSLContext):
    """Believes a server that has a certificate for `called` or, where that is empty, for the name in its URL."""

    called = ""

    def wrap_socket(self, *given: Any, server_hostname: Any = None, **more: Any) -> ssl.SSLSocket:
        return super().wrap_socket(*given, server_hostname=self.called or server_hostname, **more)


def login(kubeconfig: str, context: str) -> Login:
    """`kubeconfig` is a file's path or, as Pulumi's provider takes it, the text of one. Raises ClusterError."""
    text, folder = _text(kubeconfig)
    try:
        made = _login(yaml.safe_load(text), context, folder)
    except (ssl.SSLError, yaml.YAMLError, LookupError, ValueError) as error:
        raise ClusterError(f"the kubeconfig's context {context} cannot be used: {error}") from None
    return replace(made, again=lambda: login(kubeconfig, context))


def _login(held: Any, context: str, folder: Path) -> Login:
    named = _named(held, "contexts", context, "context")
    cluster = _named(held, "clusters", named["cluster"], "cluster")
    user = _named(held, "users", named["user"], "user") if named.get("user") else {}
    if "exec" in user:
        user = {**user, **_told(user["exec"], folder)}
    # Without VERIFY_X509_STRICT: authorities of older clusters lack extensions which Go never asked for.
    trusted = Trust(ssl.PROTOCOL_TLS_CLIENT)
    trusted.called = cluster.get("tls-server-name", "")
    if authority := _held(cluster, "certificate-authority", folder):
        trusted.load_verify_locations(None, None, authority)
    else:
        trusted.load_default_certs()
    if certificate := _held(user, "client-certificate", folder):
        _show(trusted, certificate, _held(user, "client-key", folder))
    token = user.get("token") or (_read(user["tokenFile"], folder).strip() if user.get("tokenFile") else "")
    return Login(
        server=cluster["server"].rstrip("/"),
        context=trusted,
        headers={"Authorization": f"Bearer {token}"} if token else {},
        proxy=cluster.get("proxy-url", ""),
    )


def _text(kubeconfig: str) -> tuple[str, Path]:
    if kubeconfig.lstrip().startswith("{") or "\n" in kubeconfig:
        return kubeconfig, Path()
    try:
        return Path(kubeconfig).read_text(), Path(kubeconfig).parent
    except OSError as error:
        raise ClusterError(f"{kubeconfig} cannot be read: {error.strerror}") from None


def _named(held: Any, many: str, name: str, one: str) -> Mapping[str, Any]:
    for each in (held.get(many) if isinstance(held, dict) else None) or ():
        if each.get("name") == name:
            return each.get(one) or {}
    raise ClusterError(f"the kubeconfig has no {name} among its {many}")


def _held(entry: Mapping[str, Any], key: str, folder: Path) -> str:
    """What stands there in base64 or is in the file that it names; empty where it is neither."""
    if data := entry.get(f"{key}-data"):
        return base64.b64decode(data).decode()
    return _read(entry[key], folder) if entry.get(key) else ""


def _read(name: str, folder: Path) -> str:
    try:
        return (folder / name).read_text()
    except OSError as error:
        raise ClusterError(f"{folder / name}, which the kubeconfig names: {error.strerror}") from None


def _show(context: ssl.SSLContext, certificate: str, key: str) -> None:
    with tempfile.TemporaryDirectory(prefix="slipway-") as scratch:  # for its owner alone
        both = Path(scratch) / "both.pem"
        both.write_text(f"{certificate}\n{key}")
        context.load_cert_chain(both)


def _told(asked: Mapping[str, Any], folder: Path) -> Mapping[str, str]:
    """Token or certificate, in a kubeconfig's own words (client.authentication.k8s.io)."""
    command = str(asked["command"])
    words = [str(folder / command) if "/" in command else command, *(asked.get("args") or ())]
    about = {"apiVersion": asked["apiVersion"], "kind": "ExecCredential", "spec": {"interactive": False}}
    environment = {each["name"]: each["value"] for each in asked.get("env") or ()}
    try:
        done = subprocess.run(
            words,
            env={**os.environ, **environment, "KUBERNETES_EXEC_INFO": json.dumps(about)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )
        status = json.loads(done.stdout)["status"]
    except subprocess.CalledProcessError as error:
        raise ClusterError(f"{command} gave no token: {error.stderr.strip()[-300:]}") from None
    except (OSError, ValueError, LookupError, subprocess.TimeoutExpired) as error:
        raise ClusterError(f"{command} gave no token: {error}") from None
    encoded = {
        f"{key}-data": base64.b64encode(status[name].encode()).decode()
        for key, name in (
            ("client-certificate", "clientCertificateData"),
            ("client-key", "clientKeyData"),
        )
        if status.get(name)
    }
    return {**encoded, **({"token": status["token"]} if status.get("token") else {})}
