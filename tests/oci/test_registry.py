"""Whose credentials a push shows to a registry. Neither a registry nor AWS is asked; tests/lab pushes to a real one."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest

from gobuild.refusal import Refused
from oci import crane, registry

ECR = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
FRESH = {ECR: {"auth": base64.b64encode(b"AWS:fresh").decode()}}
OLD = {ECR: {"auth": base64.b64encode(b"AWS:old").decode()}}


@pytest.fixture
def pushed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Pushes with Docker's configuration `held` and an AWS CLI that `says` something; gives what crane finds configured."""
    shown = list[dict[str, Any]]()

    def run(*words: str, environment: dict[str, str]) -> str:
        shown.append(json.loads((Path(environment["DOCKER_CONFIG"]) / "config.json").read_text()))
        return "sha256:0"

    def push(held: dict[str, Any], says: str, to: str = ECR) -> dict[str, Any]:
        (tmp_path / "config.json").write_text(json.dumps(held))
        if says:
            (tmp_path / "aws").write_text(f"#!/bin/sh\n{says}\n")
            (tmp_path / "aws").chmod(0o755)
        registry.push(tmp_path, f"{to}/shop", "v1")
        return shown[-1]

    monkeypatch.setattr(crane, "run", run)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")
    return push


@pytest.mark.parametrize("held", [{}, {"auths": OLD}, {"credsStore": "desktop"}, {"auths": {"other": {}}}])
def test_for_ecr_the_aws_cli_is_asked_whatever_else_docker_has(pushed: Any, held: dict[str, Any]) -> None:
    asks = '[ "$*" = "ecr get-login-password --region eu-central-1" ] && echo fresh'
    assert pushed(held, asks)["auths"] == FRESH


@pytest.mark.parametrize("held", [{"credHelpers": {ECR: "ecr-login"}}, {"credsStore": "ecr-login"}])
def test_a_helper_for_ecr_has_the_word(pushed: Any, held: dict[str, Any]) -> None:
    assert pushed(held, "exit 1") == held


def test_other_registries_are_dockers_business(pushed: Any) -> None:
    assert pushed({"auths": OLD}, "exit 1", "registry.example.com") == {"auths": OLD}


@pytest.mark.parametrize(
    ("says", "words"), [("echo expired >&2; exit 1", "expired"), ("", "install the AWS CLI")]
)
def test_what_docker_has_for_ecr_is_shown_where_the_aws_cli_has_no_answer(
    pushed: Any, says: str, words: str
) -> None:
    assert pushed({"auths": OLD}, says) == {"auths": OLD}
    with pytest.raises(Refused, match=words):
        pushed({}, says)
