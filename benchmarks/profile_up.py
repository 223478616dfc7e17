"""`make profile-up`: an `up` of a stack, and where its time went: program, engine, plugin, connections, activator.

The language host and the project's own plugin run in this process, so that their functions can be watched. Where
pulumi-command's own plugin is used, what happens on hosts is a part of the engine's time.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.timeline import Timeline
from components import artifact, bundle
from engine import binary, operation
from engine.language import Language
from engine.process import Pulumi, leave
from engine.stacks import named
from lab.progress import Progress
from plugins.command import copy_to_remote, dial, local_command, remote_command
from plugins.servicer import Servicer

SAID = re.compile(r" *\d+\.\d s +")
"""What the activator puts before each of its lines."""


def main(arguments: Sequence[str]) -> int:
    """Gives Pulumi's exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile_up", description=__doc__)
    parser.add_argument("--stack", default="local")
    options = parser.parse_args(arguments)
    timeline = Timeline()
    watch(timeline)
    status = operation.operate(binary.ensure(Progress()), named(options.stack), "up", yes=True)
    print("\n began  took  seconds\n" + "\n".join(timeline.lines()))
    print("\nat least one at work\n" + "\n".join(timeline.sums()))
    return status


def watch(timeline: Timeline) -> None:
    """From now on all is recorded."""
    timeline.watch(Pulumi, "run", "engine", lambda pulumi, *words: f"pulumi {words[0]}")
    timeline.watch(Pulumi, "_ended", "engine", lambda pulumi, *words, **more: f"pulumi {' '.join(words[:2])}")
    timeline.watch(Language, "_run", "program", lambda language, request: "__main__.py")
    timeline.watch(artifact, "build", "build", lambda service, *more: service.name)
    timeline.watch(bundle, "write", "pack", lambda release, folder: f"{release.name} {release.id}")
    for method in ("Create", "Update", "Delete"):
        timeline.watch(Servicer, method, "plugin", lambda one, request, context: _name(request.urn))
    timeline.watch(Servicer, "Invoke", "plugin", lambda one, request, context: request.tok)
    timeline.watch(dial, "_dial", "connection", lambda connection, *more: str(connection))
    timeline.watch(copy_to_remote._Copy, "run", "copy", lambda copy, source, remote: remote)
    timeline.watch(local_command, "run", "local", lambda command, *more: command.split(" -m ")[-1][:60])
    _hear(timeline)


def _hear(timeline: Timeline) -> None:
    """The activator's own lines, when they arrive."""
    run = remote_command.run

    async def heard(
        command: str, inputs: Any, previous: Any, log: Callable[[str, str], None], dial: Any = None
    ) -> Any:
        host = inputs["connection"]["host"]

        def tell(line: str, stream: Any) -> None:
            if SAID.match(line):
                timeline.moment("activator", f"{host} {line.strip()}")
            log(line, stream)

        with timeline.span("command", f"{host} {_word(command)}"):
            return await run(command, inputs, previous, tell, *([dial] if dial else []))

    remote_command.run = heard


def _word(command: str) -> str:
    """What the activator was asked to do."""
    found = re.search(r"\b(apply|check|confirm|remove|previous)\b", command)
    return found[1] if found else command[:40]


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]


if __name__ == "__main__":
    leave(main(sys.argv[1:]))
