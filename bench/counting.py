"""A way to a target that counts the requests on it: bytes go on as they come, whoever sends them."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator

import httptools


class Counted:
    """What went through; ``requests`` also counts what is no HTTP, once for each connection."""

    def __init__(self, port: int) -> None:
        self.requests = 0
        self.url = ""
        self._port = port

    def on_message_begin(self) -> None:
        """One more, as the parser sees it."""
        self.requests += 1

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, both ways."""
        try:
            source = writer.get_extra_info("peername")[0]  # the target tells callers by their addresses, as without us
            back, onward = await asyncio.open_connection("127.0.0.1", self._port, local_addr=(source, 0))
        except OSError:
            writer.close()
            return
        try:
            await asyncio.gather(self._requests(reader, onward), self._replies(back, writer))
        except OSError:
            pass
        finally:
            onward.close()
            writer.close()

    async def _requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        parser = httptools.HttpRequestParser(self)
        readable = True
        while data := await reader.read(65536):
            if readable:
                before = self.requests
                try:
                    parser.feed_data(data)
                except httptools.HttpParserUpgrade:
                    readable = False
                except httptools.HttpParserError:
                    readable = False
                    self.requests += self.requests == before
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()

    async def _replies(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()


@contextlib.contextmanager
def counting(port: int) -> Iterator[Counted]:
    """Stand in front of a loopback port; gives the way's URL and its count."""
    counted, ready = Counted(port), threading.Event()
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # connections that tools drop

    async def begin() -> None:
        server = await asyncio.start_server(counted.serve, "127.0.0.1", 0)
        counted.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        ready.set()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(begin())
        loop.run_forever()
        left = asyncio.all_tasks(loop)
        for each in left:
            each.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.run_until_complete(asyncio.sleep(0.05))  # connections take a turn to close
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield counted
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
