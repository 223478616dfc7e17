"""The example service passes Go's own checks and its own tests, with the pinned toolchain."""

import subprocess

import pytest

from gobuild import toolchain
from tests.gobuild.go_services import PROJECT

GREETER = PROJECT / "examples" / "greeter"


@pytest.mark.parametrize("check", ["vet", "test"])
def test_the_greeter_passes_gos_own_checks(check: str):
    # As it is built: so that Go's library, which a build has compiled, is not compiled once more.
    more = ["-count=1"] if check == "test" else []
    done = toolchain.find().run([check, "-trimpath", *more, "./..."], directory=GREETER)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_greeter_is_formatted_as_gofmt_does():
    gofmt = toolchain.find().go.with_name("gofmt")
    unformatted = subprocess.run([gofmt, "-l", GREETER], capture_output=True, text=True, check=True)
    assert unformatted.stdout == ""
