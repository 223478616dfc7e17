"""HTTPS at the edge of machines that are there already."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from model.setting import Port, Setting

MachinePath = Annotated[str, Field(pattern=r"^/[A-Za-z0-9._/@+-]+$")]
LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory"
CIPHERS = (
    *("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"),
    *("ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"),
    *("ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305"),
)
"""Mozilla's intermediate profile 5.7 for TLS 1.2, without the DHE suites, which nginx uses only with a file of parameters."""


class Acme(Setting):
    """A CA that certbot on the edge asks for a certificate (RFC 8555). Whoever sets it agrees to the CA's terms of service."""

    email: Annotated[str, Field(pattern=r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+$")] | None = None
    """Where the CA may write to; Let's Encrypt writes to nobody any more."""
    directory: Annotated[str, Field(pattern=r"^https://[A-Za-z0-9._~:/?&=\[\]-]+$")] = LETS_ENCRYPT
    """The CA's first address."""
    authority: MachinePath | None = None
    """A file on the edge with the certificates by which the CA itself is known; left out: those that the machine trusts."""


class Tls(Setting):
    """HTTPS, and HTTP sent on to it, with a certificate that is on the edge or that it gets by itself (docs/hosts.md)."""

    certificate: MachinePath | None = None
    """The file on the edge with the certificate and those that sign it, as certbot's `fullchain.pem`."""
    key: MachinePath | None = None
    """The file on the edge with its key."""
    acme: Acme | None = None
    """In their place: the edge gets one for `edge.names` with the first release and renews it; `acme: {}` is Let's Encrypt."""
    listen: Port = 443
    """Where users reach it over TLS."""
    hsts: Annotated[int, Field(ge=0, le=63072000)] = 0
    """Seconds for which browsers ask for HTTPS alone (Strict-Transport-Security); 0: it is not said. It cannot be taken back."""
    challenges: MachinePath | None = None
    """A directory on the edge below which `/.well-known/acme-challenge/` is answered over HTTP, as certbot's `--webroot-path`."""

    @model_validator(mode="after")
    def _one_certificate(self) -> Self:
        given = [name for name in ("certificate", "key") if getattr(self, name)]
        if self.acme and (given or self.challenges):
            both = [*given, *(["challenges"] if self.challenges else [])]
            named = " and ".join(f"`{name}`" for name in both)
            raise ValueError(
                f"has `acme` and {named}; the edge gets a certificate by itself, or has one: "
                "leave out one of the two"
            )
        if not self.acme and len(given) < 2:
            raise ValueError(
                "has no certificate; name its files by `certificate` and `key`, or let the edge get one with `acme: {}`"
            )
        return self
