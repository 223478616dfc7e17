"""The certificate of an edge: asked about before anything changes and, if the edge gets it by itself, got within the release."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from activator.failure import Failed, Refused
from activator.files import File
from activator.host import Host
from activator.manifest import Release
from activator.systemd import change, look, printed, tail

PATIENCE = 300  # seconds for the CA
SOON = timedelta(
    days=14
)  # before its end a certificate that nobody renews is told; Let's Encrypt has renewed it twice by then


def of(release: Release) -> dict[str, Any]:
    return release.manifest.get("certificate") or {}


def acme(release: Release) -> dict[str, Any]:
    return of(release).get("acme") or {}


def present(host: Host, release: Release) -> bool:
    return all(host.read(of(release)[part]) is not None for part in ("file", "key"))


def seen(host: Host, release: Release) -> tuple[datetime | None, set[str]]:
    """Until when the certificate is good, and for which names; (None, {}) when openssl can read none."""
    wanted = ("x509", "-in", host.root + of(release)["file"], "-noout", "-enddate", "-ext", "subjectAltName")
    said = host.run("openssl", *wanted).text
    end = re.search(r"^notAfter=(.*) GMT$", said, re.M)
    if not end:
        return None, set()
    until = datetime.strptime(" ".join(end.group(1).split()), "%b %d %H:%M:%S %Y").replace(
        tzinfo=timezone.utc
    )
    return until, set(re.findall(r"(?:DNS|IP Address):([^,\s]+)", said))


def left(host: Host, until: datetime) -> timedelta:
    return until - datetime.strptime(host.now(), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)


def check(host: Host, release: Release) -> None:
    """One that was given must not have ended. What nginx cannot read, it says itself."""
    if not of(release) or acme(release):
        return
    until, _ = seen(host, release)
    if until and left(host, until) <= timedelta(0):
        raise Refused(f"{of(release)['file']} ended on {until:%Y-%m-%d %H:%M} UTC: put a new one there")


def as_it_is(host: Host, release: Release, wanted: list[File]) -> list[File]:
    """Without a certificate the site is the one without HTTPS."""
    if not acme(release) or present(host, release):
        return wanted
    plain = next(file for file in wanted if file.path == acme(release)["plain"])
    return [replace(file, data=plain.data) if file.path == acme(release)["site"] else file for file in wanted]


def stand_in(host: Host, release: Release, folder: str, text: bytes) -> bytes:
    """`text` of a site with a certificate that nobody ever sees, so that nginx can be asked about it before there is one."""
    if not acme(release) or present(host, release):
        return text
    for part in ("file", "key"):
        text = text.replace(of(release)[part].encode(), f"{host.root}{folder}/stand-in.{part}".encode())
    if host.entry(f"{folder}/stand-in.file") is None:
        host.directory(folder, 0o700)
        made = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        where = (f"{host.root}{folder}/stand-in.key", "-out", f"{host.root}{folder}/stand-in.file")
        done = host.run("openssl", *made, "-subj", "/CN=nobody", "-days", "1", "-keyout", *where)
        if done.code:
            raise Refused(f"openssl makes no certificate to check the site with: {tail(done.text, 3)}")
    return text


def due(host: Host, release: Release) -> str:
    """Why one has to be got now; empty when the timer does what is to be done."""
    if not present(host, release):
        return "there is none yet"
    until, names = seen(host, release)
    if until is None or left(host, until) <= timedelta(0):
        return f"it ended on {until:%Y-%m-%d}" if until else "it cannot be read"
    if names != set(of(release)["names"]):
        return f"it is for {', '.join(sorted(names))}"
    if asked_of(host, release) != acme(release)["directory"]:
        return "it is another CA's"
    return "it could not be renewed" if refused(host, release) else ""


def asked_of(host: Host, release: Release) -> str:
    """The CA that gave it."""
    known = host.read(f"{acme(release)['home']}/renewal/{acme(release)['name']}.conf") or b""
    found = re.search(r"^server = (\S+)$", known.decode(errors="replace"), re.M)
    return found.group(1) if found else ""


def refused(host: Host, release: Release) -> bool:
    """Whether the last renewal failed."""
    return look(host, acme(release)["unit"]).state.startswith("failed")


def obtain(host: Host, release: Release) -> str | None:
    """Gets one through nginx's own port for HTTP, which goes on serving as before meanwhile."""
    why, asks = due(host, release), acme(release)
    if not why:
        return None
    host.tell(f"asking {asks['directory']} for a certificate: {why}")
    for path in (asks["challenges"].rsplit("/", 1)[0], asks["challenges"]):
        host.directory(path, 0o755, "root", "root")
    change(host, "reload" if look(host, "nginx.service").active else "start", "nginx.service")
    words = [
        *("certonly", "--non-interactive", "--agree-tos", "--keep-until-expiring"),
        *("--renew-with-new-domains", "--cert-name", asks["name"]),
        *("--server", asks["directory"], "--webroot", "--webroot-path", asks["challenges"]),
        *("--config-dir", asks["home"], "--work-dir", f"{asks['home']}/work"),
        *("--logs-dir", f"{asks['home']}/logs"),
        *(["--email", asks["email"]] if asks["email"] else ["--register-unsafely-without-email"]),
        *(["--force-renewal"] if why == "it is another CA's" else []),
        *(word for name in of(release)["names"] for word in ("--domain", name)),
    ]
    trusted = {"REQUESTS_CA_BUNDLE": asks["authority"]} if asks["authority"] else {}
    done = host.run("certbot", *words, timeout=PATIENCE, **trusted)
    if done.code or not present(host, release):
        raise Failed(
            f"no certificate for {', '.join(of(release)['names'])} from {asks['directory']}:\n{said(done.text)}"
        )
    host.run("systemctl", "reset-failed", asks["unit"])
    until, _ = seen(host, release)
    return f"certificate until {until:%Y-%m-%d}" if until else None


def said(text: str) -> str:
    """certbot's words without its advice and its steps."""
    dull = re.compile(
        r"^(Saving debug log|Ask for help|Requesting a|Account registered|- - -|See the logfile|Hint: |.*community\.letsencrypt)"
    )
    return tail("\n".join(line for line in text.splitlines() if line.strip() and not dull.match(line)), 12)


def drift(host: Host, release: Release) -> list[str]:
    """What whoever looks should know: one that has ended or soon will, and a renewal that failed."""
    if not of(release):
        return []
    until, _ = seen(host, release)
    if until is None:
        return [f"there is no certificate at {of(release)['file']}"]
    remaining = left(host, until)
    if acme(release) and refused(host, release):
        lines = printed(host, acme(release)["unit"], "2000-01-01T00:00:00Z", 3)
        return [f"the certificate, good until {until:%Y-%m-%d}, could not be renewed: {lines}"]
    if remaining <= SOON:
        ends = "ended" if remaining <= timedelta(0) else "ends"
        return [f"the certificate at {of(release)['file']} {ends} on {until:%Y-%m-%d %H:%M} UTC"]
    return []


def told(host: Host, release: Release) -> dict[str, Any] | None:
    """For the line of `status`."""
    if not of(release):
        return None
    until, names = seen(host, release)
    return {
        "until": f"{until:%Y-%m-%dT%H:%M:%SZ}" if until else None,
        "names": sorted(names),
        "renewed": bool(acme(release)),
        "refused": bool(acme(release)) and refused(host, release),
    }
