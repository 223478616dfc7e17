"""The example service passes Go's own checks and its own tests, with the pinned toolchain."""

import subprocess

import pytest

from gobuild import toolchain
from tests.gobuild.go_services import PROJECT

GREETER = PROJECT / "examples" / "greeter"


# -trimpath, as it is built: Go's library, which a build has compiled, is not compiled once more.
@pytest.mark.parametrize("check", [["vet", "-trimpath", "./..."], ["test", "-trimpath", "-count=1", "./..."]])
def test_the_greeter_passes_gos_own_checks(check):
    done = toolchain.find().run(check, directory=GREETER)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_greeter_is_formatted_as_gofmt_does():
    gofmt = toolchain.find().go.with_name("gofmt")
    unformatted = subprocess.run([gofmt, "-l", GREETER], capture_output=True, text=True, check=True)
    assert unformatted.stdout == ""
