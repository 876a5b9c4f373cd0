"""What a control asks of the application itself goes straight to it, past the policy, as one more ASGI request."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import unquote

from ostiary.errors import StoreError
from ostiary.guard.servers import Message, Receive, Scope, Send
from ostiary.model import Asked

MOST: Final = 1024 * 1024  # bytes of a reply
PATIENCE: Final = 10.0  # seconds for one


async def ask_app(
    app: Callable[[Scope, Receive, Send], Awaitable[None]],
    method: str,
    target: bytes,
    headers: list[tuple[bytes, bytes]],
    *,
    client: str = "",
    scheme: str = "http",
) -> Asked:
    """Send a request without a body to an ASGI app; see `Ask`.

    :raises StoreError: when it does not answer in time, crashes, or says more than `MOST` bytes.
    """
    path, _, query = target.partition(b"?")
    scope: Scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": scheme,
        "path": unquote(path.decode("latin-1")), "raw_path": path, "query_string": query, "root_path": "",
        "headers": headers, "client": (client, 0) if client else None, "server": None,
    }  # fmt: skip
    sent: list[Message] = []
    size = 0
    asked = False

    async def receive() -> Message:
        nonlocal asked
        if asked:
            await asyncio.Event().wait()  # nobody hangs up: the time limit ends it
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal size
        size += len(message.get("body", b""))
        if size > MOST:
            raise StoreError("the application's reply is too large")
        sent.append(message)

    try:
        async with asyncio.timeout(PATIENCE):
            await app(scope, receive, send)
    except TimeoutError as error:
        raise StoreError("the application did not answer in time") from error
    except StoreError:
        raise
    except Exception as error:  # the application's own
        raise StoreError("the application crashed") from error
    start: dict[str, Any] = next((dict(each) for each in sent if each["type"] == "http.response.start"), {})
    if not start:
        raise StoreError("the application did not answer")
    body = b"".join(each.get("body", b"") for each in sent if each["type"] == "http.response.body")
    return start["status"], [(bytes(name).lower(), bytes(value)) for name, value in start.get("headers", ())], body
