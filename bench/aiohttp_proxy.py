"""What one writes in an afternoon: an ASGI app that forwards everything with aiohttp's client; run under uvicorn."""

from __future__ import annotations

import os
from typing import Any

import aiohttp

UPSTREAM = os.environ["UPSTREAM"]
_DROPPED = {b"host", b"connection", b"transfer-encoding", b"keep-alive"}
_session: list[aiohttp.ClientSession] = []


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Forward one request, bodies streamed both ways."""
    if scope["type"] != "http":
        return
    if not _session:
        connector = aiohttp.TCPConnector(limit=256)
        _session.append(aiohttp.ClientSession(connector=connector, auto_decompress=False))
    headers = [
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"] if name not in _DROPPED
    ]

    async def body() -> Any:
        more = True
        while more:
            message = await receive()
            more = message.get("more_body", False)
            yield message.get("body", b"")

    url = UPSTREAM + scope["path"]
    data = body() if scope["method"] in {"POST", "PUT", "PATCH"} else None
    async with _session[0].request(scope["method"], url, headers=headers, data=data, allow_redirects=False) as reply:
        kept = [(name.lower(), value) for name, value in reply.raw_headers if name.lower() not in _DROPPED]
        await send({"type": "http.response.start", "status": reply.status, "headers": kept})
        async for chunk in reply.content.iter_any():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
