"""A connection to a data store: bounded in time and in bytes, and never one to itself."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from typing import Final, Self

from ostiary.audit.gather.tls import plainly
from ostiary.errors import Unanswerable

SECONDS: Final = 3.0  # for a whole conversation
_MOST: Final = 256 * 1024  # bytes of one answer


class Line:
    """A conversation with a store."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.tls = False

    def send(self, data: bytes) -> Self:
        """Say something."""
        self._writer.write(data)
        return self

    async def exactly(self, size: int) -> bytes:
        """The next bytes.

        :raises Unanswerable: when the peer ends before, or wants to send absurdly many.
        """
        if not 0 <= size <= _MOST:
            raise Unanswerable("an answer makes no sense in this protocol")
        try:
            return await self._reader.readexactly(size)
        except asyncio.IncompleteReadError as error:
            raise Unanswerable("the connection was closed before an answer was complete") from error

    async def line(self) -> bytes:
        """The next line, without its end."""
        try:
            return (await self._reader.readuntil(b"\n")).rstrip(b"\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise Unanswerable("an answer is no line") from error

    async def some(self) -> bytes:
        """What comes next, whatever it is; empty: the peer has closed."""
        return await self._reader.read(4096)

    async def rest(self) -> bytes:
        """All that comes until the peer closes, up to a bound."""
        found = bytearray()
        with contextlib.suppress(ConnectionResetError):
            while len(found) < _MOST and (more := await self._reader.read(16_384)):
                found += more
        return bytes(found)

    async def secure(self) -> None:
        """Go on in TLS, whatever the certificate: who the store is is not the question here."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        await self._writer.start_tls(context)
        self.tls = True


@contextlib.asynccontextmanager
async def line_to(address: str, port: int, *, tls: bool = False, seconds: float = SECONDS) -> AsyncIterator[Line]:
    """Connect; the whole conversation takes at most `seconds`.

    :raises Unanswerable: when there is nobody, or what comes is too late or makes no sense.
    """
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(address, port)
            try:
                if writer.get_extra_info("sockname") == writer.get_extra_info("peername"):
                    raise Unanswerable(f"port {port} of {address}: nobody listens (the connection met itself)")
                line = Line(reader, writer)
                if tls:
                    await line.secure()
                yield line
            finally:
                writer.transport.abort()
    except TimeoutError:
        raise Unanswerable(f"port {port} of {address} did not answer within {seconds:g} s") from None
    except OSError as error:
        raise Unanswerable(f"port {port} of {address}: {plainly(error)}") from error
