"""A token bound to a certificate works on the connection that shows it, and a header shows one only if a proxy of ours wrote it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Final
from urllib.parse import unquote_to_bytes

from ostiary.errors import ConfigError
from ostiary.exchange import Exchange
from ostiary.parts.networks import Networks

__all__ = ["STANDARD", "Certificates", "is_bound_to"]

STANDARD: Final = ("client-cert", "client-cert-chain")  # RFC 9440 section 2
LONGEST: Final = 16 * 1024  # bytes of a header with a certificate
_BEGIN, _END = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"


class Certificates:
    """Finds the certificate of whoever sent a request.

    :param header: the header in which trusted proxies hand it on; "": none does.
    :param proxies: networks of those proxies.
    :param where: the settings, for messages.
    :raises ConfigError: when one is given without the other, or a network is none.
    """

    def __init__(self, header: str, proxies: tuple[str, ...], where: str) -> None:
        if bool(header) != bool(proxies):
            raise ConfigError(where, "certificate-header and proxies come together", "name both, or neither")
        self._name = header.lower().encode("ascii", "replace")
        self._trusted = Networks(proxies, f"{where} proxies")

    def believes(self, exchange: Exchange) -> bool:
        """Whether the request's peer speaks for others."""
        return bool(self._name) and exchange.peer in self._trusted

    def of(self, exchange: Exchange) -> bytes:
        """The certificate, DER; b"" where none was shown. A proxy's own is not its clients'."""
        if not self.believes(exchange):
            return exchange.certificate
        sent = exchange.all(self._name)
        return _read(sent[0]) if len(sent) == 1 else b""


def is_bound_to(certificate: bytes, thumbprint: str) -> bool:
    """Whether a certificate (DER) is the one of an ``x5t#S256`` (RFC 8705 section 3.1)."""
    if not certificate:
        return False
    digest = base64.urlsafe_b64encode(hashlib.sha256(certificate).digest()).rstrip(b"=")
    return hmac.compare_digest(digest, thumbprint.encode("utf-8", "surrogatepass"))


def _read(value: bytes) -> bytes:
    """A byte sequence (RFC 9440 section 2.1), or the percent-encoded PEM that nginx and HAProxy write; b"" for neither."""
    if len(value) > LONGEST:
        return b""
    value = value.strip()
    if value[:1] == b":" and value[-1:] == b":":
        text = value[1:-1]
    else:
        pem = unquote_to_bytes(value).strip()
        if not pem.startswith(_BEGIN) or not pem.endswith(_END) or pem.count(_BEGIN) > 1:
            return b""
        text = b"".join(pem[len(_BEGIN) : -len(_END)].split())
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
