"""Which parts of a control plane run."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import cast

from kubelab.control_plane import running_words


class Processes:
    """A control group whose first process ends between the two looks, when it has begun another."""

    def __init__(self) -> None:
        with subprocess.Popen(["true"]) as ended:
            self.seen = [str(ended.pid), str(os.getpid())]

    def read_text(self) -> str:
        return f"{self.seen.pop(0)}\n"


def test_a_part_whose_launcher_has_just_ended_runs() -> None:
    own = Path("/proc/self/cmdline").read_bytes().split(b"\0")[0].decode()
    assert Path(own).name in running_words(cast(Path, Processes()))
