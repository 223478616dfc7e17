"""Whose AWS account a stack is made in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from model.setting import Setting


class Account(Setting):
    """Which credentials are used is the environment's business (AWS_PROFILE, a role of CI); in which account, is said here."""

    account: Annotated[str, Field(pattern=r"^\d{12}$")] | None = None
    """The 12 digits, in quotes. With the credentials of another account nothing is looked up and nothing made. Left out: any."""


@dataclass(frozen=True, kw_only=True)
class Whose:
    """`tags` go on all that is made; with `account`, the credentials of any other one are refused."""

    tags: Mapping[str, str]
    account: str | None = None

    @property
    def own(self) -> Mapping[str, str]:
        """The tags that tell what is this stack's."""
        return {key: self.tags[key] for key in ("project", "stack")}
