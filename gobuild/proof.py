"""That a binary is what its hosts can run, by what it says about itself."""

import hashlib
import json
from pathlib import Path

from gobuild import elf
from gobuild.refusal import Refused
from gobuild.toolchain import Toolchain
from model.architecture import Architecture


def verify(binary: Path, architecture: Architecture, level: str, toolchain: Toolchain) -> str:
    """The sha256 of `binary`; Refused unless it is a static program for this architecture and level."""
    data = binary.read_bytes()
    try:
        header = elf.read(data)
    except elf.NotAnElf as error:
        raise Refused(f"what was built for {architecture.value} cannot run: {error}") from None
    problems = {
        f"its ELF machine is {header.machine}, not {architecture.elf_machine} ({architecture.elf_name})": (
            header.machine != architecture.elf_machine
        ),
        f"its ELF type is {header.type}, not one of {sorted(elf.EXECUTABLE_TYPES.values())}": (
            header.type not in elf.EXECUTABLE_TYPES
        ),
        "it asks for a program interpreter, so it is not static": header.interpreter,
        "it needs shared libraries, so it is not static": header.needs_libraries,
    }
    if found := next((problem for problem, present in problems.items() if present), None):
        raise Refused(f"what was built for {architecture.value} is not what its hosts can run: {found}")
    settings = {each["Key"]: each.get("Value") for each in build_info(binary, toolchain).get("Settings", ())}
    for key, wanted in {"GOARCH": architecture.goarch, architecture.level_variable: level}.items():
        if settings.get(key) != wanted:
            raise Refused(f"the binary says it was built with {key}={settings.get(key)}, not {wanted}")
    return hashlib.sha256(data).hexdigest()


def build_info(binary: Path, toolchain: Toolchain) -> dict:
    """Go's build information in `binary`, as `go version -m -json` gives it."""
    asked = toolchain.run(["version", "-m", "-json", str(binary.resolve())], directory=binary.parent)
    if asked.returncode != 0:
        raise Refused(f"{binary.name} carries no Go build information: {asked.stderr.strip()}")
    return json.loads(asked.stdout)
