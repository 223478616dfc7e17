"""Turns a release on, on the host it runs on, or puts the old one back: one file, standard library, root.

It knows releases: files, checks, packages, units and, for a service, two slots behind a proxy. It knows
nothing of fleets, clouds or building. States, exit codes and files on the host: docs/activator.md.
"""

# Paths are texts here, because `Host` puts a prefix before every one of them.
# ruff: noqa: PTH100, PTH101, PTH103, PTH104, PTH105, PTH108, PTH110, PTH112, PTH114, PTH115, PTH118
# ruff: noqa: PTH119, PTH120, PTH123, PTH208, PTH211

from __future__ import annotations

import argparse
import contextlib
import csv
import fcntl
import grp
import hashlib
import http.client
import io
import json
import os
import platform
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, Callable
from urllib.parse import quote

FORMAT = 1
STATE = "/var/lib/slipway"
UPLOAD = re.compile(r"(.+?)-([0-9a-f]{12})(-[0-9a-f]+)?\.tar\.gz")  # service, release, digest of the bundle
RESERVE = 16 << 20  # bytes that a release leaves free on each file system it writes to
DONE, REFUSED, PUT_BACK, BROKEN = 0, 1, 3, 4  # 2 is argparse's own code for wrong usage
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
# What /proc/cpuinfo must list for a level (x86-64 psABI; Arm ARM by the names of Linux's elf_hwcaps); each
# adds to those before it.
LEVELS = {
    "amd64": {
        "v1": "",
        "v2": "cx16 lahf_lm popcnt sse4_1 sse4_2 ssse3",
        "v3": "abm avx avx2 bmi1 bmi2 f16c fma movbe xsave",
        "v4": "avx512f avx512bw avx512cd avx512dq avx512vl",
    },
    "arm64": {
        "v8.0": "",
        "v8.1": "atomics crc32 asimdrdm",
        "v8.2": "dcpop",
        "v8.3": "fcma jscvt lrcpc",
        "v8.4": "dit flagm ilrcpc uscat",
        "v8.5": "flagm2 frint sb",
        "v9.0": "sve2",
    },
}


# ---- what can go wrong ---------------------------------------------------------------------------


class Refused(Exception):
    """The release cannot be had on this host; nothing was changed."""


class Failed(Exception):
    """A step of a transaction failed; what was there is put back."""


class Interrupted(Exception):
    """Somebody asked the activator to stop (SIGTERM, SIGINT)."""


# ---- the host: every effect, and nothing else ----------------------------------------------------


@dataclass(frozen=True)
class Result:
    """How a command ended: exit code (127 missing, 124 out of time) and its stdout and stderr together."""

    code: int
    text: str


@dataclass(frozen=True)
class Entry:
    """A path as it is on disk; `link` is a symlink's target, else None."""

    mode: int
    owner: str
    group: str
    link: str | None
    directory: bool


@dataclass(frozen=True)
class Process:
    """A running process: who it runs as, and the sha256 of the very file it runs."""

    uid: int
    sha256: str
    command: str


class Host:
    """This machine. Paths are absolute; `root` prefixes them all."""

    def __init__(self, root: str = "") -> None:
        self.root = root
        self.interruptible = True

    # -- files: looking
    def read(self, path: str) -> bytes | None:
        try:
            with open(self.root + path, "rb") as stream:
                return stream.read()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def stream(self, path: str) -> IO[bytes]:
        return open(self.root + path, "rb")

    def digest(self, path: str) -> str | None:
        """Hex sha256 of a file, or None when there is none."""
        try:
            with self.stream(path) as stream:
                return sha256(stream)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def entry(self, path: str) -> Entry | None:
        real = self.root + path
        try:
            status = os.lstat(real)
        except (FileNotFoundError, NotADirectoryError):
            return None
        link = os.readlink(real) if os.path.islink(real) else None
        owner, group = self.ownership(path, status)
        return Entry(status.st_mode & 0o7777, owner, group, link, os.path.isdir(real) and link is None)

    def ownership(self, path: str, status: os.stat_result) -> tuple[str, str]:
        def name(look: Callable[[int], Any], number: int) -> str:
            try:
                return look(number)[0]
            except KeyError:
                return str(number)

        return name(pwd.getpwuid, status.st_uid), name(grp.getgrgid, status.st_gid)

    def names(self, path: str) -> list[str]:
        try:
            return sorted(os.listdir(self.root + path))
        except (FileNotFoundError, NotADirectoryError):
            return []

    def free(self, path: str) -> int:
        """Bytes free where `path` is or will be."""
        while not os.path.exists(self.root + path):
            path = os.path.dirname(path)
        status = os.statvfs(self.root + path)
        return status.f_bavail * status.f_frsize

    # -- files: changing; each is atomic and on disk when it returns, but for `store`
    def write(
        self, path: str, data: bytes, mode: int = 0o644, owner: str = "root", group: str = "root"
    ) -> None:
        aside = beside(path)
        self.store(aside, io.BytesIO(data), mode, owner, group)
        os.replace(self.root + aside, self.root + path)
        self.sync(os.path.dirname(path))

    def store(
        self, path: str, source: IO[bytes], mode: int, owner: str = "root", group: str = "root"
    ) -> None:
        """Writes a new file; half of it may be there after a power cut, so only for what is renamed later."""
        os.makedirs(os.path.dirname(self.root + path), exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.root + path)  # so that a link or a looser mode left there is not written through
        descriptor = os.open(self.root + path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with open(descriptor, "wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
            target.flush()
            self.own(path, owner, group)
            os.fchmod(target.fileno(), mode)
            os.fsync(target.fileno())

    def own(self, path: str, owner: str, group: str) -> None:
        os.lchown(self.root + path, pwd.getpwnam(owner).pw_uid, grp.getgrnam(group).gr_gid)

    def link(self, path: str, target: str) -> None:
        os.makedirs(os.path.dirname(self.root + path), exist_ok=True)
        aside = beside(path)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.root + aside)
        os.symlink(target, self.root + aside)
        os.replace(self.root + aside, self.root + path)
        self.sync(os.path.dirname(path))

    def directory(self, path: str, mode: int, owner: str = "root", group: str = "root") -> None:
        os.makedirs(self.root + path, exist_ok=True)
        self.own(path, owner, group)
        os.chmod(self.root + path, mode)

    def move(self, source: str, target: str) -> None:
        os.makedirs(os.path.dirname(self.root + target), exist_ok=True)
        os.rename(self.root + source, self.root + target)
        self.sync(os.path.dirname(source))
        self.sync(os.path.dirname(target))

    def remove(self, path: str) -> None:
        real = self.root + path
        if os.path.isdir(real) and not os.path.islink(real):
            shutil.rmtree(real)
        else:
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                os.unlink(real)

    def append(self, path: str, line: str) -> None:
        """Adds one line; the half line that a power cut may have left is ended first."""
        with open(self.root + path, "a+b") as stream:
            if stream.seek(0, os.SEEK_END):
                stream.seek(-1, os.SEEK_END)
                line = line if stream.read(1) == b"\n" else "\n" + line
            stream.write(line.encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())

    def sync(self, directory: str) -> None:
        descriptor = os.open(self.root + directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def lock(
        self, path: str, note: dict[str, Any], patience: Callable[[dict[str, Any]], float]
    ) -> Iterator[None]:
        """Holds the lock at `path`; after `patience(holder)` seconds refuses and names the holder."""
        began = self.clock()
        while True:
            descriptor = os.open(self.root + path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with open(descriptor, "r+") as stream:
                try:
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    try:
                        holder = json.loads(stream.read())
                    except ValueError:
                        holder = {}  # it has the lock and has not yet written who it is
                    if self.clock() - began > patience(holder):
                        raise Refused(
                            f"another run holds {path}: pid {holder.get('pid', '?')}, {holder.get('what', '?')} "
                            f"for {holder.get('owner', '?')} since {holder.get('since', '?')}; "
                            "run again when it has ended"
                        ) from None
                    self.sleep(0.2)
                    continue
                held = os.fstat(stream.fileno())
                if held.st_nlink:  # else the one before us removed the service, and the file with it
                    stream.truncate(0)
                    stream.write(json.dumps(note))
                    stream.flush()
                    yield
                    return

    # -- the rest of the machine
    def run(self, *command: str, timeout: float = 60, **environment: str) -> Result:
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=timeout,
                env={**os.environ, "LC_ALL": "C", **environment},
            )
        except FileNotFoundError:
            return Result(127, f"{command[0]} is not installed")
        except subprocess.TimeoutExpired as late:
            return Result(
                124, f"not done after {timeout:g} s\n" + (late.output or b"").decode(errors="replace")
            )
        return Result(done.returncode, done.stdout.decode(errors="replace").strip())

    def get(self, port: int, path: str, timeout: float) -> tuple[int | None, str]:
        """Status and the beginning of the body of a GET on this machine; (None, why) without an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            answer = connection.getresponse()
            return answer.status, answer.read1(500).decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            return None, str(error) or type(error).__name__
        finally:
            connection.close()

    def ask_proxy(self, path: str, command: str) -> str:
        """One command on HAProxy's admin socket."""
        with socket.socket(socket.AF_UNIX) as stream:
            stream.settimeout(5)
            stream.connect(self.root + path)
            stream.sendall(command.encode() + b"\n")
            return b"".join(iter(lambda: stream.recv(65536), b"")).decode().strip()

    def process(self, pid: int) -> Process | None:
        try:
            with open(f"/proc/{pid}/exe", "rb") as program, open(f"/proc/{pid}/status") as status:
                uid = int(re.findall(r"^Uid:\s+\d+\s+(\d+)", status.read(), re.M)[0])
                with open(f"/proc/{pid}/cmdline", "rb") as line:
                    return Process(
                        uid,
                        sha256(program),
                        line.read().replace(b"\0", b" ").decode(errors="replace").strip(),
                    )
        except (OSError, IndexError):
            return None

    def cpu(self) -> tuple[str, set[str]]:
        """`uname -m` and the CPU's features by the kernel's names."""
        with open("/proc/cpuinfo") as stream:
            found = re.findall(r"^(?:flags|Features)\s*:(.*)$", stream.read(), re.M)
        return platform.machine(), set(found[0].split()) if found else set()

    def has_user(self, name: str) -> bool:
        try:
            pwd.getpwnam(name)
        except KeyError:
            return False
        return True

    def is_root(self) -> bool:
        return os.geteuid() == 0

    def name(self) -> str:
        return platform.node()

    def clock(self) -> float:
        """Seconds that only ever grow, whatever is done to the wall clock."""
        return time.monotonic()

    def now(self) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def say(self, text: str) -> None:
        """Progress for people. Whoever listened may be gone: that stops nothing."""
        with contextlib.suppress(OSError):
            print(text, file=sys.stderr, flush=True)

    def answer(self, line: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):
            print(json.dumps(line), flush=True)


def beside(path: str) -> str:
    """Where a file is written before it is renamed into place."""
    return os.path.join(os.path.dirname(path), ".slipway-" + os.path.basename(path))


def sha256(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    for block in iter(lambda: stream.read(1 << 20), b""):
        digest.update(block)
    return digest.hexdigest()


# ---- the release: what a manifest says -----------------------------------------------------------


@dataclass(frozen=True)
class File:
    """A file as it shall be on the host; data None means that it shall not be there."""

    path: str
    data: bytes | None
    mode: int
    owner: str
    group: str
    check: str | None


class Release:
    """A manifest that was checked, and the paths that follow from it."""

    def __init__(self, manifest: Any) -> None:
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            found = manifest.get("format") if isinstance(manifest, dict) else type(manifest).__name__
            raise Refused(
                f"the bundle has format {found!r}; this activator reads {FORMAT}: use the one in the bundle"
            )
        bare = {key: value for key, value in manifest.items() if key != "release"}
        digest = hashlib.sha256(json.dumps(bare, sort_keys=True, separators=(",", ":")).encode()).hexdigest()[
            :12
        ]
        self.manifest: dict[str, Any] = manifest
        self.service, self.id = manifest["service"], manifest["release"]
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", self.service):
            raise Refused(
                f"{self.service!r} is no service name: a-z, 0-9 and -, beginning with a letter, at most 31"
            )
        if self.id != digest:
            raise Refused(
                f"the manifest says it is release {self.id} but is {digest}: build the bundle again"
            )
        for file in manifest["files"]:
            for path, rooted in ((file["target"], True), (file["member"], False)):
                if path.startswith("/") != rooted or os.path.normpath(path) != path or path.startswith(".."):
                    raise Refused(
                        f"{path!r} is no {'absolute' if rooted else 'relative'} path without detours"
                    )
        self.binary, self.user, self.proxy = manifest["binary"], manifest["user"], manifest["proxy"]
        self.slots: dict[str, int] = manifest["slots"] or {}
        self.health, self.units = manifest["health"], manifest["units"] or []
        self.home = f"/opt/{self.service}"
        self.app = f"{self.home}/app"
        self.conf = f"{self.home}/conf"
        self.tree = f"{self.app}/releases/{self.id}"

    def unit(self, slot: str) -> str:
        return f"{self.service}@{slot}.service"

    def members(self) -> dict[str, str]:
        """Path inside the release -> sha256, for all that the manifest vouches for."""
        found = {file["member"]: file["sha256"] for file in self.manifest["files"]}
        if self.binary:
            found[f"bin/{self.service}"] = self.binary["sha256"]
        return found

    def intact(self, host: Host, tree: str) -> bool:
        found = host.read(f"{tree}/manifest.json")
        return (
            found is not None
            and found == json_bytes(self.manifest)
            and all(host.digest(f"{tree}/{path}") == digest for path, digest in self.members().items())
        )

    def directories(self) -> list[tuple[str, int, str, str]]:
        """Path, mode, owner, group."""
        if not self.user:
            return [(self.home, 0o755, "root", "root"), (self.app, 0o755, "root", "root")]
        return [
            (self.home, 0o755, "root", "root"),
            (self.app, 0o755, "root", "root"),
            (self.conf, 0o750, "root", self.user),
            (f"{self.home}/data", 0o750, self.user, self.user),
            (f"{self.home}/logs", 0o750, self.user, self.user),
        ]

    def shared(self, host: Host, tree: str, live: str | None) -> list[File]:
        """The files that both slots share; in the proxy's configuration `live` is the slot with requests."""
        return [self.render(host, tree, file, file["target"], live) for file in self.files(False)]

    def own(self, host: Host, tree: str, slot: str, secrets: dict[str, str]) -> list[File]:
        """The files of one slot alone: nobody who runs in the other is touched by them."""
        port = str(self.slots[slot])
        settings = {"SLIPWAY_SLOT": slot, "SLIPWAY_PORT": port, "SLIPWAY_RELEASE": self.id}
        for name, value in (self.manifest.get("slotEnvironment") or {}).items():
            settings[name] = value.replace("{port}", port)
        hidden = environment_file(secrets) if secrets else None
        return [
            *(
                self.render(host, tree, file, file["target"].replace("{slot}", slot), None)
                for file in self.files(True)
            ),
            File(f"{self.conf}/{slot}.env", environment_file(settings), 0o640, "root", self.user, None),
            File(f"{self.conf}/{slot}.secrets", hidden, 0o600, "root", "root", None),
        ]

    def files(self, of_slot: bool) -> list[dict[str, Any]]:
        return [file for file in self.manifest["files"] if ("{slot}" in file["target"]) == of_slot]

    def render(self, host: Host, tree: str, file: dict[str, Any], path: str, live: str | None) -> File:
        data = host.read(f"{tree}/{file['member']}")
        assert data is not None, f"{tree}/{file['member']} was verified"
        if self.proxy and path == self.proxy["config"]:
            for slot in self.slots:
                data = data.replace(f"@{slot}@".encode(), b"" if slot == live else b"disabled")
        return File(path, data, int(file["mode"], 8), file["owner"], file["group"], file.get("check"))

    def paths(self) -> list[str]:
        """All files that the release has on the host, in either slot."""
        own = [file["target"].replace("{slot}", slot) for file in self.files(True) for slot in self.slots]
        kept = [f"{self.conf}/{slot}.{kind}" for slot in self.slots for kind in ("env", "secrets")]
        return [file["target"] for file in self.files(False)] + own + kept


def json_bytes(value: Any) -> bytes:
    """The canonical form: sorted keys, no spaces. Whoever makes bundles writes manifest.json so."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def environment_file(values: dict[str, str]) -> bytes:
    """systemd's EnvironmentFile= syntax: quoted, with backslashes before what a shell would expand."""
    escape = re.compile(r'(["\\`$])')
    return "".join(
        f'{name}="{escape.sub(_BACKSLASH, value)}"\n' for name, value in sorted(values.items())
    ).encode()


_BACKSLASH = r"\\\1"


def parse_secrets(text: bytes) -> dict[str, str]:
    """The JSON object on stdin; its values never reach a message."""
    if not text.strip():
        return {}
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise Refused('the secrets on stdin are no JSON object of texts, such as {"NAME": "value"}')
    for name, value in values.items():
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or name.startswith("SLIPWAY_"):
            raise Refused(
                f"secret {name!r} has no usable name: letters, digits and _, not beginning with SLIPWAY_"
            )
        if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", value):
            raise Refused(
                f"secret {name} holds a control character, which systemd drops: encode it, e.g. as base64"
            )
    return values


# ---- the ledger: what was done, and what was only begun ------------------------------------------


@dataclass(frozen=True)
class Live:
    """The release that serves: its manifest, its slot (None without a binary), and the release before it."""

    release: Release
    slot: str | None
    previous: str | None


class Ledger:
    """ledger.jsonl: one fsynced line per event. Read after a crash, it tells all that is needed to go on."""

    def __init__(self, host: Host, service: str) -> None:
        self.host, self.service = host, service
        self.directory = f"{STATE}/{service}"
        self.path = f"{self.directory}/ledger.jsonl"
        self.live: Live | None = None
        self.displaced: Live | None = None  # what was live before the last commit
        self.unfinished: dict[str, Any] | None = None  # the event that began it
        self.begun: list[str] = []  # steps of the unfinished transaction
        self.committed = False
        self.history: list[str] = []  # releases that went live, newest first
        for line in (host.read(self.path) or b"").splitlines():
            with contextlib.suppress(
                ValueError
            ):  # a torn line says nothing: what it would have told was not done
                self._take(json.loads(line))

    def add(self, event: str, **facts: Any) -> None:
        line = {"time": self.host.now(), "event": event, **facts}
        self.host.append(self.path, json.dumps(line, sort_keys=True))
        self._take(line)

    def _take(self, line: dict[str, Any]) -> None:
        if line["event"] == "begin":
            self.unfinished, self.begun, self.committed = line, [], False
        elif line["event"] == "step":
            self.begun.append(line["step"])
        elif line["event"] == "commit":
            self.committed, self.displaced = True, self.live
            self.live = Live(Release(line["manifest"]), line["slot"], line["previous"])
            self.history = [
                self.live.release.id,
                *(one for one in self.history if one != self.live.release.id),
            ]
        elif line["event"] == "end":
            self.unfinished, self.begun, self.committed = None, [], False
            if line["result"] == "removed":
                self.live, self.history = None, []


# ---- systemd and the proxy -----------------------------------------------------------------------


@dataclass(frozen=True)
class Unit:
    """What systemd knows of a unit."""

    active: bool
    state: str
    pid: int
    restarts: int
    group: str


def look(host: Host, unit: str) -> Unit:
    wanted = "ActiveState,SubState,MainPID,NRestarts,Result,ExecMainStatus,ControlGroup"
    shown = host.run("systemctl", "show", unit, f"--property={wanted}").text
    facts = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
    state = f"{facts.get('ActiveState', 'unknown')}/{facts.get('SubState', 'unknown')}"
    if facts.get("Result", "success") != "success":
        state += f" ({facts['Result']}, status {facts.get('ExecMainStatus', '?')})"
    return Unit(
        state.split("/")[0] in ("active", "reloading"),
        state,
        int(facts.get("MainPID") or 0),
        int(facts.get("NRestarts") or 0),
        facts.get("ControlGroup", ""),
    )


def systemctl(host: Host, *words: str, timeout: float = 120) -> None:
    done = host.run("systemctl", *words, timeout=timeout)
    if done.code:
        raise Failed(f"`systemctl {' '.join(words)}` ended with {done.code}: {tail(done.text, 5)}")


def enabled(host: Host, unit: str) -> bool:
    return host.run("systemctl", "is-enabled", unit).text.startswith("enabled")


def set_enabled(host: Host, unit: str, wanted: bool) -> None:
    if enabled(host, unit) != wanted:
        systemctl(host, "enable" if wanted else "disable", unit)


class Proxy:
    """The host's own HAProxy, by its admin socket."""

    def __init__(self, host: Host, release: Release) -> None:
        self.host, self.release = host, release
        self.unit, self.socket, self.backend = (release.proxy[key] for key in ("unit", "socket", "backend"))

    def servers(self) -> dict[str, tuple[str, int]]:
        """Slot -> its status as HAProxy words it, and its sessions."""
        text = self.host.ask_proxy(self.socket, "show stat")
        rows = csv.DictReader(io.StringIO(text.lstrip("# ")))
        return {
            row["svname"]: (row["status"], int(row["scur"] or 0))
            for row in rows
            if row["pxname"] == self.backend and row["svname"] in self.release.slots
        }

    def ready(self) -> list[str]:
        """The slots that get requests; none when the proxy does not answer."""
        try:
            return [
                slot for slot, (status, _) in self.servers().items() if status.startswith(("UP", "no check"))
            ]
        except OSError:
            return []

    def send_to(self, live: str, others: str) -> None:
        """Requests go to `live` alone; others get the state `others`, drain or maint. Proved by `show stat`."""
        self.set_state(live, "ready")
        self.until(lambda: live in self.ready(), f"never reported slot {live} as ready")
        for slot in self.release.slots:
            if slot != live:
                self.set_state(slot, others)
        self.until(
            lambda: self.ready() == [live], f"never reported slot {live} as the only one that is ready"
        )

    def set_state(self, slot: str, state: str) -> None:
        try:
            said = self.host.ask_proxy(self.socket, f"set server {self.backend}/{slot} state {state}")
        except OSError as error:
            raise Failed(f"the proxy does not answer on {self.socket}: {error}") from None
        if said:
            raise Failed(f"the proxy refused to set {self.backend}/{slot} to {state}: {said}")

    def reload(self) -> None:
        """Returns when a new worker answers: a reload that HAProxy swallowed is a failure."""
        before = self.worker()
        systemctl(self.host, "reload", self.unit)
        self.until(
            lambda: self.worker() not in (None, before), "went on with its old configuration after a reload"
        )

    def worker(self) -> str | None:
        try:
            return dict(
                line.split(": ", 1)
                for line in self.host.ask_proxy(self.socket, "show info").splitlines()
                if ": " in line
            ).get("Pid")
        except OSError:
            return None

    def until(self, condition: Callable[[], bool], otherwise: str) -> None:
        began = self.host.clock()
        while not condition():
            if self.host.clock() - began > 10:
                raise Failed(f"the proxy {self.unit} ({look(self.host, self.unit).state}) {otherwise}")
            self.host.sleep(0.1)

    def drained(self, slot: str) -> bool:
        """No session on the slot, and no worker from before a reload that may still hold one."""
        try:
            sessions = self.servers()[slot][1]
        except (OSError, KeyError):
            return True  # a proxy that is down has no sessions
        group = look(self.host, self.unit).group
        processes = (self.host.read(f"/sys/fs/cgroup{group}/cgroup.procs") or b"").split() if group else []
        return sessions == 0 and len(processes) <= 2

    def drain(self, slot: str, seconds: float) -> bool:
        began = self.host.clock()
        while not self.drained(slot):
            if self.host.clock() - began >= seconds:
                return False
            self.host.sleep(0.1)
        return True


def gate(host: Host, release: Release, slot: str) -> int:
    """Waits until the slot is healthy; returns its process id. A unit that dies or restarts fails at once."""
    health, unit, began = release.health, release.unit(slot), host.clock()
    good, since, pid, last = 0, began, 0, "none yet"
    while True:
        pid = alive(host, unit, pid)
        status, body = host.get(release.slots[slot], health["path"], health["timeout"])
        last = f"{status} {body[:300]!r}" if status else body
        if status and 200 <= status < 300:
            since = host.clock() if good == 0 else since
            good += 1
            if good >= health["successes"] and host.clock() - since >= health["minimumHealthy"]:
                return alive(host, unit, pid)
        else:
            good = 0
        if host.clock() - began >= health["deadline"]:
            raise Failed(
                f"{unit} was not healthy within {health['deadline']:g} s: {health['successes']} good answers in "
                f"a row from {health['path']} over {health['minimumHealthy']:g} s are asked; last: {last}"
            )
        host.sleep(health["interval"])


def alive(host: Host, unit: str, pid: int = 0) -> int:
    """The unit's process id; fails when it is not `pid` any more (0: whichever it is)."""
    found = look(host, unit)
    if not found.active or not found.pid or found.restarts or (pid and found.pid != pid):
        raise Failed(
            f"{unit} died: {found.state}, {found.restarts} restarts, pid {found.pid} after {pid or 'none'}"
        )
    return found.pid


def prove(host: Host, release: Release, slot: str, pid: int) -> None:
    """The process runs the artifact's very bytes, and not as root."""
    process = host.process(pid)
    if process is None or process.sha256 != release.binary["sha256"]:
        raise Failed(
            f"pid {pid} of {release.unit(slot)} runs {process.sha256 if process else 'nothing'}, "
            f"not the artifact {release.binary['sha256']}"
        )
    if process.uid == 0:
        raise Failed(f"pid {pid} of {release.unit(slot)} runs as root: its unit must name a user")


# ---- before a transaction: the bundle, and reasons to refuse -------------------------------------


class Bundle:
    """An uploaded bundle. Without the file, the release that is unpacked on the host under the same name."""

    def __init__(self, host: Host, path: str, digest: str) -> None:
        self.host, self.path = host, path
        self.present = host.entry(path) is not None
        self.size = 0
        if not self.present:
            self.release = self._unpacked()
            return
        found = host.digest(path)
        if found != digest:
            raise Refused(f"{path} has sha256 {found}, not {digest}: the upload is damaged; upload it again")
        manifest = None
        with self._readable() as archive:
            for member in archive:
                name = member.name
                if not re.fullmatch(
                    r"(manifest\.json|activator\.py|sbom\.spdx\.json|(bin|files)/[^/].*)", name
                ):
                    raise Refused(f"{path} holds {name!r}, which has no place in a bundle: build it again")
                if not member.isfile() or os.path.normpath(name) != name or name.startswith(".."):
                    raise Refused(f"{path} holds {name!r}, no plain file inside the release: build it again")
                self.size += member.size
                if name == "manifest.json":
                    manifest = json.load(archive.extractfile(member) or io.BytesIO())
        self.release = Release(manifest)

    @contextlib.contextmanager
    def _readable(self) -> Iterator[tarfile.TarFile]:
        try:
            with self.host.stream(self.path) as stream, tarfile.open(fileobj=stream, mode="r:gz") as archive:
                yield archive
        except (tarfile.TarError, zlib.error, EOFError, ValueError) as error:
            raise Refused(f"{self.path} is no readable bundle ({error}): build it again") from None

    def _unpacked(self) -> Release:
        named = UPLOAD.fullmatch(os.path.basename(self.path))
        home = f"/opt/{named.group(1)}/app/releases" if named else ""
        found = self.host.read(f"{home}/{named.group(2)}/manifest.json") if named else None
        if found is None:
            kept = ", ".join(one for one in self.host.names(home) if not one.startswith(".")) if home else ""
            raise Refused(
                f"there is no {self.path}, and this host holds no such release (it holds: {kept or 'none'})"
            )
        release = Release(json.loads(found))
        if not release.intact(self.host, release.tree):
            raise Refused(
                f"{release.tree} was changed by hand and there is no {self.path} to mend it from: upload it"
            )
        return release

    def unpack(self, tree: str) -> None:
        """Writes every member below `tree` and checks what arrived on disk against the manifest."""
        with self._readable() as archive:
            for member in archive:
                data = archive.extractfile(member) or io.BytesIO()
                if member.name == "manifest.json":
                    data = io.BytesIO(json_bytes(self.release.manifest))
                self.host.store(
                    f"{tree}/{member.name}", data, 0o755 if member.name.startswith("bin/") else 0o644
                )
        for member_name, digest in self.release.members().items():
            found = self.host.digest(f"{tree}/{member_name}")
            if found != digest:
                raise Refused(
                    f"{member_name} has sha256 {found}, the manifest says {digest}: build the bundle again"
                )


def check_machine(host: Host, release: Release) -> None:
    """Gate four of five for the architecture; the fifth is that the staged binary must run and be healthy."""
    wanted = release.manifest["architecture"]
    if wanted is None:
        return
    machine, features = host.cpu()
    if ARCHITECTURES.get(machine) != wanted:
        raise Refused(
            f"the release is for {wanted}, this host is {ARCHITECTURES.get(machine, machine)} "
            f"(uname -m: {machine}): correct the host's architecture in the settings"
        )
    level = release.manifest.get("level")
    if level is None:
        return
    levels = LEVELS[wanted]
    if level not in levels:
        raise Refused(f"{level!r} is no level of {wanted} that is known here: {', '.join(levels)}")
    needed = [word for name in list(levels)[: list(levels).index(level) + 1] for word in levels[name].split()]
    missing = [word for word in needed if word not in features]
    if missing:
        raise Refused(
            f"the release needs {wanted} {level}; this CPU lacks {', '.join(missing)}: build for less"
        )


def check_space(host: Host, release: Release, size: int) -> None:
    for path, needed in ((release.app, size + RESERVE), (STATE, RESERVE)):
        free = host.free(path)
        if free < needed:
            raise Refused(
                f"{path} needs {needed >> 20} MiB free and has {free >> 20}: free some, or lower `keep`"
            )


def provide_packages(host: Host, release: Release, install: bool) -> None:
    packages: dict[str, str] = release.manifest["packages"] or {}
    missing = [name for name, path in packages.items() if host.entry(path) is None]
    if not missing:
        return
    if not install:
        raise Refused(
            f"not installed: {', '.join(missing)}; install them, or allow it with --install-packages"
        )
    host.say(f"installing {', '.join(missing)}")
    if host.entry("/usr/bin/apt-get"):
        get = ("apt-get", "install", "--yes", "--no-install-recommends", *missing)
        done = host.run(*get, timeout=600, DEBIAN_FRONTEND="noninteractive")
        if done.code:  # most often the package lists are old
            host.run("apt-get", "update", timeout=300)
            done = host.run(*get, timeout=600, DEBIAN_FRONTEND="noninteractive")
    else:
        done = host.run("dnf", "install", "--assumeyes", *missing, timeout=600)
    missing = [name for name, path in packages.items() if host.entry(path) is None]
    if missing:
        raise Refused(f"could not install {', '.join(missing)}: {tail(done.text, 5)}")


def check_ports(host: Host, release: Release, slot: str | None) -> None:
    """Whoever has a port of ours and is not ours is named, and left alone."""
    if slot is None:
        return
    wanted = {release.slots[slot]: release.unit(slot), release.proxy["port"]: release.proxy["unit"]}
    shown = host.run("ss", "-Hltnp")
    if shown.code:
        raise Refused(f"cannot see which ports are in use ({tail(shown.text, 1)}): install iproute2")
    for line in shown.text.splitlines():
        address = re.search(r"\S*:(\d+)\s", line)
        port = int(address.group(1)) if address else 0
        if port not in wanted:
            continue
        holders = {int(pid) for pid in re.findall(r"pid=(\d+)", line)}
        unit = look(host, wanted[port])
        ours = {int(pid) for pid in (host.read(f"/sys/fs/cgroup{unit.group}/cgroup.procs") or b"").split()}
        if not holders & (ours | {unit.pid}):
            pid = min(holders, default=0)
            process = host.process(pid)
            raise Refused(
                f"port {port}, which {wanted[port]} needs, is in use by pid {pid} "
                f"({process.command if process else 'unknown'}): stop that, or choose another port"
            )


def check_files(host: Host, release: Release, files: list[File], tree: str, aside: str) -> None:
    """Asks systemd, HAProxy and nginx about the new files before any of them is in place."""
    host.remove(aside)
    host.directory(aside, 0o700)
    moved = {
        file.path: f"{aside}/{number}/{os.path.basename(file.path)}" for number, file in enumerate(files)
    }
    for file in files:
        if file.data is None:
            continue
        text = file.data
        for path, new in sorted(
            moved.items(), reverse=True
        ):  # files name each other: they shall find the new ones
            text = text.replace(path.encode(), (host.root + new).encode())
        if file.check == "systemd":  # systemd looks whether the program is there
            text = text.replace(f"{release.app}/%i/".encode(), f"{host.root}{tree}/".encode())
        if file.check == "nginx" and not re.search(rb"^\s*events\b", text, re.M):
            host.write(moved[file.path] + ".part", text)
            text = f"events {{}}\nhttp {{ include {host.root}{moved[file.path]}.part; }}\n".encode()
        host.write(moved[file.path], text, 0o600)
    commands = {
        "systemd": ("systemd-analyze", "verify", "--man=no"),
        "haproxy": ("haproxy", "-c", "-q", "-f"),
        "nginx": ("nginx", "-t", "-q", "-c"),
    }
    for file in files:
        if file.check and file.data is not None:
            done = host.run(*commands[file.check], host.root + moved[file.path])
            if done.code:
                said = tail(done.text.replace(host.root + moved[file.path], file.path), 10)
                raise Refused(f"{file.path} is refused by {commands[file.check][0]}:\n{said}")
    host.remove(aside)


def tail(text: str, lines: int) -> str:
    return "\n".join(text.splitlines()[-lines:])


# ---- the transaction -----------------------------------------------------------------------------


class Transaction:
    """From one release to another. Made from the ledger's `begin` alone, so that a later run can take over.

    Until `commit` it can be put back at any point, and after it it can only be finished; both may be begun
    again after a crash, because every part of them first looks and then does what is still missing.
    """

    def __init__(self, host: Host, ledger: Ledger, begin: dict[str, Any], before: Live | None) -> None:
        self.host, self.ledger, self.begin, self.before = host, ledger, begin, before
        self.release = Release(begin["manifest"])
        self.slot: str | None = begin["slot"]
        self.rolls: bool = begin["rolls"]  # False: it stays in its slot, only what drifted is put right
        self.copies = f"{ledger.directory}/transaction"
        self.old = before.slot if before and self.rolls else None  # the slot to be left
        self.bad = f"{self.release.app}/releases/.replaced-{self.release.id}"

    @staticmethod
    def start(
        host: Host,
        ledger: Ledger,
        release: Release,
        slot: str | None,
        rolls: bool,
        bundle: str,
        owner: str,
    ) -> Transaction:
        begin = {
            "what": "apply",
            "manifest": release.manifest,
            "slot": slot,
            "rolls": rolls,
            "bundle": bundle,
            "owner": owner,
        }
        transaction = Transaction(host, ledger, begin, ledger.live)
        transaction.take_copies()
        ledger.add("begin", **begin)
        return transaction

    def take_copies(self) -> None:
        """Exact copies of all that the transaction may touch, and the states of the units."""
        host, release = self.host, self.release
        host.remove(self.copies)
        host.directory(self.copies, 0o700)
        links = [f"{release.app}/{name}" for name in (*release.slots, "current")]
        paths = [*release.paths(), *(self.before.release.paths() if self.before else []), *links]
        found: dict[str, Any] = {}
        for number, path in enumerate(dict.fromkeys(paths)):
            entry = host.entry(path)
            found[path] = None
            if entry:
                found[path] = {
                    "mode": entry.mode,
                    "owner": entry.owner,
                    "group": entry.group,
                    "link": entry.link,
                }
                if entry.link is None:
                    host.write(f"{self.copies}/{number}", host.read(path) or b"", 0o600)
                    found[path]["copy"] = f"{self.copies}/{number}"
        units = {unit: [look(host, unit).active, enabled(host, unit)] for unit in self.units()}
        facts = {"paths": found, "units": units, "unpacked": host.entry(release.tree) is not None}
        host.write(f"{self.copies}/facts.json", json_bytes(facts), 0o600)

    def units(self) -> list[str]:
        own = [self.release.unit(slot) for slot in self.release.slots]
        proxy = [self.release.proxy["unit"]] if self.release.proxy else []
        return own + proxy + [unit["unit"] for unit in self.release.units]

    def facts(self) -> dict[str, Any]:
        return json.loads(self.host.read(f"{self.copies}/facts.json") or b"")

    # -- forward
    def steps(self) -> list[tuple[str, Callable[[], None]]]:
        service = bool(self.release.slots)
        moves = service and self.rolls
        return [
            *([("unpack", self.unpack)] if self.rolls else []),
            ("directories", self.directories),
            ("files", self.files),
            *([("start", self.start_slot), ("health", self.health), ("prove", self.prove)] if moves else []),
            *([("proxy", self.proxy), ("switch", self.switch)] if service else []),
            ("units", self.reload_units),
            *([("watch", self.watch)] if moves else []),
            *([("boot", self.boot)] if service else []),
        ]

    def run(self, secrets: dict[str, str]) -> None:
        self.secrets = secrets
        for name, do in self.steps():
            self.ledger.add("step", step=name)
            self.host.say(f"{self.release.service} {self.release.id}: {name}")
            do()

    def unpack(self) -> None:
        staged = f"{self.release.app}/releases/.staged"
        if self.host.entry(staged):
            if self.host.entry(self.release.tree):
                self.host.move(self.release.tree, self.bad)
            self.host.move(staged, self.release.tree)

    def directories(self) -> None:
        user = self.release.user
        if user and not self.host.has_user(user):
            made = ("useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin")
            done = self.host.run(*made, "--home-dir", f"{self.release.home}/data", user)
            if done.code:
                raise Failed(f"could not make the user {user}: {tail(done.text, 3)}")
        for path, mode, owner, group in self.release.directories():
            if not matches(self.host.entry(path), mode, owner, group):
                self.host.directory(path, mode, owner, group)

    def wanted(self) -> list[File]:
        release, tree = self.release, self.release.tree
        live = self.before.slot if self.before and self.before.slot in release.slots else self.slot
        own = release.own(self.host, tree, self.slot, self.secrets) if self.slot and self.rolls else []
        return release.shared(self.host, tree, live) + own

    def files(self) -> None:
        host, release, wanted = self.host, self.release, self.wanted()
        gone = {file["target"] for file in self.before.release.files(False)} if self.before else set()
        for path in sorted(gone - set(release.paths())):
            host.remove(path)
        for file in wanted:
            if not in_place(host, file):
                if file.data is None:
                    host.remove(file.path)
                else:
                    host.write(file.path, file.data, file.mode, file.owner, file.group)
        if self.slot and self.rolls:
            host.link(f"{release.app}/{self.slot}", f"releases/{release.id}")
        systemctl(host, "daemon-reload")

    def start_slot(self) -> None:
        assert self.slot
        unit = self.release.unit(self.slot)
        systemctl(self.host, "stop", unit)
        self.host.run(
            "systemctl", "reset-failed", unit
        )  # else many releases in a row meet systemd's start limit
        systemctl(self.host, "start", unit, timeout=self.release.health["deadline"])

    def health(self) -> None:
        assert self.slot
        self.pid = gate(self.host, self.release, self.slot)

    def prove(self) -> None:
        assert self.slot
        prove(self.host, self.release, self.slot, self.pid)

    def proxy(self) -> None:
        """Brings the proxy up with the new configuration, still sending requests where they went before."""
        path, unit = self.release.proxy["config"], self.release.proxy["unit"]
        if not look(self.host, unit).active:
            self.host.run("systemctl", "reset-failed", unit)
            systemctl(self.host, "start", unit)
        elif self.host.read(path) != self.copy_of(path):
            self.ledger.add("step", step="reload")  # what has to be done again on the way back
            Proxy(self.host, self.release).reload()

    def copy_of(self, path: str) -> bytes | None:
        found = self.facts()["paths"].get(path)
        return self.host.read(found["copy"]) if found and "copy" in found else None

    def switch(self) -> None:
        assert self.slot
        Proxy(self.host, self.release).send_to(self.slot, "drain" if self.old else "maint")

    def reload_units(self) -> None:
        for unit in self.release.units:
            running = look(self.host, unit["unit"]).active
            systemctl(self.host, unit["action"] if running else "start", unit["unit"])
            set_enabled(self.host, unit["unit"], True)
            if not look(self.host, unit["unit"]).active:
                raise Failed(
                    f"{unit['unit']} is {look(self.host, unit['unit']).state} after its {unit['action']}"
                )

    def watch(self) -> None:
        """The old slot still runs: whatever is seen now, the way back is one switch."""
        assert self.slot
        release, began = self.release, self.host.clock()
        while True:
            alive(self.host, release.unit(self.slot), self.pid)
            status, body = self.host.get(
                release.slots[self.slot], release.health["path"], release.health["timeout"]
            )
            if not status or not 200 <= status < 300:
                raise Failed(
                    f"slot {self.slot} fell ill after the switch: {status or 'no answer'} {body[:300]!r}"
                )
            if self.host.clock() - began >= release.manifest["watch"]:
                break
            self.host.sleep(min(release.health["interval"], release.manifest["watch"]))

    def boot(self) -> None:
        """What a reboot brings back. Both slots are enabled while the file changes: one always comes up."""
        assert self.slot
        Proxy(self.host, self.release).send_to(self.slot, "drain" if self.old else "maint")
        set_enabled(self.host, self.release.unit(self.slot), True)
        set_enabled(self.host, self.release.proxy["unit"], True)
        for file in self.release.shared(self.host, self.release.tree, self.slot):
            if not in_place(self.host, file) and file.data is not None:
                self.host.write(file.path, file.data, file.mode, file.owner, file.group)

    def commit(self) -> None:
        before = self.before
        previous = before.previous if before else None
        if before and before.release.id != self.release.id:
            previous = before.release.id
        self.ledger.add("commit", manifest=self.release.manifest, slot=self.slot, previous=previous)

    # -- after the commit: only forward
    def finish(self, upload: str) -> None:
        host, release = self.host, self.release
        if self.old and self.old != self.slot:
            unit = release.unit(self.old)
            set_enabled(host, unit, False)
            host.say(f"{release.service} {release.id}: drain {self.old}")
            proxy = Proxy(host, release)
            if look(host, unit).active and not proxy.drain(self.old, release.manifest["drain"]):
                host.say(
                    f"slot {self.old} still had sessions after {release.manifest['drain']:g} s; stopping it"
                )
            systemctl(host, "stop", unit, timeout=180)
            if look(host, proxy.unit).active:
                proxy.set_state(self.old, "maint")
        for path in set(self.before.release.paths()) - set(release.paths()) if self.before else ():
            host.remove(path)
        link = f"{release.app}/current"
        found = host.entry(link)
        if found is None or found.link != f"releases/{release.id}":
            host.link(link, f"releases/{release.id}")
        host.write(f"{self.ledger.directory}/owner", self.begin["owner"].encode(), 0o600)
        self.keep_originals()
        self.prune(upload)
        self.ledger.add("end", result="applied", release=release.id)
        host.remove(self.copies)

    def keep_originals(self) -> None:
        """What was there before the first release, such as a package's own file, comes back on `remove`."""
        ours = set(self.before.release.paths()) if self.before else set()
        for path in set(self.release.paths()) - ours:
            found = self.facts()["paths"].get(path)
            kept = f"{self.ledger.directory}/originals/{quote(path, safe='')}"
            if found and self.host.entry(kept) is None:
                data = self.host.read(found["copy"]) if "copy" in found else None
                self.host.write(kept, json_bytes({**found, "data": (data or b"").decode("latin-1")}), 0o600)

    def prune(self, upload: str) -> None:
        host, release, live = self.host, self.release, self.ledger.live
        assert live
        kept = {live.release.id, live.previous, *self.ledger.history[: release.manifest["keep"]]}
        for name in host.names(f"{release.app}/releases"):
            if name not in kept:
                host.remove(f"{release.app}/releases/{name}")
        host.remove(f"{release.app}/failed")
        uploads = os.path.dirname(self.begin["bundle"])
        for name in host.names(uploads):
            found, path = UPLOAD.fullmatch(name), f"{uploads}/{name}"
            if not found or found.group(1) != release.service or path in (upload, self.begin["bundle"]):
                continue
            if found.group(2) != live.previous:
                host.remove(path)

    # -- back
    def put_back(self) -> list[str]:
        """Exactly what was there. Returns what could not be had again; raises when a file could not."""
        host, release, facts, before = self.host, self.release, self.facts(), self.before
        wrong: list[str] = []

        def attempt(do: Callable[..., Any], *words: Any) -> None:
            try:
                do(*words)
            except (Failed, OSError) as error:
                wrong.append(str(error))

        proxy = Proxy(host, (before or self).release) if release.proxy else None
        old = before.slot if before else None
        unit = before.release.unit(old) if before and old else ""
        served = bool(unit) and facts["units"].get(unit, [False])[0]
        if proxy and old and served and look(host, unit).active:
            with contextlib.suppress(
                Failed, OSError
            ):  # users first; if it cannot be now, it is tried again below
                proxy.send_to(old, "maint")
        if not before:  # nothing served: what was started goes before its files do
            attempt(self.stop_what_did_not_run, facts)
            attempt(self.restore_enabled, facts)
        for path, found in facts["paths"].items():
            self.restore(path, found)
        attempt(systemctl, host, "daemon-reload")
        if before and old and served and not look(host, unit).active:
            host.run("systemctl", "reset-failed", unit)
            attempt(systemctl, host, "start", unit)
            attempt(gate, host, before.release, old)
        lost = served and not look(host, unit).active  # then the new slot is all that users have
        if proxy and old and facts["units"][proxy.unit][0] and not lost:
            if not look(host, proxy.unit).active:
                attempt(systemctl, host, "start", proxy.unit)
            elif "reload" in self.ledger.begun:
                attempt(proxy.reload)
            if served:
                attempt(proxy.send_to, old, "maint")
        for changed in release.units if "units" in self.ledger.begun else []:
            if facts["units"][changed["unit"]][0]:
                attempt(systemctl, host, "reload-or-restart", changed["unit"])
        if before and not lost:
            attempt(self.restore_enabled, facts)
            if proxy and self.rolls and self.slot and look(host, release.unit(self.slot)).active:
                proxy.drain(self.slot, release.manifest["drain"])
            attempt(self.stop_what_did_not_run, facts)
        host.remove(f"{release.app}/releases/.staged")
        if host.entry(self.bad):
            host.remove(release.tree)
            host.move(self.bad, release.tree)
        elif not facts["unpacked"] and host.entry(release.tree):
            host.remove(f"{release.app}/failed")
            host.move(release.tree, f"{release.app}/failed/{release.id}")
        self.ledger.add("end", result="reverted", release=release.id, wrong=wrong)
        host.remove(self.copies)
        return wrong

    def stop_what_did_not_run(self, facts: dict[str, Any]) -> None:
        for unit, (ran, _) in facts["units"].items():
            if not ran:
                systemctl(self.host, "stop", unit, timeout=180)
                self.host.run("systemctl", "reset-failed", unit)

    def restore_enabled(self, facts: dict[str, Any]) -> None:
        for unit, (_, wanted) in facts["units"].items():
            set_enabled(self.host, unit, wanted)

    def restore(self, path: str, found: dict[str, Any] | None) -> None:
        self.host.remove(beside(path))
        if found is None:
            self.host.remove(path)
        elif found["link"] is not None:
            self.host.link(path, found["link"])
        else:
            data = self.host.read(found["copy"])
            assert data is not None, f"the copy of {path} is there until the transaction has ended"
            file = File(path, data, found["mode"], found["owner"], found["group"], None)
            if not in_place(self.host, file):
                self.host.write(path, data, file.mode, file.owner, file.group)


def in_place(host: Host, file: File) -> bool:
    entry = host.entry(file.path)
    if file.data is None or entry is None:
        return file.data is None and entry is None
    return matches(entry, file.mode, file.owner, file.group) and host.read(file.path) == file.data


def matches(entry: Entry | None, mode: int, owner: str, group: str) -> bool:
    return (
        entry is not None
        and entry.link is None
        and (entry.mode, entry.owner, entry.group) == (mode, owner, group)
    )


def recover(host: Host, ledger: Ledger, upload: str = "") -> None:
    """Completes or puts back what an earlier run did not end; `upload` is wanted next and not pruned."""
    begin = ledger.unfinished
    if begin is None:
        return
    host.say(f"an earlier run was cut off in {begin['what']} after: {', '.join(ledger.begun) or 'nothing'}")
    if begin["what"] == "remove":
        take_off(host, ledger, begin["purge"])
    elif ledger.committed:
        Transaction(host, ledger, begin, ledger.displaced).finish(upload)
        host.say(f"release {begin['manifest']['release']} had gone live; what was left to do is done")
    else:
        wrong = Transaction(host, ledger, begin, ledger.live).put_back()
        host.say(
            f"release {begin['manifest']['release']} had not gone live; what was there is back"
            + listed(wrong)
        )


def listed(wrong: list[str]) -> str:
    return "".join(f"\n  but: {line}" for line in wrong)


# ---- apply, remove, status -----------------------------------------------------------------------


def drift(host: Host, live: Live, secrets: dict[str, str]) -> tuple[list[str], list[str]]:
    """What differs from the live release: (what needs the other slot, what can be put right in place)."""
    release, slot = live.release, live.slot
    if not release.intact(host, release.tree):
        return [f"{release.tree} was changed or removed"], []
    rolls: list[str] = []
    mends = [file.path for file in release.shared(host, release.tree, slot) if not in_place(host, file)]
    mends += [
        path
        for path, mode, owner, group in release.directories()
        if not matches(host.entry(path), mode, owner, group)
    ]
    mends += [unit["unit"] for unit in release.units if not look(host, unit["unit"]).active]
    current = host.entry(f"{release.app}/current")
    if current is None or current.link != f"releases/{release.id}":
        mends.append(f"{release.app}/current")
    if slot is None:
        return rolls, mends
    own = release.own(host, release.tree, slot, secrets)
    rolls += [file.path for file in own if not in_place(host, file)]
    link = host.entry(f"{release.app}/{slot}")
    if link is None or link.link != f"releases/{release.id}":
        rolls.append(f"{release.app}/{slot}")
    try:
        prove(host, release, slot, alive_again(host, release, slot))
    except Failed as failure:
        rolls.append(str(failure))
    for name in release.slots:
        if enabled(host, release.unit(name)) != (name == slot):
            mends.append(f"{release.unit(name)} is {'not ' if name == slot else ''}enabled")
    if not enabled(host, release.proxy["unit"]):
        mends.append(f"{release.proxy['unit']} is not enabled")
    if Proxy(host, release).ready() != [slot]:
        mends.append(f"{release.proxy['unit']} does not send requests to {slot} alone")
    return rolls, mends


def alive_again(host: Host, release: Release, slot: str) -> int:
    """The live slot's process id. It may have restarted in its life; now it must answer, at the third try."""
    found = look(host, release.unit(slot))
    if not found.active or not found.pid:
        raise Failed(f"{release.unit(slot)} is {found.state}")
    for last in (False, False, True):
        status, body = host.get(release.slots[slot], release.health["path"], release.health["timeout"])
        if status and 200 <= status < 300:
            break
        if last:
            raise Failed(f"{release.unit(slot)} is not healthy: {status or 'no answer'} {body[:300]!r}")
        host.sleep(release.health["interval"])
    return found.pid


def apply(host: Host, bundle: Bundle, owner: str, install: bool, secrets: dict[str, str]) -> int:
    release = bundle.release
    ledger = Ledger(host, release.service)
    host.interruptible = False
    recover(host, ledger, bundle.path)
    host.interruptible = True
    live, rolls, reasons = ledger.live, True, [f"release {release.id} is new"]
    if live and live.release.id == release.id:
        must_roll, mends = drift(host, live, secrets)
        rolls, reasons = bool(must_roll), must_roll + mends
        if not reasons:
            if (host.read(f"{ledger.directory}/owner") or b"").decode() != owner:
                host.write(f"{ledger.directory}/owner", owner.encode(), 0o600)
                host.say(f"{release.service} now belongs to {owner}")
            host.answer(summary(host, live, changed=False))
            return DONE
        host.say("".join(f"not as released: {reason}\n" for reason in reasons).rstrip())
    try:
        slot = choose_slot(release, live, rolls)
        check_machine(host, release)
        check_ports(host, release, slot)
        staged = stage(host, bundle, slot, install, secrets)
    except (Refused, Interrupted, OSError) as reason:
        clean_up_after_refusal(host, release, ledger)
        ledger.add("refused", release=release.id, owner=owner, why=str(reason))
        raise Refused(str(reason)) from reason
    host.say(f"{release.service} {release.id}: {'into slot ' + slot if slot and rolls else 'in place'}")
    transaction = Transaction.start(host, ledger, release, slot, rolls or staged, bundle.path, owner)
    return carry_out(host, ledger, transaction, secrets)


def choose_slot(release: Release, live: Live | None, rolls: bool) -> str | None:
    if not release.slots:
        return None
    if live and live.slot and live.release.slots != release.slots:
        raise Refused(
            f"the slots' ports are {live.release.slots} while {release.service} is live, the release wants "
            f"{release.slots}: keep the ports, or remove the service first"
        )
    if live and live.slot and not rolls:
        return live.slot
    return next(slot for slot in release.slots if live is None or slot != live.slot)


def stage(host: Host, bundle: Bundle, slot: str | None, install: bool, secrets: dict[str, str]) -> bool:
    """Unpacks and checks beside what is live. True when the release has to be moved into its place."""
    release, staged = bundle.release, f"{bundle.release.app}/releases/.staged"
    host.remove(staged)
    provide_packages(host, release, install)
    tree = release.tree
    if not release.intact(host, tree):
        if not bundle.present:
            raise Refused(
                f"{tree} was changed by hand and there is no {bundle.path} to mend it from: upload it"
            )
        check_space(host, release, bundle.size)
        host.say(f"{release.service} {release.id}: unpacking {bundle.size >> 10} KiB")
        bundle.unpack(staged)
        tree = staged
    files = release.shared(host, tree, slot) + (release.own(host, tree, slot, secrets) if slot else [])
    check_files(host, release, files, tree, f"{STATE}/{release.service}/aside")
    return tree == staged


def clean_up_after_refusal(host: Host, release: Release, ledger: Ledger) -> None:
    host.remove(f"{release.app}/releases/.staged")
    host.remove(f"{ledger.directory}/aside")
    for path in (f"{release.app}/releases", release.app, release.home):
        if host.entry(path) and not host.names(path):
            host.remove(path)


def carry_out(host: Host, ledger: Ledger, transaction: Transaction, secrets: dict[str, str]) -> int:
    release, step = transaction.release, ""
    try:
        transaction.run(secrets)
    except Exception as failure:  # whatever it was, what was there comes back
        host.interruptible = False
        step = ledger.begun[-1] if ledger.begun else "begin"
        why = (
            str(failure)
            if isinstance(failure, (Failed, Interrupted))
            else f"{type(failure).__name__}: {failure}"
        )
        shown = evidence(host, transaction, step, why, secrets)
        host.say(shown)
        try:
            wrong = transaction.put_back()
        except Exception as worse:
            wrong = [f"{type(worse).__name__}: {worse}"]
        host.say(outcome(ledger, transaction, wrong))
        return BROKEN if wrong else PUT_BACK
    host.interruptible = False
    transaction.commit()
    try:
        transaction.finish(transaction.begin["bundle"])
    except (Failed, OSError) as failure:
        host.say(f"release {release.id} is live, but not all was tidied: {failure}\nnext: run the same again")
        return BROKEN
    assert ledger.live
    host.answer(summary(host, ledger.live, changed=True))
    return DONE


def evidence(host: Host, transaction: Transaction, step: str, why: str, secrets: dict[str, str]) -> str:
    """One screen for whoever has to find out; no secret of the service's, even if the service logged it."""
    release, slot = transaction.release, transaction.slot
    text = f"FAILED {release.service} {release.id} on {host.name()} at step {step}: {why}"
    if slot:
        unit = release.unit(slot)
        lines = host.run("journalctl", "--unit", unit, "--lines=20", "--no-pager", "--output=short-iso").text
        text += (
            f"\n{unit} is {look(host, unit).state}; the last lines of its journal:\n{indent(tail(lines, 20))}"
        )
        text += f"\nlistening:\n{indent(tail(host.run('ss', '-Hltnp').text, 20))}"
    for name, value in secrets.items():
        text = text.replace(value, f"[{name}]") if len(value) >= 4 else text
    return text


def outcome(ledger: Ledger, transaction: Transaction, wrong: list[str]) -> str:
    live, release = ledger.live, transaction.release
    if not live:
        back = "nothing was live before; its files and units are gone again"
    else:
        back = f"release {live.release.id}{' in slot ' + live.slot if live.slot else ''} is back as it was"
    if wrong:
        back = "NOT all could be put back:" + listed(wrong)
    kept = f"{release.app}/failed/{release.id}"
    seen = f"\nkept for a look: {kept}" if transaction.host.entry(kept) else ""
    return f"put back: {back}{seen}\nnext: mend the cause above and deploy again"


def indent(text: str) -> str:
    return "\n".join(f"  {line[:300]}" for line in text.splitlines()) or "  (none)"


def summary(host: Host, live: Live, changed: bool) -> dict[str, Any]:
    release, slot = live.release, live.slot
    return {
        "service": release.service,
        "release": release.id,
        "version": release.manifest["version"],
        "architecture": release.manifest["architecture"],
        "sha256": release.binary["sha256"] if release.binary else None,
        "slot": slot,
        "pid": look(host, release.unit(slot)).pid if slot else None,
        "changed": changed,
        "previous": live.previous,
        "host": host.name(),
    }


def remove(host: Host, service: str, owner: str, purge: bool) -> int:
    ledger = Ledger(host, service)
    recorded = (host.read(f"{ledger.directory}/owner") or b"").decode()
    if recorded and recorded != owner:
        host.say(f"{service} on {host.name()} belongs to {recorded}, not to {owner}: it stays")
        host.answer({"service": service, "changed": False, "owner": recorded, "host": host.name()})
        return DONE
    host.interruptible = False
    recover(host, ledger)
    changed = ledger.live is not None
    if changed or purge:
        ledger.add("begin", what="remove", purge=purge)
        take_off(host, ledger, purge)
    if purge:
        host.remove(ledger.directory)
    elif host.entry(f"/opt/{service}/data"):
        host.say(
            f"{service} is off {host.name()}; its data stays in /opt/{service}/data and /opt/{service}/logs"
        )
    host.answer({"service": service, "changed": changed, "owner": None, "host": host.name()})
    return DONE


def take_off(host: Host, ledger: Ledger, purge: bool) -> None:
    """Only forward: what is begun here is ended by the next run."""
    live, service = ledger.live, ledger.service
    if live:
        release = live.release
        proxy = [release.proxy["unit"]] if release.proxy else []
        for unit in [*proxy, *(release.unit(slot) for slot in release.slots)]:
            systemctl(host, "stop", unit, timeout=180)
            set_enabled(host, unit, False)
            host.run("systemctl", "reset-failed", unit)
        for path in release.paths():
            host.remove(path)
            kept = host.read(f"{ledger.directory}/originals/{quote(path, safe='')}")
            if kept is not None:
                put_original(host, path, json.loads(kept))
        systemctl(host, "daemon-reload")
        for unit in release.units:
            host.run("systemctl", "reload-or-restart", unit["unit"])
    host.remove(f"/opt/{service}/app")
    host.remove(f"/opt/{service}/conf")
    if purge:
        host.remove(f"/opt/{service}")
        if live and live.release.user and host.has_user(live.release.user):
            host.run("userdel", live.release.user)
    elif not host.names(f"/opt/{service}"):
        host.remove(f"/opt/{service}")
    for name in ("owner", "originals", "transaction"):
        host.remove(f"{ledger.directory}/{name}")
    ledger.add("end", result="removed")


def put_original(host: Host, path: str, kept: dict[str, Any]) -> None:
    if kept["link"] is not None:
        host.link(path, kept["link"])
    else:
        host.write(path, kept["data"].encode("latin-1"), kept["mode"], kept["owner"], kept["group"])


def status(host: Host, service: str) -> int:
    """One line about the service; changes nothing and waits for nobody."""
    ledger = Ledger(host, service)
    line: dict[str, Any] = {"service": service, "release": None, "host": host.name()}
    if ledger.live:
        line = summary(host, ledger.live, changed=False)
        line["owner"] = (host.read(f"{ledger.directory}/owner") or b"").decode()
        line["kept"] = [
            one for one in host.names(f"{ledger.live.release.app}/releases") if not one.startswith(".")
        ]
    line["unfinished"] = ledger.unfinished["what"] if ledger.unfinished else None
    host.answer(line)
    return DONE


# ---- command line --------------------------------------------------------------------------------


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="activator.py",
        description=__doc__.splitlines()[0] if __doc__ else None,
        epilog="exit codes: 0 done or already so; 1 refused, nothing was changed; 2 wrong usage; "
        "3 failed, what was there is back; 4 failed, and not all could be put back",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    on = commands.add_parser("apply", help="turn a release on; secrets as one JSON object on stdin")
    on.add_argument("--bundle", required=True, help="path of the uploaded bundle, SERVICE-RELEASE.tar.gz")
    on.add_argument("--sha256", required=True, help="the bundle's digest, in hex")
    on.add_argument(
        "--owner", required=True, help="whoever deploys; only the last one may remove the service"
    )
    on.add_argument(
        "--install-packages", action="store_true", help="install what the host lacks with apt-get or dnf"
    )
    off = commands.add_parser("remove", help="take a service off this host")
    off.add_argument("--service", required=True)
    off.add_argument("--owner", required=True)
    off.add_argument("--purge", action="store_true", help="its data, logs, user and history too")
    commands.add_parser("status", help="one JSON line").add_argument("--service", required=True)
    return parser


def main(words: list[str], host: Host, stdin: Callable[[], bytes]) -> int:
    options = arguments().parse_args(words)
    try:
        if not host.is_root():
            raise Refused("this needs root: run it with `sudo -n python3 activator.py ...`")
        if options.command == "status":
            return status(host, service_name(options.service))
        if options.command == "apply":
            secrets = parse_secrets(stdin())
            bundle = Bundle(host, os.path.abspath(options.bundle), options.sha256)
            service, what = bundle.release.service, f"apply {bundle.release.id}"
            do = lambda: apply(host, bundle, options.owner, options.install_packages, secrets)  # noqa: E731
        else:
            service, what = service_name(options.service), "remove"
            do = lambda: remove(host, service, options.owner, options.purge)  # noqa: E731
        host.directory(f"{STATE}/{service}", 0o700)
        note = {"pid": os.getpid(), "owner": options.owner, "what": what, "since": host.now()}
        # The same owner's earlier run, cut off from whoever started it, ends by itself and is waited for.
        with host.lock(
            f"{STATE}/{service}/lock", note, lambda holder: 600 if holder.get("owner") == options.owner else 5
        ):
            return do()
    except (Refused, Interrupted) as reason:
        host.say(f"refused on {host.name()}, nothing was changed: {reason}")
        return REFUSED
    except (Failed, OSError) as failure:
        host.say(f"failed on {host.name()}: {failure}\nnext: mend that and run again; it goes on from there")
        return BROKEN


def service_name(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", name):
        raise Refused(f"{name!r} is no service name: a-z, 0-9 and -, beginning with a letter, at most 31")
    return name


def listen_to_signals(host: Host) -> None:
    """A cut connection stops nothing; SIGTERM and Ctrl-C put back what was there."""
    for number in (signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)

    def stop(number: int, _: object) -> None:
        if host.interruptible:
            host.interruptible = False
            raise Interrupted(f"stopped by {signal.Signals(number).name}")
        host.say(f"{signal.Signals(number).name} comes too late: finishing what was begun")

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


if __name__ == "__main__":
    machine = Host()
    listen_to_signals(machine)
    sys.exit(main(sys.argv[1:], machine, lambda: b"" if sys.stdin.isatty() else sys.stdin.buffer.read()))
