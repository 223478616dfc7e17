"""What a release is: its manifest, checked, and the paths that follow from it."""

from __future__ import annotations

import hashlib
import json
import re
from posixpath import dirname, normpath
from typing import Any

from activator.disk import Disk, Entry
from activator.failure import Refused

FORMAT = 1
STATE = "/var/lib/slipway"


class Release:
    """A manifest that was checked. Whatever is wrong with it is a refusal."""

    def __init__(self, manifest: Any) -> None:
        found = manifest.get("format") if isinstance(manifest, dict) else type(manifest).__name__
        if found != FORMAT:
            raise Refused(
                f"the bundle has format {found!r}; this activator reads {FORMAT}: use the one in the bundle"
            )
        bare = {key: value for key, value in manifest.items() if key != "release"}
        digest = hashlib.sha256(canonical(bare)).hexdigest()[:12]
        self.manifest: dict[str, Any] = manifest
        self.service, self.id = service_name(manifest["service"]), manifest["release"]
        if self.id != digest:
            raise Refused(
                f"the manifest says it is release {self.id} but is {digest}: build the bundle again"
            )
        for file in manifest["files"]:
            for path, rooted in ((file["target"], True), (file["member"], False)):
                if path.startswith("/") != rooted or normpath(path) != path or path.startswith(".."):
                    kind = "absolute" if rooted else "relative"
                    raise Refused(f"{path!r} is no {kind} path without detours: build the bundle again")
        self.binary, self.user, self.proxy = manifest["binary"], manifest["user"], manifest["proxy"]
        # Without a port for a worker, which nobody asks.
        self.slots: dict[str, int | None] = manifest["slots"] or {}
        self.ports: dict[str, dict[str, int]] = manifest.get("ports") or {}
        self.secret_files: dict[str, str] = manifest.get("secretFiles") or {}
        self.share: list[int] = manifest.get("share") or []
        self.health, self.units = manifest["health"], manifest["units"] or []
        # Name -> seconds, in their order: what runs once before a release begins to start.
        self.tasks: dict[str, float] = {one["name"]: one["timeout"] for one in manifest.get("tasks") or []}
        self.jobs: list[str] = manifest.get("schedule") or []
        # Links of packages that make way for this release, and what they lead to as the package made them.
        self.displaces: dict[str, str] = manifest.get("displaces") or {}
        # Name of a secret -> the file that it becomes, of a release without a slot.
        self.hidden: dict[str, dict[str, str]] = manifest.get("hidden") or {}
        self.home = f"/opt/{self.service}"
        self.app = f"{self.home}/app"
        self.conf = f"{self.home}/conf"
        self.tree = f"{self.app}/releases/{self.id}"

    def unit(self, slot: str) -> str:
        return f"{self.service}@{slot}.service"

    def task_unit(self, task: str, slot: str) -> str:
        return f"slipway-{self.service}-task-{task}@{slot}.service"

    @property
    def timers(self) -> list[str]:
        """One for each job; both belong to no slot, so that no job runs twice at a time and none is run again by a release."""
        return [f"{self.job(name)}.timer" for name in self.jobs]

    def job(self, name: str) -> str:
        return f"slipway-{self.service}-job-{name}"

    def health_unit(self, slot: str) -> str:
        """What runs the command that tells whether the copy is well."""
        return f"slipway-{self.service}-health@{slot}.service"

    def health_file(self, slot: str) -> str:
        """What the copy touches as long as it is well; gone with the copy."""
        return f"/run/slipway-{self.service}/{slot}/health"

    def every_unit(self) -> list[str]:
        """Each unit that the release has to do with: slots, proxy, and those it reloads."""
        proxy = [self.proxy["unit"]] if self.proxy else []
        tasks = [self.task_unit(task, slot) for task in self.tasks for slot in self.slots]
        return [
            *map(self.unit, self.slots),
            *proxy,
            *(unit["unit"] for unit in self.units),
            *tasks,
            *self.timers,
        ]

    def at_boot(self, slot: str | None) -> dict[str, bool]:
        """Each unit whose start at a boot is the release's to say, and whether it is started."""
        slots = {self.unit(name): name == slot for name in self.slots}
        proxy = [self.proxy["unit"]] if self.proxy else []
        always = [*(unit["unit"] for unit in self.units), *self.timers, *proxy]
        return {**slots, **dict.fromkeys(always, True)}

    def members(self) -> dict[str, str]:
        """Path inside the release -> sha256, for all that the manifest vouches for."""
        found = {file["member"]: file["sha256"] for file in self.manifest["files"]}
        return {**found, f"bin/{self.service}": self.binary["sha256"]} if self.binary else found

    def intact(self, disk: Disk, tree: str) -> bool:
        return disk.read(f"{tree}/manifest.json") == canonical(self.manifest) and all(
            disk.digest(f"{tree}/{path}") == digest for path, digest in self.members().items()
        )

    def directories(self, slot: str | None) -> dict[str, Entry]:
        """Those that both slots share, and the slot's own."""
        top, kept = Entry(0o755, "root", "root", None), Entry(0o750, "root", self.user, None)
        found = {self.home: top, self.app: top}
        if self.user:
            own = Entry(0o750, self.user, self.user, None)
            found |= {self.conf: kept, f"{self.home}/data": own, f"{self.home}/logs": own}
        return {**found, **dict.fromkeys(sorted(self.own_directories(slot)), kept)} if slot else found

    def own_directories(self, slot: str) -> set[str]:
        """Those of the user's files."""
        found: set[str] = set()
        for file in self.files(True):
            path = dirname(file["target"].replace("{slot}", slot))
            while path.startswith(self.own_files(slot)):
                found.add(path)
                path = dirname(path)
        return found

    def own_files(self, slot: str) -> str:
        """Where the user's files are for the slot's process."""
        return f"{self.conf}/{slot}.files"

    def secret_file(self, slot: str, name: str) -> str:
        return f"{self.conf}/{slot}.secrets.d/{name}"

    def files(self, of_slot: bool) -> list[dict[str, Any]]:
        """The manifest's files: those of one slot alone, or those that both slots share, but for timers and their jobs."""
        jobs = self.job_files()
        return [
            file
            for file in self.manifest["files"]
            if ("{slot}" in file["target"]) == of_slot and file not in jobs
        ]

    def job_files(self) -> list[dict[str, Any]]:
        """Those of timers and jobs, which are changed when requests have moved."""
        units = {
            f"/etc/systemd/system/{self.job(name)}.{kind}"
            for name in self.jobs
            for kind in ("timer", "service")
        }
        return [file for file in self.manifest["files"] if file["target"] in units]

    def paths(self) -> list[str]:
        """All files that the release has on the host, in either slot."""
        own = [file["target"].replace("{slot}", slot) for file in self.files(True) for slot in self.slots]
        kept = [f"{self.conf}/{slot}.{kind}" for slot in self.slots for kind in ("env", "secrets")]
        shared = [file["target"] for file in (*self.files(False), *self.job_files())]
        hidden = [file["target"] for file in self.hidden.values()]
        return [*shared, *self.displaces, *own, *kept, *hidden]


def canonical(value: Any) -> bytes:
    """Sorted keys, no spaces: whoever makes bundles writes manifest.json so, and its digest is the release's id."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def service_name(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", name):
        raise Refused(f"{name!r} is no service name: a-z, 0-9 and -, beginning with a letter, at most 31")
    return name
