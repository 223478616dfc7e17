"""What a build has to say reaches whoever runs preview or up."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pulumi
import pulumi_command as command
import pytest

from components import artifact
from model.architecture import Architecture
from model.release_policy import ReleasePolicy
from model.service import Service
from model.stored_artifact import StoredArtifact

SERVICE = Service(name="shop", source="shop", arguments=("{port}",))
BUILT = {"path": "p", "sha256": "ab", "size": 1, "level": "v3", "sbom": "s"}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What the log was told, with its severity."""
    lines: list[tuple[str, str]] = []
    for severity in ("warn", "info"):
        monkeypatch.setattr(pulumi.log, severity, lambda text, kind=severity: lines.append((kind, text)))
    return lines


def build(monkeypatch: pytest.MonkeyPatch, **report: Any) -> artifact.Artifact:
    line = {
        "version": "v1",
        "goVersion": "go1",
        "artifacts": {"amd64": BUILT},
        "warnings": [],
        "tested": None,
    }
    done = SimpleNamespace(stdout=json.dumps(line | report))
    monkeypatch.setattr(command.local, "run", lambda **_: done)
    return artifact.build(SERVICE, ReleasePolicy(), [Architecture.AMD64], Path())


def test_warnings_are_shown_and_stop_nothing(monkeypatch, told) -> None:
    built = build(monkeypatch, warnings=["package x needs cgo"], tested=3)
    assert built.binaries[Architecture.AMD64].level == "v3"
    assert told == [
        ("warn", "package x needs cgo"),
        ("info", "go vet and go test pass for 3 packages of shop"),
    ]


def test_without_anything_to_say_nothing_is_said(monkeypatch, told) -> None:
    build(monkeypatch)
    assert told == []


def test_a_refusal_ends_the_run_with_its_own_words(monkeypatch) -> None:
    with pytest.raises(pulumi.RunError, match="not as committed"):
        build(monkeypatch, refusal="gobuild: the source is not as committed")


def test_a_stored_artifact_is_taken_and_nothing_is_built(monkeypatch) -> None:
    asked: list[dict[str, Any]] = []
    line = {"version": "v1", "goVersion": "go1", "artifacts": {"amd64": BUILT | {"provenance": "s.json"}}}
    done = SimpleNamespace(stdout=json.dumps(line | {"warnings": [], "tested": None}))
    monkeypatch.setattr(command.local, "run", lambda **words: asked.append(words) or done)
    digest = "sha256:" + "0" * 64
    service = SERVICE.model_copy(update={"artifact": StoredArtifact(store="/srv", digest=digest)})
    built = artifact.build(service, ReleasePolicy(), [Architecture.AMD64], Path())
    assert built.binaries[Architecture.AMD64].provenance == "s.json"
    (words,) = asked
    assert words["command"].endswith(" -m artifacts")
    assert json.loads(words["stdin"]) == {
        "store": "/srv",
        "digest": digest,
        "name": "shop",
        "architectures": ["amd64"],
        "signedBy": None,
        "uncommitted": "refuse",
    }
