"""Who may do everything in a cluster, as IAM's ARNs: those who deploy among them. Nobody else gets in, its maker neither."""

import re
from collections.abc import Iterable

_PRINCIPAL = re.compile(
    r"arn:aws[a-z-]*:iam::(?P<account>\d{12}):(?P<kind>role|user)/(?:[\w+=,.@-]+/)*(?P<name>[\w+=,.@-]+)"
)
_SESSION = re.compile(r"arn:aws[a-z-]*:sts::(?P<account>\d{12}):assumed-role/(?P<name>[\w+=,.@-]+)/.+")


def checked(value: str) -> str:
    """`value` if an access entry takes it. Raises ValueError, whose message follows the name of a setting."""
    if _PRINCIPAL.fullmatch(value):
        return value
    session = _SESSION.fullmatch(value)
    meant = (
        f"; write the role, arn:aws:iam::{session['account']}:role/{session['name']} with its path"
        if session
        else ""
    )
    raise ValueError(
        f"is no IAM role or user; allowed is an ARN as in arn:aws:iam::123456789012:role/deploy{meant}"
    )


def among(caller: str, admins: Iterable[str]) -> bool:
    """Whether the caller, as STS names it, is one of them. A session's ARN has no path, so roles are compared by name."""
    if session := _SESSION.fullmatch(caller):
        who = (session["account"], "role", session["name"])
        return any(
            (found["account"], found["kind"], found["name"]) == who
            for each in admins
            if (found := _PRINCIPAL.fullmatch(each))
        )
    return caller in set(admins)
