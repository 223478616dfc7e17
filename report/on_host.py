"""A program that a host runs for `make report`: what it is, what listens, what the live release and the one before consist of.

Prints one JSON object. It reads manifests, which name files by digest and hold no secret, and changes nothing.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

SERVICE = sys.argv[1]
APP = f"/opt/{SERVICE}/app"


def manifest(name: str) -> dict | None:
    try:
        return json.loads(Path(f"{APP}/{name}/manifest.json").read_text())
    except (OSError, ValueError):
        return None


def before() -> dict | None:
    done = subprocess.run(
        [sys.executable, f"{APP}/current/activator.pyz", "previous", "--service", SERVICE],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return manifest(f"releases/{json.loads(done.stdout)['release']}") if not done.returncode else None


def system() -> str:
    lines = Path("/etc/os-release").read_text().splitlines()
    pairs = dict(line.split("=", 1) for line in lines if "=" in line)
    return pairs.get("PRETTY_NAME", "").strip('"')


def listening() -> Iterator[dict]:
    shown = subprocess.run(["ss", "-Hltunp"], stdout=subprocess.PIPE, check=False).stdout.decode()
    for line in shown.splitlines():
        words = line.split(None, 6)
        name = words[6].split('"')[1] if len(words) > 6 and '"' in words[6] else ""
        address, _, port = words[4].rpartition(":")
        yield {"protocol": words[0], "address": address.split("%")[0], "port": int(port), "program": name}


def let_in() -> list[dict] | None:
    """What the packet filter as it is loaded accepts, for all services here. None: there is none of Slipway's."""
    try:
        words = ("nft", "--stateless", "list", "table", "inet", "slipway")
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    except FileNotFoundError:
        return None
    rules = re.findall(
        r"^\s*(?:ip6? saddr (.+) )?(tcp|udp) dport (\d+) .*accept", done.stdout.decode(), re.MULTILINE
    )
    found = [
        {
            "protocol": protocol,
            "port": int(port),
            "from": sources.strip("{ }").replace(" ", "").split(",") if sources else None,
        }
        for sources, protocol, port in rules
    ]
    return None if done.returncode else found


disk = shutil.disk_usage("/opt")
print(
    json.dumps(
        {
            "system": system(),
            "machine": os.uname().machine,
            "kernel": os.uname().release,
            "disk": {"total": disk.total, "free": disk.free},
            "listening": list(listening()),
            "lets_in": let_in(),
            "current": manifest("current"),
            "before": before(),
        }
    )
)
