"""What ASGI servers do before and after the app's turn is seen or undone here; nothing else knows their names."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import quote

from ostiary.model import Exchange

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Scope = MutableMapping[str, Any]

_HEADS = frozenset({"http.response.start", "websocket.http.response.start", "websocket.accept"})
_SERVER = frozenset({b"server", "server"})
_PLAIN = {"ws": "http", "wss": "https"}
_WEBSOCKET = {"http": "ws", "https": "wss"}
_UNSEEN = frozenset({"http.response.pathsend", "http.response.zerocopysend", "http.response.trailers"})


def exchange_of(scope: Scope, method: str, send: Send, *, websocket: bool = False) -> Exchange:
    """The exchange of a scope, with the peer and the scheme of the connection itself.

    uvicorn believes ``X-Forwarded-*`` of a peer on loopback before the app is asked, unless told otherwise. Which peer
    is a proxy is for the policy to say, so the connection is asked again.
    """
    raw_path = scope.get("raw_path")
    if raw_path is None:  # optional in ASGI; then the server decoded it, and an encoded slash is lost to us
        raw_path = quote(scope["path"], safe="/!$&'()*+,;=:@-._~").encode()
    client = scope.get("client")
    peer = client[0] if client else ""
    scheme = scope.get("scheme", "http")
    if websocket:
        scheme = _PLAIN.get(scheme, scheme)
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is not None:
        other = transport.get_extra_info("peername")
        if isinstance(other, tuple):
            peer = other[0]
        if scheme == "https" and transport.get_extra_info("sslcontext") is None:
            scheme = "http"
    exchange = Exchange(
        method,
        raw_path,
        scope.get("query_string", b""),
        scope["headers"] if isinstance(scope["headers"], list) else list(scope["headers"]),
        peer=peer,
        scheme=scheme,
        websocket=websocket,
    )
    extensions = scope.get("extensions")
    if extensions and "tls" in extensions:
        exchange.certificate = _certificate(extensions["tls"])
    return exchange


def _certificate(tls: Mapping[str, Any] | None) -> bytes:
    """The client's own certificate, DER (ASGI's TLS extension: a chain of PEM texts, the leaf first)."""
    chain = (tls or {}).get("client_cert_chain") or ()
    failed = (tls or {}).get("client_cert_error")
    if failed or not chain:
        return b""  # shown and not verified: nobody's
    try:
        return ssl.PEM_cert_to_DER_cert(next(iter(chain)).strip())
    except ValueError:
        return b""


def scope_for(exchange: Exchange, scope: Scope, *, whole: bool = False) -> Scope:
    """The scope as the app shall see it: what controls decided of headers, scheme and client, the rest as it came.

    :param whole: the reply has to pass through us byte by byte: ways to send a file past us are not offered.
    """
    changes: dict[str, Any] = {}
    if exchange.headers is not scope["headers"]:
        changes["headers"] = exchange.headers
    scheme = _WEBSOCKET.get(exchange.scheme, exchange.scheme) if exchange.websocket else exchange.scheme
    if scheme != scope.get("scheme"):
        changes["scheme"] = scheme
    if exchange.client != exchange.peer:
        changes["client"] = (exchange.client, 0)
    if exchange.rewritten:
        changes |= {"raw_path": exchange.raw_path, "path": exchange.path, "query_string": exchange.query}
    if whole and scope.get("extensions"):
        changes["extensions"] = {name: each for name, each in scope["extensions"].items() if name not in _UNSEEN}
    return {**scope, **changes} if changes else scope


def nameless(send: Send) -> Send:
    """Stop the server from naming itself, which it does after the app, out of its reach; returns what to send with.

    uvicorn keeps its headers in a list that the sender owns. granian has no switch, but a Server of ours replaces its own.
    """
    server = getattr(send, "__self__", None)
    if server is None:
        return send
    for where in ("default_headers", "extra_headers"):  # of uvicorn's HTTP cycles and of its WebSocket protocols
        headers = getattr(server, where, None)
        if headers and any(name in _SERVER for name, _ in headers):
            setattr(server, where, [pair for pair in headers if pair[0] not in _SERVER])
    if not type(server).__module__.startswith("granian"):
        return send

    async def replacing(message: Message) -> None:
        headers = message.get("headers", ())
        if message["type"] in _HEADS and all(name != b"server" for name, _ in headers):
            message = {**message, "headers": [*headers, (b"server", b"")]}
        await send(message)

    return replacing
