"""How an image is made: where, with which Debian, and how the programs that make it are run."""

from dataclasses import dataclass
from pathlib import Path

from lab.architecture import Architecture
from lab.cgroup import OWN_MOUNTS, Cgroup
from lab.progress import Progress

SUITE = "trixie"
DISK_SIZE = "4G"
OPTIONS = (
    '--aptopt=APT::Install-Recommends "false"',
    *(f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in ("man", "locale", "info")),
)


@dataclass(frozen=True)
class Builder:
    """Where an image is being made, and how its programs are run."""

    directory: Path
    commands: Cgroup
    progress: Progress
    architecture: Architecture

    def say(self, text: str) -> None:
        self.progress.say("image", f"{self.architecture.value}: {text}")

    def run(self, *command: str | Path) -> str:
        """Runs a program to its end and returns its output; raises LabError with its last lines if it fails."""
        return self.commands.run(*(str(word) for word in command))

    def debian(
        self, variant: str, packages: list[str], target: Path, *options: str, suite: str = SUITE
    ) -> None:
        """Fetches Debian packages of the image's architecture into a new tree.

        Nothing of this machine can be reached through a tree that is left half made.
        """
        self.run(
            *OWN_MOUNTS,
            "mmdebstrap",
            f"--variant={variant}",
            f"--architectures={self.architecture.value}",
            f"--include={','.join(packages)}",
            *OPTIONS,
            *options,
            suite,
            target,
        )
