"""What a host that cloud-init makes begins with, without starting one."""

from pathlib import Path

import pytest

from lab import identity, kind
from lab import image as images
from lab.architecture import native
from lab.errors import LabError
from lab.instances import Instances
from lab.kind import Kind
from lab.plan import lab_plan

FILES = {
    file.path: file
    for file in identity.instance_files(
        name="i-0123",
        cidr="10.1.0.100/24",
        mac="52:54:00:00:00:64",
        instance="i-0123456789abcdef0",
        user_data="#cloud-config\n{}\n",
    )
}
SEED = "/var/lib/cloud/seed/nocloud"


def test_its_seed_has_the_user_data_as_given_and_the_clouds_id() -> None:
    assert FILES[f"{SEED}/user-data"].content == "#cloud-config\n{}\n"
    assert "instance-id: i-0123456789abcdef0\n" in FILES[f"{SEED}/meta-data"].content


def test_its_seed_is_for_root_alone_since_user_data_has_a_private_key() -> None:
    assert {FILES[f"{SEED}/{name}"].mode for name in ("user-data", "meta-data")} == {0o600}


def test_it_can_resolve_the_name_that_it_gets() -> None:
    assert "local-hostname: ip-10-1-0-100\n" in FILES[f"{SEED}/meta-data"].content
    assert "10.1.0.100 ip-10-1-0-100\n" in FILES["/etc/hosts"].content


def test_nobody_has_a_key_to_it_but_by_its_user_data() -> None:
    assert not [path for path in FILES if "ssh" in path]


def test_its_image_is_another_one_and_the_plain_one_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def digests(wanted: Kind) -> list[str]:
        return [images.image(each, wanted).digest for each in (native(), native().foreign)]

    plain, cloud = digests(Kind.PLAIN), digests(Kind.CLOUD)
    assert not set(plain) & set(cloud)
    script = tmp_path / "cloud.sh"
    script.write_text(kind._CLOUD.read_text() + "\n")
    monkeypatch.setattr(kind, "_CLOUD", script)
    assert digests(Kind.PLAIN) == plain
    assert not set(digests(Kind.CLOUD)) & set(cloud)


def test_a_name_that_no_host_can_have_is_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab.place.PROJECT", tmp_path)
    lab = Instances("unit", "10.1.0.0/24")
    with pytest.raises(LabError, match="at most 15 lower-case letters"):
        lab.launch("i-0123456789abcdef0", native(), "", "i-0123456789abcdef0")
    assert not list(tmp_path.iterdir())


def test_a_lab_may_be_planned_without_hosts() -> None:
    assert lab_plan(hosts=[]).hosts == ()
    assert lab_plan().hosts
