"""Exchanges for tests: one through a control's hooks, or one through a whole guard, in a line."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Iterable, MutableMapping
from typing import Any

from ostiary.config import Config
from ostiary.guard.app import AsgiApp, Guard
from ostiary.guard.site import Compiled
from ostiary.model import Api, Exchange, Operation, Reply
from ostiary.parts import openapi

Pairs = Iterable[tuple[str, str]]


def api_of(paths: dict[str, Any], **rest: Any) -> Api:
    """An OpenAPI 3.1 document from its paths; a path parameter that is not declared is a string."""
    full = {}
    for path, item in paths.items():
        names = re.findall(r"\{([^{}/]+)\}", path)
        strings = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
        own = {each.get("name") for each in item.get("parameters", ())}
        given = [*item.get("parameters", ()), *(each for each in strings if each["name"] not in own)]
        full[path] = {**item, "parameters": given} if names else item
    document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": full, **rest}
    return openapi.from_plain(document, source="openapi.yaml")


def exchange(
    method: str, target: str, headers: Pairs = (), body: bytes = b"", *, peer: str = "192.0.2.7", scheme: str = "https"
) -> Exchange:
    """A request as a host would build it; Host is added unless given."""
    path, _, query = target.partition("?")
    pairs = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    if all(name != b"host" for name, _ in pairs):
        pairs.insert(0, (b"host", b"api.test"))
    if body and all(name != b"content-length" for name, _ in pairs):
        pairs.append((b"content-length", str(len(body)).encode()))
    made = Exchange(method, path.encode("latin-1"), query.encode("latin-1"), pairs, peer=peer, scheme=scheme)
    made.body = body
    return made


def compiled(api: Api | None = None, *, only: Iterable[str] | None = None, **config: Any) -> Compiled:
    """A compiled policy that serves api.test; `only` names the controls that are on."""
    config["controls"] = {"beyond.host-and-proxy-trust": {"hosts": ["api.test"]}, **config.get("controls", {})}
    return Compiled(Config(only=None if only is None else tuple(only), **config), api)


def ask(policy: Compiled, made: Exchange) -> Reply | None:
    """Run the request half of a policy: the refusal (or our answer), or None when the application would be asked."""
    plan, refusal = policy.route(made)
    if refusal is None:
        refusal = now(plan.enter(made))
    if refusal is None and plan.checks_body and made.body:
        refusal = now(plan.check_body(made))
    return refusal


def now(answer: Reply | Awaitable[Reply | None] | None) -> Reply | None:
    """What a plan answers, waited for where it has to ask; not for use inside a running loop."""
    if answer is None or isinstance(answer, Reply):
        return answer

    async def wait() -> Reply | None:
        return await answer

    return asyncio.run(wait())


def answer(policy: Compiled, made: Exchange, status: int, headers: Pairs, body: bytes = b"") -> Reply:
    """Run the reply half on an application's answer, inspection included; what the client gets."""
    plan, _ = policy.route(made)
    made.status = status
    made.reply_headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    made.reply_body = body
    refusal = plan.leave_body(made) if plan.wants_reply_body(made) else None
    refusal = refusal or plan.leave(made)
    if refusal is not None:
        return refusal
    return Reply(status=made.status, headers=made.reply_headers, body=made.reply_body)


def tiny(status: int = 200, headers: Pairs = (("content-type", "application/json"),), body: bytes = b"{}") -> AsgiApp:
    """An ASGI app that reads the whole body and always answers the same."""

    async def app(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        while (await receive()).get("more_body", False):
            pass
        pairs = [(name.encode(), value.encode()) for name, value in headers]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": body})

    return app


def through(guard: Guard, made: Exchange) -> Reply:
    """Send a request through a `Guard` in this process; what the client gets."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": made.body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": made.method, "raw_path": made.raw_path, "path": made.raw_path.decode("latin-1"),
        "query_string": made.query, "headers": made.headers, "scheme": made.scheme, "client": (made.peer, 40000),
    }  # fmt: skip
    asyncio.run(guard(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return Reply(status=sent[0]["status"], headers=list(sent[0]["headers"]), body=body)


def head(reply: Reply, name: str) -> str | None:
    """The first value of a reply header, or None."""
    return next((value.decode("latin-1") for key, value in reply.headers if key == name.encode()), None)


def get(path: str = "/items") -> Operation:
    """A plain declared GET."""
    return Operation(method="GET", path=path, methods=frozenset({"GET"}))
