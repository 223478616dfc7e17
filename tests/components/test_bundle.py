"""The archive that a host gets: the same bytes for the same release, and an activator in it that runs by itself."""

from __future__ import annotations

import dataclasses
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from components import bundle
from model.release import Binary, Release, edge_release
from model.release_policy import ReleasePolicy
from model.service import Health, Service


@pytest.fixture
def release() -> Release:
    service = Service(
        name="greeter", source="examples/greeter", health=Health(), environment={"PORT": "{port}"}
    )
    return edge_release(service, ReleasePolicy(), 80, ("10.0.0.1:8080",))


def test_the_same_release_gives_the_same_bytes_at_any_time_and_place(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    one = bundle.write(release, tmp_path / "one")
    copied = tmp_path / "activator"
    copied.mkdir()
    for source in bundle.ACTIVATOR.glob("*.py"):
        (copied / source.name).write_bytes(source.read_bytes())
        os.utime(copied / source.name, (1e9, 1e9))
    monkeypatch.setattr(bundle, "ACTIVATOR", copied)
    two = bundle.write(release, tmp_path / "two")
    assert one.path.read_bytes() == two.path.read_bytes()
    assert (one.sha256, one.file_name) == (two.sha256, two.file_name)


def test_a_changed_activator_makes_another_bundle_of_the_same_release(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    one = bundle.write(release, tmp_path)
    monkeypatch.setattr(bundle, "zipapp", lambda: b"another")
    two = bundle.write(release, tmp_path)
    assert one.file_name != two.file_name
    assert one.release.id == two.release.id


def test_the_activator_comes_first_so_that_a_host_need_not_read_on(release: Release, tmp_path: Path):
    with tarfile.open(bundle.write(release, tmp_path).path) as archive:
        assert archive.getnames()[:2] == ["activator.pyz", "manifest.json"]


def test_the_zipapp_runs_outside_of_this_project(tmp_path: Path):
    program = tmp_path / "activator.pyz"
    program.write_bytes(bundle.zipapp())
    done = subprocess.run(
        [sys.executable, "-I", program, "--help"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "turns a release on" in done.stdout.lower()


def test_every_module_of_the_activator_is_in_the_zipapp_and_needs_the_standard_library_alone():
    with zipfile.ZipFile(io.BytesIO(bundle.zipapp())) as archive:
        names = set(archive.namelist())
        assert names == {"__main__.py"} | {f"activator/{path.name}" for path in bundle.ACTIVATOR.glob("*.py")}
        text = "\n".join(archive.read(name).decode() for name in names)
    roots = {
        line.split()[1].split(".")[0]
        for line in text.splitlines()
        if line.startswith(("import ", "from ")) and len(line.split()) > 1
    }
    assert roots - set(sys.stdlib_module_names) == {"activator"}


def test_old_bundles_of_one_service_go_and_anothers_stay(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bundle, "KEPT", 2)
    other = tmp_path / "greeter-0123456789ab-0123456789ab.tar.gz"
    other.touch()
    made = []
    for number in range(3):
        monkeypatch.setattr(bundle, "zipapp", lambda number=number: b"%d" % number)
        made.append(bundle.write(release, tmp_path).path)
        os.utime(made[-1], (number, number))
    assert [path.exists() for path in made] == [False, True, True]
    assert other.exists()


def test_what_was_signed_comes_before_the_binary_and_another_signature_is_another_bundle(
    release: Release, tmp_path: Path
) -> None:
    for name in ("program", "sbom", "statement", "signature"):
        (tmp_path / name).write_text(name)
    paths = {"path": str(tmp_path / "program"), "sbom": str(tmp_path / "sbom")}
    plain = dataclasses.replace(release, binary=Binary(sha256="0" * 64, size=7, **paths))
    paths |= {"provenance": str(tmp_path / "statement"), "signature": str(tmp_path / "signature")}
    signed = dataclasses.replace(release, binary=Binary(sha256="0" * 64, size=7, **paths))
    one, two = bundle.write(plain, tmp_path / "out"), bundle.write(signed, tmp_path / "out")
    assert one.release.id == two.release.id and one.path != two.path
    with tarfile.open(two.path) as archive:
        names = archive.getnames()
    assert names[2:5] == ["provenance.json", "provenance.json.sig", f"bin/{release.name}"]
    (tmp_path / "signature").write_text("another")
    assert bundle.write(signed, tmp_path / "out").sha256 != two.sha256
