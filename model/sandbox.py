"""What the unit closes, and what of it can be opened for one service."""

from typing import Annotated, Literal, get_args

from pydantic import Field

Opening = Literal["devices", "jit", "metadata", "namespaces", "processes", "rawSockets", "trace"]
"""One thing that a service may be let do; docs/service.md says what each lets in."""

OPENINGS: tuple[str, ...] = get_args(Opening)

Reason = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f\\]*\w[^\x00-\x1f\x7f\\]*$", max_length=200)]
"""Why, in one line, for whoever reviews the stack file or reads the unit on a host."""
