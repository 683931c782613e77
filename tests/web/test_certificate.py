"""The certificate is one that phones take, for this computer alone, and its key stays private."""

from __future__ import annotations

import hashlib
import socket
import ssl
import stat
import threading
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from formcheck.web.lan.certificate import Certificate, make_certificate, write_certificate

NOW = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
ADDRESSES = tuple(ip_address(a) for a in ("127.0.0.1", "192.168.1.20", "fd00::2"))
NAMES = ("localhost", "attic", "attic.local")


@pytest.fixture(scope="module")
def made() -> Certificate:
    return make_certificate(NAMES, ADDRESSES, NOW)


def both(made: Certificate) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(made.chain_pem)


def test_it_names_every_address_and_every_name(made: Certificate) -> None:
    server, _ = both(made)
    names = server.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    assert isinstance(names, x509.SubjectAlternativeName)
    assert tuple(names.get_values_for_type(x509.DNSName)) == NAMES
    assert tuple(names.get_values_for_type(x509.IPAddress)) == ADDRESSES


def test_it_meets_what_apple_asks_of_a_server(made: Certificate) -> None:
    server, _ = both(made)
    assert server.not_valid_after_utc - server.not_valid_before_utc < timedelta(days=825)
    purposes = server.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purposes) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert server.signature_hash_algorithm is not None
    assert server.signature_hash_algorithm.name == "sha256"
    key = server.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.curve.name == "secp256r1"


def test_it_is_short_lived_and_good_for_clocks_that_are_slow(made: Certificate) -> None:
    for certificate in both(made):
        assert certificate.not_valid_before_utc == NOW - timedelta(days=1)
        assert certificate.not_valid_after_utc == NOW + timedelta(days=7)


def test_the_authority_signs_servers_alone_and_its_key_is_nowhere(made: Certificate) -> None:
    server, authority = both(made)
    assert authority == x509.load_der_x509_certificate(made.authority_der)
    limits = authority.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (limits.ca, limits.path_length) == (True, 0)
    assert not server.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    server.verify_directly_issued_by(authority)
    assert made.key_pem.count(b"PRIVATE KEY-----") == 2  # its first and its last line
    assert b"PRIVATE" not in made.chain_pem
    assert server.public_key() != authority.public_key()


def test_every_start_makes_another_one(made: Certificate) -> None:
    again = make_certificate(NAMES, ADDRESSES, NOW)
    assert again.key_pem != made.key_pem
    assert again.fingerprint != made.fingerprint
    assert again.authority_fingerprint != made.authority_fingerprint


def test_the_fingerprint_is_the_one_that_browsers_show(made: Certificate) -> None:
    server, authority = both(made)
    for certificate, shown in (
        (server, made.fingerprint),
        (authority, made.authority_fingerprint),
    ):
        digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(_pem(certificate))).hexdigest().upper()
        assert shown.replace(":", "") == digest
        assert len(shown.split(":")) == 32


def test_the_key_is_for_its_owner_alone(made: Certificate, tmp_path: Path) -> None:
    chain, key = write_certificate(made, tmp_path)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert chain.read_bytes() == made.chain_pem
    with pytest.raises(FileExistsError):
        write_certificate(made, tmp_path)  # never into a file that somebody else laid there


@pytest.mark.parametrize("name", ["attic.local", "127.0.0.1", "fd00::2"])
def test_a_client_that_trusts_the_authority_needs_no_warning(name: str, tmp_path: Path) -> None:
    made = make_certificate(NAMES, ADDRESSES, datetime.now(timezone.utc))
    assert shake_hands(made, tmp_path, name) == "TLSv1.3"


def test_a_name_that_is_not_in_it_is_refused(tmp_path: Path) -> None:
    made = make_certificate(NAMES, ADDRESSES, datetime.now(timezone.utc))
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        shake_hands(made, tmp_path, "192.168.1.21")


def test_a_client_that_trusts_nothing_of_it_is_warned(tmp_path: Path) -> None:
    made = make_certificate(NAMES, ADDRESSES, datetime.now(timezone.utc))
    with pytest.raises(ssl.SSLCertVerificationError, match="self-signed"):
        shake_hands(made, tmp_path, "attic", trusted=False)


def shake_hands(made: Certificate, folder: Path, name: str, *, trusted: bool = True) -> str | None:
    """The version of TLS that a client and a server agree on."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*write_certificate(made, folder))
    client = ssl.create_default_context()
    if trusted:
        client.load_verify_locations(cadata=made.authority_der)
    ours, theirs = socket.socketpair()
    answering = threading.Thread(target=_answer, args=(server, theirs))
    answering.start()
    try:
        with client.wrap_socket(ours, server_hostname=name) as connection:
            return connection.version()
    finally:
        ours.close()
        answering.join()


def _answer(server: ssl.SSLContext, connection: socket.socket) -> None:
    try:
        with server.wrap_socket(connection, server_side=True) as accepted:
            accepted.recv(1)
    except (ssl.SSLError, OSError):
        connection.close()


def _pem(certificate: x509.Certificate) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM).decode()
