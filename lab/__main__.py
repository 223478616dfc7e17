"""The command line of the lab: `python -m lab up|down|status|shell NAME|exec NAME -- CMD...`."""

import argparse
import os
import signal
import sys
from typing import NoReturn

from lab.errors import LabError
from lab.lab import Lab
from lab.plan import DEFAULT_NAME, DEFAULT_SUBNET, PLANS
from lab.progress import Progress

_EPILOG = f"""
Hosts: edge1 and web1 of this machine's architecture as containers, web2 of the other one as a virtual machine.
`--name failover`: two regions, eu and us, each an edge before two hosts, and eu-ns and us-ns, which serve DNS.
LAB=native in the environment does what --native does. Every host also answers to
`ssh -F .slipway/lab/{DEFAULT_NAME}/ssh_config NAME`. Exit status: 0 done, 1 failed, 2 usage, 3 `status` found the lab
not up, 130 interrupted; `shell` and `exec` end as the remote command did.
"""


def main(arguments: list[str]) -> int:
    """Runs one command and returns the exit status."""
    options = _parser().parse_args(arguments)
    progress = Progress()
    native_only = options.native or os.environ.get("LAB") == "native"
    try:
        subnet, hosts = PLANS.get(options.name, PLANS[DEFAULT_NAME])
        lab = Lab(options.name, options.subnet or subnet, hosts(native_only=native_only), progress=progress)
        return {"up": _up, "down": _down, "status": _status, "shell": _shell, "exec": _exec}[options.command](
            lab, options
        )
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("lab: interrupted; what was being made is gone.", file=sys.stderr)
        return 130


def _up(lab: Lab, options: argparse.Namespace) -> int:
    changed = lab.up()
    for machine in lab.machines.values():
        print(f"{machine.name:<8} {machine.address:<12} {machine.architecture.value}")
    state = f"up after {lab.progress.elapsed:.1f} s" if changed else "already up"
    print(f"Lab {options.name} is {state}; inventory: {os.path.relpath(lab.inventory_file)}")
    return 0


def _down(lab: Lab, options: argparse.Namespace) -> int:
    print(f"Lab {options.name} is down." if lab.down() else f"Lab {options.name} was not there.")
    return 0


def _status(lab: Lab, options: argparse.Namespace) -> int:
    machines = lab.machines.values()
    states = {
        machine.name: "off" if not machine.running else "paused" if machine.paused else ""
        for machine in machines
    }
    for machine in machines:
        state = states[machine.name] or ("up" if machine.answers() else "not answering")
        states[machine.name] = state
        print(f"{machine.name:<8} {machine.address:<12} {machine.architecture.value:<6} {state}")
    complete = (
        bool(states) and lab.inventory_file.exists() and all(state == "up" for state in states.values())
    )
    print(f"Lab {options.name} is {'up' if complete else 'not up; bring it up with: python -m lab up'}.")
    return 0 if complete else 3


def _shell(lab: Lab, options: argparse.Namespace) -> NoReturn:
    _ssh(lab, options.host, [])


def _exec(lab: Lab, options: argparse.Namespace) -> NoReturn:
    _ssh(lab, options.host, options.remote)


def _ssh(lab: Lab, name: str, remote: list[str]) -> NoReturn:
    machines = lab.machines
    if name not in machines:
        there = (
            f"it has {', '.join(machines)}" if machines else "it is down; bring it up with: python -m lab up"
        )
        raise LabError(f"Lab {lab.plan.name!r} has no host {name!r}; {there}.")
    terminal = ["-t"] if sys.stdin.isatty() else []
    os.execvp(
        "ssh", ["ssh", "-F", str(lab.place.ssh_config), *terminal, name, *(["--", *remote] if remote else [])]
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lab",
        description="Throw-away Debian 13 hosts of both architectures on this machine. Needs root on Linux.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--name", default=DEFAULT_NAME, help="which lab (default: %(default)s)")
    shared.add_argument("--subnet", help=f"its private IPv4 network (default: {DEFAULT_SUBNET})")
    shared.add_argument("--native", action="store_true", help="only hosts of this machine's architecture")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser(
        "up", parents=[shared], help="start it, or put right what is missing; a second time changes nothing"
    )
    commands.add_parser(
        "down", parents=[shared], help="take away every host, mount, interface, namespace and process"
    )
    commands.add_parser("status", parents=[shared], help="what each host is doing")
    shell = commands.add_parser("shell", parents=[shared], help="log in to a host (sudo needs no password)")
    shell.add_argument("host", metavar="NAME")
    run = commands.add_parser("exec", parents=[shared], help="run a command on a host")
    run.add_argument("host", metavar="NAME")
    run.add_argument("remote", metavar="-- CMD", nargs="+")
    return parser


def _terminated(signum: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _terminated)
    sys.exit(main(sys.argv[1:]))
