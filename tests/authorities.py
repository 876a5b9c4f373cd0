"""Certificate authorities for tests, and what they sign; keys are P-256 and live as long as a test."""

from __future__ import annotations

import datetime as dt
import hashlib
import ssl
from base64 import urlsafe_b64encode
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


class Authority:
    """Signs certificates of clients."""

    def __init__(self, name: str = "Test authority") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        built = self._built(self._name, self._key.public_key(), days=30)
        built = built.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.certificate = built.sign(self._key, hashes.SHA256())
        self.pem = self.certificate.public_bytes(serialization.Encoding.PEM)

    def _built(self, subject: x509.Name, key: ec.EllipticCurvePublicKey, days: int) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        start, end = sorted((now - dt.timedelta(days=1), now + dt.timedelta(days=days)))
        built = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key)
        return built.serial_number(x509.random_serial_number()).not_valid_before(start).not_valid_after(end)

    def client(self, name: str = "client", *, days: int = 10, purpose: x509.ObjectIdentifier | None = None) -> Client:
        """A certificate for a client, valid for `days` from now (negative: it has ended)."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        usage = x509.ExtendedKeyUsage([purpose or ExtendedKeyUsageOID.CLIENT_AUTH])
        built = self._built(subject, key.public_key(), days).add_extension(usage, critical=False)
        return Client(built.sign(self._key, hashes.SHA256()), key)


class Client:
    """A client's certificate and its key."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self.der = certificate.public_bytes(serialization.Encoding.DER)
        self.pem = certificate.public_bytes(serialization.Encoding.PEM)
        self._key = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    @property
    def thumbprint(self) -> str:
        """x5t#S256 (RFC 8705 section 3.1)."""
        return urlsafe_b64encode(hashlib.sha256(self.der).digest()).rstrip(b"=").decode()

    def save(self, path: Path) -> str:
        path.write_bytes(self._key + self.pem)
        return str(path)

    def context(self, path: Path) -> ssl.SSLContext:
        """For a connection that shows it; the server's own certificate is not what these tests are about."""
        context = nobody()
        context.load_cert_chain(self.save(path))
        return context


def nobody() -> ssl.SSLContext:
    """For a connection without a client's certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
