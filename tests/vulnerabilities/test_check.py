"""Known vulnerabilities, from a database of the same form as Go's own, on this machine."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from gobuild import store, toolchain
from vulnerabilities import check
from vulnerabilities.__main__ import main

ID = "GO-2099-0001"


@pytest.fixture(scope="module")
def binary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program that needs nothing but Go's own library."""
    directory = tmp_path_factory.mktemp("program")
    (directory / "go.mod").write_text("module trial\n\ngo 1.25\n")
    (directory / "main.go").write_text(
        'package main\n\nimport "net/http"\n\nfunc main() { _ = http.ListenAndServe("", nil) }\n'
    )
    built = toolchain.find().run(["build", "-o", "trial", "."], directory=directory)
    assert built.returncode == 0, built.stderr
    return directory / "trial"


def database(directory: Path, *, fixed: str) -> str:
    """One entry against net/http in all versions before `fixed`, in the form of https://go.dev/doc/security/vuln/database."""
    modified = "2099-01-01T00:00:00Z"
    (directory / "index").mkdir(parents=True)
    (directory / "ID").mkdir()
    entry = {
        "schema_version": "1.3.1", "id": ID, "modified": modified, "published": modified, "summary": "a trial",
        "affected": [{
            "package": {"name": "stdlib", "ecosystem": "Go"},
            "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": fixed}]}],
            "ecosystem_specific": {"imports": [{"path": "net/http", "symbols": ["ListenAndServe"]}]},
        }],
    }  # fmt: skip
    (directory / "index" / "db.json").write_text(json.dumps({"modified": modified}))
    vulns = [{"id": ID, "modified": modified, "fixed": fixed}]
    (directory / "index" / "modules.json").write_text(json.dumps([{"path": "stdlib", "vulns": vulns}]))
    (directory / "index" / "vulns.json").write_text(json.dumps([{"id": ID, "modified": modified}]))
    (directory / "ID" / f"{ID}.json").write_text(json.dumps(entry))
    subprocess.run(["gzip", "-k", *directory.rglob("*.json")], check=True)
    return directory.as_uri()


def test_what_is_known_is_told_with_its_remedy(
    binary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(check.VARIABLE, database(tmp_path / "db", fixed="99.0.0"))
    (found,) = check.known(binary)
    assert (found.id, found.module, found.summary) == (ID, "stdlib", "a trial")
    assert found.fixed.endswith("99.0.0")
    assert main([str(binary)]) == 1
    assert f"{ID}: a trial" in capsys.readouterr().out


def test_what_is_fixed_already_is_not_told(
    binary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(check.VARIABLE, database(tmp_path / "db", fixed="1.2.0"))
    assert check.known(binary) == []
    assert main([str(binary)]) == 0
    assert "nothing known" in capsys.readouterr().out


def test_a_database_that_cannot_be_reached_is_no_clean_bill(
    binary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(check.VARIABLE, (tmp_path / "none").as_uri())
    with pytest.raises(check.Unknown, match=f"cannot be asked .*{check.VARIABLE} names another"):
        check.known(binary)
    assert main([str(binary)]) == 1
    assert "cannot be asked" in capsys.readouterr().err


def test_who_was_asked_for_a_name_is_nobodys_business() -> None:
    said = "dial tcp: lookup vuln.go.dev on 192.0.2.53:53: no such host"
    assert check.RESOLVER.sub("", said) == "dial tcp: lookup vuln.go.dev: no such host"


def test_what_was_built_again_from_older_source_is_asked_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shelf = tmp_path / ".slipway/build/shop/amd64-v1"
    for number, source in enumerate(("old", "new"), start=1):
        digest = hashlib.sha256(source.encode()).hexdigest()
        kept = shelf / digest[:16]
        kept.mkdir(parents=True)
        (kept / "shop").write_text(source)
        (kept / store.SBOM).touch()
        record = {"sha256": digest, "inputs": {"source": source}, "warnings": []}
        (kept / "artifact.json").write_text(json.dumps(record))
        os.utime(kept, (number, number))
    (shelf / ".unfinished-x").mkdir()
    monkeypatch.setattr("vulnerabilities.__main__.PROJECT", tmp_path)
    asked = list[str]()
    monkeypatch.setattr("vulnerabilities.__main__.known", lambda path: asked.append(path.read_text()) or [])
    assert main([]) == 0
    assert store.find(shelf, "shop", {"source": "old"})
    assert main([]) == 0
    assert asked == ["new", "old"]
