"""What a slot's process finds in its environment: settings of the slot, and the service's secrets."""

from __future__ import annotations

import json
import re

from activator.failure import Refused

LONGEST = 131071  # bytes of NAME=value that Linux hands to a process
TOTAL = 1900000  # bytes of all of them


def environment_file(values: dict[str, str]) -> bytes:
    """systemd's EnvironmentFile= syntax: quoted, with backslashes before what a shell would expand."""
    escaped = {name: re.sub(r'(["\\`$])', r"\\\1", value) for name, value in values.items()}
    return "".join(f'{name}="{value}"\n' for name, value in sorted(escaped.items())).encode()


def environment_values(data: bytes) -> list[tuple[str, str]]:
    """What `environment_file` wrote, read again."""
    found = re.findall(r'^(\w+)="((?:[^"\\]|\\.)*)"$', data.decode(errors="replace"), re.M | re.S)
    return [(name, re.sub(r"\\(.)", r"\1", value, flags=re.S)) for name, value in found]


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
    for name in values:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or name.startswith("SLIPWAY_"):
            raise Refused(
                f"secret {name!r} has no usable name: letters, digits and _, not beginning with SLIPWAY_"
            )
    return values


def carried(values: dict[str, str]) -> dict[str, str]:
    """The same values; refused where systemd or Linux would not hand them on."""
    for name, value in values.items():
        if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", value):
            raise Refused(
                f"secret {name} holds a control character, which systemd drops: encode it, e.g. as base64"
            )
        if len(name) + 1 + len(value.encode()) > LONGEST:
            raise Refused(f"secret {name} has more than {LONGEST} bytes with its name: put it into a file")
    if sum(len(name) + len(value.encode()) for name, value in values.items()) > TOTAL:
        raise Refused(f"the secrets have more than {TOTAL} bytes together: put large ones into files")
    return values
