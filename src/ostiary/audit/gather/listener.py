"""Where a target that fetches what it is told may call us back: bounded, harmless, and every probe has a URL of its own."""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import re
import socket
from typing import Final, NamedTuple

from ostiary.errors import Unanswerable
from ostiary.evidence import Listener

HEAD: Final = 16 << 10  # bytes of a call's head that are read; a longer one is cut
BODY: Final = 64 << 10  # bytes of a call's body that are read, so that the caller can finish
PATIENCE: Final = 5.0  # seconds for one call
MOST_CALLS: Final = 500  # that are remembered
MOST_AT_ONCE: Final = 32
IPV6: Final = 6
_MARK: Final = re.compile(r"[A-Za-z0-9]{1,64}")


class Served(NamedTuple):
    """What a mark is answered with."""

    body: bytes
    media: str = "text/plain"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


def our_address(address: str) -> str:
    """The address of this machine by which a target at `address` can reach it.

    :raises Unanswerable: when the target is on the public internet, from where nobody reaches us, or there is no route.
    """
    found = ipaddress.ip_address(address)
    if found.is_loopback:
        return address if found.version == IPV6 else "127.0.0.1"
    if found.is_global:
        raise Unanswerable("the target is on the public internet: it could not call back to a listener of ours")
    with socket.socket(socket.AF_INET6 if found.version == IPV6 else socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((address, 9))  # of a datagram socket: chooses a route and sends nothing
        except OSError as error:
            raise Unanswerable(f"no route to the target: {error}") from error
        return str(probe.getsockname()[0])


class Ear(Listener):
    """An HTTP server of the audit. It begins to listen when it is made, in a running loop, and ends with `close`.

    :param address: the address to listen on, as `our_address` gives it.
    :param secret: part of every URL, so that nobody else's call counts.
    """

    def __init__(self, address: str, secret: str) -> None:
        self._secret = secret
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            self._socket.bind((address, 0))
            self._socket.listen(MOST_AT_ONCE)
        except OSError as error:
            self._socket.close()
            raise Unanswerable(f"nothing can listen on {address}: {error}") from error
        host = f"[{address}]" if ":" in address else address
        self._base = f"http://{host}:{self._socket.getsockname()[1]}"
        self._heard: dict[str, str] = {}
        self._served: dict[str, Served] = {}
        self._called = asyncio.Condition()
        self._busy = 0
        self._serving = asyncio.get_running_loop().create_task(self._serve())

    def url(self, mark: str) -> str:
        """A URL to hand to the target.

        :raises ValueError: when the mark is not letters and digits.
        """
        if _MARK.fullmatch(mark) is None:
            raise ValueError("a mark is letters and digits")
        return f"{self._base}/{self._secret}/{mark}"

    def says(self, mark: str) -> str:
        """What a call with this mark is answered with; nothing in its URL tells."""
        return "ostiary-" + hashlib.sha256(f"{self._secret} {mark}".encode()).hexdigest()[:20]

    def serve(
        self,
        mark: str,
        body: bytes,
        *,
        media: str = "text/plain",
        status: int = 200,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> str:
        """Answer calls with this mark so, instead of with `says`; gives the URL."""
        self._served[mark] = Served(body, media, status, headers)
        return self.url(mark)

    async def heard(self, mark: str, seconds: float = 1.0) -> str:
        """The head of the first call with this mark, waiting for it; empty when nobody called."""
        async with self._called:
            try:
                async with asyncio.timeout(seconds):
                    await self._called.wait_for(lambda: mark in self._heard)
            except TimeoutError:
                return ""
            return self._heard[mark]

    async def close(self) -> None:
        """Listen no longer."""
        self._serving.cancel()
        await asyncio.wait({self._serving})
        self._socket.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._call, sock=self._socket, limit=HEAD)
        async with server:
            await server.serve_forever()

    async def _call(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._busy >= MOST_AT_ONCE:
            writer.close()
            return
        self._busy += 1
        try:
            async with asyncio.timeout(PATIENCE):
                head = await self._head(reader)
                line = head.partition("\r\n")[0].split(" ")
                mark = self._mark(line[1] if len(line) > 1 else "")
                if mark:
                    await self._remember(mark, head)
                await self._answer(writer, mark, line[0])
        except (OSError, TimeoutError, ValueError):
            pass  # whoever calls and does not speak HTTP is none of ours
        finally:
            self._busy -= 1
            writer.close()

    async def _head(self, reader: asyncio.StreamReader) -> str:
        try:
            data = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            data = error.partial
        except asyncio.LimitOverrunError:
            data = await reader.read(HEAD)
        text = data.decode("latin-1")
        found = re.search(r"(?im)^content-length:[ \t]*(\d{1,9})[ \t]*\r?$", text)
        left = min(int(found[1]), BODY) if found else 0
        while left > 0 and (piece := await reader.read(left)):
            left -= len(piece)
        return text.rstrip("\r\n")

    def _mark(self, target: str) -> str:
        """Whatever the target puts behind it: a slash, a suffix, a query; some send the whole URL (RFC 9112 section 3.2.2)."""
        _, found, rest = target.partition(f"/{self._secret}/")
        match = _MARK.match(rest) if found else None
        return match[0] if match else ""

    async def _remember(self, mark: str, head: str) -> None:
        async with self._called:
            if len(self._heard) < MOST_CALLS:
                self._heard.setdefault(mark, head)
            self._called.notify_all()

    async def _answer(self, writer: asyncio.StreamWriter, mark: str, method: str) -> None:
        own = self._served.get(mark) or Served(self.says(mark).encode() if mark else b"", status=200 if mark else 404)
        fields = [
            ("Content-Type", own.media),
            ("Content-Length", str(len(own.body))),
            ("Connection", "close"),
            *own.headers,
        ]
        head = f"HTTP/1.1 {own.status} -\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields) + "\r\n"
        writer.write(head.encode("latin-1") + (b"" if method == "HEAD" else own.body))
        await writer.drain()
