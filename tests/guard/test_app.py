"""What the guard does between server and app, message by message."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import pytest
from fastapi import FastAPI, Request, WebSocket
from starlette.applications import Starlette
from starlette.requests import Request as StarletteRequest
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from exchanges import exchange, head, through, tiny
from ostiary.config import Config
from ostiary.errors import ConfigError, Denied
from ostiary.guard import app as guard_app
from ostiary.guard.app import Guard
from ostiary.guard.journal import Journal
from ostiary.guard.plan import Part, Plan
from ostiary.guard.routes import Routes
from ostiary.guard.site import Compiled
from ostiary.model import Exchange, Hooks, Operation, Reply

Asgi = Callable[[Any, Any, Any], Awaitable[None]]


def guard(app: Asgi, parts: dict[str, Hooks], *, mode: str = "enforce") -> Guard:
    """A guard whose every path has these hooks."""
    made = Guard(app, Config(only=()))
    listed = [Part(name, hooks) for name, hooks in parts.items()]
    plan = Plan(Operation(method="*", path="*"), listed, mode=mode, journal=Journal())
    made.compiled.routes = Routes((), plan)
    return made


def talk(
    made: Asgi, chunks: Iterable[bytes | None] = (b"",), *, scope: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Send a chunked request; None stands for a client that leaves. What the server was told."""
    incoming: list[dict[str, Any]] = []
    listed = list(chunks)
    for at, chunk in enumerate(listed):
        if chunk is None:
            incoming.append({"type": "http.disconnect"})
        else:
            incoming.append({"type": "http.request", "body": chunk, "more_body": at < len(listed) - 1})
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return incoming.pop(0) if incoming else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(dict(message))

    full = {
        "type": "http", "method": "POST", "raw_path": b"/x", "path": "/x", "query_string": b"", "scheme": "http",
        "headers": [(b"host", b"api.test"), (b"content-type", b"application/json"), (b"transfer-encoding", b"chunked")],
        "client": ("192.0.2.7", 1), **(scope or {}),
    }  # fmt: skip
    asyncio.run(made(full, receive, send))  # type: ignore[arg-type]  # an Awaitable that is a coroutine
    return sent


def said(sent: list[dict[str, Any]]) -> tuple[int, bytes]:
    return sent[0]["status"], b"".join(each.get("body", b"") for each in sent[1:])


async def counting(scope: Any, receive: Any, send: Any) -> None:
    """Answer with what was read, and swallow whatever goes wrong, as frameworks do."""
    size = 0
    try:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                break
            size += len(message.get("body", b""))
            if not message.get("more_body"):
                break
    except Exception:  # frameworks do it
        size = -1
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"%d" % size})


LIMIT = {"beyond.payload-limits": Hooks(body_limit=10)}
CHECK = {"input.validation-schema": Hooks(body=lambda _: None, body_limit=10)}


@pytest.mark.parametrize("parts", [LIMIT, CHECK])
def test_a_body_over_the_limit_is_413_whatever_the_app_makes_of_it(parts: dict[str, Hooks]) -> None:
    assert said(talk(guard(counting, parts), [b"12345", b"67890"]))[0] == 200
    status, body = said(talk(guard(counting, parts), [b"12345", b"67890", b"1"]))
    assert status == 413
    assert b"too large" in body


@pytest.mark.parametrize("parts", [LIMIT, CHECK])
def test_monitor_mode_lets_a_large_body_through_whole(parts: dict[str, Hooks]) -> None:
    made = guard(counting, parts, mode="monitor")
    assert said(talk(made, [b"12345", b"67890", b"12345", b"67890"])) == (200, b"20")


def test_in_monitor_mode_a_body_that_fails_its_check_passes_unchanged() -> None:
    def refuse(_: Exchange) -> None:
        raise Denied(422, "no")

    parts = {"input.validation-schema": Hooks(body=refuse)}
    assert said(talk(guard(counting, parts, mode="monitor"), [b'{"a":1,', b' "a":2}'])) == (200, b"14")
    assert said(talk(guard(counting, parts), [b'{"a":1,', b' "a":2}']))[0] == 422


def test_a_body_too_large_after_the_reply_began_ends_the_request() -> None:
    async def eager(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        seen = [await receive() for _ in range(4)]
        assert seen[-1]["type"] == "http.disconnect"

    sent = talk(guard(eager, LIMIT), [b"12345678", b"12345678", b"", b""])
    assert [each["type"] for each in sent] == ["http.response.start"]


def test_the_app_never_sees_a_cut_body_as_a_whole_one() -> None:
    seen: list[dict[str, Any]] = []

    async def reader(scope: Any, receive: Any, send: Any) -> None:
        seen.extend([await receive() for _ in range(4)])

    talk(guard(reader, LIMIT), [b"12345678", b"12345678", b"", b""])
    assert [each["type"] for each in seen[1:]] == ["http.disconnect"] * 3


def test_a_client_that_leaves_before_its_body_is_whole_gets_and_asks_nothing() -> None:
    called: list[bool] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        called.append(True)

    assert talk(guard(app, CHECK), [b"12", None]) == []
    assert called == []


def test_an_app_that_gives_up_on_a_client_that_left_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    assert talk(guard(app, LIMIT), [b"1", None]) == []
    assert not caplog.records


HOLD = {"output.no-sensitive-data": Hooks(reply_body=lambda _: None), "access.hsts": Hooks(sets=((b"h", b"1"),))}


def test_an_app_that_answers_nothing_or_half_gets_a_500_of_ours() -> None:
    async def nothing(scope: Any, receive: Any, send: Any) -> None:
        return

    async def half(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"secret", "more_body": True})

    for app in (nothing, half):
        sent = talk(guard(app, HOLD))
        status, body = said(sent)
        assert (status, (b"h", b"1") in sent[0]["headers"], b"secret" in body) == (500, True, False)


def test_a_crash_before_the_reply_is_a_500_and_after_its_start_the_servers_business() -> None:
    async def early(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("secret")

    async def late(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("late")

    status, body = said(talk(guard(early, {})))
    assert (status, b"secret" in body) == (500, False)
    with pytest.raises(RuntimeError, match="late"):
        talk(guard(late, {}))


def test_cancelling_is_not_a_crash() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        talk(guard(app, {}))


def writing(*chunks: bytes, status: int = 200, media: bytes = b"application/json") -> Asgi:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": [(b"Content-Type", media)]})
        for chunk in chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    return app


def test_an_inspected_reply_is_held_back_until_it_is_whole() -> None:
    def redact(each: Exchange) -> None:
        each.reply_body = each.reply_body.replace(b"secret", b"***")

    parts = {"output.no-sensitive-data": Hooks(reply_body=redact)}
    sent = talk(guard(writing(b"a sec", b"ret"), parts))
    assert said(sent) == (200, b"a ***")
    assert (b"content-length", b"5") in sent[0]["headers"]
    assert len(sent) == 2


def test_events_are_never_held_back() -> None:
    sent = talk(guard(writing(b"data: 1\n\n", b"data: 2\n\n", media=b"text/event-stream"), HOLD))
    assert len(sent) == 4


@pytest.mark.parametrize(("mode", "status", "size"), [("enforce", 502, None), ("monitor", 200, 300)])
def test_a_reply_too_large_to_inspect(
    monkeypatch: pytest.MonkeyPatch, mode: str, status: int, size: int | None
) -> None:
    monkeypatch.setattr(guard_app, "MOST_INSPECTED", 150)
    sent = talk(guard(writing(b"x" * 100, b"x" * 100, b"x" * 100), HOLD, mode=mode))
    assert sent[0]["status"] == status
    assert (b"h", b"1") in sent[0]["headers"]
    assert [each["type"] for each in sent].count("http.response.start") == 1
    if size is not None:
        assert len(said(sent)[1]) == size
        assert sent[-1].get("more_body", False) is False


def test_files_are_not_sent_past_an_inspection() -> None:
    offered: list[set[str]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        offered.append(set(scope["extensions"]))
        await tiny()(scope, receive, send)

    scope: dict[str, Any] = {"extensions": {"http.response.pathsend": {}, "http.response.debug": {}}}
    talk(guard(app, HOLD), scope=scope)
    talk(guard(app, {}), scope=scope)
    assert offered == [{"http.response.debug"}, {"http.response.pathsend", "http.response.debug"}]


def test_after_a_refused_reply_the_apps_words_are_swallowed() -> None:
    def refuse(each: Exchange) -> None:
        raise Denied(502, "no")

    sent = talk(guard(writing(b"secret", b"more"), {"output.status-codes": Hooks(reply=refuse)}))
    assert len(sent) == 2
    assert said(sent)[0] == 502
    assert b"secret" not in said(sent)[1]


def test_header_names_of_the_app_have_no_case() -> None:
    sent = talk(guard(writing(), {"output.no-fingerprint-headers": Hooks(drops=frozenset({b"content-type"}))}))
    assert sent[0]["headers"] == []


def test_what_controls_decided_is_what_the_app_sees() -> None:
    def decide(each: Exchange) -> None:
        each.client, each.scheme = "203.0.113.9", "https"
        each.headers = [*each.headers, (b"x-new", b"1")]

    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)
        if scope["type"] == "http":
            await tiny()(scope, receive, send)

    made = guard(app, {"beyond.host-and-proxy-trust": Hooks(head=decide)})
    talk(made)
    talk(made, scope={"type": "websocket", "scheme": "ws"})
    for scope, scheme in zip(seen, ("https", "wss"), strict=True):
        assert (scope["client"][0], scope["scheme"]) == ("203.0.113.9", scheme)
        assert (b"x-new", b"1") in scope["headers"]


def test_an_ordinary_scope_is_handed_on_as_it_is() -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)
        await tiny()(scope, receive, send)

    scope: dict[str, Any] = {"headers": [(b"host", b"api.test")]}
    talk(guard(app, {"access.hsts": Hooks(sets=((b"h", b"1"),))}), scope=scope)
    assert seen[0]["headers"] is scope["headers"]


def test_a_server_without_raw_path_and_with_a_tuple_of_headers_will_do() -> None:
    made = guard(tiny(), {})
    sent = talk(made, scope={"raw_path": None, "path": "/caf\u00e9 x", "headers": ((b"host", b"a"),), "client": None})
    assert said(sent)[0] == 200


def test_remote_controls_are_awaited() -> None:
    async def slow(each: Exchange) -> Reply | None:
        await asyncio.sleep(0)
        raise Denied(401, "no")

    assert said(talk(guard(tiny(), {"auth.no-basic": Hooks(head=slow)})))[0] == 401
    assert said(talk(guard(tiny(), {"auth.no-basic": Hooks(body=slow)}), [b"{}"]))[0] == 401


def websocket(made: Asgi, *, extension: bool) -> list[dict[str, Any]]:
    scope: dict[str, Any] = {
        "type": "websocket",
        "scheme": "ws",
        "extensions": {"websocket.http.response": {}} if extension else {},
    }
    return talk(made, scope=scope)


def test_a_refused_web_socket_is_answered_in_full_where_the_server_can() -> None:
    def refuse(each: Exchange) -> None:
        assert each.websocket
        raise Denied(401, "no")

    made = guard(tiny(), {"auth.no-basic": Hooks(head=refuse), "access.hsts": Hooks(sets=((b"h", b"1"),))})
    start, body = websocket(made, extension=True)
    assert (start["status"], (b"h", b"1") in start["headers"]) == (401, True)
    assert b"problem" not in body["body"]
    assert websocket(made, extension=False) == [{"type": "websocket.close", "code": 1008, "reason": ""}]


# FastAPI and Starlette

HOSTS = {"beyond.host-and-proxy-trust": {"hosts": ["api.test"]}}


def fastapi() -> FastAPI:
    app = FastAPI()

    @app.get("/items/{item}")
    def item(item: int) -> dict[str, int]:
        return {"item": item}

    @app.post("/items")
    async def create(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    @app.get("/boom")
    def boom() -> None:
        raise RuntimeError("secret")

    @app.websocket("/chat")
    async def chat(link: WebSocket) -> None:
        await link.accept()

    return app


def test_fastapi_brings_its_own_document() -> None:
    made = Guard(fastapi(), Config(only=("beyond.api-inventory", "access.hsts"), also=("GET /chat",)))
    answers = [through(made, exchange("GET", each)).status for each in ("/items/7", "/docs", "/openapi.json")]
    assert answers == [200, 404, 404]
    assert made.compiled.api is not None
    assert {each.key for each in made.compiled.api.operations} == {"GET /items/{item}", "POST /items", "GET /boom"}


def test_the_500_of_starlette_itself_carries_the_headers_too() -> None:
    """It answers first and then lets the exception go on to the server, whose log wants it."""
    sent: list[Any] = []
    made = Guard(fastapi(), Config(only=("access.hsts",)))

    async def recording(scope: Any, receive: Any, send: Any) -> None:
        async def keep(message: Any) -> None:
            sent.append(message)

        await made(scope, receive, keep)

    with pytest.raises(RuntimeError, match="secret"):
        talk(recording, scope={"method": "GET", "raw_path": b"/boom", "path": "/boom", "scheme": "https"})
    assert sent[0]["status"] == 500
    assert b"strict-transport-security" in dict(sent[0]["headers"])
    assert b"secret" not in sent[1]["body"]


def test_routes_added_after_the_guard_are_seen() -> None:
    app = fastapi()
    made = Guard(app, Config(only=("beyond.api-inventory",)))
    app.add_api_route("/late", lambda: {"a": 1}, methods=["GET"])
    assert through(made, exchange("GET", "/late")).status == 200


def test_a_policy_that_cannot_work_fails_the_start_up_of_the_server() -> None:
    made = Guard(fastapi(), Config(operations={}, only=(), also=("nonsense",)))
    sent = talk(made, scope={"type": "lifespan"})
    assert sent[0]["type"] == "lifespan.startup.failed"
    assert "nonsense" in sent[0]["message"]
    with pytest.raises(ConfigError):
        Guard(tiny(), Config(only=(), also=("nonsense",)))


def test_starlette_has_no_document_and_is_let_through_to_the_header_controls() -> None:
    async def echo(request: StarletteRequest) -> JSONResponse:
        return JSONResponse({"size": len(await request.body())})

    app = Starlette(routes=[Route("/echo", echo, methods=["POST"]), Route("/", lambda _: PlainTextResponse("hi"))])
    made = Guard(app, Config(controls=HOSTS))
    reply = through(made, exchange("POST", "/echo", [("content-type", "application/json")], b"{}"))
    assert (reply.status, reply.body) == (200, b'{"size":2}')
    assert head(reply, "strict-transport-security")
    assert through(made, exchange("GET", "/nowhere")).status == 404


def test_a_guard_in_a_guard_works() -> None:
    inner = Guard(tiny(), Config(only=("output.nosniff",)))
    reply = through(Guard(inner, Config(only=("access.hsts",))), exchange("GET", "/x"))
    assert head(reply, "x-content-type-options") == "nosniff"
    assert head(reply, "strict-transport-security")


def test_other_scopes_pass() -> None:
    assert talk(guard(writing(b"x"), {}), scope={"type": "something.else"})[0]["type"] == "http.response.start"


def test_the_site_compiles_once() -> None:
    made = Guard(tiny(), Config(only=()))
    assert isinstance(made.compiled, Compiled)
    assert made.compiled is made.compiled
