"""go-containerregistry's `crane`, which speaks with registries."""

import subprocess

from gobuild.refusal import Refused
from tools.program import program


def run(*words: str, environment: dict[str, str]) -> str:
    """What `crane WORDS` prints. Raises Refused with what it said."""
    done = subprocess.run(
        [program("crane"), *words], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Refused(f"crane {words[0]} failed: {done.stderr.strip()[-1000:]}")
    return done.stdout.strip()
