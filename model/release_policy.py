"""How a release is brought onto hosts."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from model.setting import HostKey, Setting


def _batch_size(value: object) -> object:
    share = isinstance(value, str) and re.fullmatch(r"([1-9][0-9]?|100)%", value)
    count = isinstance(value, int) and not isinstance(value, bool) and value >= 1
    if not share and not count:
        raise ValueError('must be a number of hosts, such as 2, or a share of them, from "1%" to "100%"')
    return value


def _not_empty(value: tuple[object, ...]) -> tuple[object, ...]:
    if not value:
        raise ValueError('is empty; write how many hosts at once, such as ["25%"], or leave it out')
    return value


def _pin(value: object) -> object:
    ids = [value] if isinstance(value, str) else value
    if value is None or value == "previous":
        return value
    if isinstance(ids, list | tuple) and ids and all(_is_release(each) for each in ids):
        return tuple(ids)
    raise ValueError(
        'must be "previous", the id of a release (12 hex digits, in quotes), or a list of ids, one for each architecture; '
        "`make releases` lists those that are kept"
    )


def _is_release(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{12}", value) is not None


BatchSize = Annotated[int | str, BeforeValidator(_batch_size)]
"""A number of hosts, or a share such as "25%"."""


def _shares(value: tuple[int, ...]) -> tuple[int, ...]:
    if list(value) != sorted(set(value)):
        raise ValueError("must grow, as in [5, 25]; all requests follow by themselves")
    return value


class Judge(Setting):
    """When a release that is healthy goes back all the same, by what each host's proxy counts while it is watched.

    With `share` both releases are compared at the same time, else the new one with the old one's last seconds. A host where
    fewer than `requests` came in either is not judged.
    """

    errors: Annotated[float, Field(ge=0, le=100)] = 1
    """Percentage points by which the share of failed requests (5xx, or no answer) may be higher. That it is higher by more must
    be beyond chance (1 in 2,000)."""
    slower: Annotated[float, Field(ge=1, le=1000)] = 3
    """Times as long as before that answers may take on average. Judged from 512 requests on, since HAProxy's average is of these,
    and never for less than 20 ms."""
    requests: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    """How many must have been answered."""


AlarmArn = Annotated[str, Field(pattern=r"^arn:aws:cloudwatch:[a-z0-9-]+:\d{12}:alarm:[^\s'\"]{1,255}$")]


class ReleasePolicy(Setting):
    """Times in seconds; the defaults suit a service that starts in under a minute."""

    uncommitted: Literal["refuse", "allow"] = "refuse"
    """Whether source that is not committed may be released: its version ends in `-dirty` or, where a part of it is in no
    repository, is a digest of it. A service in no repository at all always has the latter."""
    watch: Annotated[float, Field(ge=0, le=600)] = 1
    """How long the new release is watched with traffic before the old one is let go."""
    share: Annotated[
        tuple[Annotated[int, Field(ge=1, le=99)], ...], Field(max_length=10), AfterValidator(_shares)
    ] = ()
    """Percent of each host's requests that the new release gets at first, such as `[5, 25]`, each for `watch` seconds beside the
    old one; then all. Users may meet both releases in turns meanwhile. In a cluster the first of them is the share of copies that
    are exchanged at a time, in place of a quarter."""
    judge: Judge | None = Judge()
    """When a release goes back although it is healthy, because its users fare worse; `null`: never."""
    drain: Annotated[float, Field(gt=0, le=3600)] = 30
    """How long requests in flight may take to finish on the old release."""
    canary: Annotated[int, Field(ge=0, le=1000)] = 1
    """Hosts of each region that get a release first; the others follow when these are well. 0: no canary."""
    batches: Annotated[tuple[BatchSize, ...], AfterValidator(_not_empty)] = ("100%",)
    """Hosts at once after the canary: numbers, or shares such as `25%` of the region's other hosts. The last one repeats."""
    pause: Annotated[float, Field(ge=0, le=3600)] = 0
    """How long to wait between two batches."""
    alarms: Annotated[tuple[AlarmArn, ...], Field(max_length=20)] = ()
    """ARNs of CloudWatch alarms, in any region of AWS. After each batch all of them must be quiet for `pause` seconds, once more
    before hosts are confirmed. One that rings ends the run, and `onFailure` says what becomes of it; a group with
    autoscaling goes back by one of its own region. Not for clusters."""
    on_failure: Literal["revert", "hold"] = "revert"
    """When a host fails, the hosts before it go back by themselves (`revert`) or keep the new release (`hold`)."""
    pin: Annotated[Literal["previous"] | tuple[str, ...] | None, BeforeValidator(_pin)] = None
    """A release that hosts keep, instead of what the source makes: `previous`, or the ids of one for each architecture. A cluster
    keeps releases of its own, by their ids alone."""
    keep: Annotated[int, Field(ge=2, le=100)] = 5
    """Releases kept on a host's disk, or in a cluster."""
    signed_by: HostKey | None = None
    """The public key, such as `ssh-ed25519 AAAA…`, that must have signed for what is installed (`service.artifact`). Hosts verify
    it before they unpack anything."""
    install_packages: bool = False
    """Whether packages that a host lacks (haproxy, nginx, logrotate) are installed with its package manager."""

    @property
    def watched(self) -> float:
        """Seconds for which a release is watched on each host, all shares together."""
        return self.watch * (1 + len(self.share))
