"""The wheel `slipway`: the rooms of this repository that a service on machines needs, as one package (pyproject.toml).

Here rooms are imported by their own names. In somebody else's environment `model` and `components` belong to others, so
each import of a room becomes one of `slipway.ROOM` on its way into the wheel.
"""

import re
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOMS = ("model", "settings", "components", "gobuild", "artifacts", "logins")
"""With all that is in them, but for components of clouds and clusters."""
LEFT_OUT = ("components/aws", "components/eks", "components/kubernetes")
ON_HOSTS = "activator"
"""Sent to hosts byte for byte."""
NAMES = "|".join((*ROOMS, "reuse"))
FROM = re.compile(rf"^(\s*)from ({NAMES})(?=[. ])", re.MULTILINE)
IMPORT = re.compile(rf"^(\s*)import ({NAMES})$", re.MULTILINE)


def moved(source: str) -> str:
    """A module's text, as one of the package."""
    source = FROM.sub(lambda found: f"{found[1]}from {_package(found[2])}", source)
    return IMPORT.sub(r"\1from slipway import \2", source)


def _package(room: str) -> str:
    return "slipway" if room == "reuse" else f"slipway.{room}"


class Build(build_py):
    """Writes the package in place of finding one."""

    def run(self) -> None:
        into = Path(self.build_lib) / "slipway"
        for source, target in sources().items():
            path = into / target
            path.parent.mkdir(parents=True, exist_ok=True)
            text = Path(source).read_text()
            path.write_text(
                moved(text) if source.endswith(".py") and not source.startswith(ON_HOSTS) else text
            )


def sources() -> dict[str, str]:
    """Files of the repository by path, and where in the package each lies."""
    found = {"requirements.txt": "requirements.txt"}
    found |= {str(path): path.name for path in Path("reuse").glob("*.py")}
    for room in (*ROOMS, ON_HOSTS):
        for path in sorted(Path(room).rglob("*")):
            if path.suffix in (".py", ".j2") and not str(path).startswith(LEFT_OUT):
                found[str(path)] = str(path)
    return found


setup(packages=["slipway"], package_dir={"slipway": "reuse"}, cmdclass={"build_py": Build})
