"""Which minor versions of Kubernetes EKS offers, and until when.

Not asked of AWS: a preview without an account must know it, too. `aws eks describe-cluster-versions` tells what is newer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

READ = date(2026, 7, 8)
"""When the source was read: EKS User Guide, "Understand the Kubernetes version lifecycle on EKS", its release calendar."""
SOON = 90
"""Days before an end from which on each run warns of it."""


@dataclass(frozen=True, kw_only=True)
class Support:
    """The first days on which a version has no standard support, and none at all. Extended support costs six times as much."""

    standard_until: date
    extended_until: date


SUPPORT: Mapping[str, Support] = {
    "1.32": Support(standard_until=date(2026, 3, 23), extended_until=date(2027, 3, 23)),
    "1.33": Support(standard_until=date(2026, 7, 29), extended_until=date(2027, 7, 29)),
    "1.34": Support(standard_until=date(2026, 12, 2), extended_until=date(2027, 12, 2)),
    "1.35": Support(standard_until=date(2027, 3, 27), extended_until=date(2028, 3, 27)),
    "1.36": Support(standard_until=date(2027, 8, 2), extended_until=date(2028, 8, 2)),
}


def known(version: str) -> str:
    """`version` if the table has it. Raises ValueError, whose message follows the name of a setting."""
    if version not in SUPPORT:
        raise ValueError(
            f"is none of the versions that are known here, {', '.join(SUPPORT)} (read on {READ}); write one of them, with "
            "quotes, or add the newer one to model/eks/version.py with the days on which its support ends"
        )
    return version


def ends(version: str, *, extended: bool) -> date:
    """The first day on which the version is no longer supported as the stack wants it."""
    support = SUPPORT[version]
    return support.extended_until if extended else support.standard_until


def refusal(version: str, today: date, *, extended: bool) -> str | None:
    """What is wrong with running it today; follows the name of the setting."""
    end = ends(version, extended=extended)
    if today < end:
        return None
    supported = [each for each in SUPPORT if today < ends(each, extended=False)]
    if not supported:
        return f"is {version}, whose support ended on {end}, as did that of all here: bring model/eks/version.py up to date."
    more = "" if extended else ", or pay for extended support with extendedSupport: true"
    kind = "extended" if extended else "standard"
    return (
        f"is {version}, whose {kind} support by EKS ended on {end}; move one minor version at a time to {' or '.join(supported)}"
        f"{more}."
    )


def told(version: str, today: date, *, extended: bool) -> tuple[bool, str]:
    """Whether to warn, and the sentence about how long the version may stay."""
    end = ends(version, extended=extended)
    kind = "extended" if extended else "standard"
    left = (end - today).days
    return left <= SOON, f"Kubernetes {version}: {kind} support by EKS ends on {end}, in {left} days"
