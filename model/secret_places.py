"""Secrets by mistake: an encrypted value where it would end in a file that everybody reads, and a plain one among the secrets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from model.stack_file import Place, StackFile, shown

SECRETS = "secrets"
NOTIFY = "notify"


def refusals(
    values: Mapping[str, Any], is_secret: Callable[[str], bool], file: StackFile, namespace: str
) -> list[str]:
    """One sentence for each. `is_secret` says whether anything in a key of `values` is encrypted; the file tells what exactly."""
    lines: list[str] = []
    for key in values:
        if key not in (SECRETS, NOTIFY) and is_secret(key):
            places = [place for place in file.encrypted() if place[0] == key]
            lines += [_encrypted(place, namespace) for place in places or [(key,)]]
    if isinstance(told := values.get(NOTIFY), dict) and "url" in told and not is_secret(NOTIFY):
        lines.append(
            f"{namespace}:{NOTIFY}.url is plain text, and whoever reads the stack file may write there; replace it with "
            f"`pulumi config set --secret --path '{namespace}:{NOTIFY}.url'`."
        )
    secrets = values.get(SECRETS)
    if isinstance(secrets, dict):
        none = not is_secret(SECRETS)
        plain = [name for name in secrets if none or file.is_plain((SECRETS, name))]
        # The whole map may be one encrypted value.
        lines += [_plain(name, namespace) for name in plain if none or SECRETS not in _tops(file.encrypted())]
    return lines


def _tops(places: list[Place]) -> set[int | str]:
    return {place[0] for place in places if len(place) == 1}


def _encrypted(place: Place, namespace: str) -> str:
    key, inner = shown(place, namespace), len(place) > 1
    what = "is encrypted" if inner else "holds an encrypted value"
    name = str(place[-1]) if place[:2] == ("service", "environment") and len(place) == 3 else "NAME"
    remove = f"`pulumi config rm --path '{key}'`" if inner else "that value"
    return (
        f"{key} {what}, but everybody on a host can read what stands there; remove {remove} and set it with "
        f"`pulumi config set --secret --path '{namespace}:{SECRETS}.{name}'`: the service finds it in its environment."
    )


def _plain(name: str, namespace: str) -> str:
    return (
        f"{namespace}:{SECRETS}.{name} is plain text, which everybody can read in the stack file; replace it with "
        f"`pulumi config set --secret --path '{namespace}:{SECRETS}.{name}'`, and change it wherever it is known."
    )
