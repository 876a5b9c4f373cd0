"""A raw responder to measure proxies against: reads each request whole, answers ready-made bytes."""

from __future__ import annotations

import asyncio
import sys

import httptools
import uvloop
from traffic import LARGE, ORDER


def _reply(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body) + body


REPLIES = {b"/items/42": _reply(b'{"owner":"bench",' + ORDER[1:]), b"/exports/42": _reply(LARGE)}
MADE = _reply(b'{"made":true}')


class Responder(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._parser = httptools.HttpRequestParser(self)
        self._url = b""

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._url = url

    def on_message_complete(self) -> None:
        self._transport.write(REPLIES.get(self._url, MADE))  # type: ignore[attr-defined]


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Responder, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
