"""Somebody at a browser without a screen: follows pages of a house, keeps cookies as browsers do, and fills in forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx

from identity.house import ISSUER, House
from ostiary.identity import sessions
from ostiary.identity.app import routes
from ostiary.identity.dispatch import guarded
from ostiary.identity.services import Visit
from ostiary.identity.sessions import Session
from ostiary.identity.web import Route, Starlette

_VOID = frozenset(["meta", "link", "input", "br", "img", "hr"])


@dataclass
class Form:
    """A form: where it goes, and its fields as they are."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class Page(HTMLParser):
    """What a page holds: its elements with their attributes, and its forms."""

    def __init__(self, reply: httpx.Response) -> None:
        super().__init__()
        self.reply, self.status, self.html = reply, reply.status_code, reply.text
        self.location = reply.headers.get("location", "")
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.forms: list[Form] = []
        self.title = ""
        self.words = ""
        self._open: list[str] = []
        if reply.headers.get("content-type", "").startswith("text/html"):
            self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.elements.append((tag, named))
        if tag not in _VOID:
            self._open.append(tag)
        if tag == "form":
            self.forms.append(Form(named.get("action", "")))
        elif tag == "input" and "name" in named and self.forms and "form" in self._open:
            self.forms[-1].fields[named["name"]] = named.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "title" in self._open:
            self.title += data
        elif "body" in self._open:
            self.words += data

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of all elements of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]

    def form(self, action: str) -> Form:
        """The first form that goes there."""
        found = [each for each in self.forms if each.action == action]
        assert found, f"no form to {action}: {self.words}"
        return found[0]


class Reader:
    """A browser; `cookies` are what it holds, by name."""

    def __init__(self, house: House, *, agent: str = "Firefox", host: str = ISSUER) -> None:
        self.house, self.agent, self.host = house, agent, host
        self.cookies: dict[str, str] = {}
        self.set: list[str] = []  # Set-Cookie lines so far

        async def services() -> Any:
            return house.services

        made = [Route(path, guarded(handlers, services), methods=None) for path, handlers in routes().items()]
        self._app = Starlette(routes=made)

    def be(self, user_id: str, *factors: str, pending: bool = False) -> Session:
        """Be signed in."""

        async def opened() -> tuple[Session, str]:
            services = self.house.services
            async with services.database.write() as connection:
                visit = Visit(source="192.0.2.1", agent=self.agent)
                return await sessions.open_session(
                    services, connection, visit, user_id, factors or ("pwd",), pending=pending
                )

        session, self.cookies["__Host-session"] = self.house.run(opened())
        return session

    def send(self, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> Page:
        """One request, without following where it leads."""
        given = {"user-agent": self.agent, **({"origin": self.host} if method == "POST" else {}), **(headers or {})}
        if self.cookies:
            given["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        reply: httpx.Response = self.house.run(self._send(method, path, given, more))
        for line in reply.headers.get_list("set-cookie"):
            self.set.append(line)
            name, _, value = line.partition(";")[0].partition("=")
            if "Max-Age=0" in line:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return Page(reply)

    async def _send(self, method: str, path: str, headers: Mapping[str, str], more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app=self._app, client=("192.0.2.1", 5))
        async with httpx.AsyncClient(transport=transport, base_url=self.host) as client:
            return await client.request(method, path, headers=dict(headers), **more)

    def get(self, path: str) -> Page:
        """Look at a page."""
        return self.send("GET", path)

    def fill(self, page: Page, action: str, **fields: str) -> Page:
        """Send a form of a page."""
        return self.send("POST", action, data={**page.form(action).fields, **fields})
