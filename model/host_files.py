"""The files that a host gets, rendered from the templates beside the activator. Nothing here writes them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import jinja2

from model import placeholder
from model.release_policy import ReleasePolicy
from model.service import Service

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
    """`systemd`, `haproxy`, `nginx`, or None where no program can tell."""
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


_templates.filters |= {"systemd_quote": systemd_quote, "whole_seconds": whole_seconds}


def _render(template: str, **values: object) -> bytes:
    return _templates.get_template(template).render(values).encode()


def service_files(service: Service, policy: ReleasePolicy) -> tuple[HostFile, ...]:
    """What every host of the service gets: units, proxy, proxy unit and log rotation."""
    fixed = [
        (name, value) for name, value in sorted(service.environment.items()) if not placeholder.within(value)
    ]
    stop_seconds = whole_seconds(policy.drain)
    watch = HostFile(
        target=f"/etc/systemd/system/slipway-{service.name}-watch@{{slot}}.service",
        content=_render("watch.unit.j2", service=service),
        check="systemd",
    )
    return (
        *([watch] if service.health.restart_after else []),
        HostFile(
            target=f"/etc/systemd/system/{service.name}@{{slot}}.service",
            content=_render(
                "service.unit.j2",
                service=service,
                arguments=[argument(text) for text in service.arguments],
                environment=fixed,
                stop_seconds=stop_seconds,
            ),
            check="systemd",
        ),
        HostFile(
            target=f"/etc/systemd/system/{service.name}-proxy.service",
            content=_render("proxy.unit.j2", service=service, stop_seconds=stop_seconds),
            check="systemd",
        ),
        HostFile(
            target=f"/opt/{service.name}/conf/haproxy.cfg",
            content=_render("haproxy.cfg.j2", service=service, stop_seconds=stop_seconds),
            mode="0640",
            group=service.name,
            check="haproxy",
        ),
        HostFile(target=f"/etc/logrotate.d/{service.name}", content=_render("logrotate.j2", service=service)),
    )


def edge_file(service: Service, listen: int, upstreams: tuple[str, ...]) -> HostFile:
    """The nginx site before `upstreams`, each `address:port`."""
    return HostFile(
        target=f"/etc/nginx/conf.d/{service.name}.conf",
        content=_render("edge.nginx.j2", service=service, listen=listen, upstreams=upstreams),
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
    return {name: value for name, value in sorted(service.environment.items()) if placeholder.within(value)}
