"""What else runs the service's program: tasks before a release, and jobs by the clock."""

from typing import Annotated, Literal

from pydantic import Field

from model.setting import Name, Seconds, Setting


class Task(Setting):
    """Runs once in each region, on its first host, before any copy of the new release starts; fails the release if it fails."""

    name: Name
    """What it is called in messages and in the journal."""
    arguments: tuple[str, ...] = ()
    """With which the new program is run, such as `[migrate]`; in braces as in the service's own."""
    timeout: Seconds = 300
    """How long it may take."""


class Job(Setting):
    """Runs by a timer of systemd's, which comes with the release that serves and goes back with it."""

    calendar: Annotated[str, Field(pattern=r"^[A-Za-z0-9*~/.,: +-]+$", max_length=100)]
    """When, as systemd writes it: `daily`, `Mon..Fri 03:30`, `*:0/15` (every quarter of an hour), in the host's time zone or
    in one that is named. What was missed while the host was off is done when it is back."""
    arguments: tuple[str, ...] = ()
    """With which the program is run, such as `[clean-up]`; in braces as in the service's own."""
    hosts: Literal["one", "all"] = "one"
    """Whether it runs on the first host of each region alone."""
    timeout: Annotated[float, Field(gt=0, le=86400)] = 3600
    """How long it may take. While it runs it is not started again."""
