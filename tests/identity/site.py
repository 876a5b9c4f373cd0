"""The whole app as a browser meets it, without a guard before it: pages, calls and OAuth in one cookie jar."""

from __future__ import annotations

import re
from typing import Any

import httpx

from identity.house import ISSUER, House
from identity.people import GOOD, signed_in
from ostiary.identity import cookies
from ostiary.identity.app import Identity
from ostiary.identity.services import Services


class _Open(Identity):
    """The app over services that are open already."""

    def __init__(self, house: House) -> None:
        self._house = house
        super().__init__(house.services.settings)

    async def services(self) -> Services:
        return self._house.services


class Site:
    """Somebody's browser at the house."""

    def __init__(self, house: House, source: str = "198.51.100.9") -> None:
        self.house, self.source = house, source
        self.app = _Open(house)
        self.jar: dict[str, str] = {}

    def sign_in(self, email: str, password: str = GOOD) -> None:
        """A session by password, straight from the flow."""
        self.jar[cookies.SESSION] = self.house.run(signed_in(self.house.services, email, password)).secret

    def go(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request, as our own pages make it; no redirect is followed."""
        reply: httpx.Response = self.house.run(self.later(method, path, **more))
        return reply

    async def later(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"origin": ISSUER, **more.pop("headers", {})}
        if self.jar:
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        transport = httpx.ASGITransport(self.app, client=(self.source, 4711))
        async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as http:
            reply = await http.request(method, path, headers=headers, **more)
        for each in reply.headers.get_list("set-cookie"):
            name, _, value = each.partition(";")[0].partition("=")
            if value:
                self.jar[name] = value
            else:
                self.jar.pop(name, None)
        return reply

    def send(self, page: str, action: str, **fields: str) -> httpx.Response:
        """Load a page, fill in the form that leads to `action`, and send it."""
        return self.go("POST", action, data={**hidden(self.go("GET", page), action), **fields})


def hidden(reply: httpx.Response, action: str) -> dict[str, str]:
    """The hidden fields of the form of a page that leads to `action`."""
    assert reply.status_code == 200, reply.text
    for form in re.findall(r"<form\b.*?</form>", reply.text, re.DOTALL):
        if re.search(rf'action="{re.escape(action)}"', form):
            found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
            return dict(found)
    raise AssertionError(f"no form of the page leads to {action}")
