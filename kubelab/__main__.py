"""The command line of the control plane: `python -m kubelab up|down|status|get`."""

import argparse
import os
import signal
import sys
from typing import NoReturn

from gobuild.refusal import Refused
from kubelab.control_plane import ControlPlane
from kubelab.place import DEFAULT_NAME
from lab.errors import LabError
from tools.program import program

EPILOG = """Exit status: 0 done, 1 failed, 2 usage, 3 `status` found it not up, 130 interrupted."""


def main(arguments: list[str]) -> int:
    """Runs one command and returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m kubelab",
        description="A real Kubernetes control plane on this machine, with pretended nodes. Needs root on Linux.",
        epilog=EPILOG,
    )
    parser.add_argument("command", choices=["up", "down", "status", "get"])
    parser.add_argument("--name", default=DEFAULT_NAME, help="which one (default: %(default)s)")
    options = parser.parse_args(arguments)
    plane = ControlPlane(options.name)
    try:
        return {"up": _up, "down": _down, "status": _status, "get": _get}[options.command](plane)
    except (LabError, Refused) as error:
        print(f"kubelab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("kubelab: interrupted; what was being started is gone.", file=sys.stderr)
        return 130


def _up(plane: ControlPlane) -> int:
    state = f"up after {plane.progress.elapsed:.1f} s" if plane.up() else "already up"
    print(
        f"The control plane is {state}; kubectl --kubeconfig {os.path.relpath(plane.place.kubeconfig)} get nodes"
    )
    return 0


def _down(plane: ControlPlane) -> int:
    print("The control plane is down." if plane.down() else "There was no control plane.")
    return 0


def _status(plane: ControlPlane) -> int:
    print(f"The control plane is {'up' if plane.is_up else 'not up; bring it up with: make kube-lab'}.")
    return 0 if plane.is_up else 3


def _get(plane: ControlPlane) -> int:
    # The kubelet is for tests, and not a part of what `up` waits for.
    print("\n".join(map(str, [*plane.programs(), program("kubelet").parent])))
    return 0


def _terminated(signum: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _terminated)
    sys.exit(main(sys.argv[1:]))
