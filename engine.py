"""Which engine runs the program: the Pulumi CLI where there is one, its stand-in for the local stack where there is none.

Usage: python engine.py up|preview|destroy|outputs|forget|install-pulumi [--stack STACK] [--host HOST]
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

PROJECT = Path(__file__).parent.resolve()
LOCAL = "local"
TO_GET_THE_CLI = "`make pulumi` installs it, or follow https://www.pulumi.com/docs/install/"


def main() -> int:
    arguments = _arguments()
    if arguments.action == "install-pulumi":
        return install_pulumi()
    pulumi = find_pulumi()
    if not pulumi and arguments.stack != LOCAL:
        print(
            f"The stack {arguments.stack} needs the Pulumi CLI, which is not on PATH: {TO_GET_THE_CLI}. "
            f"Without it only the stack {LOCAL} can be used.",
            file=sys.stderr,
        )
        return 1
    if not (PROJECT / f"Pulumi.{arguments.stack}.yaml").is_file():
        stacks = sorted(path.name.split(".")[1] for path in PROJECT.glob("Pulumi.*.yaml"))
        print(f"There is no stack {arguments.stack}; there are {', '.join(stacks)}.", file=sys.stderr)
        return 1
    print(
        f"engine: {f'Pulumi CLI {pulumi}' if pulumi else 'rehearsal, since there is no pulumi on PATH'}",
        flush=True,
    )
    engine = _Pulumi(pulumi, arguments.stack) if pulumi else _Rehearsal(arguments.stack)
    try:
        if arguments.action == "forget":
            return engine.forget(arguments.host)
        code = engine.run(arguments.action)
        if arguments.action == "up" and code == 0:
            print(f"\n{engine.url()}")
        return code
    except KeyboardInterrupt:
        return 130


def find_pulumi() -> str | None:
    """The CLI's path: on PATH, or where `make pulumi` puts it."""
    return shutil.which("pulumi", path=f"{os.environ.get('PATH', os.defpath)}:{_installed()}")


def _installed() -> Path:
    return PROJECT / ".slipway" / "cli" / "bin"


def _environment(stack: str) -> dict[str, str]:
    """The engine's environment. An Output in a text is an error; the local stack's passphrase is no secret."""
    environment = {**os.environ, "PULUMI_ERROR_OUTPUT_STRING": "1"}
    if stack == LOCAL:
        environment |= {"PULUMI_CONFIG_PASSPHRASE": LOCAL}
        environment.pop("PULUMI_CONFIG_PASSPHRASE_FILE", None)
    return environment


class _Rehearsal:
    """The stand-in, as a command."""

    def __init__(self, stack: str) -> None:
        self._stack = stack

    def run(self, action: str) -> int:
        return self._call(action).returncode

    def url(self) -> str:
        return json.loads(self._call("outputs", "--json", capture=True).stdout)["url"]

    def forget(self, host: str) -> int:
        """Drops what stands for `host` from the state, without contacting it."""
        return self._call("forget", *self._resources(host)).returncode

    def _resources(self, host: str) -> list[str]:
        state = self._call("state", capture=True).stdout
        return _of_host([line.split()[0] for line in state.splitlines() if line.startswith("urn:")], host)

    def _call(self, *words: str, capture: bool = False) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "rehearsal", *words, "--stack", self._stack]
        return subprocess.run(
            command,
            cwd=PROJECT,
            env=_environment(self._stack),
            text=True,
            stdout=subprocess.PIPE if capture else None,
            check=capture,
        )


class _Pulumi:
    """The Pulumi CLI. Only for the local stack is a backend chosen: a folder of the project, with no login."""

    def __init__(self, path: str, stack: str) -> None:
        self._path, self._stack = path, stack
        self._environment = _environment(stack)
        if stack == LOCAL:
            folder = PROJECT / ".slipway" / "pulumi"
            folder.mkdir(parents=True, exist_ok=True)
            self._environment["PULUMI_BACKEND_URL"] = folder.as_uri()
            if self._call("stack", "select", LOCAL, quiet=True).returncode:
                self._call("stack", "init", LOCAL).check_returncode()

    def run(self, action: str) -> int:
        words = {
            "up": ["up", "--yes"],
            "destroy": ["destroy", "--yes"],
            "preview": ["preview"],
            "outputs": ["stack", "output"],
        }
        if action in ("up", "destroy") and self._stack != LOCAL:
            words[action].remove("--yes")
        return self._call(*words[action], "--stack", self._stack).returncode

    def url(self) -> str:
        return self._call("stack", "output", "url", "--stack", self._stack, capture=True).stdout.strip()

    def forget(self, host: str) -> int:
        state = json.loads(self._call("stack", "export", "--stack", self._stack, capture=True).stdout)
        urns = _of_host([resource["urn"] for resource in state["deployment"].get("resources", [])], host)
        for urn in urns:
            if code := self._call(
                "state", "delete", urn, "--target-dependents", "--yes", "--stack", self._stack
            ).returncode:
                return code
        return 0

    def _call(
        self, *words: str, capture: bool = False, quiet: bool = False
    ) -> subprocess.CompletedProcess[str]:
        output = subprocess.PIPE if capture else subprocess.DEVNULL if quiet else None
        return subprocess.run(
            [self._path, *words],
            cwd=PROJECT,
            env=self._environment,
            text=True,
            stdout=output,
            stderr=subprocess.DEVNULL if quiet else None,
            check=capture,
        )


def _of_host(urns: list[str], host: str) -> list[str]:
    """The components that stand for a host: its installation, or the edge that it is."""
    typed = [(urn.split("::")[-2].split("$"), urn.split("::")[-1], urn) for urn in urns]
    names = {f"{name}-{host}" for types, name, _ in typed if types[-1] == "slipway:index:Region"}
    found = [urn for types, name, urn in typed if name in names and types[-2:][0] == "slipway:index:Region"]
    if not found:
        raise SystemExit(f"Nothing in the state stands for the host {host}; `make outputs` lists the hosts.")
    return found


def install_pulumi() -> int:
    """Installs the CLI of the SDK's version with the Automation API's own installer."""
    from pulumi.automation import PulumiCommand
    from semver import VersionInfo

    wanted = version("pulumi")
    print(f"Installing the Pulumi CLI {wanted} into {_installed().parent} …", flush=True)
    try:
        PulumiCommand.install(root=str(_installed().parent), version=VersionInfo.parse(wanted))
    except Exception as error:
        print(
            f"The Pulumi CLI {wanted} could not be downloaded ({error}): check the way to get.pulumi.com, "
            f"or install it by hand from https://www.pulumi.com/docs/install/ and put it on PATH.",
            file=sys.stderr,
        )
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="engine.py", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("action", choices=["up", "preview", "destroy", "outputs", "forget", "install-pulumi"])
    parser.add_argument("--stack", default=LOCAL, help=f"which Pulumi.<stack>.yaml (default: {LOCAL})")
    parser.add_argument("--host", help="with forget: the host that is gone for good")
    arguments = parser.parse_args()
    if (arguments.action == "forget") != bool(arguments.host):
        parser.error("forget needs --host, and no other action takes it")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
