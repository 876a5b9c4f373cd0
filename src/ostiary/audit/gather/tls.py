"""Contexts for TLS, from the strictest that a server may expect of us to those that shameful servers need."""

from __future__ import annotations

import asyncio
import ssl

from ostiary.errors import ConfigError


def strict(cacert: str | None) -> ssl.SSLContext:
    """The system's authorities and one PEM file more, TLS 1.2 and up.

    :raises ConfigError: when the file cannot be read.
    """
    try:
        return ssl.create_default_context(cafile=cacert)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            "--cacert", f"{cacert} cannot be read: {error.strerror or error}", "a PEM file of certificates"
        ) from error


def lenient(context: ssl.SSLContext) -> ssl.SSLContext:
    """A context that takes any certificate: what is wrong with it has been noted, and the audit goes on."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    made.minimum_version = context.minimum_version
    return made


def antique(context: ssl.SSLContext) -> ssl.SSLContext:
    """A context that talks to servers which should be ashamed, so that they can be told."""
    made = lenient(context)
    made.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    made.set_ciphers("ALL:@SECLEVEL=0")
    if context.verify_mode is not ssl.CERT_NONE:
        made.load_default_certs()
        made.verify_mode = ssl.CERT_REQUIRED
        made.check_hostname = context.check_hostname
    return made


def plainly(error: OSError) -> str:
    """What went wrong with a connection, in a clause."""
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {(error.reason or str(error)).lower().replace('_', ' ')}"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, ConnectionResetError):
        return "connection reset"
    return (error.strerror or str(error) or type(error).__name__).lower()


def shown_by(writer: asyncio.StreamWriter) -> bytes:
    """The certificate that the peer of a connection showed, in DER; empty without TLS."""
    secured = writer.get_extra_info("ssl_object")
    return (secured.getpeercert(binary_form=True) or b"") if secured is not None else b""
