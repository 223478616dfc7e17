"""Takes the service's secrets out of what people and the ledger are told, however the service printed them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from activator.environment import environment_values
from activator.host import Host
from activator.manifest import Release

SHORTEST = 4  # characters: to hide less would garble every text and hide little
LONGEST = 2500  # characters of a reason: it may quote what the service answered


def known_secrets(
    host: Host, release: Release, given: dict[str, str] | None = None, copies: dict[str, Any] | None = None
) -> list[tuple[str, str]]:
    """Those given, those that either slot has, and those that it had when the transaction's `copies` were taken."""
    found = list((given or {}).items())
    for slot in release.slots:
        path = f"{release.conf}/{slot}.secrets"
        before = ((copies or {}).get(path) or {}).get("data", "").encode("latin-1")
        found += environment_values(host.read(path) or b"") + environment_values(before)
        for name in host.names(f"{path}.d"):
            data = host.read(f"{path}.d/{name}") or b""
            copied = ((copies or {}).get(f"{path}.d/{name}") or {}).get("data", "").encode("latin-1")
            found += [(name, text.decode(errors="replace")) for text in (data, copied)]
    return found


def redact(text: str, secrets: Iterable[tuple[str, str]]) -> str:
    """The text with `[NAME]` in the place of each value, of its lines, and of both as JSON or Python write them."""
    forms: dict[str, str] = {}
    for name, value in secrets:
        for part in (value, *value.splitlines()):
            written = json.dumps(part)[1:-1], json.dumps(part, ensure_ascii=False)[1:-1]
            html = re.sub("[<>&]", lambda found: f"\\u{ord(found.group()):04x}", written[1])
            forms.update(dict.fromkeys((part, part.strip(), repr(part)[1:-1], *written, html), name))
    for form in sorted(forms, key=len, reverse=True):
        if len(form) >= SHORTEST:
            text = text.replace(form, f"[{forms[form]}]")
    return text


def reason(failure: BaseException | str, secrets: Iterable[tuple[str, str]]) -> str:
    """Why something failed, as it may be kept. Cut after the secrets are gone, so that no half of one is left."""
    text = redact(str(failure), secrets)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
