"""A reply is read with h11 up to a bound, and its connection kept only if nothing is left over on it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import h11

BODY_KEPT: Final = 1 << 20  # bytes of a reply; what comes after is not waited for
EVENTS_KEPT: Final = 2.0  # seconds of an event stream, which has no end of its own
HEAD_KEPT: Final = 256 * 1024  # bytes of a reply's head before it counts as broken
MOST_INTERIM: Final = 20  # replies of class 1xx before the one that counts
CHUNK: Final = 64 * 1024
RemoteFault = h11.RemoteProtocolError
_SWITCHING: Final = 101


@dataclass(slots=True)
class Connection:
    """A connection to the target, and the state of HTTP on it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    machine: h11.Connection = field(
        default_factory=lambda: h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_KEPT)
    )
    used: bool = False

    def renew(self) -> bool:
        """Get ready for another request, if the last one was sent whole and nothing came after its reply."""
        machine = self.machine
        if machine.our_state is not h11.DONE or machine.trailing_data[0]:
            return False
        machine.start_next_cycle()
        self.used = True
        return True

    def close(self) -> None:
        """Give it up."""
        with contextlib.suppress(OSError, RuntimeError):
            self.writer.close()


class Reading:
    """One reply while it comes in."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self.status = 0
        self.headers: tuple[tuple[str, str], ...] = ()
        self.body = bytearray()
        self.truncated = False
        self.any_byte = False
        self._interim = 0
        self._until: float | None = None

    async def whole(self, connection: Connection) -> bool:
        """Read to the reply's end or our bound; whether the connection can be used again."""
        machine = connection.machine
        while True:
            event = machine.next_event()
            if event is h11.NEED_DATA:
                try:
                    async with asyncio.timeout_at(self._until):
                        data = await connection.reader.read(CHUNK)
                except TimeoutError:  # of the stream's window; the request's own timeout arrives as a cancellation
                    self.truncated = True
                    return False
                self.any_byte = self.any_byte or bool(data)
                machine.receive_data(data)
            elif isinstance(event, h11.InformationalResponse):
                self._interim += 1
                if self._interim > MOST_INTERIM:
                    raise RemoteFault("interim replies without an end")
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


def prepare(machine: h11.Connection, method: str, headers: Sequence[tuple[str, str]]) -> None:
    """Tell the reader what was asked, as far as a reply's framing depends on it (RFC 9112 section 6.3)."""
    shown = "HEAD" if method == "HEAD" else "CONNECT" if method == "CONNECT" else "GET"
    told = [("host", "target")]
    if any(name.lower() == "upgrade" for name, _ in headers):
        told += [("connection", "upgrade"), ("upgrade", "any")]
    machine.send(h11.Request(method=shown, target="/", headers=told))
    machine.send(h11.EndOfMessage())
