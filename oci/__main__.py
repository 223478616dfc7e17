"""`python -m oci push FOLDER REPOSITORY TAG`: an image that was written before, to a registry."""

import argparse
import sys
from pathlib import Path

from gobuild.refusal import Refused
from oci import registry


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m oci", description=(__doc__ or "").split("\n")[0])
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    push = actions.add_parser("push", help="bring an image and its SBOMs to a registry")
    push.add_argument("folder", type=Path, help="where the image was written")
    push.add_argument("repository", help="such as registry.example.com/team/shop")
    push.add_argument("tag", help="under which people find it; pods are started by digest")
    options = parser.parse_args(arguments)
    try:
        print(registry.push(options.folder, options.repository, options.tag))
    except Refused as refused:
        print(f"error: {refused}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
