"""How a release is brought onto hosts."""

from typing import Annotated, Literal

from pydantic import Field

from model.setting import Setting


class ReleasePolicy(Setting):
    """Times in seconds; the defaults suit a service that starts in under a minute."""

    uncommitted: Literal["refuse", "allow"] = "refuse"
    """Whether source that is not committed may be released (its version then ends in `-dirty`)."""
    watch: Annotated[float, Field(ge=0, le=600)] = 1
    """How long the new release is watched with traffic before the old one is let go."""
    drain: Annotated[float, Field(gt=0, le=3600)] = 30
    """How long requests in flight may take to finish on the old release."""
    keep: Annotated[int, Field(ge=2, le=100)] = 5
    """Releases kept on a host's disk."""
    install_packages: bool = False
    """Whether packages that a host lacks (haproxy, nginx, logrotate) are installed with its package manager."""
