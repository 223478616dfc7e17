"""What a new machine is told. That cloud-init obeys is tested on real hosts."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from model.user_data import cloud_config

PRIVATE = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"
PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID2HRIAnDujLGCzBwPxHeFMeKfHW5O5Ydl7zGygH3JGM"


def written(**changes: Any) -> str:
    told = {
        "user": "deploy", "public_key": f"{PUBLIC} me@here\n", "host_key_private": PRIVATE,
        "host_key_public": f"{PUBLIC}\n", "packages": ("haproxy", "python3"),
    }  # fmt: skip
    return cloud_config(**(told | changes))


def test_a_machine_gets_one_user_one_host_key_the_packages_and_nothing_else() -> None:
    assert yaml.safe_load(written()) == {
        "users": [
            {
                "name": "deploy",
                "shell": "/bin/bash",
                "lock_passwd": True,
                "ssh_authorized_keys": [f"{PUBLIC} me@here"],
                "sudo": "ALL=(ALL) NOPASSWD:ALL",
            }
        ],
        "disable_root": True,
        "ssh_pwauth": False,
        "ssh_keys": {"ed25519_private": PRIVATE, "ed25519_public": PUBLIC},
        "packages": ["haproxy", "python3"],
    }


def test_cloud_init_recognises_it_by_its_first_line() -> None:
    assert written().splitlines()[0] == "#cloud-config"


def test_who_only_passes_through_may_not_become_root() -> None:
    told = yaml.safe_load(written(administrator=False, packages=()))
    assert "sudo" not in told["users"][0] and "packages" not in told


@given(st.text(min_size=1))
def test_no_text_can_break_out_of_its_place(text: str) -> None:
    body = written(host_key_private=text).removeprefix("#cloud-config\n")
    assert json.loads(body)["ssh_keys"]["ed25519_private"] == text


def test_the_same_machine_is_told_the_same() -> None:
    assert written() == written()


def test_it_is_far_below_what_ec2_takes() -> None:
    assert len(written().encode()) < 16 * 1024 / 4


@pytest.mark.parametrize("change", [{"user": "ops"}, {"packages": ("haproxy",)}, {"public_key": PUBLIC}])
def test_every_change_shows_in_the_text(change: dict[str, Any]) -> None:
    assert written(**change) != written()
