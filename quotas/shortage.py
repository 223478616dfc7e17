"""What of a region's needs an account has no room for. Codes as the Service Quotas console names them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from quotas.account import Account


@dataclass(frozen=True, kw_only=True)
class Family:
    """Instance types that share two quotas of vCPUs: their first letters as a pattern, and the codes."""

    letters: str
    what: str
    on_demand: str
    spot: str

    def counts(self, type: str) -> bool:
        """Whether the type is one of them."""
        found = re.match(r"[a-z]+", type)
        return bool(found and re.fullmatch(self.letters, found[0]))


FAMILIES = (
    Family(
        letters="g|gr|vt",
        what="G and VT",
        on_demand="L-DB2E81BA",
        spot="L-3819A6DF",
    ),
    Family(
        letters="[acdimrtzh]|im|is|mac",
        what="standard (A, C, D, H, I, M, R, T, Z)",
        on_demand="L-1216C47A",
        spot="L-34B43A08",
    ),
)
"""Those that a service of the web runs on. Others have quotas of their own, which nobody looks at."""


@dataclass(frozen=True, kw_only=True)
class Shortage:
    """Of what, by its quota: how many the account may have, others have, there must be, and there may be at once."""

    what: str
    service: str
    code: str
    allowed: int
    others: int
    least: int
    most: int

    @property
    def told(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


def shortages(account: Account, needs: Mapping[str, Any]) -> list[Shortage]:
    """All that `needs` (model/aws/quotas.py) finds no room for, at first or at the most. Raises what `account` does."""
    found = [
        *_machines(account, needs["instances"], spot=False),
        *_machines(account, needs["spot"], spot=True),
    ]
    found += _counted(account, "Elastic IPs", "ec2", "L-0263D0A3", needs["addresses"], account.addresses)
    found += _counted(account, "networks (VPCs)", "vpc", "L-F678F1CE", needs["networks"], account.networks)
    code, needed = "L-53DA6B97", needs["balancers"]
    found += _counted(
        account, "Application Load Balancers", "elasticloadbalancing", code, needed, account.balancers
    )
    return found


def _machines(account: Account, wanted: Mapping[str, Mapping[str, int]], *, spot: bool) -> Iterator[Shortage]:
    size = account.processors(sorted(wanted)) if wanted else {}
    for family in FAMILIES:
        types = [each for each in wanted if family.counts(each)]
        least, most = (sum(wanted[each][key] * size[each] for each in types) for key in ("least", "most"))
        code = family.spot if spot else family.on_demand
        what = f"vCPUs of {family.what} {'Spot' if spot else 'On-Demand'} instances"
        if most:
            yield from _short(
                account, what, "ec2", code, least, most, lambda f=family: account.running(f.counts, spot=spot)
            )


def _counted(
    account: Account, what: str, service: str, code: str, needed: int, others: Callable[[], int]
) -> Iterator[Shortage]:
    if needed:
        yield from _short(account, what, service, code, needed, needed, others)


def _short(
    account: Account, what: str, service: str, code: str, least: int, most: int, others: Callable[[], int]
) -> Iterator[Shortage]:
    allowed, used = int(account.allowed(service, code)), others()
    if allowed - used < most:
        yield Shortage(
            what=what, service=service, code=code, allowed=allowed, others=used, least=least, most=most
        )
