"""The tutorial of one's own service, on real hosts in place of the addresses that it names."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.machine import Machine
from lab.ssh import USER
from tests.tutorials.pages import TUTORIALS, bare, clone, compare

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]


def test_ones_own_service_is_served_changed_and_goes_back(
    tmp_path: Path, fresh_host: Callable[[str], Machine]
) -> None:
    edge, host = fresh_host("shop0"), fresh_host("shop1")
    project, environment = clone(tmp_path), bare(tmp_path)
    key = Path(environment["HOME"]) / ".ssh" / "id_ed25519"
    key.parent.mkdir(mode=0o700)
    shutil.copy(host.place.login_key, key)
    os.chmod(key, 0o600)  # noqa: PTH101
    page = (TUTORIALS / "your-own-service.md").read_text()
    for said, here in {
        "192.0.2.10": edge.address,
        "192.0.2.11": host.address,
        "user: deploy": f"user: {USER}",
        "amd64": host.architecture.value,
    }.items():
        page = page.replace(said, here)
    compare(page, project, environment)
