"""What stands in braces in `arguments`, `environment` and template files, and differs from slot to slot."""

import re
from collections.abc import Iterable, Iterator

PORT_NAME = r"[a-z][a-z0-9]{0,15}"
_PLACEHOLDER = re.compile(rf"\{{(port|files|secretFiles|healthFile|port:({PORT_NAME}))\}}")
_ANY_PORT = re.compile(r"\{port:([^}]*)\}")


def within(text: str) -> bool:
    """Whether there is one."""
    return _PLACEHOLDER.search(text) is not None


def variables(text: str) -> str:
    """The text with the variables of the slot's environment in their place, as systemd expands them in a command."""
    return _PLACEHOLDER.sub(lambda found: f"${{{_variable(found[1])}}}", text)


def unknown_ports(texts: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    """Names in `{port:NAME}` that are none of `known`."""
    allowed = set(known)
    return (name for text in texts for name in _ANY_PORT.findall(text) if name not in allowed)


def _variable(name: str) -> str:
    fixed = {
        "port": "SLIPWAY_PORT",
        "files": "SLIPWAY_FILES",
        "secretFiles": "CREDENTIALS_DIRECTORY",
        "healthFile": "SLIPWAY_HEALTH_FILE",
    }
    return fixed.get(name) or f"SLIPWAY_PORT_{name.removeprefix('port:').upper()}"
