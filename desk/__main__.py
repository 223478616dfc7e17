"""Command line: what runs where (`status`), `logs`, `restart`, a `shell` on a host, a `profile` of the service."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
from pathlib import Path

import settings
from desk import beside, cloud, drift, history, logs, profile, reboot, restart, shell, stack, status
from model import desk_script, remote_script
from model.refusal import Refusal

PROJECT = Path(__file__).parent.parent.resolve()
EPILOG = (
    "exit codes: 0 all is well; 1 refused, or a host is not well, or could not be asked; 2 wrong usage; 130 Ctrl-C. "
    "Nobody is asked anything."
)


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options, cloud.configured(PROJECT, options.stack, options.rehearsal))
    except Refusal as refusal:
        print("\n".join(refusal.lines), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # as of `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(options: argparse.Namespace, wanted: settings.Settings) -> int:
    hosts = cloud.hosts(wanted, PROJECT, options.stack, options.rehearsal)
    for line in cloud.unasked(wanted):
        print(line, file=sys.stderr)
    everywhere = [*hosts, *stack.edges(wanted, PROJECT), *beside.beside(wanted, PROJECT)]
    if options.command == "status":
        text, well = asyncio.run(status.status(stack.named(everywhere, options.host)))
        print(text)
        return int(not well)
    if options.command == "logs":
        machines = stack.named(everywhere if options.host else hosts, options.host)
        told = logs.logs(machines, options.since, options.lines, options.follow, _show)
        return _told(asyncio.run(told))
    if options.command in ("restart", "mend"):
        times = wanted.service.health.deadline + wanted.release.watch + wanted.release.drain
        machines = stack.named(hosts if options.command == "restart" else everywhere, options.host)
        made = desk_script.restart if options.command == "restart" else desk_script.mend
        return _told(asyncio.run(restart.in_turn(machines, made, remote_script.whole(times), _show)))
    if options.command == "reboot":
        machines = _to_reboot(wanted, options.host)
        waits = remote_script.whole(wanted.service.health.deadline + 60)
        everyone = options.all or bool(options.host)
        done = reboot.in_turn(machines, wanted.release.drain, waits, _show, all=everyone)
        return _told(asyncio.run(done))
    if options.command == "drift":
        found = asyncio.run(drift.drift(stack.named(everywhere, options.host)))
        print(drift.document(found) if options.json else drift.table(found))
        return int(any(each.wrong for each in found))
    if options.command == "history":
        machines = stack.named(hosts, options.host)
        events, wrong = asyncio.run(history.history(machines))
        print(history.document(events) if options.json else history.table(events))
        return _told(wrong)
    (machine, *others) = stack.named(everywhere if options.command == "shell" else hosts, options.host)
    if others:
        names = ", ".join(each.name for each in (machine, *others))
        raise Refusal([f"which host? name one of {names} with --host (make: HOST=…)"])
    if options.command == "shell":
        words = shell.words(machine, options.words)
        os.execvp(words[0], words)
    asked = (options.kind, options.seconds, options.port, options.path)
    name, made = asyncio.run(profile.profile(machine, wanted.service, *asked))
    file = PROJECT / ".slipway" / "profiles" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(made)
    print(f"{file}\nlook at it with: go tool {'trace' if options.kind == 'trace' else 'pprof'} {file}")
    return 0


def _to_reboot(wanted: settings.Settings, name: str) -> list[stack.Machine]:
    """Hosts or, by its name, another machine. Raises Refusal where users would wait and nobody has said that they may."""
    if not wanted.plain_regions:
        raise Refusal(
            ["there are no machines that were there already: `make roll-images` replaces instances on AWS"]
        )
    machines = stack.hosts(wanted, PROJECT)
    if name:
        others = [*stack.edges(wanted, PROJECT), *beside.beside(wanted, PROJECT)]
        return stack.named([*machines, *others], name)
    for key, region in wanted.plain_regions.items():
        if len(region.hosts) == 1:
            raise Refusal(
                [
                    f"{key} has one host, and its users would wait while it boots: name it with --host (make: HOST=…)"
                ]
            )
    return machines


def _show(line: str) -> None:
    print(line, flush=True)


def _told(wrong: list[str]) -> int:
    with contextlib.suppress(BrokenPipeError):
        print("".join(f"{line}\n" for line in wrong), end="", file=sys.stderr)
    return int(bool(wrong))


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("-s", "--stack", required=True, help="which Pulumi.<stack>.yaml")
    shared.add_argument(
        "--rehearsal", action="store_true", help="the hosts that `make rehearse` made of the stack"
    )
    shared.add_argument("--host", default="", help="one host alone, such as web1 or eu/web1")
    parser = argparse.ArgumentParser(
        prog="python -m desk", description=(__doc__ or "").split("\n")[0], epilog=EPILOG
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("status", parents=[shared], help="what runs on every machine")
    shown = commands.add_parser(
        "logs", parents=[shared], help="the journals of all hosts; of others with --host"
    )
    shown.add_argument("--follow", action="store_true", help="go on until Ctrl-C")
    shown.add_argument("--since", default="", help='as journalctl takes it: "10 min ago", 2026-01-02')
    shown.add_argument("--lines", type=int, default=100, help="of each host at the most, the last ones (100)")
    commands.add_parser("restart", parents=[shared], help="a new process, host by host; no request is lost")
    commands.add_parser("mend", parents=[shared], help="put right what is not as released, host by host")
    again = commands.add_parser(
        "reboot", parents=[shared], help="reboot hosts that want it, one after the other; no request is lost"
    )
    again.add_argument("--all", action="store_true", help="those that do not want it, too")
    for name, what in (
        ("drift", "what on each machine is not as released; nothing is changed"),
        ("history", "what became of every release, on all hosts"),
    ):
        told = commands.add_parser(name, parents=[shared], help=what)
        told.add_argument("--json", action="store_true", help="for programs")
    inside = commands.add_parser("shell", parents=[shared], help="log in on a host")
    inside.add_argument("words", nargs="*", metavar="WORD", help="a command in place of a shell, behind `--`")
    made = commands.add_parser(
        "profile", parents=[shared], help="fetch a profile that the service makes of itself"
    )
    made.add_argument("--kind", choices=profile.KINDS, default="profile", help="`profile` is that of the CPU")
    made.add_argument("--seconds", type=int, default=10, help="how long the CPU or a trace is looked at (10)")
    made.add_argument("--port", type=int, help="on the host's loopback; left out: the live slot's")
    made.add_argument("--path", default="/debug/pprof", help="where the service has net/http/pprof")
    return parser


if __name__ == "__main__":
    sys.exit(main())
