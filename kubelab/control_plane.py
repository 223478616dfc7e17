"""A control plane as a whole: brought up however it was left, and taken away without a trace."""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kubelab import keys, kubeconfigs, registry
from kubelab.api import Api
from kubelab.nodes import LOGGED, nodes, stages
from kubelab.parts import API, PACKAGES, PORTS, REGISTRY, log_of_copies, parts
from kubelab.parts import stages as stages_file
from kubelab.place import DEFAULT_NAME, STACK_FILE, Place
from lab import prerequisites
from lab.errors import LabError
from lab.progress import Progress
from tools.program import program, programs

SECONDS = 180
"""Until it answers; three on an idle machine."""


class ControlPlane:
    """The control plane called `name` of this checkout. Nothing runs before up()."""

    def __init__(self, name: str = DEFAULT_NAME, *, progress: Progress | None = None) -> None:
        self.place = Place(name=name)
        self.progress = progress or Progress()

    @property
    def registry(self) -> str:
        """Where images can be pushed to, without credentials and from this machine alone."""
        return f"127.0.0.1:{self._ports()[REGISTRY]}"

    @property
    def api(self) -> Api:
        """Its API, asked as administrator."""
        return Api(self.place)

    @property
    def is_up(self) -> bool:
        """Whether everything runs, answers, and the nodes are ready."""
        return self._whole() and self._missing() == ""

    def up(self) -> bool:
        """Brings it up and returns whether anything had to be done; what it holds stays. Raises LabError."""
        prerequisites.refuse_unsuitable()
        with self._lock():
            if self.is_up:
                return False
            folders = self.programs()
            self.place.cgroup.remove()
            if not self._whole():
                self._make()
            if self._is_peoples:
                registry.refuse_taken(self._ports()[REGISTRY], STACK_FILE)
            try:
                self._start(folders)
            except BaseException:
                self.place.cgroup.remove()
                raise
        return True

    def programs(self) -> list[Path]:
        """The folders of all programs, built if need be. Raises Refused."""

        def say(line: str) -> None:
            self.progress.say("build", line)

        say("the control plane's programs: kept, or built once from Go modules (6 minutes on two idle cores)")
        return [programs("controlplane", PACKAGES, say), program("crane").parent]

    def down(self) -> bool:
        """Takes everything away; returns whether there was anything. Raises LabError."""
        prerequisites.refuse_unsuitable()
        with self._lock():
            there = self.place.directory.exists() or self.place.cgroup.path.exists()
            self.place.cgroup.remove()
            shutil.rmtree(self.place.directory, ignore_errors=True)
        return there

    def _whole(self) -> bool:
        return self.place.record.exists()

    @property
    def _is_peoples(self) -> bool:
        return self.place.name == DEFAULT_NAME

    def _ports(self) -> dict[str, int]:
        """The registry of people's own is where their stack file has it today."""
        told = json.loads(self.place.record.read_text())
        return {**told, REGISTRY: registry.port(STACK_FILE)} if self._is_peoples else told

    def _make(self) -> None:
        place = self.place
        shutil.rmtree(place.directory, ignore_errors=True)
        place.directory.mkdir(mode=0o700, parents=True)
        place.log("x").parent.mkdir()
        (place.directory / "registry").mkdir()
        keys.make(place)
        ports = _free_ports(len(PORTS))
        told = dict(zip(PORTS, ports, strict=True))
        kubeconfigs.write(place, told["api"])
        log_of_copies(place).write_text(LOGGED)
        documents = [json.dumps(each) for each in stages(str(log_of_copies(place)))]
        stages_file(place).write_text("\n---\n".join(documents) + "\n")
        place.record.write_text(json.dumps(told))

    def _start(self, folders: list[Path]) -> None:
        place = self.place
        place.cgroup.create()
        (place.directory / "etcd").mkdir(mode=0o700, exist_ok=True)
        path = ":".join([*map(str, folders), os.environ.get("PATH", os.defpath)])
        for each in place.log("x").parent.glob("*.log"):
            each.rename(each.with_suffix(".before"))  # a log says that its part has been started
        for part in parts(place, self._ports()):
            if part.name not in ("etcd", API, REGISTRY):
                self._wait("the API", self._api_is_ready)
            with place.log(part.name).open("ab") as log:
                launch = place.cgroup.entering("setsid", "--fork", *part.words)
                environment = {**os.environ, "PATH": path}
                subprocess.run(
                    launch, check=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
                )
            self.progress.say("kube", f"{part.name} started")
        for node in nodes():
            self.api.create("/api/v1/nodes", node)
        self._wait("all of it", lambda: self._missing() == "")

    def _wait(self, what: str, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + SECONDS
        while not done():
            if dead := self._dead():
                raise LabError(f"{dead} ended; see {self.place.log(dead)}: {_end(self.place.log(dead))}")
            if time.monotonic() > deadline:
                raise LabError(
                    f"{what} did not answer within {SECONDS} s ({self._missing()}); see {self.place.log('*')}"
                )
            time.sleep(0.1)

    def _dead(self) -> str:
        """A part whose process has gone; of those that were started."""
        running = running_words(self.place.cgroup.path / "cgroup.procs")
        for part in parts(self.place, self._ports()):
            if self.place.log(part.name).exists() and part.words[0] not in running:
                return part.name
        return ""

    def _api_is_ready(self) -> bool:
        try:
            return self.api.ask("GET", "/readyz").status == 200
        except OSError:
            return False

    def _missing(self) -> str:
        """What does not answer; nothing when all of it does."""
        if not self.place.cgroup.populated:
            return "no process runs"
        if dead := self._dead():
            return dead
        if not self._api_is_ready():
            return "the API"
        ready = [
            node["metadata"]["name"]
            for node in self.api.get("/api/v1/nodes")["items"]
            for condition in node["status"].get("conditions", ())
            if condition["type"] == "Ready" and condition["status"] == "True"
        ]
        if missing := {each["metadata"]["name"] for each in nodes()} - set(ready):
            return f"nodes {', '.join(sorted(missing))}"
        if self.api.ask("GET", "/api/v1/namespaces/default/serviceaccounts/default").status != 200:
            return "the default service account"
        with socket.socket() as asked:
            asked.settimeout(1)
            return "" if asked.connect_ex(("127.0.0.1", self._ports()[REGISTRY])) == 0 else "the registry"

    @contextmanager
    def _lock(self) -> Iterator[None]:
        self.place.lock.parent.mkdir(parents=True, exist_ok=True)
        with self.place.lock.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.progress.say("kube", "waiting for another process that is changing it")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def running_words(processes: Path) -> set[str]:
    """All words of the commands of a control group's processes, of paths the last part.

    While it starts, a part is still a shell or setsid with the part's words. A process that is gone before it could be looked at
    may have begun another meanwhile, and one that is just becoming another program has no words at all: then all are looked at
    again, for a second at the most, since one that has ended and that nobody has asked about has none either.
    """
    found = set[str]()
    for _ in range(20):
        commands = [_command(pid) for pid in processes.read_text().split()]
        found |= {Path(word.decode(errors="replace")).name for each in commands for word in each.split(b"\0")}
        if all(commands):
            break
        time.sleep(0.05)
    return found


def _command(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _free_ports(number: int) -> list[int]:
    """All held at once, so that they differ."""
    held = [socket.socket() for _ in range(number)]
    try:
        for each in held:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in held]
    finally:
        for each in held:
            each.close()


def _end(log: Path) -> str:
    return " / ".join(log.read_text(errors="replace").splitlines()[-3:])[-600:]
