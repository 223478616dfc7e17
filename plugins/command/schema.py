"""Which properties the resources and functions have, and what they may hold. Not for what they do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from plugins.provider import Failure
from plugins.values import UNKNOWN, Asset

REMOTE_COMMAND = "command:remote:Command"
COPY_TO_REMOTE = "command:remote:CopyToRemote"
LOCAL_COMMAND = "command:local:Command"
LOCAL_RUN = "command:local:run"


@dataclass(frozen=True)
class Kind:
    """What a property may hold: `name` for people, and the test of a value that is known."""

    name: str
    accepts: Callable[[Any], bool]


def _all_strings(items: Any) -> bool:
    return all(isinstance(item, str) or item is UNKNOWN for item in items)


LOGGING_MODES = ("stdout", "stderr", "stdoutAndStderr", "none")
STRING = Kind("a string", lambda value: isinstance(value, str))
BOOLEAN = Kind("true or false", lambda value: isinstance(value, bool))
INTEGER = Kind("an integer", lambda value: isinstance(value, int) and not isinstance(value, bool))
ANY_LIST = Kind("a list", lambda value: isinstance(value, list))
STRINGS = Kind("a list of strings", lambda value: isinstance(value, list) and _all_strings(value))
STRING_MAP = Kind(
    "a mapping of strings to strings", lambda value: isinstance(value, dict) and _all_strings(value.values())
)
LOGGING = Kind(f"one of {', '.join(LOGGING_MODES)}", lambda value: value in LOGGING_MODES)
SOURCE = Kind("a FileAsset, a StringAsset or a FileArchive", lambda value: isinstance(value, Asset))
CONNECTION = Kind("a connection", lambda value: isinstance(value, dict))

PROXY_PROPERTIES = {
    "host": STRING,
    "user": STRING,
    "port": INTEGER,
    "password": STRING,
    "privateKey": STRING,
    "privateKeyPassword": STRING,
    "agentSocketPath": STRING,
    "dialErrorLimit": INTEGER,
    "perDialTimeout": INTEGER,
    "hostKey": STRING,
}
CONNECTION_PROPERTIES = {**PROXY_PROPERTIES, "proxy": CONNECTION}

_LIFECYCLE = {"create": STRING, "update": STRING, "delete": STRING, "triggers": ANY_LIST}
_PROCESS = {
    "stdin": STRING,
    "logging": LOGGING,
    "environment": STRING_MAP,
    "addPreviousOutputInEnv": BOOLEAN,
}
_LOCAL = {"interpreter": STRINGS, "dir": STRING, "assetPaths": STRINGS, "archivePaths": STRINGS}

PROPERTIES: Mapping[str, Mapping[str, Kind]] = {
    REMOTE_COMMAND: {**_LIFECYCLE, **_PROCESS, "connection": CONNECTION},
    COPY_TO_REMOTE: {"connection": CONNECTION, "source": SOURCE, "remotePath": STRING, "triggers": ANY_LIST},
    LOCAL_COMMAND: {**_LIFECYCLE, **_PROCESS, **_LOCAL},
    LOCAL_RUN: {"command": STRING, **_PROCESS, **_LOCAL},
}

REQUIRED: Mapping[str, tuple[str, ...]] = {
    REMOTE_COMMAND: ("connection",),
    COPY_TO_REMOTE: ("connection", "source", "remotePath"),
    LOCAL_RUN: ("command",),
}


def failures(token: str, inputs: Mapping[str, Any]) -> list[Failure]:
    """What is wrong with the inputs of a resource or a function; UNKNOWN fits everywhere. Empty when nothing is."""
    if token not in PROPERTIES:
        known = ", ".join(sorted(PROPERTIES))
        return [Failure(property="", reason=f"{token} is no resource of this plugin, which has {known}")]
    found = _misfits("", inputs, PROPERTIES[token], REQUIRED.get(token, ()))
    connection = inputs.get("connection")
    if isinstance(connection, dict):
        found += _misfits("connection.", connection, CONNECTION_PROPERTIES, ("host",))
        proxy = connection.get("proxy")
        if isinstance(proxy, dict):
            found += _misfits("connection.proxy.", proxy, PROXY_PROPERTIES, ("host",))
    return found


def _misfits(
    prefix: str, values: Mapping[str, Any], kinds: Mapping[str, Kind], required: tuple[str, ...]
) -> list[Failure]:
    found = []
    for name, value in values.items():
        if name == "version" or name.startswith("__"):
            continue
        if name not in kinds:
            reason = f"there is no such property; allowed are {', '.join(sorted(kinds))}"
            found.append(Failure(property=prefix + name, reason=reason))
        elif value is not None and value is not UNKNOWN and not kinds[name].accepts(value):
            # The value is not shown: it may be a secret.
            reason = f"must be {kinds[name].name}, not {type(value).__name__}"
            if kinds[name] is LOGGING:
                reason = f"must be {kinds[name].name}, not {value!r}"
            found.append(Failure(property=prefix + name, reason=reason))
    for name in required:
        if values.get(name) is None:
            found.append(Failure(property=prefix + name, reason="is required and missing"))
    return found
