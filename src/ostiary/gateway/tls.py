"""TLS has a floor of 1.2 and only suites with forward secrecy and authenticated encryption (RFC 9325)."""

from __future__ import annotations

import datetime as dt
import logging
import ssl
from typing import Final

from ostiary.config import Config, Tls
from ostiary.errors import ConfigError

logger = logging.getLogger("ostiary.gateway")

# For 1.2; those of 1.3 are all of this kind, and OpenSSL lists them apart.
_SUITES: Final = "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!PSK:!SHA1"


def context_of(config: Config) -> ssl.SSLContext | None:
    """The context that `config.tls` asks for; None for clear text.

    :raises ConfigError: when the certificate is missing, cannot be read or does not fit the key.
    """
    tls = config.tls
    if tls is None:
        return None
    where = f"{config.file or 'config'}: [tls]"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_SUITES)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_alpn_protocols(["http/1.1"])
    _ask_clients(context, tls, where)
    if tls.self_made:
        if tls.certificate or tls.key:
            raise ConfigError(where, "has both self-made and a certificate", "choose one")
        try:
            from ostiary.gateway import certificate  # noqa: PLC0415 - cryptography costs 10 MB: only who asks for it pays
        except ImportError as error:
            raise ConfigError(where, "self-made needs cryptography", "pip install ostiary[gateway]") from error
        certificate.load_into(context, certificate.self_made(dt.datetime.now(dt.UTC)))
        logger.warning("serving a self-made certificate: for development, no client trusts it")
        return context
    if not tls.certificate:
        raise ConfigError(where, "names no certificate", 'certificate = "server.pem", or self-made = true to try')
    try:
        context.load_cert_chain(tls.certificate, tls.key or None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            where, f"the certificate or key cannot be used: {error.strerror or error}", "give PEM files that match"
        ) from error
    return context


def _ask_clients(context: ssl.SSLContext, tls: Tls, where: str) -> None:
    """Ask clients for a certificate, and believe those that the named authorities signed, and no other."""
    if not tls.client_authorities:
        if tls.client_certificate:
            raise ConfigError(where, "asks for client certificates, whoever signed them", "name client-authorities")
        return
    try:
        context.load_verify_locations(cafile=tls.client_authorities)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            where, f"client-authorities cannot be used: {error.strerror or error}", "give a PEM file of certificates"
        ) from error
    if not context.get_ca_certs():
        raise ConfigError(where, "client-authorities holds no certificate of an authority", "give a PEM file of those")
    context.verify_mode = ssl.CERT_OPTIONAL if tls.client_certificate == "optional" else ssl.CERT_REQUIRED
