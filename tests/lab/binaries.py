"""Programs for lab hosts, built by `python -m gobuild` as the stack's program has them built."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from model.architecture import Architecture
from model.release import Binary


def built(*architectures: Architecture, **changes: Any) -> dict[Architecture, Binary]:
    """The example service for these architectures; `changes` to what is built make it another one."""
    spec = {"name": "greeter", "source": "examples/greeter", "package": ".", "dirty": "allow"} | changes
    done = subprocess.run(
        [sys.executable, "-m", "gobuild"],
        input=json.dumps(spec | {"architectures": [each.value for each in architectures]}),
        capture_output=True,
        text=True,
        check=True,
    )
    artifacts, fields = json.loads(done.stdout)["artifacts"], ("path", "sha256", "size", "sbom")
    return {each: Binary(**{key: artifacts[each.value][key] for key in fields}) for each in architectures}
