"""What everything that is made carries, so that bills and pages find who answers for it."""

from typing import Annotated

from pydantic import Field

from model.setting import Setting

Text = Annotated[str, Field(pattern=r"^[A-Za-z0-9 ._:/=+@-]{1,256}$")]
"""What AWS allows in a tag."""


class Tags(Setting):
    """Besides these, all carries the project, the stack and the service."""

    owner: Text | None = None
    """The team that answers for it."""
    cost_centre: Text | None = None
    """Where its cost is booked."""

    def all(self, project: str, stack: str, service: str) -> dict[str, str]:
        """What everything carries, by the tag's key."""
        found = {
            "project": project,
            "stack": stack,
            "service": service,
            "owner": self.owner,
            "cost-centre": self.cost_centre,
        }
        return {key: text for key, text in found.items() if text}
