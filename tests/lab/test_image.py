"""The image in a real registry, Debian's, and its process on real hosts: the same bytes that hosts run."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from components.kubernetes.image import tag
from lab.lab import Lab
from lab.machine import Machine
from model.architecture import Architecture
from oci import crane, layout, registry
from oci.layout import Program
from tests.lab.binaries import built

pytestmark = pytest.mark.lab
SERVES = """\
version: 0.1
storage: {filesystem: {rootdirectory: /srv/registry}}
http: {addr: ":5000"}
"""


def served(machine: Machine, folder: Path) -> str:
    """Debian's registry on the machine; gives its address."""
    get = ["apt-get", "download", "-q", "docker-registry"]
    if subprocess.run(get, cwd=folder, capture_output=True).returncode:
        subprocess.run(["apt-get", "update", "-q"], check=True, capture_output=True)
        subprocess.run(get, cwd=folder, check=True, capture_output=True)
    (package,) = folder.glob("docker-registry_*.deb")
    subprocess.run(["dpkg-deb", "-x", package, folder / "tree"], check=True)
    put(
        machine, (folder / "tree" / "usr" / "bin" / "docker-registry").read_bytes(), "/usr/local/bin/registry"
    )
    put(machine, SERVES.encode(), "/srv/registry.yml")
    machine.run("sudo systemd-run --quiet --unit=registry /usr/local/bin/registry serve /srv/registry.yml")
    machine.run("timeout 20 sh -c 'until curl -fsS http://127.0.0.1:5000/v2/ >/dev/null; do sleep 0.2; done'")
    return f"{machine.address}:5000"


def put(machine: Machine, content: bytes, path: str) -> None:
    text = base64.b64encode(content).decode()
    machine.run(f"base64 -d | sudo install -D /dev/stdin {path}", stdin=text)


def runs(machine: Machine, archive: bytes, sha256: str) -> None:
    """Unpacks an image there and starts its process on nothing but the image's files, as its user."""
    put(machine, archive, "/srv/image.tar")
    machine.run("sudo mkdir -p /srv/image && sudo tar -xf /srv/image.tar -C /srv/image")
    assert machine.run("sha256sum /srv/image/opt/greeter/app/greeter").stdout.split()[0] == sha256
    machine.run(
        "sudo systemd-run --quiet --unit=image chroot --userspec=65532:65532 /srv/image "
        "/opt/greeter/app/greeter -addr 127.0.0.1:18099"
    )
    wait = "timeout 30 sh -c 'until curl -fs http://127.0.0.1:18099/healthz; do sleep 0.5; done'"
    assert machine.run(wait).stdout
    process = machine.run("systemctl show -P MainPID image").stdout.strip()
    assert machine.run(f"sudo sha256sum /proc/{process}/exe").stdout.split()[0] == sha256
    assert machine.run(f"ps -o uid= -p {process}").stdout.strip() == "65532"
    machine.run("sudo systemctl stop image")


def test_what_is_pulled_from_a_registry_is_what_hosts_run(
    lab: Lab, fresh_host: Callable[[str], Machine], tmp_path: Path
) -> None:
    host = fresh_host("registry")
    repository = f"{served(host, tmp_path)}/team/greeter"
    binaries = built(*Architecture)
    made = layout.write(
        {
            each.value: Program(path=Path(one.path), sha256=one.sha256, sbom=Path(one.sbom))
            for each, one in binaries.items()
        },
        "greeter",
        "v1.0.0",
        tmp_path / "images",
    )
    name = tag("v1.0.0", made.digest)
    assert registry.push(made.folder, repository, name) == made.digest

    def asked(*words: str) -> str:
        return crane.run(*words, environment=dict(os.environ))

    # Again: nothing is sent, and the tag stays where it is.
    before = host.run("sudo journalctl -u registry -o cat | grep -c 'method=P'").stdout
    assert registry.push(made.folder, repository, name) == made.digest
    assert host.run("sudo journalctl -u registry -o cat | grep -c 'method=P'").stdout == before

    index = json.loads(asked("manifest", f"{repository}@{made.digest}"))
    for each in index["manifests"]:
        architecture = Architecture(each["platform"]["architecture"])
        # This registry knows no referrers, so that they are listed under a tag (distribution specification, "referrers tag").
        listed = json.loads(asked("manifest", f"{repository}:{each['digest'].replace(':', '-')}"))
        (about,) = listed["manifests"]
        assert about["artifactType"] == "application/spdx+json"
        held = json.loads(asked("manifest", f"{repository}@{about['digest']}"))["layers"][0]["digest"]
        assert held == f"sha256:{hashlib.sha256(Path(binaries[architecture].sbom).read_bytes()).hexdigest()}"

    machines = {Architecture(one.architecture.value): one for one in [*lab.machines.values(), host]}
    assert machines
    for architecture, machine in machines.items():
        archive = tmp_path / f"{architecture.value}.tar"
        platform = f"linux/{architecture.value}"
        asked("export", "--platform", platform, f"{repository}@{made.digest}", str(archive))
        runs(machine, archive.read_bytes(), binaries[architecture].sha256)
