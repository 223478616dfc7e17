"""Go settings of whoever deploys that would change the program, and so play no part: a build is the same for everyone."""

import json
import os
from pathlib import Path

from gobuild import toolchain

_INSTEAD = {
    "GOFLAGS": (
        "set 'service.tags' for -tags, 'service.variables' for -X, 'service.strip' for -s and -w, "
        "'service.profile' for -pgo"
    ),
    "GOEXPERIMENT": "experiments of Go cannot be released",
    "GOOS": "hosts are Linux",
    "GOARCH": "what is built follows from the hosts' architecture",
    "GOAMD64": "set 'service.levels'",
    "GOARM64": "set 'service.levels'",
    "GOWORK": "a go.work above the source is found, and 'service.workspace: false' leaves it out",
    "GOFIPS140": "Go's FIPS module cannot be chosen",
    "CGO_ENABLED": "programs are built without cgo, so that they need nothing on a host",
}
# As builds here are, or about how a build runs and not what comes of it.
_OF_NO_ACCOUNT = {
    *("GOOS=linux", "CGO_ENABLED=0", "GOWORK=off"),
    *("-a", "-count", "-json", "-p", "-timeout", "-v", "-work", "-x"),
    *("-buildvcs", "-trimpath", "-mod", "-modcacherw"),
}


def warnings(go: Path) -> list[str]:
    """A sentence for each that is set, in the environment or by `go env -w`."""
    # -changed leaves out what is as Go would have it, and what is of no account on this machine's processor.
    asked = toolchain.users(go, "-changed", *_INSTEAD)
    changed = {name: os.environ.get(name, "") for name in _INSTEAD}
    changed |= json.loads(asked.stdout) if asked.returncode == 0 else {}
    flags = (flag for flag in changed["GOFLAGS"].split())
    changed["GOFLAGS"] = " ".join(
        flag for flag in flags if f"-{flag.lstrip('-').partition('=')[0]}" not in _OF_NO_ACCOUNT
    )
    return [
        f"{name}={value} is set where this runs and plays no part in the build, which is the same for everyone: {instead}"
        for name, instead in _INSTEAD.items()
        if (value := changed.get(name)) and f"{name}={value}" not in _OF_NO_ACCOUNT
    ]
