"""What each tool has to be able to do, so that a scenario can ask it of all of them alike."""

from __future__ import annotations

from typing import Protocol

from benchmarks.cost import Cost


class Tool(Protocol):
    """One of those that are compared. What is not said to be measured is not."""

    name: str
    port: int
    """Where its service is asked from outside."""

    def clean(self) -> None:
        """Takes all that it made off the hosts."""
        ...

    def edit(self) -> None:
        """Changes one line of the source."""
        ...

    def configure(self) -> None:
        """Changes one variable of the service's environment."""
        ...

    def build(self) -> None:
        """Builds what was edited, beforehand."""
        ...

    def deploy(self, build: bool = False, succeeds: bool = True) -> Cost:
        """Measured: brings the hosts to what is wanted; with `build` from the edited source."""
        ...

    def back(self) -> Cost:
        """Measured: to the release before."""
        ...

    def forward(self) -> None:
        """To the newest again."""
        ...

    def preview(self) -> Cost | None:
        """Measured: says what a deploy would change. None: it cannot."""
        ...
