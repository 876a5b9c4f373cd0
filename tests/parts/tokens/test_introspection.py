"""Opaque tokens are asked about at a real endpoint, over a socket, and its silence is never a yes."""

from __future__ import annotations

import asyncio
import contextlib
import time
from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import parse_qs, unquote_plus

import pytest
import uvicorn

from exchanges import compiled, exchange
from ostiary.errors import ConfigError, StoreError
from ostiary.guard.site import Compiled
from ostiary.model import Exchange, Reply
from ostiary.parts.issuers import Issuer
from ostiary.parts.tokens import introspection
from ostiary.parts.tokens.introspection import KEEP, KEEP_NO, MOST_FLIGHTS, PATIENCE, Introspector
from ostiary.strict import Secret, dumps
from shop import shop

CLIENT, SECRET = "api: one", "s%cret+/="
Answer = Callable[[str], Any]


class Endpoint:
    """An introspection endpoint (RFC 7662), served by uvicorn."""

    def __init__(self, tokens: dict[str, Any] | None = None) -> None:
        self.tokens = tokens or {}
        self.asked: list[str] = []
        self.status = 200
        self.media = "application/json"
        self.body: bytes | None = None
        self.seconds = 0.0
        self.url = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = dict(scope["headers"])
        name, _, secret = b64decode(headers.get(b"authorization", b"Basic Og==")[6:]).decode().partition(":")
        form = parse_qs(body.decode())
        self.asked += form["token"]
        await asyncio.sleep(self.seconds)
        if (unquote_plus(name), unquote_plus(secret)) != (CLIENT, SECRET) or scope["method"] != "POST":
            status, answer = 401, b"{}"
        elif self.body is not None:
            status, answer = self.status, self.body
        else:
            status, answer = self.status, dumps(self.tokens.get(form["token"][0], {"active": False}))
        await send(
            {"type": "http.response.start", "status": status, "headers": [(b"content-type", self.media.encode())]}
        )
        await send({"type": "http.response.body", "body": answer})

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[Endpoint]:
        server = uvicorn.Server(uvicorn.Config(self, port=0, log_level="critical", lifespan="off", ws="none"))
        task = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn has a flag, no event
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/introspect"
        try:
            yield self
        finally:
            server.should_exit = True
            await task


def issuer(url: str, **more: Any) -> Issuer:
    plain = {"introspection": url, "client": CLIENT, "client_secret": Secret(SECRET), "required": ("sub",)}
    return Issuer(**{**plain, **more})


def policy(url: str, **more: Any) -> Compiled:
    only = ("jwt.verify-before-use", "beyond.jwt-claims-validated", "processing.all-endpoints-authenticated")
    return compiled(shop(), only=only, issuers={"opaque": issuer(url, **more)}, profile="development")


async def status(guarded: Compiled, text: str, made: Exchange | None = None) -> int:
    made = made or exchange("GET", "/items", [("authorization", f"Bearer {text}")])
    plan, _ = guarded.route(made)
    found: Any = plan.enter(made)
    refusal = found if found is None or isinstance(found, Reply) else await found
    return 0 if refusal is None else refusal.status


def alice(**more: Any) -> dict[str, Any]:
    return {
        "active": True,
        "sub": "alice",
        "scope": "read write",
        "client_id": "app",
        "exp": int(time.time()) + 300,
        **more,
    }


def run(body: Any) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(20):
            await body

    asyncio.run(bounded())


def test_an_active_token_says_who_calls_and_is_asked_about_once() -> None:
    async def body() -> None:
        async with Endpoint({"good": alice()}).serving() as endpoint:
            guarded = policy(endpoint.url)
            for _ in range(3):
                made = exchange("GET", "/items", [("authorization", "Bearer good")])
                assert await status(guarded, "good", made) == 0
                assert made.principal is not None
                assert (made.principal.subject, made.principal.client) == ("alice", "app")
                assert made.principal.scopes == {"read", "write"}
            assert endpoint.asked == ["good"]

    run(body())


@pytest.mark.parametrize(
    "said",
    [{"active": False}, {}, alice(active="true"), alice(active=1), alice(active=None), alice(exp=1), alice(token_type="refresh_token"),
     alice(token_use="refresh"), alice(typ="Refresh"), alice(typ="ID"), alice(sub=None), alice(sub=7), alice(exp="soon"),
     alice(nbf=9999999999), alice(aud="other"), alice(iss="https://evil.test")],
)  # fmt: skip
def test_what_is_not_an_active_access_token_for_us_is_refused(said: dict[str, Any]) -> None:
    async def body() -> None:
        async with Endpoint({"bad": said, "good": alice(aud="us", iss="https://id.test")}).serving() as endpoint:
            guarded = policy(endpoint.url, audience=("us",), issuer="https://id.test")
            assert await status(guarded, "bad") == 401
            assert await status(guarded, "good") == 0

    run(body())


def test_many_who_ask_about_one_token_share_one_question() -> None:
    async def body() -> None:
        async with Endpoint({"good": alice()}).serving() as endpoint:
            endpoint.seconds = 0.2
            guarded = policy(endpoint.url)
            found = await asyncio.gather(*(status(guarded, "good") for _ in range(50)))
            assert set(found) == {0}
            assert endpoint.asked == ["good"]

    run(body())


def test_a_caller_who_leaves_takes_nobodys_answer_away() -> None:
    async def body() -> None:
        async with Endpoint({"good": alice()}).serving() as endpoint:
            endpoint.seconds = 0.2
            asker = asking(endpoint.url)
            first = asyncio.create_task(asker.ask("good"))
            await asyncio.sleep(0.05)
            second = asyncio.create_task(asker.ask("good"))
            await asyncio.sleep(0)
            first.cancel()
            assert (await second or {})["sub"] == "alice"
            assert endpoint.asked == ["good"]

    run(body())


def asking(url: str, clock: Callable[[], float] = time.monotonic) -> Introspector:
    return Introspector("opaque", issuer(url), where="[issuers.opaque]", loopback=True, clock=clock, now=time.time)


def test_a_no_is_remembered_for_a_moment() -> None:
    async def body() -> None:
        now = 100.0
        async with Endpoint().serving() as endpoint:
            asker = asking(endpoint.url, lambda: now)
            assert await asker.ask("bad") is None
            assert await asker.ask("bad") is None
            assert len(endpoint.asked) == 1
            endpoint.tokens["bad"] = alice()
            now += KEEP_NO + 0.1
            assert await asker.ask("bad") is not None
            assert len(endpoint.asked) == 2

    run(body())


def test_no_answer_is_kept_for_longer_than_a_minute() -> None:
    assert 0 < KEEP_NO <= KEEP <= 60
    assert asking("http://127.0.0.1:1/").keep == KEEP


def test_a_revoked_token_ends_when_its_answer_is_too_old() -> None:
    async def body() -> None:
        now = time.time()
        tokens = {"good": alice(exp=int(now) + 3600)}
        async with Endpoint(tokens).serving() as endpoint:
            guarded = compiled_at(endpoint.url, lambda: now)
            assert await status(guarded, "good") == 0
            del tokens["good"]
            now += KEEP - 1
            assert await status(guarded, "good") == 0
            now += 2
            assert await status(guarded, "good") == 401

    def compiled_at(url: str, clock: Callable[[], float]) -> Compiled:
        from ostiary.config import Config  # noqa: PLC0415

        only = ("jwt.verify-before-use",)
        return Compiled(Config(only=only, issuers={"opaque": issuer(url)}, profile="development"), shop(), now=clock)

    run(body())


@pytest.mark.parametrize(
    "fault", ["down", 500, 302, 404, 401, "text/plain", "junk", "array", "twice", "huge", "secret"]
)
def test_an_issuer_that_does_not_answer_is_no_yes(fault: Any) -> None:
    async def body() -> None:
        async with Endpoint({"good": alice()}).serving() as endpoint:
            url, more = endpoint.url, {}
            if fault == "down":
                url = "http://127.0.0.1:9/introspect"
            elif fault == "secret":
                more = {"client_secret": Secret("wrong")}
            elif isinstance(fault, int):
                endpoint.status = fault
            elif fault == "text/plain":
                endpoint.media = fault
            else:
                bodies = {
                    "junk": b'{"active": tru',
                    "array": b"[true]",
                    "huge": b'{"active":true,"sub":"' + b"a" * 100_000 + b'"}',
                }
                endpoint.body = bodies.get(fault, b'{"active": false, "active": true, "sub": "alice"}')
            guarded = policy(url, **more)
            assert await status(guarded, "good") == 503

    run(body())


def test_it_recovers_without_a_restart_and_is_let_alone_while_it_is_down() -> None:
    async def body() -> None:
        now = 100.0
        async with Endpoint({"good": alice()}).serving() as endpoint:
            asker = asking(endpoint.url, lambda: now)
            endpoint.status = 500
            for _ in range(PATIENCE + 5):
                with pytest.raises(StoreError):
                    await asker.ask("good")
            assert len(endpoint.asked) == PATIENCE
            endpoint.status = 200
            now += introspection.PAUSE
            assert await asker.ask("good") is not None

    run(body())


def test_made_up_tokens_do_not_flood_the_issuer() -> None:
    async def body() -> None:
        async with Endpoint({"good": alice()}).serving() as endpoint:
            endpoint.seconds = 0.3
            asker = asking(endpoint.url)
            found = await asyncio.gather(
                *(asker.ask(f"made-up-{n}") for n in range(MOST_FLIGHTS + 20)), return_exceptions=True
            )
            assert sum(isinstance(each, StoreError) for each in found) == 20
            assert len(endpoint.asked) == MOST_FLIGHTS

    run(body())


@pytest.mark.parametrize("missing", [{"client": ""}, {"client_secret": None}])
def test_an_endpoint_that_asks_nobody_who_he_is_is_a_mistake(missing: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="no client to ask as"):
        policy("https://id.test/introspect", **missing)


def test_of_several_issuers_the_one_that_is_configured_is_asked_and_no_other() -> None:
    async def body() -> None:
        first, second = Endpoint({"a_1": alice()}), Endpoint({"b_1": alice(sub="bob"), "c_1": alice(sub="carol")})
        async with first.serving(), second.serving():
            issuers = {
                "first": issuer(first.url, prefix="a_", issuer="https://a.test"),
                "second": issuer(second.url, issuer="https://b.test"),
            }
            guarded = compiled(shop(), only=("jwt.verify-before-use",), issuers=issuers, profile="development")
            for text, name in (("a_1", "first:alice"), ("b_1", "second:bob"), ("c_1", "second:carol")):
                made = exchange("GET", "/items", [("authorization", f"Bearer {text}")])
                assert await status(guarded, text, made) == 0
                assert made.principal is not None
                assert made.principal.identity == name
            assert await status(guarded, "a_2") == 401
            assert await status(guarded, "d_2") == 401
            assert (first.asked, second.asked) == (["a_1", "a_2"], ["b_1", "c_1", "d_2"])

    run(body())


def test_issuers_whose_tokens_look_the_same_are_a_mistake() -> None:
    two = {name: issuer("https://id.test/introspect", issuer=f"https://{name}.test") for name in ("a", "b")}
    with pytest.raises(ConfigError, match="prefix: is the same as of"):
        compiled(shop(), only=("jwt.verify-before-use",), issuers=two)
