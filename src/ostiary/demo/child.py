"""The careless shop as a process of its own: it says its URL on its first line, and ends when its input does.

Each line of input makes it forget everything, and it says a line when it has.

``python -m ostiary.demo.child [--port N] [FAULT ...]``; without faults named, all are on; ``none`` stands for none.
"""

from __future__ import annotations

import argparse
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

import uvicorn

from ostiary.demo import careless


def main() -> None:
    """Serve until standard input ends: a parent that dies takes the shop along."""
    parser = argparse.ArgumentParser(prog="ostiary.demo.child")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("faults", nargs="*")
    args = parser.parse_args()
    faults = [each for each in args.faults if each != "none"] if args.faults else careless.ALL
    run(Forgetful(lambda: careless.make(faults)), args.port)


class Forgetful:
    """An ASGI app that can begin anew, as on its first day."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._app = make()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one ASGI scope."""
        await self._app(scope, receive, send)

    def forget(self) -> None:
        """From the next request on, nothing has happened yet."""
        self._app = self._make()


def run(app: Any, port: int, *, tied: bool = True) -> None:
    """Serve an app on a loopback port (0: any), whose URL is the first line said.

    :param tied: end when standard input does; otherwise with the signals that uvicorn knows.
    """
    sock = socket.create_server(("127.0.0.1", port))
    config = uvicorn.Config(
        app,
        log_level="error",
        access_log=False,
        server_header=False,  # the shop sends its own when it is careless
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)

    def watch() -> None:
        for _ in sys.stdin:
            if isinstance(app, Forgetful):
                app.forget()
            print(flush=True)  # noqa: T201 - the parent waits for it
        server.should_exit = True

    if tied:
        threading.Thread(target=watch, daemon=True).start()
    print(f"http://127.0.0.1:{sock.getsockname()[1]}", flush=True)  # noqa: T201 - the parent reads it
    server.run(sockets=[sock])


if __name__ == "__main__":
    main()
