"""Requests go out byte for byte as written and replies come back as they were: connections to one pinned target.

h11 reads the replies (it is imported here alone). It does not write the requests: it would refuse the duplicate
headers, odd methods and odd targets that an audit is made of.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import h11

from ostiary.audit.gather.tls import antique, lenient, plainly, strict
from ostiary.audit.target import Target
from ostiary.errors import Unanswerable

BODY_KEPT: Final = 1 << 20  # bytes of a reply; what comes after is not waited for
EVENTS_KEPT: Final = 2.0  # seconds of an event stream, which has no end of its own
HEAD_KEPT: Final = 256 * 1024  # bytes of a reply's head before it counts as broken
_CHUNK: Final = 64 * 1024
_SWITCHING: Final = 101


@dataclass(frozen=True, slots=True)
class Came:
    """A reply as it came off the wire."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    seconds: float
    truncated: bool


class _Dropped(Exception):  # noqa: N818 - an event, answered with one retry
    """A kept connection turned out closed before any byte of a reply."""


@dataclass(slots=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    machine: h11.Connection = field(
        default_factory=lambda: h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_KEPT)
    )
    used: bool = False

    def close(self) -> None:
        with contextlib.suppress(OSError, RuntimeError):
            self.writer.close()


class Wire:
    """Connections to the target: kept while the server keeps them, never more at once than allowed.

    :param concurrency: how many requests may be under way.
    :param timeout: seconds for one request, connecting included.
    :param cacert: a PEM file to trust besides the system's authorities.
    :param verify: whether a certificate must be good; if not, ``certificate_fault`` still says what is wrong with it.
    """

    def __init__(
        self,
        target: Target,
        *,
        concurrency: int = 8,
        timeout: float = 10.0,
        cacert: str | None = None,
    ) -> None:
        self.target = target
        self.timeout = timeout
        self.certificate_fault = ""
        self.tls_fault = ""
        self._slots = asyncio.Semaphore(concurrency)
        self._idle: list[_Connection] = []
        self._address: str | None = None
        self._context = strict(cacert)

    async def send(
        self,
        method: str,
        target: str,
        headers: Sequence[tuple[str, str]],
        body: bytes,
        *,
        keep: int = BODY_KEPT,
    ) -> Came:
        """Send a request and read its reply; a kept connection that the server dropped is tried anew, once.

        :param keep: bytes of the reply's body that are wanted.
        :raises Unanswerable: when nobody answers in time, or with something that is not HTTP.
        """
        data = _head(method, target, headers) + body
        alone = _is_odd(headers, body)
        async with self._slots:
            kept = None if alone else self._take()
            if kept is not None:
                with contextlib.suppress(_Dropped):
                    return await self._exchange(kept, method, headers, data, _Reading(keep))
            fresh = await self.connect()
            try:
                return await self._exchange(fresh, method, headers, data, _Reading(keep), alone=alone)
            except _Dropped as error:
                raise Unanswerable(f"{method} {target}: the connection was closed without a reply") from error

    async def send_from(
        self, source: int, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes
    ) -> Came:
        """Like `send`, from the loopback address after the first by `source`, on a connection of its own.

        :raises Unanswerable: when the target is not on this machine, or the system has one loopback address alone.
        """
        address = self._address or self.target.addresses[0]
        if not address.startswith("127."):
            raise Unanswerable("the target is not on this machine, which so has no second address to come from")
        async with self._slots:
            try:
                async with asyncio.timeout(self.timeout):
                    connection = await self._open(
                        address, self.target.port, secure=self.target.scheme == "https", own=f"127.0.0.{1 + source}"
                    )
            except (OSError, TimeoutError) as error:
                raise Unanswerable(f"no connection from another address of this machine: {plainly(error)}") from error
            data = _head(method, target, headers) + body
            try:
                return await self._exchange(connection, method, headers, data, _Reading(BODY_KEPT), alone=True)
            except _Dropped as error:
                raise Unanswerable(f"{method} {target}: the connection was closed without a reply") from error

    async def raw(self, data: bytes, *, tls: bool | None, port: int | None, seconds: float) -> bytes:
        """Send bytes as they are and return what comes back until the peer closes or `seconds` have passed."""
        async with self._slots:
            connection = await self.connect(tls=tls, port=port)
            found = bytearray()
            try:
                async with asyncio.timeout(seconds):
                    connection.writer.write(data)
                    while len(found) < BODY_KEPT:
                        more = await connection.reader.read(_CHUNK)
                        if not more:
                            break
                        found += more
            except (TimeoutError, OSError, ssl.SSLError):
                pass  # what came until then is the answer
            finally:
                connection.close()
            return bytes(found)

    async def connect(self, *, tls: bool | None = None, port: int | None = None) -> _Connection:
        """Open a connection to the pinned address; TLS with the strictest context that the server can meet.

        :raises Unanswerable: when no address accepts one.
        """
        secure = self.target.scheme == "https" if tls is None else tls
        problem = "no address"
        for address in [self._address] if self._address else self.target.addresses:
            try:
                async with asyncio.timeout(self.timeout):
                    found = await self._open(address, port or self.target.port, secure=secure)
            except TimeoutError:
                problem = f"no connection within {self.timeout:g} s"
            except OSError as error:  # ssl.SSLError is one
                problem = plainly(error)
            else:
                if port is None:
                    self._address = address
                return found
        raise Unanswerable(f"{self.target.host} port {port or self.target.port}: {problem}")

    async def close(self) -> None:
        """Close what is kept."""
        idle, self._idle = self._idle, []
        for each in idle:
            each.close()
        for each in idle:
            with contextlib.suppress(OSError, TimeoutError, ssl.SSLError):
                async with asyncio.timeout(1):
                    await each.writer.wait_closed()

    async def _open(self, address: str, port: int, *, secure: bool, own: str = "") -> _Connection:
        here = (own, 0) if own else None
        if not secure:
            return _Connection(*await asyncio.open_connection(address, port, local_addr=here))
        while True:
            context = self._context
            try:
                name = self.target.host
                return _Connection(
                    *await asyncio.open_connection(
                        address, port, ssl=context, server_hostname=name, limit=_CHUNK, local_addr=here
                    )
                )
            except ssl.SSLCertVerificationError as error:
                if context.verify_mode is ssl.CERT_NONE:
                    raise
                self.certificate_fault = error.verify_message or str(error)
                self._context = lenient(context)
            except ssl.SSLError as error:
                if context.minimum_version < ssl.TLSVersion.TLSv1_2:
                    raise
                self.tls_fault = plainly(error)
                self._context = antique(context)

    def _take(self) -> _Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if not connection.reader.at_eof() and not connection.writer.is_closing():
                return connection
            connection.close()
        return None

    async def _exchange(
        self,
        connection: _Connection,
        method: str,
        headers: Sequence[tuple[str, str]],
        data: bytes,
        reading: _Reading,
        *,
        alone: bool = False,
    ) -> Came:
        _prepare(connection.machine, method, headers)
        started = time.monotonic()
        keep = False
        try:
            async with asyncio.timeout(self.timeout):
                connection.writer.write(data)  # not drained: a refusal may come before the body is taken
                keep = await reading.whole(connection)
        except TimeoutError:
            if not reading.status:
                raise Unanswerable(f"no reply within {self.timeout:g} s") from None
            reading.truncated = True
        except (OSError, ssl.SSLError) as error:
            if not reading.status:
                raise (_Dropped() if connection.used else Unanswerable(plainly(error))) from error
            reading.truncated = True
        except h11.RemoteProtocolError as error:
            if not reading.status and not reading.any_byte:
                raise _Dropped from error
            if not reading.status:
                raise Unanswerable(f"the reply is not HTTP/1.1: {error}") from error
            reading.truncated = True
        finally:
            if keep and not alone and connection.machine.our_state is h11.DONE:
                connection.machine.start_next_cycle()
                connection.used = True
                self._idle.append(connection)
            else:
                connection.close()
        return Came(reading.status, reading.headers, bytes(reading.body), time.monotonic() - started, reading.truncated)


class _Reading:
    """One reply while it comes in."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self.status = 0
        self.headers: tuple[tuple[str, str], ...] = ()
        self.body = bytearray()
        self.truncated = False
        self.any_byte = False
        self._until: float | None = None

    async def whole(self, connection: _Connection) -> bool:
        """Read to the reply's end or our bound; whether the connection can be used again."""
        machine = connection.machine
        while True:
            event = machine.next_event()
            if event is h11.NEED_DATA:
                try:
                    async with asyncio.timeout_at(self._until):
                        data = await connection.reader.read(_CHUNK)
                except TimeoutError:  # of the stream's window; the request's own timeout arrives as a cancellation
                    self.truncated = True
                    return False
                self.any_byte = self.any_byte or bool(data)
                machine.receive_data(data)
            elif isinstance(event, h11.InformationalResponse):
                if event.status_code == _SWITCHING:
                    self._head(event)
                    return False
            elif isinstance(event, h11.Response):
                self._head(event)
            elif isinstance(event, h11.Data):
                self.body += event.data
                if len(self.body) > self._keep:
                    del self.body[self._keep :]
                    self.truncated = True
                    return False
            else:  # the end, a pause (CONNECT), or a closed connection
                return isinstance(event, h11.EndOfMessage) and machine.their_state is h11.DONE

    def _head(self, event: h11.Response | h11.InformationalResponse) -> None:
        self.status = event.status_code
        self.headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in event.headers)
        if any(name == "content-type" and value.startswith("text/event-stream") for name, value in self.headers):
            self._until = asyncio.get_running_loop().time() + EVENTS_KEPT


def _head(method: str, target: str, headers: Sequence[tuple[str, str]]) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    if any("\r" in line or "\n" in line for line in lines) or " " in method:
        msg = "a line break inside a request's head would make two requests of one; raw() is for that"
        raise ValueError(msg)
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace" if target.isascii() else "strict")


def _is_odd(headers: Sequence[tuple[str, str]], body: bytes) -> bool:
    """Whether a request's framing is its own business, so that no other request may share its connection."""
    framing = [(name.lower(), value) for name, value in headers]
    lengths = [value for name, value in framing if name == "content-length"]
    if any(name in {"transfer-encoding", "connection", "expect"} for name, _ in framing):
        return True
    return lengths not in ([str(len(body))], []) or (bool(body) and not lengths)


def _prepare(machine: h11.Connection, method: str, headers: Sequence[tuple[str, str]]) -> None:
    """Tell the reader what was asked, as far as a reply's framing depends on it (RFC 9112 section 6.3)."""
    shown = "HEAD" if method == "HEAD" else "CONNECT" if method == "CONNECT" else "GET"
    told = [("host", "target")]
    if any(name.lower() == "upgrade" for name, _ in headers):
        told += [("connection", "upgrade"), ("upgrade", "any")]
    machine.send(h11.Request(method=shown, target="/", headers=told))
    machine.send(h11.EndOfMessage())
