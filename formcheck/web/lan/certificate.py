"""A certificate made on the spot, so that a phone of the same home can use its camera.

Browsers hand out the camera to pages from ``https`` alone. Nobody vouches for an address such as
192.168.1.20, so the browser of the phone warns once, and the person goes on.

Two certificates are made: one of the server, and the authority that signed it, which can be
installed on an iPhone. The authority's key is forgotten as soon as it has signed, so that nothing
else can ever be signed with it. Apple's systems refuse a server's certificate that runs longer than
825 days, lacks the purpose "server authentication", or tells its names elsewhere than in the
subject alternative names (https://support.apple.com/en-us/103769).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from formcheck.web.lan.addresses import Address

__all__ = ["VALID_DAYS", "Certificate", "make_certificate", "write_certificate"]

VALID_DAYS = 7
_CLOCKS_DIFFER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a server needs for ``https``.

    Attributes:
        chain_pem: The server's certificate and its authority's.
        key_pem: The server's private key, not encrypted.
        authority_der: The authority's certificate alone, for a phone to install.
        fingerprint: SHA-256 of the server's certificate, as browsers show it: ``AB:CD:...``.
        authority_fingerprint: The same of the authority's.
    """

    chain_pem: bytes
    key_pem: bytes
    authority_der: bytes
    fingerprint: str
    authority_fingerprint: str


def make_certificate(
    names: Sequence[str], addresses: Sequence[Address], now: datetime
) -> Certificate:
    """A fresh certificate with a fresh key (EC P-256).

    Args:
        names: Host names that it is for.
        addresses: IPv4 and IPv6 addresses that it is for.
        now: An aware time; the certificate runs from a day earlier, for clocks that are slow, to
            ``VALID_DAYS`` later.
    """
    authority_key = ec.generate_private_key(ec.SECP256R1())
    key = ec.generate_private_key(ec.SECP256R1())
    day = now.strftime("%Y-%m-%d %H:%M")
    authority_name = _name(f"formcheck on this network, {day}")
    authority = (
        _dated(now)
        .subject_name(authority_name)
        .issuer_name(authority_name)
        .public_key(authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False
        )
        .sign(authority_key, hashes.SHA256())
    )
    server = (
        _dated(now)
        .subject_name(_name("formcheck"))
        .issuer_name(authority_name)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.SubjectAlternativeName(
                [*(x509.DNSName(n) for n in names), *(x509.IPAddress(a) for a in addresses)]
            ),
            critical=False,
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
            critical=False,
        )
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    return Certificate(
        chain_pem=server.public_bytes(pem) + authority.public_bytes(pem),
        key_pem=key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
        authority_der=authority.public_bytes(serialization.Encoding.DER),
        fingerprint=_fingerprint(server),
        authority_fingerprint=_fingerprint(authority),
    )


def write_certificate(certificate: Certificate, folder: Path) -> tuple[Path, Path]:
    """Writes chain and key into a folder, the key for nobody but its owner to read.

    Returns:
        The files of the chain and of the key.
    """
    chain, key = folder / "certificate.pem", folder / "key.pem"
    chain.write_bytes(certificate.chain_pem)
    # Made with its rights, not given them afterwards: it is never readable to others.
    with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(certificate.key_pem)
    return chain, key


def _name(words: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, words)])


def _dated(now: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + timedelta(days=VALID_DAYS))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()
