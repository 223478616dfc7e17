"""A cluster that is asked nothing: what hooks ask it is answered by what a test puts in its place."""

import pytest

from components.kubernetes import asked
from components.kubernetes.asked import Asked


def nobody(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Makes every `Asked` reach one; gives the kubeconfigs and contexts that were logged in with."""
    logins = list[tuple[str, str]]()

    def login(kubeconfig: str, context: str) -> object:
        logins.append((kubeconfig, context))
        return object()

    monkeypatch.setattr(asked, "login", login)
    monkeypatch.setattr(asked, "Namespace", lambda *told: told)
    return logins


def team() -> Asked:
    return Asked(kubeconfig="config", context="edge", namespace="team")
