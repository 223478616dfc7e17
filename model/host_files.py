"""The files that a host gets, rendered from the templates beside the activator. Nothing here writes them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from model import placeholder
from model.door import ANY_NAME, OPEN, EdgeDoor, HostDoor
from model.release_policy import ReleasePolicy
from model.service import Service
from model.tls import CIPHERS

TEMPLATES = Path(__file__).parent.parent / "activator" / "templates"


@dataclass(frozen=True, kw_only=True)
class HostFile:
    """One file of a release: where it goes, what it holds, and which program must accept it first.

    `{slot}` in the target is filled in on the host, so that each slot keeps the file of its own release.
    """

    target: str
    content: bytes
    mode: str = "0644"
    group: str = "root"
    check: str | None = None
    """`systemd`, `haproxy`, `nginx`, `pdns`, or None where no program can tell."""
    template: bool = False
    """Whether the host fills in what stands in braces."""
    own: str = ""
    """The name that the user gave it, of a file of the user's."""

    @property
    def member(self) -> str:
        """Its name in the bundle."""
        return f"files/own/{self.own}" if self.own else f"files/{Path(self.target).name}"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def systemd_quote(text: str) -> str:
    """One word of a unit file's command or environment line (systemd.syntax(7)), `%` doubled (systemd.unit(5))."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    escaped = escaped.replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def argument(text: str) -> str:
    """One argument of ExecStart, in which `{port}` and its like become the slot's own and no other `$` is expanded."""
    return systemd_quote(placeholder.variables(text.replace("$", "$$")))


_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(TEMPLATES),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # unit and proxy files, not HTML
)


def whole_seconds(seconds: float) -> int:
    """Seconds rounded up, for files whose times take no fraction."""
    return -int(-seconds // 1)


def nginx_quote(text: str) -> str:
    """One word of nginx's configuration, in which `$` is not expanded: only locations are written with it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def haproxy_quote(text: str) -> str:
    """One word of HAProxy's configuration, in strong quotes."""
    return "'" + text.replace("'", "'\"'\"'") + "'"


_templates.filters |= {
    "systemd_quote": systemd_quote,
    "whole_seconds": whole_seconds,
    "nginx_quote": nginx_quote,
    "haproxy_quote": haproxy_quote,
}


def render(template: str, **values: object) -> bytes:
    return _templates.get_template(template).render(values).encode()


PROXY_ERRORS = {
    400: "not a request that HTTP allows, or its head is longer than 30 KB",
    408: "the request did not arrive in time",
    500: "an error of the proxy itself",
    502: "the service broke off, or answered with what is no HTTP or a head longer than 30 KB",
    503: "no slot of the service is up, or none had room in time",
    504: "the service did not answer in time",
}
"""What HAProxy says of the answers that it makes itself."""


def service_files(service: Service, policy: ReleasePolicy, door: HostDoor = OPEN) -> tuple[HostFile, ...]:
    """What every host of the service gets: units, log rotation and, of one with a port, proxy and proxy unit."""
    stop_seconds = whole_seconds(policy.drain)
    watch = HostFile(
        target=f"/etc/systemd/system/slipway-{service.name}-watch@{{slot}}.service",
        content=render("watch.unit.j2", service=service),
        check="systemd",
    )
    return (
        *([watch] if watched(service) else []),
        *health_files(service),
        HostFile(
            target=f"/etc/systemd/system/{service.name}@{{slot}}.service",
            content=render(
                "service.unit.j2",
                service=service,
                arguments=[argument(text) for text in service.arguments],
                environment=fixed_environment(service),
                watched=watched(service),
                slot="%i",
                stop_seconds=whole_seconds(service.stops_within(policy.drain)),
            ),
            check="systemd",
        ),
        *(proxy_files(service, stop_seconds, door) if service.kind == "service" else ()),
        HostFile(target=f"/etc/logrotate.d/{service.name}", content=render("logrotate.j2", service=service)),
    )


def proxy_files(service: Service, stop_seconds: int, door: HostDoor) -> tuple[HostFile, ...]:
    """What sends requests to the copy that serves."""
    return (
        HostFile(
            target=f"/etc/systemd/system/{service.name}-proxy.service",
            content=render("proxy.unit.j2", service=service, stop_seconds=stop_seconds),
            check="systemd",
        ),
        HostFile(
            target=f"/opt/{service.name}/conf/haproxy.cfg",
            content=render(
                "haproxy.cfg.j2",
                service=service,
                stop_seconds=stop_seconds,
                seconds=whole_seconds(service.request_timeout),
                check_seconds=max(5, whole_seconds(service.health.timeout)),
                errors=PROXY_ERRORS.items(),
                listeners=door.listeners(service.port),
                accepted=door.accepted,
                edges=door.edges,
                trusted=door.trusted,
                watched=door.watched,
                watched_listeners=door.listeners(door.watched.port) if door.watched else (),
                metrics_slots=service.metrics_ports,
            ),
            mode="0640",
            group=service.name,
            check="haproxy",
        ),
    )


def health_files(service: Service) -> tuple[HostFile, ...]:
    """What tells whether a worker is well, if that is a command."""
    if service.health.command is None:
        return ()
    target = f"/etc/systemd/system/slipway-{service.name}-health@{{slot}}.service"
    return (
        HostFile(
            target=target,
            content=run_once(
                service,
                what=f"Tells whether {service.name}@blue or {service.name}@green is well.",
                description=f"{service.name}'s health (slot %i)",
                slot="%i",
                arguments=service.health.command,
                seconds=service.health.timeout,
                stop_seconds=1,
                quiet=True,
            ),
            check="systemd",
        ),
    )


def run_once(
    service: Service, *, arguments: Sequence[str], seconds: float, stop_seconds: int, **words: object
) -> bytes:
    """A unit that runs the service's program to its end, with the same environment and as closed as the service itself."""
    return render(
        "once.unit.j2",
        service=service,
        arguments=[argument(text) for text in arguments],
        environment=fixed_environment(service),
        seconds=whole_seconds(seconds),
        stop_seconds=stop_seconds,
        **words,
    )


def watched(service: Service) -> bool:
    """Whether a copy is restarted when it hangs; of a worker that only says when it is ready nobody can see that."""
    seen = service.kind == "service" or service.health.command is not None or bool(service.health.file_age)
    return seen and service.health.restart_after > 0


def fixed_environment(service: Service) -> list[tuple[str, str]]:
    """The part of the environment that is the same in both slots."""
    return [(name, value) for name, value in sorted(service.texts.items()) if not placeholder.within(value)]


def edge_file(
    service: Service,
    listen: int,
    upstreams: tuple[str, ...],
    door: EdgeDoor = ANY_NAME,
    certificate: Any = None,
    challenges: str | None = None,
) -> HostFile:
    """The nginx site before `upstreams`, each `address:port`; below `challenges` is what a CA asks for."""
    return HostFile(
        target=f"/etc/nginx/conf.d/{service.name}.conf",
        content=render(
            "edge.nginx.j2",
            service=service,
            upstreams=upstreams,
            seconds=whole_seconds(service.request_timeout),
            # A parameter of `listen`, which nginx 1.22 of Debian 12 and those after it know.
            listeners=door.listeners(door.tls.listen, " ssl http2") if door.tls else door.listeners(listen),
            plain=door.listeners(listen) if door.tls else (),
            tls=door.tls,
            certificate=certificate,
            challenges=challenges,
            ciphers=":".join(CIPHERS),
            names=door.names,
            closed=door.closed,
            trusted=door.trusted,
            watched=door.watched,
            watched_listeners=door.watched_listeners,
            told=door.told,
            rules=door.rules,
        ),
        check="nginx",
    )


def own_files(service: Service, contents: Mapping[str, bytes]) -> tuple[HostFile, ...]:
    """The user's files, one for each slot, so that a copy always finds those of its own release."""
    return tuple(
        HostFile(
            target=f"/opt/{service.name}/conf/{{slot}}.files/{name}",
            content=contents[name],
            mode=file.mode,
            group=service.name,
            template=file.template,
            own=name,
        )
        for name, file in sorted(service.files.items())
    )


def slot_environment(service: Service) -> dict[str, str]:
    """The part of the environment that differs from slot to slot; `{port}` and its like are left for the host to fill in."""
    return {name: value for name, value in sorted(service.texts.items()) if placeholder.within(value)}
