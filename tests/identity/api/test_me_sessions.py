"""People see where they are signed in and end it; what is ended is dead on the server, whatever the browser keeps."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from identity.grants import alive, granted
from identity.house import ISSUER, House
from identity.people import person
from ostiary.identity import sessions
from ostiary.identity.api import events, me_sessions
from ostiary.identity.dispatch import guarded, handler_of
from ostiary.identity.services import Visit
from ostiary.identity.sessions import Session
from ostiary.identity.storage import schema
from ostiary.identity.web import Route, Starlette

BOB = "bob@example.com"


class Browser:
    """Calls with a cookie, as our own pages make them."""

    def __init__(self, house: House, user_id: str, *factors: str, pending: bool = False) -> None:
        self.house = house
        self.session, self.secret = house.run(_open(house, user_id, factors or ("pwd",), pending=pending))

    def call(self, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> httpx.Response:
        given = {"origin": ISSUER, "cookie": f"__Host-session={self.secret}"} if headers is None else dict(headers)
        return self.house.run(_call(self.house, method, path, given, more))


async def _open(house: House, user_id: str, factors: tuple[str, ...], *, pending: bool) -> tuple[Session, str]:
    async with house.services.database.write() as connection:
        at = Visit(source="198.51.100.7", agent="Firefox")
        return await sessions.open_session(house.services, connection, at, user_id, factors, pending=pending)


async def _call(house: House, method: str, path: str, headers: Mapping[str, str], more: Any) -> httpx.Response:
    async def services() -> Any:
        return house.services

    table: dict[str, dict[str, Any]] = {}
    for each in (*me_sessions.CALLS, *events.CALLS):
        table.setdefault(each.path, {})[each.method] = handler_of(each)
    app = Starlette(routes=[Route(path, guarded(handlers, services), methods=None) for path, handlers in table.items()])
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
        return await client.request(method, path, headers=headers, **more)


@pytest.fixture
def ann(house: House) -> str:
    """The id of an account."""
    return house.run(person(house.services)).id


@pytest.fixture
def bob(house: House) -> str:
    """The id of another."""
    return house.run(person(house.services, BOB)).id


def test_signing_out_kills_the_session_on_the_server(house: House, ann: str) -> None:
    browser, elsewhere = Browser(house, ann), Browser(house, ann)
    grant = granted(house, browser.session)
    reply = browser.call("DELETE", "/me/session")
    assert reply.status_code == 204
    assert reply.headers["clear-site-data"] == '"cache", "storage"'
    assert reply.headers["set-cookie"] == "__Host-session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"
    assert browser.call("GET", "/me/sessions").status_code == 401, "a copy of the cookie still works"
    assert not alive(house, grant)
    assert f"token:{grant.name}" in house.store.bans.current()
    assert elsewhere.call("GET", "/me/sessions").status_code == 200, "another device was signed out too"


def test_a_pending_session_can_do_nothing_but_leave(house: House, ann: str) -> None:
    pending = Browser(house, ann, pending=True)
    for method, path in (
        ("GET", "/me/sessions"), ("DELETE", "/me/sessions"), ("DELETE", f"/me/sessions/{pending.session.id}"), ("GET", "/me/events"),
        ("GET", "/admin/events"),
    ):  # fmt: skip
        assert pending.call(method, path).status_code == 403, path
    assert pending.call("DELETE", "/me/session").status_code == 204
    assert pending.call("DELETE", "/me/session").status_code == 401


def test_nobody_is_told_without_a_session(house: House, ann: str) -> None:
    browser = Browser(house, ann)
    for stolen in (browser.session.id, "x" * 43, ""):
        reply = browser.call("GET", "/me/sessions", {"cookie": f"__Host-session={stolen}"})
        assert reply.status_code == 401
        assert "www-authenticate" in reply.headers
    assert browser.call("GET", "/me/sessions", {}).status_code == 401


@pytest.mark.parametrize("path", ["/me/session", "/me/sessions"])
@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}]
)
def test_another_site_ends_nothing(house: House, ann: str, path: str, headers: dict[str, str]) -> None:
    browser, other = Browser(house, ann), Browser(house, ann)
    cookie = {"cookie": f"__Host-session={browser.secret}"}
    assert browser.call("DELETE", path, headers | cookie).status_code == 403
    assert browser.call("GET", "/me/sessions").status_code == 200
    assert other.call("GET", "/me/sessions").status_code == 200


def test_the_list_tells_which_one_this_is(house: House, ann: str, bob: str) -> None:
    browser, other, _ = Browser(house, ann), Browser(house, ann, pending=True), Browser(house, bob)
    shown = browser.call("GET", "/me/sessions").json()["sessions"]
    assert {each["id"]: each["this"] for each in shown} == {browser.session.id: True, other.session.id: False}
    (own,) = [each for each in shown if each["this"]]
    assert own == {
        "id": browser.session.id, "this": True, "agent": "Firefox", "source": "198.51.100.0/24",
        "created_at": int(house.clock.now), "seen_at": int(house.clock.now), "expires_at": int(house.clock.now) + 12 * 3600,
        "factors": ["pwd"], "pending": False,
    }  # fmt: skip
    text = browser.call("GET", "/me/sessions").text
    assert browser.secret not in text
    assert "198.51.100.7" not in text


def test_one_of_the_own_sessions_ends(house: House, ann: str) -> None:
    browser, other = Browser(house, ann), Browser(house, ann)
    reply = browser.call("DELETE", f"/me/sessions/{other.session.id}")
    assert (reply.status_code, "set-cookie" in reply.headers) == (204, False)
    assert other.call("GET", "/me/sessions").status_code == 401
    assert browser.call("GET", "/me/sessions").status_code == 200
    assert browser.call("DELETE", f"/me/sessions/{browser.session.id}").headers["set-cookie"].endswith("Max-Age=0")
    assert browser.call("GET", "/me/sessions").status_code == 401


def test_anothers_session_is_not_told_from_none(house: House, ann: str, bob: str) -> None:
    browser, theirs = Browser(house, ann), Browser(house, bob)
    foreign = browser.call("DELETE", f"/me/sessions/{theirs.session.id}")
    missing = browser.call("DELETE", "/me/sessions/00000000-0000-4000-8000-00000000dead")
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert {**foreign.json(), "instance": ""} == {**missing.json(), "instance": ""}
    assert theirs.call("GET", "/me/sessions").status_code == 200


def test_all_others_end_and_offline_grants_stay(house: House, ann: str, bob: str) -> None:
    browser, others, theirs = Browser(house, ann), [Browser(house, ann) for _ in range(3)], Browser(house, bob)
    bound, offline = granted(house, others[0].session), granted(house, others[0].session, offline=True)
    assert browser.call("DELETE", "/me/sessions").status_code == 204
    assert [each.call("GET", "/me/sessions").status_code for each in others] == [401] * 3
    assert browser.call("GET", "/me/sessions").status_code == 200
    assert theirs.call("GET", "/me/sessions").status_code == 200
    assert not alive(house, bound)
    assert alive(house, offline)


def test_everything_ends_when_that_is_asked_for(house: House, ann: str) -> None:
    browser, other = Browser(house, ann), Browser(house, ann)
    offline = granted(house, browser.session, offline=True)
    house.clock.now += 1
    reply = browser.call("DELETE", "/me/sessions?this=true")
    assert (reply.status_code, reply.headers["set-cookie"].endswith("Max-Age=0")) == (204, True)
    assert browser.call("GET", "/me/sessions").status_code == 401
    assert other.call("GET", "/me/sessions").status_code == 401
    assert not alive(house, offline)


# events


def test_people_read_their_own_events_alone(house: House, ann: str, bob: str) -> None:
    browser, theirs = Browser(house, ann), Browser(house, bob)
    shown = browser.call("GET", "/me/events").json()
    assert [each["what"] for each in shown["events"]] == ["session.opened"]
    assert shown["before"] == 0
    (only,) = shown["events"]
    assert (only["by"], only["source"]) == ("you", "198.51.100.7")
    assert only["details"]["session"] == browser.session.id
    assert theirs.session.id not in str(shown)


def test_events_come_in_pages(house: House, ann: str) -> None:
    browser = Browser(house, ann)
    for _ in range(6):
        Browser(house, ann)
    seen: list[int] = []
    before = ""
    for _ in range(4):
        page = browser.call("GET", f"/me/events?most=2{before}").json()
        assert len(page["events"]) <= 2
        seen += [each["id"] for each in page["events"]]
        before = f"&before={page['before']}"
        if not page["before"]:
            break
    assert len(seen) == 7
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("query", ["most=0", "most=101", "most=x", "before=0", "before=-1", "most=2&most=3"])
def test_a_page_is_bounded(house: House, ann: str, query: str) -> None:
    assert Browser(house, ann).call("GET", f"/me/events?{query}").status_code == 400


def operator(house: House, user_id: str) -> None:
    async def make() -> None:
        async with house.services.database.write() as connection:
            await connection.execute(update(schema.users).where(schema.users.c.id == user_id).values(role="operator"))

    house.run(make())


def test_operators_read_everybodys_events(house: House, ann: str, bob: str) -> None:
    operator(house, ann)
    browser = Browser(house, ann, "pwd", "otp")
    Browser(house, bob)
    shown = browser.call("GET", "/admin/events").json()["events"]
    assert {each["user"] for each in shown} == {ann, bob}
    one = browser.call("GET", f"/admin/events?user={bob}&what=session.opened").json()["events"]
    assert {each["user"] for each in one} == {bob}
    assert browser.call("GET", "/admin/events?what=nothing").status_code == 400


@pytest.mark.parametrize("path", ["/admin/events", "/admin/jail"])
def test_operators_calls_are_for_operators_with_two_factors(house: House, ann: str, bob: str, path: str) -> None:
    operator(house, ann)
    assert Browser(house, bob, "pwd", "otp").call("GET", path).status_code == 404
    assert Browser(house, ann).call("GET", path).status_code == 403
    strong = Browser(house, ann, "pwd", "otp")
    assert strong.call("GET", path).status_code == 200
    house.clock.now += 301
    assert strong.call("GET", path).status_code == 403


# the jail


def test_operators_see_who_is_in_jail_and_let_them_out(house: House, ann: str) -> None:
    operator(house, ann)
    browser = Browser(house, ann, "pwd", "otp")

    async def fail() -> None:
        for _ in range(5):
            async with house.services.gate.guess(Visit(source="192.0.2.9"), "password", "Victim@example.com"):
                await asyncio.sleep(0)

    house.run(fail())
    (only,) = browser.call("GET", "/admin/jail?source=192.0.2.9").json()["prisoners"]
    assert only["kind"] == "identity-password:pair"
    assert "victim" not in str(only)
    assert browser.call("GET", "/admin/jail?source=nowhere").status_code == 400

    def free(**whom: str) -> httpx.Response:
        return browser.call("POST", "/admin/jail/freed", json=whom)

    assert free(account="somebody@example.com").json() == {"freed": 0}
    assert free().status_code == 422
    assert free(account="victim@example.com").json() == {"freed": 1}
    assert browser.call("GET", "/admin/jail").json() == {"prisoners": []}
    assert browser.call("GET", "/admin/events?what=jail.freed").json()["events"][0]["actor"] == f"operator:{ann}"
