"""One process serves accounts until it is told to stop; the port is ours before anything is said to listen."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

__all__ = ["bind", "serve"]

MOST_AT_ONCE = 500  # connections being answered; what comes beyond is told 503
DRAIN = 10  # seconds for answers under way when the process is told to stop


def bind(host: str, port: int) -> socket.socket:
    """A listening socket.

    :param port: 0 takes a free one.
    :raises OSError: when the address is in use or not ours; the command line says it in a sentence.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=512)


def serve(
    app: Any, listening: socket.socket, *, first: Callable[[], Awaitable[None]], ready: Callable[[str], None]
) -> int:
    """Serve an ASGI app on a socket until SIGTERM or Ctrl-C; answers under way are finished.

    :param first: awaited on the loop that will serve, before anything is answered; what it raises ends it all.
    :param ready: told the URL once the app has started.
    :returns: an exit code: 0, or 3 when the app could not start.
    """
    host, port = listening.getsockname()[:2]
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # a request line may hold what a mailed link carries
        server_header=False,
        proxy_headers=False,  # whose X-Forwarded-For to believe is the guard's to decide
        lifespan="on",
        limit_concurrency=MOST_AT_ONCE,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=DRAIN,
        h11_max_incomplete_event_size=32 * 1024,
    )
    server = _Telling(config, lambda: ready(f"http://{f'[{host}]' if ':' in host else host}:{port}"))

    async def both() -> None:
        await first()
        await server.serve(sockets=[listening])

    try:
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(both())
    except KeyboardInterrupt:
        return 0  # uvicorn raises it again once it has stopped
    return 0 if server.started else 3


class _Telling(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._ready()
