"""HTTPS at the edge of machines that are there already."""

from typing import Annotated

from pydantic import Field

from model.setting import Port, Setting

MachinePath = Annotated[str, Field(pattern=r"^/[A-Za-z0-9._/@+-]+$")]
CIPHERS = (
    *("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"),
    *("ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"),
    *("ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305"),
)
"""Mozilla's intermediate profile 5.7 for TLS 1.2, without the DHE suites, which nginx uses only with a file of parameters."""


class Tls(Setting):
    """HTTPS with a certificate that is on the edge, and HTTP sent on to it (docs/hosts.md)."""

    certificate: MachinePath
    """The file on the edge with the certificate and those that sign it, as certbot's `fullchain.pem`."""
    key: MachinePath
    """The file on the edge with its key."""
    listen: Port = 443
    """Where users reach it over TLS."""
    hsts: Annotated[int, Field(ge=0, le=63072000)] = 0
    """Seconds for which browsers ask for HTTPS alone (Strict-Transport-Security); 0: it is not said. It cannot be taken back."""
    challenges: MachinePath | None = None
    """A directory on the edge below which `/.well-known/acme-challenge/` is answered over HTTP, as certbot's `--webroot-path`."""
