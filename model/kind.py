"""What a service with a port has and a worker has not, and the other way round."""

from collections.abc import Collection, Iterator, Mapping
from typing import Literal, Protocol

from model.health import Health
from model.job import Job, Task
from model.own_file import OwnFile

Kind = Literal["service", "worker"]

ASKED = ("port", "slots", "request_timeout")
"""Settings of what is asked over HTTP."""


class OfAKind(Protocol):
    """What is asked of a service here."""

    @property
    def kind(self) -> Kind: ...
    @property
    def health(self) -> Health: ...
    @property
    def notify(self) -> bool: ...
    @property
    def connections(self) -> int | None: ...
    @property
    def files(self) -> Mapping[str, OwnFile]: ...
    @property
    def tasks(self) -> tuple[Task, ...]: ...
    @property
    def schedule(self) -> Mapping[str, Job]: ...
    @property
    def model_fields_set(self) -> set[str]: ...


def check(service: OfAKind, texts: Collection[str]) -> None:
    """Raises ValueError with one sentence. `texts` are those in which `{port}` may stand."""
    health = service.health
    if "{healthFile}" in "".join(texts) and not health.file_age:
        raise ValueError("names {healthFile}, which only a worker with `health.fileAge` has: set that")
    if service.kind == "worker":
        _check_worker(service, texts)
        return
    if health.command or health.file_age:
        raise ValueError(
            "has `health.command` or `health.fileAge`, which are for `kind: worker`; one with a port answers `health.path`"
        )
    templates = any(file.template for file in service.files.values())
    if not templates and not any("{port}" in text for text in texts):
        raise ValueError(
            "must be told its port: put `{port}` into `arguments` or `environment`, such as `environment: {PORT: '{port}'}`; "
            "what listens nowhere is `kind: worker`"
        )


def _check_worker(service: OfAKind, texts: Collection[str]) -> None:
    health = service.health
    ways = [health.command is not None, health.file_age is not None, service.notify]
    if not any(ways) or (health.command is not None and health.file_age is not None):
        raise ValueError(
            "is a worker, whose health nobody can ask over HTTP: set one of `health.command` (arguments with which its program "
            "says by its exit status whether it is well), `health.fileAge` (seconds after which it must have touched "
            "`{healthFile}` again) and `notify: true` (it says by sd_notify that it is ready)"
        )
    health_too = {f"health.{name}" for name in ("path", "host") if name in health.model_fields_set}
    limits_too = {"limits.connections"} if service.connections else set[str]()
    named = sorted({*health_too, *limits_too, *(name for name in ASKED if name in service.model_fields_set)})
    if named:
        raise ValueError(
            f"is a worker, which nobody asks over HTTP, so `{_camel(named[0])}` would do nothing: take it out"
        )
    if "{port}" in "".join(texts):
        raise ValueError("is a worker and has no {port}; name further ports of its own in `ports`")


def refusals(
    service: OfAKind, edges: Collection[str], elsewhere: Collection[str], nameless: Collection[str]
) -> Iterator[str]:
    """One sentence for each region where it cannot run.

    Of the regions, some have an edge, some are `elsewhere` than on machines that are there already, and in some hosts come and
    go without a name, so that none is the first.
    """
    if service.kind == "worker":
        for name in edges:
            yield f"slipway:regions.{name} has an edge, and slipway:service is a worker, which nobody asks: take the edge out."
        for name in sorted(elsewhere):
            yield (
                f"slipway:regions.{name} asks what runs there over HTTP, and slipway:service is a worker, which answers nobody: "
                "workers run on machines that are there already."
            )
    once = [
        *(f"tasks ({task.name})" for task in service.tasks),
        *(f"schedule.{name}" for name in service.schedule),
    ]
    for name in nameless if once else ():
        yield (
            f"slipway:service.{once[0]} runs on a host that has a name, and slipway:regions.{name} has none: "
            "tasks and jobs are for machines that are there already, and for instances of a fixed count."
        )


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
