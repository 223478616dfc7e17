"""Questions to a control plane's API, as its administrator."""

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubelab import keys
from kubelab.place import Place
from lab.errors import LabError

SECONDS = 30


@dataclass(frozen=True)
class Answer:
    """An HTTP status, and the object that came with it."""

    status: int
    body: Any


class Api:
    """The API that a place's kubeconfig leads to."""

    def __init__(self, place: Place) -> None:
        held = json.loads(place.kubeconfig.read_text())
        self.url: str = held["clusters"][0]["cluster"]["server"]
        self.context = ssl.create_default_context(cafile=str(place.certificate(keys.AUTHORITY)))
        self.context.load_cert_chain(place.certificate(keys.ADMIN), place.key(keys.ADMIN))

    def ask(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> Answer:
        """One question, whatever the answer. Raises OSError where nobody answers."""
        content = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(
            self.url + path, content, {"Content-Type": kind, "Accept": "application/json"}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=SECONDS, context=self.context) as answered:
                return Answer(answered.status, _read(answered.read()))
        except urllib.error.HTTPError as refused:
            return Answer(refused.code, _read(refused.read()))

    def get(self, path: str) -> Any:
        """What is there. Raises LabError where the answer is no success."""
        return self._succeeded("GET", path)

    def create(self, path: str, body: Mapping[str, Any]) -> Any:
        """A new object; what is there already stays. Raises LabError."""
        answer = self.ask("POST", path, body)
        if answer.status not in (200, 201, 409):
            raise LabError(f"POST {path}: {answer.status} {answer.body}")
        return answer.body

    def patch(self, path: str, body: Any, kind: str = "application/merge-patch+json") -> Any:
        """The object as it is then. Raises LabError."""
        return self._succeeded("PATCH", path, body, kind)

    def delete(self, path: str) -> Any:
        """Raises LabError."""
        return self._succeeded("DELETE", path)

    def _succeeded(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> Any:
        answer = self.ask(method, path, body, kind)
        if answer.status >= 300:
            raise LabError(f"{method} {path}: {answer.status} {answer.body}")
        return answer.body


def _read(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content.decode(errors="replace")
