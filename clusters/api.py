"""Questions to a cluster's API about one namespace. Not for making objects: that is Pulumi's."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from clusters.errors import ClusterError
from clusters.login import Login

SECONDS = 30
APPLY, MERGE = "application/apply-patch+yaml", "application/merge-patch+json"
JSON = "application/json"
ABOUT = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
"""An object without what it holds, so that no secret leaves the cluster."""
GROUPS = {
    "deployments": "/apis/apps/v1",
    "replicasets": "/apis/apps/v1",
    "pods": "/api/v1",
    "events": "/api/v1",
    "configmaps": "/api/v1",
    "secrets": "/api/v1",
}


class Namespace:
    """Each question is waited for `seconds`. All methods raise ClusterError where the answer is no success."""

    def __init__(self, login: Login, name: str, seconds: float = SECONDS) -> None:
        self.name, self._seconds = name, seconds
        self._enter(login)

    def _enter(self, login: Login) -> None:
        self._login = login
        proxies = [urllib.request.ProxyHandler({"https": login.proxy})] if login.proxy else []
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=login.context), *proxies
        )

    def get(self, kind: str, name: str) -> dict[str, Any]:
        """The object. `kind` is a plural of GROUPS."""
        return json.loads(self._ask("GET", self._path(kind, name)))

    def itself(self) -> dict[str, Any] | None:
        """The namespace as an object, without what it holds; None where there is none."""
        return self._about(f"/api/v1/namespaces/{quote(self.name)}")

    def about(self, kind: str, name: str) -> dict[str, Any] | None:
        """The object without what it holds; None where there is none."""
        return self._about(self._path(kind, name))

    def list(self, kind: str, **query: str) -> list[dict[str, Any]]:
        """Those that `labelSelector` or `fieldSelector` let through."""
        return json.loads(self._ask("GET", self._path(kind), query))["items"]

    def there(self, kind: str, name: str) -> bool:
        """Whether there is such an object."""
        return self.about(kind, name) is not None

    def log(self, pod: str, container: str, lines: int, *, previous: bool) -> str:
        """The last lines of what a container printed, or the one before it."""
        query = {"container": container, "tailLines": str(lines), "previous": str(previous).lower()}
        return self._ask("GET", self._path("pods", pod) + "/log", query).decode(errors="replace")

    def apply(self, kind: str, wanted: Mapping[str, Any], manager: str) -> dict[str, Any]:
        """As `kubectl apply --server-side --force-conflicts` does."""
        path = self._path(kind, wanted["metadata"]["name"])
        query = {"fieldManager": manager, "force": "true"}
        return json.loads(self._ask("PATCH", path, query, wanted, APPLY))

    def annotate(self, kind: str, name: str, annotations: Mapping[str, str | None]) -> None:
        """Adds them to the object's own; one that is None goes."""
        self._ask("PATCH", self._path(kind, name), {}, {"metadata": {"annotations": annotations}}, MERGE)

    def _about(self, path: str) -> dict[str, Any] | None:
        try:
            return json.loads(self._ask("GET", path, accept=ABOUT))
        except ClusterError as error:
            if error.status == 404:
                return None
            raise

    def _path(self, kind: str, name: str = "") -> str:
        path = f"{GROUPS[kind]}/namespaces/{quote(self.name)}/{kind}"
        return f"{path}/{quote(name)}" if name else path

    def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        kind: str = JSON,
        accept: str = JSON,
    ) -> bytes:
        url = f"{self._login.server}{path}" + (f"?{urlencode(query)}" if query else "")
        content = json.dumps(body).encode() if body is not None else None
        # A log is text, which the API gives whatever is asked for.
        headers = {"Accept": f"{accept}, */*", "Content-Type": kind}
        try:
            return self._answer(method, url, content, headers)
        except ClusterError as error:
            if error.status != 401 or not self._login.again:
                raise
            refused = error
        try:
            again = self._login.again()
        except ClusterError as error:  # no passing one: the program that logs in is not started each second
            raise ClusterError(f"{refused}, and {error}", refused.status) from None
        self._enter(again)
        return self._answer(method, url, content, headers)

    def _answer(self, method: str, url: str, content: bytes | None, headers: Mapping[str, str]) -> bytes:
        request = urllib.request.Request(url, content, {**self._login.headers, **headers}, method=method)
        path = request.selector.partition("?")[0]
        try:
            with self._opener.open(request, timeout=self._seconds) as answered:
                return answered.read()
        except urllib.error.HTTPError as refused:
            raise ClusterError(f"{method} {path}: {refused.code} {_message(refused)}", refused.code) from None
        except (OSError, http.client.HTTPException) as error:
            raise ClusterError(
                f"{self._login.server} does not answer: {getattr(error, 'reason', error)}"
            ) from None


def _message(refused: urllib.error.HTTPError) -> str:
    try:
        content = refused.read()
    except (OSError, http.client.HTTPException):
        return refused.reason
    try:
        return json.loads(content)["message"]
    except (ValueError, LookupError, TypeError):
        return content.decode(errors="replace")[:300]
