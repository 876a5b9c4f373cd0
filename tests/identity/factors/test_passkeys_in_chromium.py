"""Passkeys in a real browser: Chromium, its own WebAuthn, the page's script under the pages' own policy."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from identity.browser import Authenticator, Browser, BrowserError, Page, chromium
from identity.factors.people import VISIT
from ostiary.identity import cookies, sessions
from ostiary.identity.api import factors as api
from ostiary.identity.dispatch import guarded, handler_of
from ostiary.identity.ids import new_id
from ostiary.identity.opening import close_services, open_services
from ostiary.identity.pages import assets_served
from ostiary.identity.services import Services
from ostiary.identity.storage import users
from ostiary.identity.web import Request, Response, Route, Starlette
from ostiary.parts.identity_settings import Identity
from ostiary.store.memory import MemoryStore

pytestmark = pytest.mark.live

NONCE = "bm9uY2U"
POLICY = (
    f"default-src 'none'; style-src 'self'; script-src 'nonce-{NONCE}'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
FORM = """<form hidden id="{name}" data-passkey="{kind}" data-options="{options}" data-answer="{answer}"
 data-next="/done?{name}" data-fresh="/again"><input name="name" value=" My laptop "><button>Go</button>
 <p role="alert" data-passkey-says></p></form>"""
FORMS = {
    "make": ("create", "/me/factors/passkeys/options", "/me/factors/passkeys"),
    "enter": ("get", "/passkeys/options", "/sessions/passkey"),
    "second": ("get", "/me/session/passkey/options", "/me/session/passkey"),
    "fresh": ("get", "/me/fresh/options", "/me/fresh"),
}
PAGE = (
    "<!doctype html><html lang=en><title>Passkeys</title><meta name=referrer content=no-referrer><link rel=icon href=data:,>"
    f'<script type="module" nonce="{NONCE}" src="/assets/passkeys.js"></script>'
    "<p data-passkey-absent>This browser knows no passkeys.</p>"
    + "".join(
        FORM.format(name=name, kind=kind, options=options, answer=answer)
        for name, (kind, options, answer) in FORMS.items()
    )
)


async def page(_request: Request) -> Response:
    return Response(
        PAGE, media_type="text/html", headers={"content-security-policy": POLICY, "referrer-policy": "no-referrer"}
    )


class Site:
    """A server on a port of its own, in a thread of its own, with one account."""

    def __init__(self, folder: Path) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://localhost:{self._socket.getsockname()[1]}"
        self._settings = Identity(
            issuer=self.url, database=f"sqlite:///{folder}/identity.db", keys=str(folder / "keys")
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self.services: Services
        self.user = ""

    def run(self, doing: Any) -> Any:
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result(20)

    @contextlib.asynccontextmanager
    async def _life(self, _app: Starlette) -> Any:
        self._loop = asyncio.get_running_loop()
        self.services = await open_services(
            self._settings, profile="development", store=MemoryStore(clock=time.monotonic, now=time.time),
            now=time.time, entropy=os.urandom,
        )  # fmt: skip
        yield
        await close_services(self.services)

    @contextlib.contextmanager
    def serving(self) -> Iterator[Site]:
        async def services() -> Services:
            return self.services

        found: dict[str, dict[str, Any]] = {}
        for call in api.CALLS:
            found.setdefault(call.path, {})[call.method] = handler_of(call)
        for path, methods, handler in assets_served.ROUTES:
            found[path] = dict.fromkeys(methods, handler)
        routes = [Route(path, guarded(handlers, services)) for path, handlers in found.items()]
        routes += [Route(path, page) for path in ("/", "/done", "/again")]
        app = Starlette(routes=routes, lifespan=self._life)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [self._socket]}, daemon=True)
        thread.start()
        until = time.monotonic() + 20
        while not server.started and time.monotonic() < until:
            time.sleep(0.02)
        assert server.started
        try:
            yield self
        finally:
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive()

    async def _session(self, pending: bool) -> str:  # noqa: FBT001 - one word
        services = self.services
        async with services.database.write() as connection:
            if not self.user:
                self.user, now = new_id(services.entropy), services.now()
                await users.create(
                    connection, services.ring, id=self.user, email="ada@example.org", password_hash=None, now=now,
                    email_verified_at=now, name="Ada",
                )  # fmt: skip
            return (await sessions.open_session(services, connection, VISIT, self.user, ("pwd",), pending=pending))[1]

    def sign_in(self, page: Page, *, pending: bool = False) -> str:
        secret: str = self.run(self._session(pending))
        page.call(
            "Network.setCookie", name=cookies.SESSION, value=secret, url=self.url, secure=True, httpOnly=True, path="/"
        )
        return secret


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site(tmp_path).serving() as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    made = browser.page()
    yield made
    made.close()


def go(page: Page, site: Site, name: str) -> None:
    page.open(f"{site.url}/")
    page.wait(f"!document.getElementById('{name}').hidden")
    page.click(f"#{name} button")


def goes(page: Page, site: Site, name: str) -> None:
    go(page, site, name)
    page.wait(f"location.pathname + location.search === '/done?{name}'")


def says(page: Page, site: Site, name: str) -> str:
    go(page, site, name)
    return str(page.wait(f"document.querySelector('#{name} [data-passkey-says]').textContent"))


def asks(page: Page, path: str) -> Any:
    return page.evaluate(f"fetch('{path}').then(async (reply) => reply.ok ? await reply.json() : reply.status)")


def with_passkey(page: Page, site: Site) -> Authenticator:
    key = page.add_virtual_authenticator()
    site.sign_in(page)
    goes(page, site, "make")
    return key


def test_a_passkey_is_made_and_signs_in(visitor: Page, site: Site) -> None:
    key = with_passkey(visitor, site)
    (held,) = key.credentials()
    assert (held["rpId"], held["isResidentCredential"]) == ("localhost", True)
    (shown,) = asks(visitor, "/me/factors")["passkeys"]
    assert shown["name"] == "My laptop"

    visitor.call("Network.clearBrowserCookies")
    assert asks(visitor, "/me/factors") == 401
    goes(visitor, site, "enter")
    assert asks(visitor, "/me/factors")["passkeys"][0]["used_at"] is not None
    flags = {each["name"]: each for each in visitor.cookies()}
    for name in (cookies.SESSION, cookies.BROWSER):
        assert (flags[name]["secure"], flags[name]["httpOnly"], flags[name]["sameSite"]) == (True, True, "Lax")
    assert visitor.complaints == []
    assert all(url.startswith((site.url, "data:")) for _, url in visitor.requests)


def test_a_passkey_is_a_second_factor_and_shows_presence(visitor: Page, site: Site) -> None:
    with_passkey(visitor, site)
    pending = site.sign_in(visitor, pending=True)
    visitor.open(f"{site.url}/")
    assert asks(visitor, "/me/factors") == 403
    goes(visitor, site, "second")
    assert asks(visitor, "/me/factors")["passkeys"]
    secrets = {each["value"] for each in visitor.cookies() if each["name"] == cookies.SESSION}
    assert pending not in secrets
    goes(visitor, site, "fresh")
    assert {each["value"] for each in visitor.cookies() if each["name"] == cookies.SESSION} != secrets


def test_a_device_that_holds_one_already_says_so(visitor: Page, site: Site) -> None:
    with_passkey(visitor, site)
    assert says(visitor, site, "make") == "This device has a passkey for your account already."


def test_without_user_verification_nobody_comes_in(visitor: Page, site: Site) -> None:
    key = with_passkey(visitor, site)
    visitor.call("Network.clearBrowserCookies")
    key.verify(yes=False)
    assert says(visitor, site, "enter").startswith("Nothing was confirmed")
    assert asks(visitor, "/me/factors") == 401


def test_an_authenticator_that_cannot_verify_makes_none(visitor: Page, site: Site) -> None:
    visitor.add_virtual_authenticator(hasUserVerification=False, isUserVerified=False)
    site.sign_in(visitor)
    assert says(visitor, site, "make")
    assert asks(visitor, "/me/factors")["passkeys"] == []


def test_a_copied_key_with_a_count_behind_is_refused(visitor: Page, site: Site) -> None:
    """A clone of the authenticator, as it was before its last use."""
    key = with_passkey(visitor, site)
    (copy,) = key.credentials()
    visitor.call("Network.clearBrowserCookies")
    goes(visitor, site, "enter")
    goes(visitor, site, "enter")
    visitor.call("Network.clearBrowserCookies")
    key.clear()
    key.add(copy)
    assert says(visitor, site, "enter") == "the passkey was not accepted"
    assert asks(visitor, "/me/factors") == 401


def test_a_session_that_is_not_fresh_is_led_to_where_it_becomes_so(visitor: Page, site: Site) -> None:
    key = visitor.add_virtual_authenticator()
    site.sign_in(visitor)

    async def stale() -> None:
        from sqlalchemy import text  # noqa: PLC0415

        async with site.services.database.write() as connection:
            await connection.execute(text("UPDATE sessions SET authenticated_at = authenticated_at - 3600"))

    site.run(stale())
    go(visitor, site, "make")
    visitor.wait("location.pathname === '/again'")
    assert key.credentials() == []


def test_the_address_127_0_0_1_is_another_site(visitor: Page, site: Site) -> None:
    """The issuer says localhost; a page from elsewhere is refused by the browser, and by us."""
    visitor.add_virtual_authenticator()
    visitor.open(site.url.replace("localhost", "127.0.0.1") + "/")
    visitor.wait("!document.getElementById('enter').hidden || !document.querySelector('[data-passkey-absent]').hidden")
    visitor.click("#enter button")
    assert visitor.wait("document.querySelector('#enter [data-passkey-says]').textContent")
    assert visitor.url.endswith("/")


def test_without_scripts_nothing_is_shown_that_would_not_work(browser: Browser, site: Site) -> None:
    plain = browser.page(script=False)
    plain.open(f"{site.url}/")
    with pytest.raises(BrowserError, match="nothing to click"):
        plain.click("#enter button")
    assert "knows no passkeys" in plain.text()
    plain.close()


def test_a_browser_without_webauthn_keeps_the_page_as_it_was(visitor: Page, site: Site) -> None:
    visitor.call("Page.addScriptToEvaluateOnNewDocument", source="delete window.PublicKeyCredential")
    visitor.open(f"{site.url}/")
    assert visitor.evaluate("[...document.forms].every((form) => form.hidden)")
    assert "knows no passkeys" in visitor.text()
