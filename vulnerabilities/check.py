"""What is known of one binary: asked of the vulnerability database of Go, or of another one in the same form."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gobuild.refusal import Refused
from tools.program import program

DATABASE = "https://vuln.go.dev"
VARIABLE = "GOVULNDB"
"""Names another database, such as file:///srv/vulndb where there is no way out."""
SECONDS = 120
# Comments of reviews show it, and nobody there has a use for an address of somebody's own network.
RESOLVER = re.compile(r"(?<=\S) on \S+:53(?=: )")


@dataclass(frozen=True, kw_only=True)
class Known:
    """One vulnerability of one module. `fixed` is empty where no version is."""

    id: str
    summary: str
    module: str
    version: str
    fixed: str

    def __str__(self) -> str:
        remedy = f"fixed in {self.fixed}" if self.fixed else "not fixed anywhere yet"
        return f"{self.id}: {self.summary} ({self.module} {self.version}; {remedy})"


class Unknown(Exception):
    """Why nothing can be said, in one sentence."""


def known(binary: Path) -> list[Known]:
    """What the database has of the modules in `binary`, Go's own library among them. Raises Unknown."""
    database = os.environ.get(VARIABLE) or DATABASE
    try:
        words = [program("govulncheck"), "-mode", "binary", "-format", "json", "-db", database, binary]
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except Refused as refused:
        raise Unknown(str(refused)) from None
    except subprocess.TimeoutExpired:
        raise Unknown(f"{database} did not answer within {SECONDS} s") from None
    if done.returncode:
        said = (done.stderr.strip() or f"govulncheck ended with {done.returncode}").splitlines()[-1]
        said = RESOLVER.sub("", said)
        raise Unknown(f"the database {database} cannot be asked ({said}); {VARIABLE} names another one")
    return sorted(_findings(done.stdout), key=lambda each: (each.module, each.id))


def _findings(text: str) -> Iterator[Known]:
    about: dict[str, str] = {}
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for message in _messages(text):
        if osv := message.get("osv"):
            about[osv["id"]] = osv.get("summary") or (osv.get("details") or "").split("\n")[0]
        if finding := message.get("finding"):
            frame = finding["trace"][0]
            version = frame.get("version", "")
            found[finding["osv"], frame["module"]] = version, finding.get("fixed_version", "")
    for (id, module), (version, fixed) in found.items():
        yield Known(id=id, summary=about.get(id, ""), module=module, version=version, fixed=fixed)


def _messages(text: str) -> Iterator[dict[str, Any]]:
    """JSON objects one after another."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        message, at = decoder.raw_decode(text, at)
        yield message
