"""Calls about accounts over HTTP: what a stranger can tell apart, what is taken, and what is sent back."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest

from identity.house import ISSUER, House
from identity.people import ANN, BETTER, GOOD, mails, named, person, token
from ostiary.identity.api import accounts, resets, sign_in
from ostiary.identity.cookies import SESSION
from ostiary.identity.dispatch import guarded, handler_of
from ostiary.identity.services import Services
from ostiary.identity.storage import users
from ostiary.identity.web import Route, Starlette


class Stranger:
    """Somebody at another address each time, with or without a browser's cookies."""

    def __init__(self, house: House) -> None:
        async def services() -> Services:
            return house.services

        found: dict[str, dict[str, Any]] = {}
        for call in (*accounts.CALLS, *resets.CALLS, *sign_in.CALLS):
            found.setdefault(call.path, {})[call.method] = handler_of(call)
        self._app = Starlette(routes=[Route(path, guarded(handlers, services)) for path, handlers in found.items()])
        self._house, self._number, self.secret = house, 0, ""

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        self._number += 1

        async def go() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, client=(f"192.0.2.{self._number}", 4711))
            sent = {"origin": ISSUER} | ({"cookie": f"{SESSION}={self.secret}"} if self.secret else {}) | headers
            async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
                return await client.request(method, path, json=body, headers=sent)

        reply = self._house.run(go())
        if SESSION in reply.cookies:
            self.secret = reply.cookies[SESSION]
        return reply

    def post(self, path: str, **body: Any) -> httpx.Response:
        return self.call("POST", path, body)


def shown(reply: httpx.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    """All that a stranger sees, but for a problem's name, which is another each time."""
    body = reply.json() if reply.content else {}
    body.pop("instance", None)
    return reply.status_code, repr(sorted(body.items())).encode(), sorted(reply.headers.items())


@pytest.fixture
def stranger(house: House) -> Stranger:
    return Stranger(house)


def test_the_whole_way_over_http(any_house: House) -> None:
    ann = Stranger(any_house)
    assert ann.post("/accounts", email=ANN, password=GOOD, name="Ann").status_code == 202
    opened = ann.post("/sessions", email=ANN, password=GOOD)
    assert opened.status_code == 201
    assert opened.json() | {"id": ""} == {"id": "", "pending": False, "owed": [], "must_change_password": False}
    link = any_house.run(token(any_house.services))
    assert ann.post("/accounts/verification", token=link).status_code == 204
    changed = ann.call("PUT", "/me/password", {"current": GOOD, "password": BETTER})
    assert changed.status_code == 204
    assert SESSION in changed.cookies
    any_house.clock.now += 61
    assert ann.post("/password-resets", email=ANN).status_code == 202
    link = any_house.run(token(any_house.services, "/reset"))
    done = ann.post("/password-resets/completion", token=link, password=GOOD)
    assert done.status_code == 204
    assert f"{SESSION}=; " in done.headers["set-cookie"]
    assert "Max-Age=0" in done.headers["set-cookie"]
    ann.secret = changed.cookies[SESSION]
    assert ann.call("PUT", "/me/password", {"current": GOOD, "password": BETTER}).status_code == 401
    assert ann.post("/sessions", email=ANN, password=GOOD).status_code == 201


def test_the_session_is_a_cookie_with_all_its_flags_and_in_no_body(house: House, stranger: Stranger) -> None:
    house.run(person(house.services))
    opened = stranger.post("/sessions", email=ANN, password=GOOD)
    cookie = opened.headers["set-cookie"]
    assert cookie.startswith(f"{SESSION}=")
    assert {"Path=/", "Secure", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert stranger.secret not in opened.text
    assert opened.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/accounts", "/password-resets"])
def test_known_unknown_and_closed_addresses_get_the_same_answer(house: House, stranger: Stranger, path: str) -> None:
    house.run(person(house.services))
    gone = house.run(person(house.services, "gone@example.com"))
    house.run(closed(house, gone.id))
    house.run(person(house.services, "new@example.com", verified=False))
    more = {"password": BETTER} if path == "/accounts" else {}
    answers = {
        repr(shown(stranger.post(path, email=email, **more)))
        for email in (ANN, "nobody@example.com", "gone@example.com", "new@example.com")
    }
    assert len(answers) == 1
    assert answers.pop().startswith("(202, b'[]'")


async def closed(house: House, user_id: str) -> None:
    async with house.services.database.write() as connection:
        await users.set_disabled(connection, user_id, at=1.0)


def test_a_failed_sign_in_says_the_same_for_all_and_how_to_do_it_right(house: House, stranger: Stranger) -> None:
    house.run(person(house.services))
    gone = house.run(person(house.services, "gone@example.com"))
    house.run(closed(house, gone.id))
    answers = {
        repr(shown(stranger.post("/sessions", email=email, password=password)))
        for email, password in ((ANN, "wrong"), ("nobody@example.com", GOOD), ("gone@example.com", GOOD), ("not an address", GOOD))
    }  # fmt: skip
    assert len(answers) == 1
    assert "www-authenticate" in answers.pop()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/accounts", {"email": ANN, "password": GOOD, "role": "operator"}),
        ("/accounts", {"email": ANN, "password": GOOD, "email_verified_at": 1}),
        ("/accounts", {"email": ANN, "password": GOOD, "id": "x"}),
        ("/accounts", {"email": [ANN], "password": GOOD}),
        ("/accounts", {"email": ANN, "password": {"$ne": ""}}),
        ("/accounts", {"email": ANN, "password": 12345678901234567890}),
        ("/accounts", {"email": ANN}),
        ("/accounts", {"email": ANN, "password": "x" * 5000}),
        ("/sessions", {"email": ANN, "password": GOOD, "pending": False}),
        ("/sessions", {"email": ANN, "password": None}),
        ("/password-resets", {"email": ANN, "to": "eve@example.com"}),
        ("/password-resets/completion", {"token": "x" * 43, "password": BETTER, "user_id": "x"}),
        ("/password-resets/completion", {"token": "<script>alert(1)</script>", "password": BETTER}),
    ],
)
def test_what_is_not_described_is_not_taken_and_nothing_is_sent_back(
    house: House, stranger: Stranger, path: str, body: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    reply = stranger.post(path, **body)
    assert reply.status_code == 422
    for value in body.values():
        if isinstance(value, str) and len(value) > 2:
            assert value not in reply.text
            assert value not in caplog.text
    assert house.run(mails(house.services)) == []


@pytest.mark.parametrize("header", ["host", "x-forwarded-host", "x-forwarded-proto", "forwarded", "x-original-url"])
def test_links_do_not_follow_the_request(house: House, stranger: Stranger, header: str) -> None:
    house.run(person(house.services))
    sent = {header: "host=evil.example" if header == "forwarded" else "evil.example"}
    assert stranger.call("POST", "/password-resets", {"email": ANN}, **sent).status_code == 202
    assert stranger.call("POST", "/accounts", {"email": "bob@example.com", "password": GOOD}, **sent).status_code == 202
    for _, _, body in house.run(mails(house.services)):
        assert f"{ISSUER}/" in body
        assert "evil.example" not in body


@pytest.mark.parametrize("path", ["/accounts", "/sessions", "/password-resets"])
def test_another_site_cannot_have_a_browser_do_it(house: House, stranger: Stranger, path: str) -> None:
    house.run(person(house.services))
    body = {"email": ANN, "password": GOOD} if path != "/password-resets" else {"email": ANN}
    reply = stranger.call("POST", path, body, origin="https://evil.example")
    assert reply.status_code == 403
    assert "set-cookie" not in reply.headers
    assert house.run(mails(house.services)) == []


def test_a_password_is_changed_by_a_fresh_session_alone(house: House, stranger: Stranger) -> None:
    house.run(person(house.services))
    body = {"current": GOOD, "password": BETTER}
    assert stranger.call("PUT", "/me/password", body).status_code == 401
    stranger.post("/sessions", email=ANN, password=GOOD)
    house.clock.now += house.services.settings.lifetimes.fresh
    stale = stranger.call("PUT", "/me/password", body)
    assert stale.status_code == 403
    assert stale.json()["needs"] == "fresh"
    assert (
        house.run(named(house.services)).password_changed_at
        == house.clock.now - house.services.settings.lifetimes.fresh
    )


def test_no_secret_is_logged_or_answered_on_the_whole_way(
    house: House, stranger: Stranger, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = [stranger.post("/accounts", email=ANN, password=GOOD).text]
    said.append(stranger.post("/sessions", email=ANN, password="a wrong one entirely").text)
    said.append(stranger.post("/sessions", email=ANN, password=GOOD).text)
    link = house.run(token(house.services))
    said.append(stranger.post("/accounts/verification", token=link, password=GOOD).text)
    said.append(stranger.post("/accounts/verification", token=link, password=GOOD).text)
    stranger.post("/password-resets", email=ANN)
    reset = house.run(token(house.services, "/reset"))
    said.append(stranger.post("/password-resets/completion", token=reset, password=BETTER).text)
    kept = house.run(named(house.services)).password_hash
    for secret in (GOOD, BETTER, "a wrong one entirely", link, reset, stranger.secret, str(kept), ANN):
        assert secret not in caplog.text
        assert not any(secret in each for each in said)
