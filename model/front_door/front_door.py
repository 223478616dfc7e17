"""The one name that users call and what moves it between regions, as configured."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from model.front_door.name_servers import NameServers
from model.setting import Domain, Name, Seconds, Setting

Mechanism = Literal["route53", "globalAccelerator", "dns"]


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError(
            "is empty; name what keeps the data together, such as 'Aurora global database, promoted by hand'"
        )
    return text


class Check(Setting):
    """How a region is seen to be lost. Left out: as often as the mechanism can and be sure. Not with `globalAccelerator`,
    which goes by the load balancers' own checks, and so by `service.health`."""

    interval: Annotated[int, Field(ge=1, le=300)] | None = None
    """Seconds between two checks. `route53`: 10 or 30; left out: 10. `dns`: left out: 1."""
    threshold: Annotated[int, Field(ge=1, le=10)] | None = None
    """Failed checks in a row after which a region is lost. `route53`: left out: 3. `dns`: left out: 2."""
    timeout: Annotated[int, Field(ge=1, le=60)] | None = None
    """Seconds that an answer may take. `dns`: left out: 1. `route53` has its own: 4 to connect and 2 to answer."""


class FrontDoor(Setting):
    """One name before all regions of the stack. What it promises, and how that is computed: docs/front-door.md."""

    name: Domain
    """What users call, such as `api.example.com`. Each region keeps a name or an address of its own beside it."""
    zone: Domain
    """The zone that `name` lies in: hosted in Route 53 or, with `dns`, served by `hosts`."""
    mechanism: Mechanism
    """What moves users: records with health checks in Route 53, addresses of Global Accelerator (both for regions of AWS),
    or own DNS `hosts` (for machines that are there)."""
    routing: Literal["failover", "weighted", "latency"] = "failover"
    """Who gets users while all is well: the first region alone, all by `weight`, or for each user the nearest one.
    With `globalAccelerator` only `failover` and `latency`, with `dns` only `failover` and `weighted`."""
    objective: Annotated[int, Field(ge=1, le=3600)] | None = None
    """Seconds in which users must be served again when a region is lost. Refused when it cannot be promised."""
    ttl: Annotated[int, Field(ge=1, le=86400)] | None = None
    """Seconds for which an answer may be kept, with `dns`; left out: 5. An alias record in Route 53 has AWS's own (60)."""
    check: Check = Check()
    """How a region is seen to be lost."""
    client_timeout: Seconds = 5
    """Seconds that clients wait for a connection before they ask for the name again; part of the worst case."""
    load: Annotated[int, Field(ge=1)] | None = None
    """Requests per second that all users make at the most; left out: as many as the largest region's `capacity`."""
    hosts: dict[Name, NameServers] = Field(default={})
    """With `dns`: the machines that serve the zone, by place. Two places or more, or DNS is lost with one of them."""
    make_zone: bool = False
    """Whether the zone is made in Route 53, and not looked up there. The parent zone must then delegate to its name servers."""
    caa: bool = False
    """Whether a CAA record lets only AWS issue certificates for `name`."""
    alarm_email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")] | None = None
    """With `route53`: who is told when a region is seen to be lost, after confirming the mail that AWS sends once."""
    stateless: bool = False
    """`true` says that no request needs what an earlier one left in another region: no sessions, files or database there."""
    data: Annotated[str, AfterValidator(_said)] | None = None
    """In place of `stateless: true`: how data is there after a region is lost, in a sentence for whoever reads it then."""

    @property
    def on_aws(self) -> bool:
        """Whether AWS moves users."""
        return self.mechanism != "dns"

    @property
    def interval(self) -> int:
        """Seconds between two checks."""
        return self.check.interval or (1 if self.mechanism == "dns" else 10)

    @property
    def threshold(self) -> int:
        """Failed checks in a row."""
        return self.check.threshold or (2 if self.mechanism == "dns" else 3)

    @property
    def timeout(self) -> int:
        """Seconds that an answer to DNS hosts may take."""
        return self.check.timeout or 1

    @property
    def answers_for(self) -> int:
        """Seconds for which an answer of DNS hosts may be kept."""
        return self.ttl or 5

    @model_validator(mode="after")
    def _name_in_zone(self) -> Self:
        if not f".{self.name}".endswith(f".{self.zone}"):
            raise ValueError(
                f"has the name {self.name}, which is not in the zone {self.zone}; name the zone that holds it"
            )
        return self

    @model_validator(mode="after")
    def _one_word_about_data(self) -> Self:
        if self.stateless and self.data is not None:
            raise ValueError("has both stateless: true and data; keep the one that is so")
        return self

    @model_validator(mode="after")
    def _only_what_the_mechanism_knows(self) -> Self:
        for key, allowed, why in self._foreign():
            if key:
                raise ValueError(f"has {key}, which {self.mechanism} does not know: {why}; {allowed}")
        return self

    def _foreign(self) -> list[tuple[str, str, str]]:
        """Keys that are set for nothing, each with what to do and why."""
        given, remove = self.model_fields_set, "remove it"
        mechanism, check = self.mechanism, self.check
        found = []
        if mechanism == "globalAccelerator" and self.routing == "weighted":
            found.append(
                (
                    "routing: weighted",
                    "choose failover or latency",
                    "it sends each user to the nearest region it may",
                )
            )
        if mechanism == "dns" and self.routing == "latency":
            found.append(
                ("routing: latency", "choose failover or weighted", "DNS hosts cannot tell who is near")
            )
        if self.on_aws and "ttl" in given:
            found.append(("ttl", remove, "its records are aliases, whose TTL is AWS's"))
        if self.on_aws and self.hosts:
            found.append(("hosts", remove, "AWS answers for the zone"))
        if mechanism == "globalAccelerator" and check != Check():
            found.append(("check", "set service.health", "it goes by the load balancers' own checks"))
        if mechanism == "route53" and check.timeout is not None:
            found.append(
                ("check.timeout", remove, "its checkers wait 4 s for a connection and 2 s for the answer")
            )
        if mechanism == "route53" and self.interval not in (10, 30):
            found.append(
                (f"check.interval: {self.interval}", "write 10 or 30", "there is every 10 s and every 30 s")
            )
        if mechanism != "route53" and self.alarm_email:
            found.append(("alarmEmail", remove, "only Route 53 has an alarm for each check"))
        if mechanism == "dns" and not self.hosts:
            found.append(("no hosts", "name the machines that serve the zone", "somebody must answer"))
        for key, value in (("makeZone", self.make_zone), ("caa", self.caa)):
            if value and not self.on_aws:
                found.append((key, remove, "its zone is written from the settings"))
        return found
