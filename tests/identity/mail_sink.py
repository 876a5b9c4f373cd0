"""A real mail server for tests, in a thread of its own on a port of its own: it keeps what it is given, or refuses it."""

from __future__ import annotations

import asyncio
import datetime as dt
import email
import email.policy
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope

from ostiary.gateway.certificate import load_into, self_made


@dataclass
class Sink:
    """What was given to it: envelopes in order; `says` is its answer to the next mails' data ("" takes them)."""

    port: int = 0
    says: str = ""
    refuses: str = ""  # its answer to recipients
    hangs_at_quit: bool = False
    envelopes: list[Envelope] = field(default_factory=list)
    logins: list[bytes] = field(default_factory=list)
    secured: list[bool] = field(default_factory=list)
    connections: int = 0

    @property
    def mails(self) -> list[EmailMessage]:
        """The mails as a mail program reads them."""
        return [
            email.message_from_bytes(each.original_content or b"", policy=email.policy.default)
            for each in self.envelopes
        ]

    async def handle_RCPT(  # noqa: N802 - its name in aiosmtpd
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.refuses:
            return self.refuses
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_QUIT(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802 - as above
        if self.hangs_at_quit:
            await asyncio.sleep(30)
        return "221 Bye"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802 - as above
        if self.says:
            return self.says
        self.envelopes.append(envelope)
        self.secured.append(session.ssl is not None or server.transport.get_extra_info("sslcontext") is not None)
        return "250 taken"


def context_of(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's context with a certificate that it signed itself, and the file that a client would have to trust."""
    pem = self_made(dt.datetime.now(dt.UTC))
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    load_into(made, pem)
    file = folder / "ca.pem"
    file.write_bytes(pem[pem.index(b"-----BEGIN CERTIFICATE") :])
    return made, file


@contextmanager
def mail_sink(
    *,
    tls: ssl.SSLContext | None = None,
    implicit: bool = False,
    password: str = "",
    host: str = "127.0.0.1",
    **given: Any,
) -> Iterator[Sink]:
    """Run one.

    :param tls: for STARTTLS, or from the first byte where `implicit`.
    :param password: that a login needs; "": no login is asked for.
    :param given: of aiosmtpd's SMTP.
    """
    sink = Sink()

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        sink.logins.append(data.login)
        return AuthResult(success=data.password == password.encode())

    if password:
        given |= {"authenticator": authenticate, "auth_require_tls": False}

    def made() -> SMTP:
        spoken = SMTP(sink, hostname="sink.test", tls_context=None if implicit else tls, loop=loop, **given)
        everybody.append(spoken)
        sink.connections += 1
        return spoken

    everybody: list[SMTP] = []
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    stop = asyncio.Event()

    async def serve() -> None:
        server = await loop.create_server(made, host, 0, ssl=tls if implicit else None)
        sink.port = server.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        server.close()
        for each in everybody:
            if each.transport is not None:
                with suppress(AttributeError):  # Python 3.11's TLS transport that has ended already
                    cast("asyncio.WriteTransport", each.transport).abort()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0.02)

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield sink
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
