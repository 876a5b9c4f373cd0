"""The careless shop as a process of its own: it says its URL on its first line, and ends when its input does.

``python -m ostiary.demo.child [--port N] [FAULT ...]``; without faults named, all are on; ``none`` stands for none.
"""

from __future__ import annotations

import argparse
import socket
import sys
import threading
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
    run(careless.make(faults), args.port)


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
        sys.stdin.read()
        server.should_exit = True

    if tied:
        threading.Thread(target=watch, daemon=True).start()
    print(f"http://127.0.0.1:{sock.getsockname()[1]}", flush=True)  # noqa: T201 - the parent reads it
    server.run(sockets=[sock])


if __name__ == "__main__":
    main()
