"""What an edge does with requests beside passing them on: compresses, counts, stores, lets in by address, is shut for a while."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from model.setting import Network, Setting

RulePath = Annotated[str, Field(pattern=r"^/[!#-~]*$")]
Rate = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,5}/[sm]$")]


class Limits(Setting):
    """How much one address may ask for (of IPv6, one /64); what is more is answered with 429."""

    rate: Rate | None = None
    """Requests a second or a minute, as `20/s` or `5/m`, evenly spread but for `burst`."""
    burst: Annotated[int, Field(ge=0, le=100_000)] = 20
    """Requests that may come at once beyond `rate`."""
    connections: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """Requests that may be under way at a time; over HTTP/2 many of them share a connection."""


class PathRules(Setting):
    """What holds for a path and all below it; `/` is what no other path names."""

    path: RulePath
    """Such as `/upload`."""
    allow: tuple[Network, ...] = ()
    """Who may ask, others get 403; none: everybody."""
    limits: Limits | None = None
    """In place of the edge's own."""
    size: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """KB that a request's body may have, else 413."""
    timeout: Annotated[int, Field(ge=1, le=3600)] | None = None
    """Seconds for which a host may be silent, else 504; it shortens `service.requestTimeout` and cannot lengthen it."""
    cache: Annotated[int, Field(ge=1, le=3600)] | None = None
    """Seconds for which an answer is given again, where the service's Cache-Control says nothing. Requests with a cookie or
    with Authorization, and answers that set a cookie or are private, are passed as ever."""
    stale: bool = True
    """Whether the answer of before is given while a new one is fetched, and when no host has one."""

    @property
    def locations(self) -> tuple[tuple[str, str], ...]:
        """nginx's locations for the path and for all below it: how each is compared, and with what; not of `/`."""
        bare = self.path.rstrip("/")
        return (("=", bare), ("^~", f"{bare}/"))


class Maintenance(Setting):
    """Everybody is answered with 503, but for those who look whether all is well again."""

    text: Annotated[str, Field(pattern=r"^[^$\x00-\x1f]+$", max_length=2000)]
    """What users read; HTML where it begins with `<`."""
    retry_after: Annotated[int, Field(ge=1, le=86400)] = 300
    """Seconds after which programs may ask again (Retry-After)."""
    admits: tuple[Network, ...] = ()
    """Who is served as ever."""


class EdgeRules(Setting):
    """All of an edge's own rules."""

    gzip: bool = False
    """Whether text is compressed for whoever takes it; left out where secrets and a user's own words share an answer (BREACH)."""
    limits: Limits | None = None
    """How much one address may ask for; left out: as much as it likes."""
    paths: tuple[PathRules, ...] = ()
    """What holds for single paths."""
    purge: tuple[Network, ...] = ()
    """Who may have a stored answer fetched anew, by `Cache-Control: no-cache` in a request."""
    maintenance: Maintenance | None = None
    """Closes the edge for users as long as it is there."""

    @property
    def root(self) -> PathRules | None:
        """What holds where no other path does."""
        return next((each for each in self.paths if each.path == "/"), None)

    @property
    def longest(self) -> int:
        """Seconds for which an answer is stored at the most; 0: none is."""
        return max((each.cache or 0 for each in self.paths), default=0)

    @model_validator(mode="after")
    def _each_path_once(self) -> Self:
        bare = [each.path.rstrip("/") or "/" for each in self.paths]
        twice = sorted({path for path in bare if bare.count(path) > 1})
        if twice:
            raise ValueError(f"has {twice[0]} twice in `paths`; name each path once")
        return self

    @model_validator(mode="after")
    def _a_store_to_purge(self) -> Self:
        if self.purge and not self.longest:
            raise ValueError(
                "has `purge` and no path with `cache`; nothing is stored that could be fetched anew"
            )
        return self


NO_RULES = EdgeRules()
"""An edge that passes all requests on."""
