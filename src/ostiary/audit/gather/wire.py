"""Requests go out byte for byte as written and replies come back as they were: connections to one pinned target.

h11 reads the replies (`reading`). It does not write the requests: it would refuse the duplicate headers, odd methods
and odd targets that an audit is made of.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ostiary.audit.gather.heads import head_of, is_odd, line_of
from ostiary.audit.gather.health import Health
from ostiary.audit.gather.reading import BODY_KEPT, CHUNK, Connection, Reading, RemoteFault, prepare
from ostiary.audit.gather.restarts import PAUSE, Restarts
from ostiary.audit.gather.tls import antique, lenient, plainly, shown_by, strict
from ostiary.audit.target import Target
from ostiary.errors import Unanswerable

MOST_ENDLESS: Final = 16  # bodies that are read up to the bound and cut
FLOODED_KEPT: Final = 64 * 1024  # bytes of each that comes after them
_PROBES: Final = 2  # questions that decide whether a target lives
_PROBE_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Came:
    """A reply as it came off the wire."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    seconds: float
    truncated: bool
    late: bool = False  # cut off because the rest did not come in time


class _Late(Unanswerable):
    """Nothing came in time."""


class _Refused(Unanswerable):
    """Nobody listens: what was meant to be sent was not heard."""


class _Closed(Unanswerable):
    """The connection was closed without a reply."""


class _Dropped(Exception):  # noqa: N818 - an event, answered with one retry
    """A kept connection turned out closed before any byte of a reply."""


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
        self.certificate = b""
        self.tls_fault = ""
        self.health = Health()
        self.restarts = Restarts()
        self._slots = asyncio.Semaphore(concurrency)
        self._idle: list[Connection] = []
        self._address: str | None = None
        self._context = strict(cacert)
        self._probing = asyncio.Lock()
        self._reviving = asyncio.Lock()
        self._endless = 0  # bodies that were cut

    async def send(
        self,
        method: str,
        target: str,
        headers: Sequence[tuple[str, str]],
        body: bytes,
        *,
        keep: int = BODY_KEPT,
        line: str = "",
    ) -> Came:
        """Send a request and read its reply; a kept connection that the server dropped is tried anew, once.

        :param keep: bytes of the reply's body that are wanted.
        :param line: what is asked for, where method and path do not say it: by that it is judged who lets us wait.
        :raises Unanswerable: when nobody answers in time, or with something that is not HTTP, or has not for a while.
        """
        line = line or line_of(method, target)
        self.health.see(line)
        self.restarts.see(line, (target, body))
        started = time.monotonic()
        try:
            came = await self._told(method, target, headers, body, self._wanted(keep))
        except Unanswerable as error:
            if self.health.failed(line, waited=time.monotonic() - started, late=isinstance(error, _Late)):
                await self._see_whether_it_lives()
            raise
        self.health.answered(line, waited=came.seconds, late=came.late)
        self._endless += came.truncated and len(came.body) >= BODY_KEPT
        return came

    async def _told(self, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes, keep: int) -> Came:
        """Send; where the process ended meanwhile and is there again, send once more with nothing beside it."""
        line, content = line_of(method, target), (target, body)
        if self._reviving.locked():
            async with self._reviving:  # what is asked anew after an end is asked alone
                self.restarts.see(line, content)
        ends = self.restarts.count
        try:
            came = await self._send(method, target, headers, body, keep)
        except (_Refused, _Closed) as error:
            async with self._reviving:
                unheard = isinstance(error, _Refused)
                if not await self._is_back(ends, unheard=unheard):
                    raise
                self.restarts.see(line, content)
                ends = self.restarts.count
                try:
                    came = await self._send(method, target, headers, body, keep)
                except _Closed:
                    await self._is_back(ends)
                    if self.restarts.count > ends:
                        self.restarts.under(line, content)
                    raise
        self.restarts.answered(line, content)
        return came

    async def _is_back(self, ends: int, *, unheard: bool = False) -> bool:
        """Whether the process has ended, after `ends` earlier times, and somebody listens again; waits for that.

        :param unheard: a connection was refused, so that whoever listens now did not then.
        """
        if not self.health.heard or self.restarts.hopeless or self.health.lost:
            return False
        if await self._listens() and not unheard:
            await asyncio.sleep(PAUSE)  # a process that ends may close its connections before its port
        if await self._listens():
            return unheard or self.restarts.count > ends
        back = False
        if self.restarts.begin():
            while not back and self.restarts.patient():
                await asyncio.sleep(PAUSE)
                back = await self._listens()
            self.restarts.over(back=back)
        return back

    async def _listens(self) -> bool:
        """Whether the port is open; what is slow to say so is."""
        try:
            (await self.connect()).close()
        except _Refused:
            return False
        except Unanswerable:
            return True
        return True

    def _wanted(self, keep: int) -> int:
        """Less, where bodies have no end again and again: all of them together must be bounded too."""
        return FLOODED_KEPT if keep == BODY_KEPT and self._endless >= MOST_ENDLESS else keep

    async def _see_whether_it_lives(self) -> None:
        """Ask for the root on a connection of its own, whoever else waits: one answer is enough."""
        async with self._probing:
            if not self.health.doubtful:
                return
            problem = ""
            question = head_of("GET", f"{self.target.prefix}/", [("Host", self.target.authority), ("Accept", "*/*")])
            for _ in range(_PROBES):
                try:
                    async with asyncio.timeout(_PROBE_SECONDS):
                        await self._afresh("GET", [], question, 1024, alone=True)
                except (Unanswerable, TimeoutError) as error:
                    problem = str(error) or f"no reply within {_PROBE_SECONDS:g} s"
                else:
                    self.health.alive()
                    return
            self.health.dead(problem)

    async def _send(self, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes, keep: int) -> Came:
        data = head_of(method, target, headers) + body
        alone = is_odd(headers, body)
        async with self._slots:
            kept = None if alone else await self._take()
            if kept is not None:
                with contextlib.suppress(_Dropped):
                    return await self._exchange(kept, method, headers, data, Reading(keep))
            try:
                return await self._afresh(method, headers, data, keep, alone=alone)
            except _Refused as error:
                if kept is None:
                    raise
                raise _Closed(str(error)) from error  # it was heard, by a process that is no more

    async def _afresh(
        self, method: str, headers: Sequence[tuple[str, str]], data: bytes, keep: int, *, alone: bool
    ) -> Came:
        """One exchange on a new connection; `alone`: which is then closed."""
        fresh = await self.connect()
        try:
            return await self._exchange(fresh, method, headers, data, Reading(keep), alone=alone)
        except _Dropped as error:
            line = data[:200].partition(b" HTTP/")[0].decode("latin-1")
            raise _Closed(f"{line}: the connection was closed without a reply") from error

    async def send_from(
        self, source: int, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes
    ) -> Came:
        """Like `send`, from the loopback address after the first by `source`, on a connection of its own.

        :raises Unanswerable: when the target is not on this machine, or the system has one loopback address alone.
        """
        address = self._address or self.target.addresses[0]
        if not address.startswith("127."):
            raise Unanswerable("the target is not on this machine, which so has no second address to come from")
        secure = self.target.scheme == "https"
        async with self._slots:
            try:
                async with asyncio.timeout(self.timeout):
                    connection = await self._open(address, self.target.port, secure=secure, own=f"127.0.0.{1 + source}")
            except (OSError, TimeoutError) as error:
                raise Unanswerable(f"no connection from another address of this machine: {plainly(error)}") from error
            data = head_of(method, target, headers) + body
            try:
                return await self._exchange(connection, method, headers, data, Reading(BODY_KEPT), alone=True)
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
                        more = await connection.reader.read(CHUNK)
                        if not more:
                            break
                        found += more
            except (TimeoutError, OSError, ssl.SSLError):
                pass  # what came until then is the answer
            finally:
                connection.close()
            return bytes(found)

    async def connect(self, *, tls: bool | None = None, port: int | None = None) -> Connection:
        """Open a connection to the pinned address; TLS with the strictest context that the server can meet.

        :raises Unanswerable: when no address accepts one.
        """
        secure = self.target.scheme == "https" if tls is None else tls
        problem, late, refused = "no address", False, False
        patience = self.health.patience(self.timeout)
        for address in [self._address] if self._address else self.target.addresses:
            try:
                async with asyncio.timeout(patience):
                    found = await self._open(address, port or self.target.port, secure=secure)
            except TimeoutError:
                problem, late, refused = f"no connection within {patience:g} s", True, False
            except OSError as error:  # ssl.SSLError is one
                problem, late, refused = plainly(error), False, isinstance(error, ConnectionRefusedError)
            else:
                if port is None:
                    self._address = address
                    self.certificate = shown_by(found.writer) or self.certificate
                return found
        text = f"{self.target.host} port {port or self.target.port}: {problem}"
        if refused:
            raise _Refused(text)
        raise _Late(text) if late else Unanswerable(text)

    async def close(self) -> None:
        """Close what is kept."""
        idle, self._idle = self._idle, []
        for each in idle:
            each.close()
        for each in idle:
            with contextlib.suppress(OSError, TimeoutError, ssl.SSLError):
                async with asyncio.timeout(1):
                    await each.writer.wait_closed()

    async def _open(self, address: str, port: int, *, secure: bool, own: str = "") -> Connection:
        here = (own, 0) if own else None
        if not secure:
            return Connection(*await asyncio.open_connection(address, port, local_addr=here))
        while True:
            context = self._context
            try:
                name = self.target.host
                return Connection(
                    *await asyncio.open_connection(
                        address, port, ssl=context, server_hostname=name, limit=CHUNK, local_addr=here
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

    async def _take(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if not connection.writer.is_closing() and await _is_silent(connection.reader):
                return connection
            connection.close()
        return None

    async def _exchange(
        self,
        connection: Connection,
        method: str,
        headers: Sequence[tuple[str, str]],
        data: bytes,
        reading: Reading,
        *,
        alone: bool = False,
    ) -> Came:
        prepare(connection.machine, method, headers)
        started = time.monotonic()
        keep = late = False
        patience = self.health.patience(self.timeout)
        try:
            async with asyncio.timeout(patience):
                connection.writer.write(data)  # not drained: a refusal may come before the body is taken
                keep = await reading.whole(connection)
        except TimeoutError:
            if not reading.status:
                raise _Late(f"no reply within {patience:g} s") from None
            reading.truncated = late = True
        except (OSError, ssl.SSLError) as error:
            if not reading.status:
                raise (_Dropped() if connection.used else _Closed(plainly(error))) from error
            reading.truncated = True
        except RemoteFault as error:
            if not reading.status and not reading.any_byte:
                raise _Dropped from error
            if not reading.status:
                raise Unanswerable(f"the reply is not HTTP/1.1: {error}") from error
            reading.truncated = True
        finally:
            if keep and not alone and connection.renew():
                self._idle.append(connection)
            else:
                connection.close()
        seconds = time.monotonic() - started
        return Came(reading.status, reading.headers, bytes(reading.body), seconds, reading.truncated, late)


async def _is_silent(reader: asyncio.StreamReader) -> bool:
    """Whether a kept connection is open and says nothing: what came unasked must not be read as the next reply."""
    try:
        async with asyncio.timeout(0):
            await reader.read(1)
    except TimeoutError:
        return True
    return False
