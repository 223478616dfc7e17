"""What systemd and the kernel can hand to a process: which characters, and how much of it."""

import base64
import re
from collections.abc import Iterator, Mapping

from model.host_files import argument
from model.service import Service

LONGEST = 131_071
"""Bytes of one argument, or of `NAME=value`: the kernel's MAX_ARG_STRLEN without the zero at the end."""
TOTAL = 1_900_000
"""Bytes of all of them: the kernel takes 2 MiB with the default stack, and systemd adds some of its own."""
FILES = 1 << 20
"""Bytes of all secrets that arrive as files."""
LINE = 1_000_000
"""Bytes of the unit's line with all arguments, of which systemd reads 1 MiB."""

_NON_CHARACTERS = "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
UNCARRIED = re.compile(f"[\\x00-\\x08\\x0b-\\x1f\\x7f\ud800-\udfff\ufdd0-\ufdef{_NON_CHARACTERS}]")
"""Control characters but for tab and newline, and what Unicode says is no character: systemd drops the whole value."""


def refusals(service: Service, secrets: Mapping[str, str]) -> list[str]:
    """One sentence for each value that would not arrive as it is set. Secrets are named and not shown."""
    arguments, files = service.arguments, service.secret_files
    named = {f"slipway:service.arguments[{number}]": text for number, text in enumerate(arguments)}
    named |= {
        f"slipway:service.tasks[{number}].arguments": text
        for number, task in enumerate(service.tasks)
        for text in task.arguments
    }
    named |= {
        f"slipway:service.schedule.{name}.arguments": text
        for name, job in service.schedule.items()
        for text in job.arguments
    }
    named |= {f"slipway:service.environment.{name}": f"{name}={text}" for name, text in service.texts.items()}
    named |= {
        f"slipway:secrets.{name}": f"{name}={text}" for name, text in secrets.items() if name not in files
    }
    lines = _refused_files(files, secrets)
    lines += [line for key, text in named.items() for line in _refusals(key, text)]
    lines += [
        f"{key} has a name that is taken: those that begin with SLIPWAY_ are set by Slipway; choose another."
        for key in named
        if re.search(r"\.SLIPWAY_\w+$", key)
    ]
    if lines:
        return lines
    total = sum(map(_size, named.values()))
    if total > TOTAL:
        largest = max(named, key=lambda key: _size(named[key]))
        return [
            f"slipway:service has arguments, environment and secrets of {total} bytes together; a process takes {TOTAL}: "
            f"put large ones into files, beginning with {largest.removeprefix('slipway:')}."
        ]
    if sum(_size(argument(text)) for text in arguments) > LINE:
        return [
            f"slipway:service.arguments take more than {LINE} bytes in the unit, which systemd does not read; "
            "put them into a file."
        ]
    return []


def _refused_files(files: Mapping[str, str], secrets: Mapping[str, str]) -> list[str]:
    """Of secrets that arrive as files, where anything may stand."""
    lines, total = [], 0
    for name, form in files.items():
        if name not in secrets:
            lines.append(
                f"slipway:service.secretFiles.{name} is no secret; set it with "
                f"`pulumi config set --secret --path 'slipway:secrets.{name}'`."
            )
            continue
        try:
            value = secrets[name].encode()
            total += len(
                base64.b64decode(b"".join(value.split()), validate=True) if form == "base64" else value
            )
        except ValueError:
            lines.append(
                f"slipway:secrets.{name} is no {'base64' if form == 'base64' else 'text'}, as "
                f"slipway:service.secretFiles says it is; encode the file with `base64`."
            )
    if total > FILES:
        lines.append(
            f"slipway:service.secretFiles have {total} bytes together; systemd hands {FILES} to a process: make them smaller."
        )
    return lines


def _refusals(key: str, text: str) -> Iterator[str]:
    found = UNCARRIED.search(text)
    if found:
        yield (
            f"{key} holds U+{ord(found[0]):04X}, which systemd does not hand on; allowed is text with tabs and newlines: "
            "encode it, for instance as base64, or make it a file with slipway:service.secretFiles or files."
        )
    elif len(text.encode()) > LONGEST:
        yield (
            f"{key} has {len(text.encode())} bytes with its name; Linux hands {LONGEST} to a process: "
            "make it a file with slipway:service.secretFiles or files."
        )


def _size(text: str) -> int:
    """With the zero at the end and the pointer to it."""
    return len(text.encode()) + 9
