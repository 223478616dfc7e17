"""A host that wants a signature takes no bundle without one, and unpacks nothing of it. ssh-keygen is the real one."""

from __future__ import annotations

import dataclasses
import gzip
import io
import json
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.activator import bundles
from tests.activator.bundles import Made
from tests.activator.machine import Machine
from tests.activator.test_refusals import refused
from tests.artifacts import keys

ONE, TWO = (bundles.service(f"healthy {number}") for number in (1, 2))


@pytest.fixture
def key(tmp_path: Path) -> tuple[Path, str]:
    return keys.new(tmp_path / "release")


def signed(made: Made, key: Path, *, of: Made | None = None, namespace: str = "slipway") -> Made:
    """The bundle with a statement about the binary in it, or about that of another one, signed."""
    digest = (of or made).manifest["binary"]["sha256"]
    statement = json.dumps({"subject": [{"name": "x", "digest": {"sha256": digest}}]}).encode()
    words = ["ssh-keygen", "-Y", "sign", "-n", namespace, "-f", str(key)]
    sig = subprocess.run(words, input=statement, capture_output=True, check=True).stdout
    return _with(made, {"provenance.json": statement, "provenance.json.sig": sig})


def _with(made: Made, more: dict[str, bytes]) -> Made:
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(made.data))) as archive:
        members = {each.name: archive.extractfile(each).read() for each in archive}  # type: ignore[union-attr]
    return dataclasses.replace(
        made, data=bundles.pack({"manifest.json": members["manifest.json"], **more, **members})
    )


def wanted(key: tuple[Path, str]) -> tuple[str, str]:
    return "--signed-by", key[1].replace(" ", ":")


def test_what_the_key_signed_is_turned_on_and_leaves_nothing_beside_it(
    machine: Machine, key: tuple[Path, str]
) -> None:
    assert machine.apply(signed(ONE, key[0]), *wanted(key)) == 0
    assert not [*(machine.root / "var/lib/slipway/greeter").glob(".signed-*")]
    assert machine.apply(signed(ONE, key[0]), *wanted(key)) == 0


@pytest.mark.parametrize("live", [False, True], ids=["first release", "a release is live"])
def test_what_it_did_not_sign_is_refused_and_changes_nothing(
    machine: Machine, key: tuple[Path, str], tmp_path: Path, live: bool
) -> None:
    if live:
        assert machine.apply(signed(TWO, key[0]), *wanted(key)) == 0
    other = keys.new(tmp_path / "other")[0]
    for made, words in (
        (ONE, "is not signed"),
        (signed(ONE, other), "is not one of release.signedBy"),
        (signed(ONE, key[0], namespace="file"), "is not one of release.signedBy"),
        (signed(ONE, key[0], of=TWO), "is none that was signed for"),
    ):
        said = refused(machine, lambda made=made: machine.apply(made, *wanted(key)))
        assert words in said


def test_a_check_asks_for_it_too(machine: Machine, key: tuple[Path, str]) -> None:
    path = machine.upload(ONE)
    words = ("check", "--bundle", path, "--sha256", ONE.sha256, "--owner", "me", *wanted(key))
    assert "is not signed" in refused(machine, lambda: machine.main(*words))


def test_a_release_on_the_disk_is_asked_for_its_signature_when_the_upload_is_gone(
    machine: Machine, key: tuple[Path, str]
) -> None:
    made = signed(ONE, key[0])
    assert machine.apply(made, *wanted(key)) == 0
    (machine.root / f"home/deploy/.slipway/{made.name}").unlink()
    assert machine.apply_at(f"/home/deploy/.slipway/{made.name}", made.sha256, *wanted(key)) == 0
    (machine.root / f"opt/greeter/app/releases/{made.release}/provenance.json.sig").unlink()
    gone = lambda: machine.apply_at(f"/home/deploy/.slipway/{made.name}", made.sha256, *wanted(key))  # noqa: E731
    assert "is not signed" in refused(machine, gone)


def test_an_edge_has_no_binary_to_sign(machine: Machine, key: tuple[Path, str]) -> None:
    assert machine.apply(bundles.edge(), *wanted(key)) == 0
