"""Building from a directory: one look at what Go makes of it, from which version, warnings and binaries follow."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from gobuild import inputs, left_out, listing, remedy, revision, variables
from gobuild.inputs import Inputs
from gobuild.listing import Package
from gobuild.place import Place, missing
from gobuild.place import find as find_place
from gobuild.refusal import CompileFailed, Refused
from gobuild.revision import Revision
from gobuild.spec import Options, Source
from gobuild.toolchain import Toolchain
from model.architecture import Architecture


@dataclass(frozen=True, kw_only=True)
class Code:
    """The code of a service in a directory, and what Go lists of it for every architecture."""

    source: Source
    options: Options
    place: Place
    listed: dict[Architecture, list[Package]]
    made_from: Inputs
    revision: Revision

    @cached_property
    def warnings(self) -> list[str]:
        """What the program lacks without anybody having said so."""
        return inputs.pointers(self.made_from) + left_out.by_cgo(
            self.listed, self.place.directory, self.place.toolchain, self.options.tags
        )

    def check(self, filled: Mapping[str, str]) -> None:
        """Refused unless every one of the variables is there to be set."""
        packages = {each.path: each for each in listing.every(self.listed) if each.directory}
        main = next((each.path for each in packages.values() if each.directory == self._main), "main")
        variables.check(
            filled, {path: each.directory for path, each in packages.items() if each.directory}, main
        )

    def compile(self, binary: Path, flags: list[str], environment: Mapping[str, str]) -> None:
        """Write `binary`, or leave it when it is right; raise CompileFailed with Go's own lines and what to do."""
        arguments = ["build", *flags, "-o", str(binary), self.place.package]
        done = self.place.toolchain.run(arguments, directory=self.place.directory, **environment)
        lines = [
            line for line in done.stderr.splitlines(keepends=True) if not line.startswith("go: downloading ")
        ]
        if done.returncode != 0:
            text = "".join(lines) or f"go build ended with {done.returncode} and said nothing\n"
            raise CompileFailed(_with(text, self._advice(text)))
        with binary.open("rb") as file:
            if file.read(7) == b"!<arch>":  # `go build -o` of a library gives an archive
                raise Refused(
                    f"the package in {str(self.source.directory / self.source.package)!r} is not 'package main', so it "
                    "is no program: set 'package' to the directory of the one that is"
                )

    def test(self) -> int:
        """How many of the service's packages pass `go vet` and `go test`; raise CompileFailed, with the end of what was said."""
        names = sorted({each.path for each in listing.every(self.listed) if each.own})
        tags = [f"-tags={','.join(self.options.tags)}"] if self.options.tags else []
        for arguments in (["vet", *tags], ["test", "-vet=off", *tags]):
            done = self.place.toolchain.run([*arguments, *names], directory=self.place.directory)
            if done.returncode != 0:
                said = [
                    line
                    for line in (done.stdout + done.stderr).splitlines()
                    if not re.match(r"ok\s|\?\s|go: downloading ", line)
                ]
                cut = [f"… {len(said) - _TAIL} lines before these"] if len(said) > _TAIL else []
                raise CompileFailed(
                    "\n".join(
                        [
                            *cut,
                            *said[-_TAIL:],
                            f"go {arguments[0]} refuses this code, so nothing is released ('service.test').",
                        ]
                    )
                )
        return len(names)

    @property
    def _main(self) -> Path:
        return (self.place.directory / self.place.package).resolve()

    def _advice(self, text: str) -> list[str]:
        requires = self.place.requires
        unreached = [each.path for each in listing.every(self.listed) if remedy.unreached(each.error)]
        modules = [
            next((module for module in requires if f"{path}/".startswith(f"{module}/")), path)
            for path in unreached
        ]
        advice = remedy.advice(text, self.place.toolchain, modules or requires)
        if "build constraints exclude all Go files" in text:
            advice += left_out.by_constraints(self.listed)
        if "no required module provides package" in text and not self.place.work:
            advice += _no_workspace(self.place)
        return [*advice, *missing(self.place, text), *self.warnings]


_TAIL = 40


def find(source: Source, options: Options, toolchain: Toolchain) -> Code:
    """Look at the code. Refused, or CompileFailed where Go cannot even list what it is made from."""
    place = find_place(source, toolchain)
    try:
        listed = listing.packages([place.package], place.directory, place.toolchain, tags=options.tags)
    except CompileFailed as failure:
        text = str(failure)
        advice = [*remedy.advice(text, toolchain, place.requires), *missing(place, text)]
        raise CompileFailed(_with(text, advice)) from None
    made_from = inputs.gather(place, listed, options.profile)
    return Code(
        source=source,
        options=options,
        place=place,
        listed=listed,
        made_from=made_from,
        revision=revision.find(made_from, refuse_dirty=source.refuse_dirty),
    )


def _no_workspace(place: Place) -> list[str]:
    work = next((each / "go.work" for each in place.root.parents if (each / "go.work").is_file()), None)
    if work is None:
        return []
    return [
        f"{work} plays no part, since it does not use {place.root} or 'service.workspace' is false: add the module with "
        f"'go work use {place.root}', or a 'replace' to go.mod."
    ]


def _with(text: str, advice: list[str]) -> str:
    return text.rstrip("\n") + "\n" + "".join(f"{sentence}\n" for sentence in advice)
