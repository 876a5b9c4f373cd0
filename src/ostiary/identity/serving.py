"""One process serves accounts until it is told to stop; the port is ours before anything is said to listen."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import ssl
from collections.abc import Awaitable, Callable, Coroutine
from types import FrameType
from typing import Any, Final, TypeVar

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from ostiary.errors import ConfigError, OstiaryError

__all__ = ["Run", "bind", "serve"]

MOST_AT_ONCE: Final = 500  # connections; what comes beyond is told 503
DRAIN: Final = 10  # seconds for answers under way when the process is told to stop
HEAD: Final = 15.0  # seconds for the first request to arrive on a connection

_T = TypeVar("_T")
Run = Callable[[Coroutine[Any, Any, Any]], Any]


def bind(host: str, port: int, where: str = "--listen") -> socket.socket:
    """A listening socket.

    :param port: 0 takes a free one.
    :param where: what the user wrote it in, for messages.
    :raises ConfigError: when the address is in use, not ours, or none.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:  # a name that nobody knows is one too
        said = (error.strerror or str(error)).partition(" (while")[0]
        raise ConfigError(where, f"cannot listen on {shown}: {said}", "choose another") from error


def serve(
    app: Any,
    listening: socket.socket,
    *,
    first: Callable[[Run], None],
    last: Callable[[], Awaitable[None]],
    ready: Callable[[str], None],
    tls: ssl.SSLContext | None = None,
) -> int:
    """Serve an ASGI app on a socket until SIGTERM or Ctrl-C; answers under way are finished. A second Ctrl-C does not wait.

    :param first: called before anything is answered, with what runs a coroutine in the loop that will serve; the loop
        stands still otherwise, so that it may ask people. What it raises ends it all.
    :param last: awaited in the end, however that came.
    :param ready: told the URL once the app has started.
    :param tls: None for clear text.
    :returns: an exit code: 0, or 3 when the app could not start and did not say why.
    :raises OstiaryError: why the app could not start.
    """
    host, port = listening.getsockname()[:2]
    start = _Start(app)
    config = uvicorn.Config(
        start,
        http=_Punctual,  # heads are bounded in size by h11, and in time by us
        ws="none",
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
    config.load()
    config.ssl = tls
    scheme = "http" if tls is None else "https"
    server = _Telling(config, lambda: ready(f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"))
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        try:
            first(runner.run)
            runner.run(server.serve(sockets=[listening]))
        except SystemExit:  # the server's way to say that the app did not start
            if start.problem is not None:
                raise start.problem from None
        finally:
            runner.run(_awaited(last()))
    return 0 if server.started or server.should_exit else 3


async def _awaited(doing: Awaitable[_T]) -> _T:
    return await doing


class _Start:
    """An app, and what it says where it cannot start: a sentence for the command line, not a log of a server."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.problem: OstiaryError | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            with contextlib.suppress(
                asyncio.CancelledError
            ):  # the server ends who takes too long, and would log a traceback
                await self._app(scope, receive, send)
            return

        async def heard(message: Any) -> None:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                return  # somebody does not wait for the end: that is no fault of the app
            if message["type"] == "lifespan.startup.failed":
                self.problem = self.problem or OstiaryError(message.get("message") or "the start failed")
                logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # it is said once, by the command
                message = {"type": message["type"]}
            await send(message)

        try:
            await self._app(scope, receive, heard)
        except asyncio.CancelledError:
            return
        except OstiaryError as error:
            self.problem = error
            await heard({"type": "lifespan.startup.failed"})


class _Telling(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the interface's
        """Stop; not by the signal in the end, which would cut off what is done last."""
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True


class _Punctual(H11Protocol):
    """Connections that do not ask for anything are ended: a few hundred of them would be all there are."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self._late = self.loop.call_later(HEAD, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        self._late.cancel()
        super().connection_lost(exc)

    def _give_up(self) -> None:
        if getattr(self, "cycle", None) is None:  # no request has begun
            self.transport.close()
