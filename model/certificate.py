"""Where an edge's certificate is and, if the edge gets it by itself, what renews it."""

from dataclasses import dataclass
from typing import Any

from model.host_files import HostFile, render
from model.tls import Tls

CLIENT, READER = {"certbot": "/usr/bin/certbot"}, {"openssl": "/usr/bin/openssl"}


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """Of the edge called `edge`, for `names`; its paths are on the edge."""

    edge: str
    names: tuple[str, ...]
    tls: Tls

    @property
    def home(self) -> str:
        """All that certbot knows of it. A directory of its own, so that the package's own timer, which knows no CA's
        `authority`, leaves it alone; below `data`, so that it outlives the service's removal."""
        return f"/opt/{self.edge}/data/acme"

    @property
    def file(self) -> str:
        return self.tls.certificate or f"{self.home}/live/{self.edge}/fullchain.pem"

    @property
    def key(self) -> str:
        return self.tls.key or f"{self.home}/live/{self.edge}/privkey.pem"

    @property
    def challenges(self) -> str | None:
        """Where what the CA asks for is laid."""
        return f"/var/www/slipway/{self.edge}" if self.tls.acme else self.tls.challenges

    @property
    def unit(self) -> str:
        return f"slipway-{self.edge}-certificate"

    def files(self, plain: bytes, site: str) -> tuple[HostFile, ...]:
        """`plain` is the site without HTTPS, which stands at `site` until there is a certificate."""
        if not self.tls.acme:
            return ()
        service = render("certificate.unit.j2", certificate=self, acme=self.tls.acme)
        timer = render("certificate.timer.j2", certificate=self)
        return (
            HostFile(target=self.plain, content=plain, check="nginx"),
            HostFile(target=f"/etc/systemd/system/{self.unit}.service", content=service, check="systemd"),
            HostFile(target=f"/etc/systemd/system/{self.unit}.timer", content=timer, check="systemd"),
        )

    @property
    def plain(self) -> str:
        return f"/opt/{self.edge}/{self.edge}.http.conf"

    @property
    def units(self) -> list[dict[str, str]]:
        return [{"unit": f"{self.unit}.timer", "action": "restart"}] if self.tls.acme else []

    @property
    def packages(self) -> dict[str, str]:
        return {**READER, **(CLIENT if self.tls.acme else {})}

    def manifest(self, site: str) -> dict[str, Any]:
        """As the activator reads it."""
        found: dict[str, Any] = {"file": self.file, "key": self.key, "names": list(self.names)}
        if self.tls.acme:
            found["acme"] = {
                **self.tls.acme.model_dump(),
                "name": self.edge,
                "home": self.home,
                "challenges": self.challenges,
                "site": site,
                "plain": self.plain,
                "unit": f"{self.unit}.service",
            }
        return found
