"""An app with every habit that a guard must survive, and the real servers that run it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ostiary.config import Config
from ostiary.guard.app import Guard
from ostiary.strict import dumps

HERE = Path(__file__).parent


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "websocket":
        await _echo(receive, send)
    else:
        await _PATHS.get(scope["path"], _missing)(scope, receive, send)


def _note(what: str) -> None:
    Path(os.environ["STATE"]).write_text(what)


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        _note(message["type"])
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _echo(receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": (message.get("text") or "") + "!"})


async def _start(send: Any, status: int = 200, *headers: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})


async def _hello(scope: Any, receive: Any, send: Any) -> None:
    told = {
        "client": scope["client"][0],
        "scheme": scope["scheme"],
        "headers": [k.decode() for k, _ in scope["headers"]],
    }
    await _start(send, 200, (b"Content-Type", b"application/json"), (b"X-Powered-By", b"habit"))
    await send({"type": "http.response.body", "body": dumps(told)})


async def _boom(scope: Any, receive: Any, send: Any) -> None:
    raise RuntimeError("a secret in a traceback")


async def _late(scope: Any, receive: Any, send: Any) -> None:
    await _start(send, 200, (b"content-type", b"text/plain"))
    await send({"type": "http.response.body", "body": b"begun", "more_body": True})
    raise RuntimeError("too late")


async def _silent(scope: Any, receive: Any, send: Any) -> None:
    return


async def _stream(scope: Any, receive: Any, send: Any) -> None:
    await _start(send, 200, (b"content-type", b"text/event-stream"))
    for number in range(3):
        await send({"type": "http.response.body", "body": b"data: %d\n\n" % number, "more_body": True})
        await asyncio.sleep(0.3)
    await send({"type": "http.response.body", "body": b""})


async def _count(scope: Any, receive: Any, send: Any) -> None:
    """Swallow every exception, as frameworks do."""
    size = 0
    with contextlib.suppress(Exception):
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                break
            size += len(message.get("body", b""))
            if not message.get("more_body"):
                break
    await _start(send, 200, (b"content-type", b"application/json"))
    await send({"type": "http.response.body", "body": dumps({"size": size})})


async def _wait(scope: Any, receive: Any, send: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    _note("disconnected")


async def _missing(scope: Any, receive: Any, send: Any) -> None:
    await _start(send, 404, (b"content-type", b"text/plain"))
    await send({"type": "http.response.body", "body": b"nothing"})


_PATHS = {
    "/hello": _hello, "/boom": _boom, "/late": _late, "/silent": _silent, "/stream": _stream, "/count": _count, "/wait": _wait,
}  # fmt: skip

CONFIG = Config(
    only=(
        "beyond.host-and-proxy-trust", "access.https-only", "access.throttling", "beyond.payload-limits", "auth.no-basic",
        "output.nosniff", "output.no-fingerprint-headers",
    ),
    controls={"beyond.payload-limits": {"body": "64KiB", "upload": "64KiB"}},
)  # fmt: skip
guarded = Guard(app, CONFIG)

COMMANDS = {
    "uvicorn-httptools": ["uvicorn", "served:guarded", "--host", "127.0.0.1", "--http", "httptools", "--port"],
    "uvicorn-h11": ["uvicorn", "served:guarded", "--host", "127.0.0.1", "--http", "h11", "--loop", "asyncio", "--port"],
    "granian": ["granian", "--interface", "asgi", "served:guarded", "--host", "127.0.0.1", "--port"],
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(server: str, state: Path) -> Iterator[int]:
    """The guarded app under a real server; yields the port."""
    port = free_port()
    environment = {**os.environ, "STATE": str(state), "PYTHONPATH": str(HERE)}
    command = [sys.executable, "-m", *COMMANDS[server], str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)
