"""The event loop of a process: uvloop where it is installed, asyncio's own elsewhere."""

from __future__ import annotations

import asyncio


def new_loop() -> asyncio.AbstractEventLoop:
    """A fresh loop; the gateway works on either, uvloop halves its cost."""
    try:
        import uvloop  # noqa: PLC0415 - absent on some platforms
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
