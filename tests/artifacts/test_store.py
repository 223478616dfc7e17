"""What goes into the store comes out of it, byte for byte, and nothing else does."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifacts import signature, statement, store
from artifacts.__main__ import report
from artifacts.statement import Binary, Statement
from model.refusal import Refusal
from tests.artifacts import keys

PROJECT = Path(__file__).parents[2]
WORD = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=12)
DIGEST = st.integers(0, 2**256 - 1).map(lambda number: f"{number:064x}")
BINARIES = st.dictionaries(
    st.sampled_from(["amd64", "arm64"]), st.builds(Binary, sha256=DIGEST, sbom=DIGEST, level=WORD), min_size=1
)


def stored(path: Path, signed: bytes | None = None, version: str = "v1.2.0") -> store.Stored:
    """An artifact of two architectures, in `path / "store"`."""
    files, binaries = {}, {}
    for name in ("amd64", "arm64"):
        program, sbom = path / f"{name}.program", path / f"{name}.sbom"
        program.write_text(f"program for {name}")
        sbom.write_text(f"parts of {name}")
        files[name] = (program, sbom)
        digests = [hashlib.sha256(each.read_bytes()).hexdigest() for each in (program, sbom)]
        binaries[name] = Binary(sha256=digests[0], sbom=digests[1], level="v1")
    made = Statement(
        service="shop", version=version, go_version="go1.27.3", binaries=binaries, commit="0" * 40
    )
    return store.put(path / "store", made, files, signed)


@given(st.builds(Statement, service=WORD, version=WORD, go_version=WORD, binaries=BINARIES, commit=WORD))
def test_a_statement_is_read_as_it_was_written(made: Statement) -> None:
    assert statement.parse(made.content()) == made


def test_a_statement_is_in_totos_form_with_slsa_provenance(tmp_path: Path) -> None:
    told = json.loads(stored(tmp_path).content)
    assert (told["_type"], told["predicateType"]) == (
        "https://in-toto.io/Statement/v1",
        "https://slsa.dev/provenance/v1",
    )
    assert [each["name"] for each in told["subject"]] == ["amd64/shop", "arm64/shop"]
    build, run = told["predicate"]["buildDefinition"], told["predicate"]["runDetails"]
    assert build["buildType"] and build["externalParameters"] and run["builder"]["id"]
    assert build["resolvedDependencies"] == [{"name": "source", "digest": {"gitCommit": "0" * 40}}]


def test_the_same_artifact_is_put_twice_without_another_one_coming(tmp_path: Path) -> None:
    assert stored(tmp_path).digest == stored(tmp_path).digest
    assert len([*(tmp_path / "store" / "shop").iterdir()]) == 1


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("amd64/shop", "amd64/shop is not what its digest says"),
        ("amd64/sbom.spdx.json", "sbom.spdx.json is not what its digest says"),
        ("provenance.json", "provenance.json is not what its digest says"),
    ],
)
def test_a_changed_byte_is_refused(tmp_path: Path, file: str, words: str) -> None:
    made = stored(tmp_path)
    with (made.folder / file).open("a") as stream:
        stream.write(" ")
    with pytest.raises(Refusal, match=words):
        store.take(tmp_path / "store", "shop", made.digest, ["amd64"])


def test_what_is_not_there_is_refused_with_what_there_is(tmp_path: Path) -> None:
    made = stored(tmp_path)
    with pytest.raises(Refusal, match=f"it has {made.digest[:19]}"):
        store.take(tmp_path / "store", "shop", "sha256:" + "0" * 64, ["amd64"])
    with pytest.raises(Refusal, match="no binary for riscv64, only for amd64, arm64"):
        store.take(tmp_path / "store", "shop", made.digest, ["riscv64"])
    (tmp_path / "store" / "shop").rename(tmp_path / "store" / "cart")
    with pytest.raises(Refusal, match="an artifact of shop, not of cart"):
        store.take(tmp_path / "store", "cart", made.digest, ["amd64"])


def asked(made: store.Stored, **more: Any) -> dict[str, Any]:
    place = str(made.folder.parents[1])
    return {"store": place, "digest": made.digest, "name": "shop", "architectures": ["arm64"], **more}


def test_the_report_is_one_of_a_build(tmp_path: Path) -> None:
    made = stored(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "artifacts"],
        cwd=PROJECT,
        input=json.dumps(asked(made)),
        capture_output=True,
        text=True,
    )
    told = json.loads(done.stdout)
    assert (told["version"], told["goVersion"], list(told["artifacts"])) == ("v1.2.0", "go1.27.3", ["arm64"])
    one = told["artifacts"]["arm64"]
    assert Path(one["path"]).read_text() == "program for arm64" and one["size"] == 17 and one["level"] == "v1"
    assert "signature" not in one


def test_only_what_the_key_signed_may_be_installed(tmp_path: Path) -> None:
    (own, public), (_, other) = keys.new(tmp_path / "own"), keys.new(tmp_path / "other")
    unsigned = stored(tmp_path)
    with pytest.raises(Refusal, match="may not be installed: it is not signed"):
        report(asked(unsigned, signedBy=public))
    signed = stored(tmp_path, signature.sign(unsigned.content, own))
    assert report(asked(signed, signedBy=public))["artifacts"]["arm64"]["signature"]
    with pytest.raises(Refusal, match="its signature is not one of that key"):
        report(asked(signed, signedBy=other))


def test_a_signature_for_something_else_is_none(tmp_path: Path) -> None:
    key, public = keys.new(tmp_path / "own")
    done = subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-n", "file", "-f", str(key)],
        input=b"a",
        capture_output=True,
        check=True,
    )
    assert signature.fault(b"a", done.stdout, public)
    assert not signature.fault(b"a", signature.sign(b"a", key), public)
    assert signature.fault(b"b", signature.sign(b"a", key), public)


def test_what_no_commit_holds_is_refused_as_in_a_build(tmp_path: Path) -> None:
    made = stored(tmp_path, version="v1.2.0-dirty")
    with pytest.raises(Refusal, match="-dirty, built from what no commit holds"):
        report(asked(made, uncommitted="refuse"))
    assert report(asked(made, uncommitted="allow"))["version"] == "v1.2.0-dirty"
