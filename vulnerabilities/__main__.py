"""Command line: binaries in, what is known of them out."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gobuild import store
from vulnerabilities.check import DATABASE, VARIABLE, Unknown, known

PROJECT = Path(__file__).parent.parent.resolve()
EPILOG = f"""exit codes: 0 nothing is known against them; 1 something is, or nothing could be asked; 2 wrong usage.
The database is {DATABASE} unless {VARIABLE} names another, such as file:///srv/vulndb."""


def main(arguments: list[str] | None = None) -> int:
    """Prints what is known of each; gives the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m vulnerabilities",
        description="What is known against built binaries.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "binaries", nargs="*", type=Path, help="left out: all that this checkout has built last"
    )
    options = parser.parse_args(arguments)
    binaries = options.binaries or _built()
    if not binaries:
        print("nothing has been built here yet: `make preview` builds", file=sys.stderr)
        return 1
    if missing := [str(each) for each in binaries if not each.is_file()]:
        parser.error(f"there is no {', '.join(missing)}")
    wrong = False
    for binary in binaries:
        try:
            found = known(binary)
        except Unknown as why:
            print(f"{binary}: {why}", file=sys.stderr)
            return 1
        print(f"{binary}: {f'{len(found)} known' if found else 'nothing known'}")
        for each in found:
            print(f"  {each}")
        wrong = wrong or bool(found)
    return int(wrong)


def _built() -> list[Path]:
    """Of each service and architecture what was built, or found built already, last."""
    shelves = (PROJECT / ".slipway" / "build").glob("*/*")
    return sorted(kept[0] / shelf.parent.name for shelf in shelves if (kept := store.newest_first(shelf)))


if __name__ == "__main__":
    sys.exit(main())
