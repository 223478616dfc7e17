"""How one sees that a copy is well."""

from typing import Annotated

from pydantic import Field

from model.setting import Seconds, Setting


class Health(Setting):
    """What a healthy service answers, and how often it must before a release gets traffic."""

    path: Annotated[str, Field(pattern=r"^/[!-~]*$")] = "/healthz"
    """Asked with GET on the slot's own port; any 2xx status is healthy. A redirect is not followed."""
    command: tuple[str, ...] | None = None
    """Of a worker: arguments with which its program is run beside it, such as `[health]`; it is well when that ends with 0."""
    file_age: Annotated[float, Field(ge=1, le=3600)] | None = None
    """Of a worker: seconds within which it must touch the file `{healthFile}` again and again, as long as it is well."""
    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:\[\]-]+$")] | None = None
    """Sent as `Host`, for services that answer to their own name alone; left out: `127.0.0.1:PORT` of the slot."""
    interval: Seconds = 0.5
    """Pause between two questions."""
    timeout: Seconds = 2
    """How long one answer may take."""
    successes: Annotated[int, Field(ge=1, le=100)] = 3
    """Consecutive healthy answers before the switch."""
    minimum_healthy: Annotated[float, Field(ge=0, le=600)] = 1
    """Seconds for which every answer must have been healthy before the switch."""
    deadline: Seconds = 60
    """Seconds after its start in which a new release must have become healthy, else it is taken back."""
    restart_after: Annotated[float, Field(ge=0, le=3600)] = 30
    """Seconds for which a live copy may answer nothing at all before it is restarted; an error is an answer. A worker is
    restarted when its command or file has not been well for that long. 0: for ever."""
