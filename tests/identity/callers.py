"""Browsers for tests of calls: each has a session's cookie and calls the real table of operations through its real dispatcher."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx

from identity.house import ISSUER, House
from ostiary.identity import sessions
from ostiary.identity.app import calls
from ostiary.identity.dispatch import guarded, handler_of
from ostiary.identity.services import Visit
from ostiary.identity.sessions import Session
from ostiary.identity.web import Route, Starlette


class Browser:
    """Calls with a cookie, as our own pages make them; `host` is what the request believes to talk to."""

    def __init__(self, house: House, user_id: str = "", *, host: str = ISSUER, source: str = "198.51.100.7") -> None:
        self.house, self.host, self.visit = house, host, Visit(source=source, agent="Firefox")
        self.secret = ""
        if user_id:
            self.session, self.secret = house.run(_open(house, user_id, self.visit))

    def again(self) -> None:
        """Sign in anew."""
        self.session, self.secret = self.house.run(_open(self.house, self.session.user_id, self.visit))

    def call(self, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> httpx.Response:
        given = {"origin": ISSUER, **(headers or {})}
        if self.secret:
            given["cookie"] = f"__Host-session={self.secret}"
        return self.house.run(_call(self.house, self.host, method, path, given, more))

    def together(self, count: int, method: str, path: str, **more: Any) -> list[httpx.Response]:
        """The same call so many times at once."""
        given = {"origin": ISSUER, "cookie": f"__Host-session={self.secret}"}

        async def all_at_once() -> list[httpx.Response]:
            return await asyncio.gather(
                *(_call(self.house, self.host, method, path, given, more) for _ in range(count))
            )

        return self.house.run(all_at_once())

    def alive(self) -> bool:
        """Whether its session still is one."""
        return self.house.run(sessions.read_session(self.house.services, self.secret)) is not None


async def _open(house: House, user_id: str, visit: Visit) -> tuple[Session, str]:
    async with house.services.database.write() as connection:
        return await sessions.open_session(house.services, connection, visit, user_id, ("pwd",), pending=False)


async def _call(  # noqa: PLR0917 - a request has so many parts
    house: House, host: str, method: str, path: str, headers: Mapping[str, str], more: Any
) -> httpx.Response:
    async def services() -> Any:
        return house.services

    table: dict[str, dict[str, Any]] = {}
    for each in calls():
        table.setdefault(each.path, {})[each.method] = handler_of(each)
    app = Starlette(routes=[Route(path, guarded(handlers, services), methods=None) for path, handlers in table.items()])
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=host) as client:
        return await client.request(method, path, headers=headers, **more)
