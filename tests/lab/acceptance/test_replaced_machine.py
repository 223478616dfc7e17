"""A machine that was set up anew under its old name and address: `up` installs there and asks nothing of the one that is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.lab import Lab
from tests.lab import evidence
from tests.lab.project import Project, greeter, region

pytestmark = pytest.mark.lab


def test_a_machine_in_anothers_place_is_installed_by_one_up(lab: Lab, tmp_path: Path) -> None:
    old = lab.add("phoenix")
    try:
        project = Project(tmp_path, greeter(region([old])))
        project.must_up()
        key, address = old.host_key, old.address
        lab.remove("phoenix")
        new = lab.add("phoenix")
        assert (new.address, new.host_key != key) == (address, True), "the same place, another machine"

        project.configure(greeter(region([new])))
        done = project.must_up()
        assert set(done.changed.values()) == {"~"}, f"all of it is an update: {done.changed}"
        assert evidence.greeting(new, 8080)["host"] == "phoenix"
        assert project.must_up().changed == {}
        assert project.destroy().code == 0
    finally:
        lab.remove("phoenix")
