"""How a kubeconfig's context is logged in with, against a server on this machine that asks for what it says."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from clusters.errors import ClusterError
from clusters.login import login


def held(user: dict[str, Any]) -> dict[str, Any]:
    return {
        "current-context": "other",
        "clusters": [{"name": "k", "cluster": {"server": "https://192.0.2.7:6443/"}}],
        "users": [{"name": "u", "user": user}, {"name": "x", "user": {"token": "wrong"}}],
        "contexts": [
            {"name": "edge", "context": {"cluster": "k", "user": "u"}},
            {"name": "other", "context": {"cluster": "k", "user": "x"}},
        ],
    }


def test_a_token_is_taken_from_the_text_a_file_or_a_program(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("guarded\n")
    program = tmp_path / "gets"
    told = {"status": {"token": "guarded"}}
    program.write_text(f"#!/bin/sh\n[ \"$STAGE\" = prod ] && echo '{json.dumps(told)}'\n")
    program.chmod(0o755)
    asked = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "./gets",
        "env": [{"name": "STAGE", "value": "prod"}],
    }
    for user in ({"token": "guarded"}, {"tokenFile": "token"}, {"exec": asked}):
        (tmp_path / "config").write_text(json.dumps(held(user)))
        found = login(str(tmp_path / "config"), "edge")
        assert found.headers == {"Authorization": "Bearer guarded"}, user
        assert found.server == "https://192.0.2.7:6443"
    assert login(json.dumps(held({"token": "t"})), "edge").headers == {"Authorization": "Bearer t"}


@pytest.mark.parametrize(
    ("kubeconfig", "context", "word"),
    [
        ("/no/file", "edge", "/no/file cannot be read"),
        (json.dumps(held({})), "edgy", "no edgy among its contexts"),
        (json.dumps(held({"tokenFile": "/no/token"})), "edge", "/no/token"),
        (
            json.dumps(held({"exec": {"apiVersion": "v1", "command": "false"}})),
            "edge",
            "false gave no token",
        ),
    ],
)
def test_what_cannot_be_used_is_named(kubeconfig: str, context: str, word: str) -> None:
    with pytest.raises(ClusterError, match=word):
        login(kubeconfig, context)


def test_an_authority_that_is_none_is_refused() -> None:
    wrong = held({"token": "t"})
    wrong["clusters"][0]["cluster"]["certificate-authority-data"] = base64.b64encode(b"no").decode()
    with pytest.raises(ClusterError, match="edge"):
        login(json.dumps(wrong), "edge")
