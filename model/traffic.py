"""How much of the users a region gets, of those who call the one name before all regions (model/front_door)."""

from typing import Annotated

from pydantic import Field

from model.setting import Setting


class Traffic(Setting):
    """What the front door is told about a region. The order of the regions in the stack file is their priority."""

    drained: bool = False
    """Whether the front door sends nobody here any more, as before work on the region. The last region cannot be drained."""
    capacity: Annotated[int, Field(ge=1)] | None = None
    """Requests per second that it can serve, so that one sees beforehand whether the others can do without it."""
    weight: Annotated[int, Field(ge=1, le=255)] = 1
    """Its share with `frontDoor.routing: weighted`: its weight by the sum of all. For none at all there is `drained`."""
