"""What a load balancer says of a connection before its first byte (PROXY protocol, 1 and 2), believed of named peers alone."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import re
import socket
import ssl
from collections.abc import Callable
from typing import Any, Final

from ostiary.parts.networks import Networks

logger = logging.getLogger("ostiary.gateway")

SIGNATURE: Final = b"\r\n\r\n\0\r\nQUIT\n"
MOST_LINE: Final = 107  # bytes of version 1 with its line end (section 2.1)
MOST_BLOCK: Final = 16 * 1024  # bytes of version 2 behind its first 16; a certificate among its extensions fits
_SHORTEST: Final = 15  # bytes of the shortest of either: "PROXY UNKNOWN" and a line end
_FIXED: Final = 16  # bytes of version 2 before its length begins to count
_PORT: Final = r"(?:0|[1-9][0-9]{0,4})"
_LINE: Final = re.compile(rf"PROXY TCP([46]) ([0-9A-Fa-f:.]+) ([0-9A-Fa-f:.]+) ({_PORT}) ({_PORT})\r\n")
_MOST_PORT: Final = 65535
_FULL: Final = 0.1  # seconds to wait when no more files can be opened


class MalformedError(Exception):
    """What came is not a PROXY protocol header, and the connection ends."""


def source_of_line(line: bytes) -> str:
    """The client's address by a whole line of version 1; "" where the sender does not know it.

    :raises MalformedError: when it is not such a line, to the octet.
    """
    try:
        text = line.decode("ascii")
    except UnicodeDecodeError:
        raise MalformedError("the line is not ASCII") from None
    if text.startswith(("PROXY UNKNOWN\r\n", "PROXY UNKNOWN ")):
        return ""
    match = _LINE.fullmatch(text)
    if match is None or max(int(match[4]), int(match[5])) > _MOST_PORT:
        raise MalformedError("the line is no PROXY line")
    try:
        source, target = ipaddress.ip_address(match[2]), ipaddress.ip_address(match[3])
    except ValueError:
        raise MalformedError("the line holds no addresses") from None
    if {source.version, target.version} != {int(match[1])}:
        raise MalformedError("the addresses are of another family")
    return str(source)


def length_of(fixed: bytes) -> int:
    """How many bytes follow the first 16 of version 2.

    :raises MalformedError: when they are not such a beginning, or announce too much.
    """
    if not fixed.startswith(SIGNATURE) or fixed[12] >> 4 != 2 or fixed[12] & 15 > 1:  # noqa: PLR2004 - version, command
        raise MalformedError("this is no PROXY header of a known version")
    family, kind = fixed[13] >> 4, fixed[13] & 15
    if fixed[12] & 15 and (family > 3 or kind > 2):  # noqa: PLR2004 - UNIX, datagram: the last that are assigned
        raise MalformedError("the address family or protocol is none")
    length = int.from_bytes(fixed[14:16], "big")
    if length > MOST_BLOCK:
        raise MalformedError("the header is too large")
    return length


def source_of_block(fixed: bytes, block: bytes) -> str:
    """The client's address by version 2; "" where the connection is the proxy's own, or of another kind than TCP.

    :param block: what follows the first 16 bytes, addresses first; extensions behind them are not looked at.
    :raises MalformedError: when the addresses are not all there.
    """
    if not fixed[12] & 15 or fixed[13] not in {0x11, 0x21}:
        return ""
    size = 4 if fixed[13] == 0x11 else 16  # noqa: PLR2004 - TCP over IPv4
    if len(block) < 2 * size + 4:
        raise MalformedError("the addresses are cut off")
    return str(ipaddress.ip_address(block[:size]))


async def read_source(sock: socket.socket) -> str:
    """Read exactly the header from a connection that is not blocking; the client's address, or "".

    :raises MalformedError: when there is none.
    :raises OSError: when the connection ends.
    """
    data = await _exactly(sock, _SHORTEST)
    if data.startswith(SIGNATURE):
        data += await _exactly(sock, _FIXED - _SHORTEST)
        return source_of_block(data, await _exactly(sock, length_of(data)))
    if not data.startswith(b"PROXY "):
        raise MalformedError("a PROXY header is required of this peer")
    while not data.endswith(b"\n"):
        if len(data) >= MOST_LINE:
            raise MalformedError("the line is too long")
        data += await _exactly(sock, 1)  # what follows the line is another reader's
    return source_of_line(data)


async def _exactly(sock: socket.socket, size: int) -> bytes:
    loop = asyncio.get_running_loop()
    data = b""
    while len(data) < size:
        try:
            piece = sock.recv(size - len(data))
        except (BlockingIOError, InterruptedError):
            piece = await loop.sock_recv(sock, size - len(data))
        if not piece:
            raise ConnectionResetError("the connection ended in its PROXY header")
        data += piece
    return data


class Doorway:
    """Accepts connections, reads the header of those that must have one, and only then lets TLS and HTTP begin.

    :param make: a protocol for a connection, given the client's address where a header names it, or "".
    :param trusted: peers whose connections begin with a header, always; of others none is believed.
    :param patience: seconds for the header, and for TLS behind it.
    :param most: connections that may be at this stage; one more is closed.
    """

    def __init__(
        self,
        make: Callable[[str], asyncio.BaseProtocol],
        trusted: Networks,
        *,
        tls: ssl.SSLContext | None,
        patience: float,
        most: int,
    ) -> None:
        self._make = make
        self._trusted = trusted
        self._tls = tls
        self._patience = patience
        self._most = most
        self._tasks: set[asyncio.Task[None]] = set()
        self._sock: socket.socket | None = None

    def open(self, sock: socket.socket, backlog: int) -> None:
        """Listen on a bound socket."""
        sock.setblocking(False)
        sock.listen(backlog)
        self._sock = sock
        asyncio.get_running_loop().add_reader(sock, self._accept)

    def close(self) -> None:
        """Accept no more than whose connection is made already; the second time, give up on those who have not passed."""
        if self._sock is None:
            for task in self._tasks:
                task.cancel()
            return
        self._accept()
        asyncio.get_running_loop().remove_reader(self._sock)
        self._sock.close()
        self._sock = None

    def _accept(self) -> None:
        if self._sock is None:
            return
        try:
            while True:
                self._arrived(*self._sock.accept())
        except BlockingIOError:
            return
        except OSError as error:  # too many open files: they become fewer
            logger.warning("no connection can be accepted: %s", error.strerror or error)
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._sock)
            loop.call_later(_FULL, self._again)

    def _again(self) -> None:
        if self._sock is not None:
            asyncio.get_running_loop().add_reader(self._sock, self._accept)

    def _arrived(self, connection: socket.socket, address: tuple[Any, ...]) -> None:
        if len(self._tasks) >= self._most:
            connection.close()
            return
        task = asyncio.get_running_loop().create_task(self._welcome(connection, str(address[0])))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _welcome(self, connection: socket.socket, peer: str) -> None:
        source = ""
        passed = False
        try:
            connection.setblocking(False)
            if peer in self._trusted:
                async with asyncio.timeout(self._patience):
                    source = await read_source(connection)
            passed = True
        except MalformedError as error:
            logger.info("a connection of the proxy %s was closed: %s", peer, error)
        except (OSError, TimeoutError):
            pass  # it ended, or said nothing
        finally:
            if not passed:
                connection.close()
        if passed:
            shake = None if self._tls is None else self._patience
            with contextlib.suppress(OSError, ssl.SSLError):  # a handshake that failed: nobody is there to be told
                await asyncio.get_running_loop().connect_accepted_socket(
                    lambda: self._make(source), connection, ssl=self._tls, ssl_handshake_timeout=shake
                )
