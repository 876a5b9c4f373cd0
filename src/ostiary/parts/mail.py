"""Mail leaves over TLS with a checked certificate, or not at all but to this machine; aiosmtplib is imported here alone."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import re
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final, cast
from urllib.parse import unquote, urlsplit

import aiosmtplib

from ostiary.errors import ConfigError
from ostiary.parts.delivering import Undeliverable
from ostiary.parts.networks import address_of
from ostiary.parts.printable import UNPRINTABLE

__all__ = ["MailServer", "compose", "read_sender", "read_server", "recipient", "submit"]

_PORTS: Final = {"smtp": 587, "smtps": 465}
_NEVER: Final = range(500, 600)  # RFC 5321 section 4.2.1: permanent
_LOGIN: Final = {530, 534, 535, 538}  # RFC 4954 section 6: of our login, which an operator may mend, not of the message
_GOODBYE: Final = 1.0  # seconds
_ATOMS: Final = re.compile(r"[^\s@<>\"(),:;\[\]\\]{1,64}@[^\s@<>\"(),:;\[\]\\]{1,255}")  # RFC 5321 section 4.5.3.1
_SENDER: Final = re.compile(r"\s*(?:([^<>@\"]*?)\s*<([^<>]+)>|([^<>\s]+))\s*")


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over.

    :param tls: "implicit" (RFC 8314 section 3.3), "starttls" (required), or "" towards this machine alone.
    """

    host: str
    port: int
    tls: str


def read_server(url: str, where: str) -> MailServer:
    """Read ``smtp://host:587`` or ``smtps://host:465``.

    :param where: the place of the setting, for messages.
    :raises ConfigError: for anything else; credentials have settings of their own.
    """
    try:
        parts = urlsplit(url)
        host, port = unquote(parts.hostname or ""), parts.port
    except ValueError as error:
        raise ConfigError(where, "is not a URL", 'write "smtps://mail.example.com"') from error
    if parts.scheme not in _PORTS or not host or not host.isascii() or port == 0:
        raise ConfigError(
            where, "is no mail server", 'write "smtps://mail.example.com" or "smtp://mail.example.com:587"'
        )
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ConfigError(where, "has more than a host and a port", "credentials are written in `user` and `password`")
    if parts.scheme == "smtps":
        tls = "implicit"
    else:
        address = address_of(host)
        tls = "" if host == "localhost" or (address is not None and address.is_loopback) else "starttls"
    return MailServer(host, port or _PORTS[parts.scheme], tls)


def recipient(text: str) -> Address:
    """An address to send to, or from.

    :raises ValueError: when it could be more than one address, or end a line; the message does not repeat it.
    """
    if not _one_line(text) or _ATOMS.fullmatch(text) is None:
        raise ValueError("not an address that mail is sent to")
    local, _, domain = text.rpartition("@")
    try:
        domain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
        return Address(username=local, domain=domain)
    except (ValueError, UnicodeError) as error:
        raise ValueError("not an address that mail is sent to") from error


def read_sender(text: str, where: str) -> Address:
    """Read ``Example <no-reply@example.com>``, or the address alone.

    :raises ConfigError: when it is not one address.
    """
    match = _SENDER.fullmatch(text)
    try:
        address = recipient((match[2] or match[3]) if match is not None and _one_line(text) else "")
        return Address(display_name=(match and match[1]) or "", username=address.username, domain=address.domain)
    except ValueError:
        raise ConfigError(where, "is not an address", 'write "Example <no-reply@example.com>"') from None


def _one_line(text: str) -> bool:
    return UNPRINTABLE.search(text) is None and "\n" not in text and "\t" not in text


def compose(
    sender: Address, to: Address, subject: str, body: str, *, name: str, domain: str, at: float
) -> EmailMessage:
    """A mail in plain text, which says that a machine wrote it (RFC 3834 section 5) and asks for no answer.

    :param name: the same for every try, so that a mail that was sent twice is shown once (``Message-ID``).
    :param domain: of the issuer.
    :param at: seconds since the epoch.
    :raises ValueError: when the subject is not one line.
    """
    if not _one_line(subject):
        raise ValueError("a subject is one line")
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(datetime.fromtimestamp(int(at), UTC))
    message["Message-ID"] = f"<{name}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body)
    return message


async def submit(
    server: MailServer,
    message: EmailMessage,
    *,
    user: str = "",
    password: str = "",
    name: str,
    timeout: float,  # noqa: ASYNC109 - the whole of it, from the connection to the server's yes
) -> None:
    """Hand a mail over.

    :param user: signs in with `password` when it is not empty.
    :param name: what we call ourselves (EHLO).
    :param timeout: seconds for all of it.
    :raises Undeliverable: when the server did not say yes in time.
    """
    context = _context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")) if server.tls else None
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=user or None,
        password=password or None,
        local_hostname=name,
        timeout=timeout,
        use_tls=server.tls == "implicit",
        start_tls=server.tls == "starttls",
        tls_context=context,
    )
    transport: asyncio.BaseTransport | None = None
    try:
        async with asyncio.timeout(timeout):
            await client.connect()
            transport = client.transport
            await client.send_message(message)
        with contextlib.suppress(aiosmtplib.SMTPException, TimeoutError, OSError):
            async with asyncio.timeout(_GOODBYE):  # it was taken: whatever comes now changes nothing about that
                await client.quit()
    except aiosmtplib.SMTPRecipientsRefused as error:
        code = error.recipients[0].code
        raise Undeliverable(f"the server refuses the address ({code})", again=not _is_final(code)) from None
    except aiosmtplib.SMTPResponseException as error:
        final = _is_final(error.code) and not isinstance(error, _ABOUT_US)
        raise Undeliverable(f"the server answers {error.code}", again=not final) from None
    except aiosmtplib.SMTPNotSupported as error:
        # the server lacks what we ask for: STARTTLS may be mended, an address outside ASCII is for another server
        raise Undeliverable("the server lacks what is needed", again="SMTPUTF8" not in str(error)) from None
    except (aiosmtplib.SMTPException, ssl.SSLError, TimeoutError, OSError) as error:
        raise Undeliverable(f"the server cannot be reached: {type(error).__name__}", again=True) from None
    except (ValueError, UnicodeError) as error:
        raise Undeliverable("the mail cannot be written", again=False) from error
    finally:
        if transport is not None:
            cast(
                "asyncio.WriteTransport", transport
            ).abort()  # a goodbye by TLS would wait for the other side, and nobody waits for it any more
        client.close()


def _is_final(code: int) -> bool:
    return code in _NEVER and code not in _LOGIN


_ABOUT_US: Final = (aiosmtplib.SMTPAuthenticationError, aiosmtplib.SMTPHeloError, aiosmtplib.SMTPConnectResponseError)


@functools.lru_cache(maxsize=2)
def _context(file: str | None, folder: str | None) -> ssl.SSLContext:
    """Whom this machine trusts; the arguments are the variables by which OpenSSL lets that be changed."""
    context = ssl.create_default_context(cafile=file, capath=folder)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
