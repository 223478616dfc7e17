"""What a rule about front doors is, and what it finds."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from model.front_door.front_door import FrontDoor
from model.front_door.plan import Plan
from model.place import Place
from model.service import Service


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All that rules look at. `runs` has, by region and architecture, which binaries its hosts said last that they run."""

    door: FrontDoor
    places: Mapping[str, Place]
    service: Service
    plan: Plan
    runs: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)


Evidence = Callable[[Facts], Iterator[str]]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """`code` names it for good. An `error` refuses a protected stack; everywhere else, and otherwise, it is a warning."""

    code: str
    what: str
    remedy: str
    error: bool
    evidence: Evidence


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that would break what the front door promises."""

    code: str
    evidence: str
    remedy: str
    error: bool

    def __str__(self) -> str:
        return f"{self.code}: {self.evidence}; {self.remedy}."


def rule(remedy: str, *, error: bool = True) -> Callable[[Evidence], Rule]:
    """Makes a rule of a function that yields evidence; its name and docstring become the rule's."""

    def made(evidence: Evidence) -> Rule:
        return Rule(
            code=evidence.__name__.replace("_", "-"),
            what=" ".join((evidence.__doc__ or "").split()),
            remedy=remedy,
            error=error,
            evidence=evidence,
        )

    return made
