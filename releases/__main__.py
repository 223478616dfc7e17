"""Command line: what is kept (`list`), what changed (`changelog`), the way back (`rollback`), from source again (`unpin`)."""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
from pathlib import Path
from typing import Any

from desk import cloud, history, stack
from engine.process import leave
from model.refusal import Refusal
from releases import changelog, clusters, fleet, pin, promotion
from releases.table import table
from settings import Settings

PROJECT = Path(__file__).parent.parent.resolve()
LOCAL = "local"
"""The stack whose `up` asks nothing in any case."""
LEGEND = "* live   ? live, not yet confirmed   < where `make rollback` goes"
ID = re.compile("[0-9a-f]{12}")
"""What a release is called by; a commit, too, which is then looked for in vain and taken as it is."""
EPILOG = "exit codes: 0 done; 1 refused, or a host could not be asked; 2 wrong usage; 130 Ctrl-C"


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and returns the exit code."""
    options = _parser().parse_args(arguments)
    stack_file = PROJECT / f"Pulumi.{options.stack}.yaml"
    try:
        if options.command == "unpin":
            return _unpin(stack_file)
        pretended = options.command == "list" and options.rehearsal
        wanted = cloud.configured(PROJECT, options.stack, pretended)
        if options.command == "rollback":
            _refuse_questions(options)
            _refuse_eks(wanted)
        if options.command == "promote":
            return _promote(wanted, stack_file, options)
        if options.command == "changelog":
            return _changelog(wanted, options)
        answers = _answers(wanted, options.stack, pretended)
        print(table(answers) + f"\n{LEGEND}")
        if options.command == "list":
            for name in wanted.eks_regions:
                print(f"{name}: a cluster of EKS is not asked", file=sys.stderr)
            return int(any(answer.error for answer in answers))
        _rollback(stack_file, answers, options.to)
        return _up(options) if options.up else 0
    except Refusal as refusal:
        print("\n".join(refusal.lines), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _answers(wanted: Settings, name: str, rehearsal: bool) -> list[fleet.Answer]:
    """Of hosts, then of groups and of clusters. A stack of EKS alone is refused where hosts are asked for."""
    told = clusters.ask(wanted, PROJECT)
    if told and not wanted.plain_regions and not wanted.cloud_regions:
        return told
    if wanted.cloud_regions and any(region.scales for region in wanted.cloud_regions.values()):
        from releases import groups  # loads slowly

        told = [*groups.ask(wanted, cloud.outputs(name, rehearsal)), *told]
        if not any(region.host_names for region in wanted.cloud_regions.values()):
            return [*fleet.ask(stack.hosts(wanted, PROJECT)), *told]
    return [*fleet.ask(cloud.hosts(wanted, PROJECT, name, rehearsal)), *told]


def _promote(wanted: Settings, stack_file: Path, options: argparse.Namespace) -> int:
    verified = stack.configured(PROJECT, options.source)
    if verified.service.name != wanted.service.name:
        raise Refusal(
            [
                f"{options.source} is a stack of {verified.service.name}, {options.stack} of {wanted.service.name}"
            ]
        )
    stack.refuse_clusters(verified)
    live = promotion.verified(_answers(verified, options.source, rehearsal=False), options.source)
    place = (PROJECT / Path(options.store).expanduser()).resolve()
    stored = promotion.promote(verified.service, live, PROJECT, place, options.key)
    pin.write_artifact(stack_file, options.store, stored.digest)
    told = stored.statement
    print(f"{told.service} {told.version} for {', '.join(told.binaries)}, as all of {options.source} run it:")
    print(f"  {stored.digest} in {options.store}, {'signed' if stored.signature else 'not signed'}")
    print(f"{stack_file.name} names it; `make up STACK={options.stack}` installs it and builds nothing")
    return 0


def _changelog(wanted: Settings, options: argparse.Namespace) -> int:
    events, wrong = list[dict[str, Any]](), list[str]()
    if not options.before or not options.after or any(map(ID.fullmatch, (options.before, options.after))):
        if wanted.clusters:
            raise Refusal(
                [
                    f"Pulumi.{options.stack}.yaml has a cluster, which keeps no releases of hosts, so this command does not "
                    "know their versions: name two with FROM= and TO=, as `make outputs` and tags have them."
                ]
            )
        events, wrong = asyncio.run(history.history(cloud.hosts(wanted, PROJECT, options.stack)))
    print("".join(f"{line}\n" for line in wrong), end="", file=sys.stderr)
    print(changelog.changelog(wanted.service, PROJECT, events, options.before, options.after))
    return int(bool(wrong))


def _refuse_questions(options: argparse.Namespace) -> None:
    """Before the stack file is changed for an `up` that would then stop at a question which nobody is there to answer."""
    if options.stack != LOCAL and not options.yes and not sys.stdin.isatty():
        raise Refusal(
            [
                "`up` asks before it changes anything, but there is no terminal, so nothing was written: say yes beforehand with "
                f"YES=1, as in `make rollback STACK={options.stack} YES=1`."
            ]
        )


def _rollback(stack_file: Path, answers: list[fleet.Answer], wanted: list[str]) -> None:
    releases = pin.target(answers, wanted)
    versions = {one["release"]: one["version"] for answer in answers for one in answer.releases["kept"]}
    print("\ngoing back:")
    for name, release in releases.items():
        print(f"  {name}  to {release}, version {versions[release]}")
    pin.write(stack_file, list(releases.values()))
    print(f"{stack_file.name} pins it until `make unpin`; then `up` releases from source again\n", flush=True)


def _up(options: argparse.Namespace) -> int:
    """In this process, which has loaded most of what the program needs."""
    from engine.__main__ import main as engine

    return engine(["up", "--stack", options.stack, *(["--yes"] if options.yes else [])])


def _refuse_eks(wanted: Settings) -> None:
    """Raises Refusal."""
    for name in wanted.eks_regions:
        raise Refusal(
            [
                f"slipway:regions.{name} is a cluster of EKS, which this command does not ask, so nothing was written: check out "
                "the source of the release before, and `make up`."
            ]
        )


def _unpin(stack_file: Path) -> int:
    if not stack_file.is_file():
        raise Refusal([f"there is no {stack_file.name}; name a stack that has a file"])
    pin.write(stack_file, [])
    print(f"{stack_file.name} pins no release; the next `up` releases from source")
    return 0


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("-s", "--stack", required=True, help="which Pulumi.<stack>.yaml")
    parser = argparse.ArgumentParser(
        prog="python -m releases", description=(__doc__ or "").split("\n")[0], epilog=EPILOG
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    kept = commands.add_parser("list", parents=[shared], help="what each host and each cluster keeps")
    kept.add_argument(
        "--rehearsal", action="store_true", help="the hosts that `make rehearse` made of the stack"
    )
    back = commands.add_parser(
        "rollback", parents=[shared], help="pin the previous release, or the one given"
    )
    back.add_argument(
        "--to",
        default=[],
        type=_ids,
        metavar="ID[,ID…]",
        help="a release of each architecture, as `list` shows them",
    )
    back.add_argument(
        "--yes",
        action="store_true",
        default=os.environ.get("YES", "") not in ("", "0"),
        help="the `up` that follows asks nothing; YES=1 in the environment does the same",
    )
    back.add_argument("--up", action="store_true", help="run that `up`, as `make rollback` does")
    changed = commands.add_parser("changelog", parents=[shared], help="the commits between two releases")
    for option, name in (("--from", "before"), ("--to", "after")):
        what = "a release's id, a version or a tag; left out: " + (
            "the version before it" if name == "before" else "the last one"
        )
        changed.add_argument(option, dest=name, default="", help=what)
    on = commands.add_parser("promote", parents=[shared], help="install what another stack's hosts run")
    on.add_argument(
        "--from", dest="source", required=True, type=_name, help="the stack whose hosts have verified it"
    )
    on.add_argument(
        "--store", required=True, type=_name, help="a directory for artifacts, as the stack file names it"
    )
    on.add_argument(
        "--key", type=lambda text: Path(text).expanduser() if text else None, help="a private key that signs"
    )
    commands.add_parser("unpin", parents=[shared], help="release from source again")
    return parser


def _name(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("an empty name; an empty path would be the project's own folder")
    return text


def _ids(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


if __name__ == "__main__":
    leave(main())
