"""The control plane's certificate authority and what it signs: one server certificate, and one for each who asks the API."""

import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kubelab.place import Place

AUTHORITY, SERVER, TOKENS = "ca", "server", "tokens"
ADMIN = "admin"
USERS = {
    ADMIN: "system:masters",
    "kube-controller-manager": None,
    "kube-scheduler": None,
    "kwok": "system:masters",
}
"""Who asks the API, with the group that gives rights where the name alone does not (`system:NAME`)."""
DAYS = 3650
"""A lab is taken down long before."""


def make(place: Place) -> None:
    """Writes all keys and certificates."""
    place.key(AUTHORITY).parent.mkdir(mode=0o700)
    authority = ec.generate_private_key(ec.SECP256R1())
    own = _name("slipway-lab", None)
    _write(place, AUTHORITY, authority, _certificate(own, own, authority, authority, authority=True))
    for name, subject in {
        SERVER: _name("server", None),
        **{name: _name(name if group else f"system:{name}", group) for name, group in USERS.items()},
    }.items():
        key = ec.generate_private_key(ec.SECP256R1())
        _write(place, name, key, _certificate(subject, own, key, authority))
    tokens = ec.generate_private_key(ec.SECP256R1())
    _private(place, TOKENS, tokens)
    public = tokens.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    place.key(TOKENS).with_suffix(".pub").write_bytes(public)


def _name(common: str, group: str | None) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    return x509.Name([*([x509.NameAttribute(NameOID.ORGANIZATION_NAME, group)] if group else []), *parts])


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    *,
    authority: bool = False,
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=DAYS))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if not authority:
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        uses = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
        made = made.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
    return made.sign(signer, hashes.SHA256())


def _write(place: Place, name: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
    _private(place, name, key)
    place.certificate(name).write_bytes(certificate.public_bytes(Encoding.PEM))


def _private(place: Place, name: str, key: ec.EllipticCurvePrivateKey) -> None:
    file = place.key(name)
    file.touch(mode=0o600)
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
