"""The app of accounts starts, serves, is mounted and ends: whole, once, and with nothing left behind."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Host, Mount

from identity.house import ISSUER, House, settings_in
from ostiary.errors import ConfigError
from ostiary.identity import app as apps
from ostiary.identity.app import Identity, calls, routes
from ostiary.parts.identity_settings import Identity as Settings
from ostiary.parts.identity_settings import Passwords

EVERYWHERE = {
    "x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin", "cross-origin-resource-policy": "same-origin",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
}  # fmt: skip

OTHERS = {
    "/sign-in": {"referrer-policy": "same-origin"},  # else browsers say "Origin: null" with its form
    "/.well-known/openid-configuration": {"cross-origin-resource-policy": "cross-origin"},  # anybody's to read
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path, passwords=Passwords(cost=10, workers=1))


async def ask(app: Any, path: str, method: str = "GET", base: str = ISSUER, **more: Any) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=base) as client:
        return await client.request(method, path, **more)


async def lifespan(app: Any, inside: Callable[[], Awaitable[Any]]) -> Any:
    """What a server does: start, serve, stop; what came back of it all."""
    said: asyncio.Queue[Any] = asyncio.Queue()
    heard: asyncio.Queue[Any] = asyncio.Queue()
    task = asyncio.create_task(app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, heard.get, said.put))
    await heard.put({"type": "lifespan.startup"})
    started = await asyncio.wait_for(said.get(), 30)
    assert started["type"] == "lifespan.startup.complete", started
    try:
        return await inside()
    finally:
        await heard.put({"type": "lifespan.shutdown"})
        assert (await asyncio.wait_for(said.get(), 30))["type"] == "lifespan.shutdown.complete"
        await asyncio.wait_for(task, 10)


def ours() -> set[str]:
    return {task.get_name() for task in asyncio.all_tasks()} & {"ostiary identity"}


# every reply


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/sign-in", 200), ("GET", "/me", 401), ("POST", "/me", 405), ("OPTIONS", "/sessions", 405), ("GET", "/nothing", 404),
     ("GET", "/me/", 404), ("POST", "/sessions", 415), ("GET", "/.well-known/openid-configuration", 200), ("GET", "/account", 303),
     ("GET", "/assets/pages.css", 200), ("GET", "/openapi.json", 200), ("POST", "/oauth/token", 415)],
)  # fmt: skip
def test_every_reply_has_the_headers(house: House, method: str, path: str, status: int) -> None:
    app = Identity(house.services.settings, services=house.services)
    reply = house.run(ask(app, path, method, headers={"origin": ISSUER}))
    assert reply.status_code == status or (path == "/oauth/token" and reply.status_code == 400)
    assert {name: reply.headers.get(name) for name in EVERYWHERE} == EVERYWHERE | OTHERS.get(path, {})
    assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
    assert "server" not in reply.headers
    kept = {"/assets/pages.css", "/openapi.json", "/.well-known/openid-configuration"}
    assert ("no-store" in reply.headers["cache-control"]) == (path not in kept)
    assert len(reply.headers.get_list("cache-control")) == 1


def test_strict_transport_security_is_not_said_over_http(house: House) -> None:
    values = {name: getattr(house.services.settings, name) for name in house.services.settings.__struct_fields__}
    app = Identity(Settings(**{**values, "issuer": "http://localhost:1"}), services=house.services)
    assert "strict-transport-security" not in house.run(ask(app, "/nothing")).headers


def test_no_slash_is_redirected_to_a_forged_host(house: House) -> None:
    app = Identity(house.services.settings, services=house.services)
    reply = house.run(ask(app, "/sign-in/", headers={"host": "evil.example"}))
    assert reply.status_code == 404
    assert "evil" not in str(reply.headers)


# tables


def test_a_path_is_served_by_one() -> None:
    found: dict[str, dict[str, Any]] = {"/x": {"GET": None}}
    with pytest.raises(RuntimeError, match="GET /x is served twice"):
        apps._add(found, "/x", ("GET",), None)  # type: ignore[arg-type]  # nothing of it is called


def test_all_that_is_served_is_described_or_a_page(house: House) -> None:
    app = Identity(house.services.settings, services=house.services)
    described = {
        f"{method.upper()} {path}"
        for path, item in app.document("1")["paths"].items()
        for method in item
        if method in {"get", "post", "put", "patch", "delete"}
    }
    served = {f"{method} {path}" for path, handlers in routes().items() for method in handlers}
    assert described <= served
    assert served | {"GET /openapi.json"} == described | set(app.pages())
    assert not described & set(app.pages())
    assert {f"{call.method} {call.path}" for call in calls()} <= described
    assert set(app.linked()) <= set(app.pages())


def test_everything_that_is_served_is_routed(house: House) -> None:
    app = Identity(house.services.settings, services=house.services)
    for path, handlers in routes().items():
        for method in set(handlers) - {"HEAD"}:  # written where it is refused: a HEAD must not be a whole authorization
            concrete = re.sub(r"{[^}]*}", "00000000-0000-4000-8000-000000000000", path)
            reply = house.run(ask(app, concrete, method, headers={"origin": "https://evil.example"}))
            said = (
                reply.json().get("detail", "")
                if "json" in reply.headers.get("content-type", "") and reply.content
                else ""
            )
            assert reply.status_code not in {405, 500, 503}, (method, path)
            assert reply.status_code != 404 or said != "no such resource" or "{" in path or path == "/oauth/register", (
                method,
                path,
            )


# start and end


def test_it_starts_and_ends_with_the_lifespan(settings: Settings) -> None:
    app = Identity(settings)

    async def run() -> None:
        async def inside() -> None:
            assert ours()
            assert (await ask(app, "/sign-in")).status_code == 200

        await lifespan(app, inside)
        assert not ours()
        left = [
            task
            for task in asyncio.all_tasks()
            if "ostiary" in str(task.get_coro()) and task is not asyncio.current_task()
        ]
        assert [task for task in left if "test_app" not in str(task.get_coro())] == []

    asyncio.run(run())
    assert not [
        each for each in threading.enumerate() if "aiosqlite" in type(each).__module__ or each.name.startswith("hash")
    ]


def test_what_cannot_work_is_said_at_the_start(settings: Settings) -> None:
    app = Identity(Settings(issuer="http://accounts.example.com", database=settings.database, keys=settings.keys))

    async def run() -> None:
        with pytest.raises(AssertionError, match="must be https"):
            await lifespan(app, lambda: asyncio.sleep(0))
        with pytest.raises(ConfigError, match="must be https"):
            await app.services()
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(run())
    assert not Path(settings.keys).exists()


def test_where_no_lifespan_comes_it_starts_late_says_so_once_and_ends_with_the_loop(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    app = Identity(settings)

    async def run() -> None:
        replies = await asyncio.gather(*(ask(app, "/sign-in") for _ in range(5)))
        assert [each.status_code for each in replies] == [200] * 5
        assert len([task for task in asyncio.all_tasks() if task.get_name() == "ostiary identity"]) == 1

    before = set(threading.enumerate())
    asyncio.run(run())
    assert caplog.text.count("no lifespan reaches the accounts") == 1
    left = [each for each in set(threading.enumerate()) - before if each.is_alive()]
    assert left == [], "threads that keep the process from ending"


def test_a_late_start_that_fails_is_a_503_and_a_sentence(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = Identity(settings_in(tmp_path, database=f"sqlite:///{tmp_path}/none/x.db"))
    reply = asyncio.run(ask(app, "/sign-in"))
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "30")
    assert str(tmp_path) not in reply.text
    assert "cannot be opened" in caplog.text
    assert "Traceback" not in caplog.text


def test_another_loop_gets_it_once_the_first_is_over(settings: Settings) -> None:
    app = Identity(settings)
    for _ in range(2):
        assert asyncio.run(ask(app, "/sign-in")).status_code == 200


def test_two_loops_at_once_are_refused(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    app = Identity(settings)

    async def run() -> None:
        assert (await ask(app, "/sign-in")).status_code == 200
        assert (await asyncio.to_thread(lambda: asyncio.run(ask(app, "/sign-in")))).status_code == 503
        assert (await ask(app, "/sign-in")).status_code == 200

    asyncio.run(run())
    assert "another event loop" in caplog.text


def test_work_beside_requests_goes_on_after_a_fault(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(apps, "_PAUSE", 0.0)
    tries = 0

    async def work() -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise RuntimeError("a moment of weakness")
        await asyncio.Event().wait()

    async def run() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(apps._lasting(work), 0.5)

    asyncio.run(run())
    assert tries == 3
    assert caplog.text.count("failed; it goes on") == 2


# inside another app


def test_on_a_host_of_another_app_it_is_whole(house: House) -> None:
    inner = Identity(house.services.settings, services=house.services)
    outer = Starlette(routes=[Host("accounts.example.test", app=inner)])
    assert house.run(ask(outer, "/sign-in")).status_code == 200
    assert house.run(ask(outer, "/sign-in", base="https://other.example.test")).status_code == 404


def test_under_a_path_calls_work_and_it_is_said_that_links_do_not(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    inner = Identity(house.services.settings, services=house.services)
    outer = Starlette(routes=[Mount("/accounts", app=inner)])
    with caplog.at_level(logging.WARNING):
        replies = [house.run(ask(outer, f"/accounts{path}")) for path in ("/me", "/sign-in", "/nothing")]
    assert [each.status_code for each in replies] == [401, 200, 404]
    assert all("Path=/;" in each for reply in replies for each in reply.headers.get_list("set-cookie"))
    assert caplog.text.count("mounted under a path") == 1


def test_a_websocket_is_refused(house: House) -> None:
    app = Identity(house.services.settings, services=house.services)
    sent: list[Any] = []

    async def run() -> None:
        scope = {"type": "websocket", "path": "/me", "headers": [], "query_string": b"", "root_path": ""}

        async def receive() -> Any:
            return {"type": "websocket.connect"}

        async def send(message: Any) -> None:
            sent.append(message)

        await app(scope, receive, send)

    house.run(run())
    assert [each["type"] for each in sent] == ["websocket.close"]
