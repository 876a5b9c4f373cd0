"""Operators, and they alone, look after accounts, clients and keys; what they end is dead at once, and written down."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from identity import people
from identity.house import ISSUER, House
from identity.oauth.doors import BACK, SCOPES, Browser, Doors
from ostiary.identity import sessions
from ostiary.identity.api.admin import CALLS
from ostiary.identity.storage import events, users

ROOT = "root@example.com"
NOBODY = "00000000-0000-4000-8000-00000000dead"


@pytest.fixture
def doors(make_house: Any) -> Doors:
    return Doors(make_house(scopes=SCOPES))


@pytest.fixture
def house(doors: Doors) -> House:
    return doors.house


@pytest.fixture
def operator(doors: Doors) -> Browser:
    """An operator with a second factor, a moment ago."""
    browser = doors.browser(ROOT, factors=("pwd", "otp"))
    promote(doors.house, browser)
    return browser


def promote(house: House, browser: Browser) -> None:
    async def act() -> None:
        async with house.services.database.write() as connection:
            await users.set_role(connection, browser.session.user_id, "operator")

    house.run(act())


def call(doors: Doors, browser: Browser, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
    given = {"origin": ISSUER, **browser.cookies, **headers}
    if body is not None:
        given["content-type"] = "application/json"
    return doors.send(method, path, headers=given, body=b"" if body is None else json.dumps(body).encode())


def happened(house: House) -> list[tuple[str, str]]:
    async def read() -> list[tuple[str, str]]:
        async with house.services.database.read() as connection:
            return [(each.what, each.actor) for each in await events.page(connection)]

    return house.run(read())


def filled(path: str) -> str:
    return path.replace("{id}", NOBODY).replace("{client_id}", NOBODY)


@pytest.mark.parametrize("each", CALLS, ids=lambda each: f"{each.method} {each.path}")
def test_nobody_else_gets_in(doors: Doors, each: Any) -> None:
    body = {"name": "x"} if each.takes is not None else None
    path = filled(each.path)
    anonymous = doors.send(each.method, path, headers={"origin": ISSUER})
    assert anonymous.status_code == 401
    user = doors.browser(factors=("pwd", "otp"))
    assert call(doors, user, each.method, path, body).status_code == 404
    weak = doors.browser("weak@example.com")
    promote(doors.house, weak)
    assert call(doors, weak, each.method, path, body).status_code == 403, "a second factor"
    half = doors.browser("weak@example.com", pending=True)
    assert call(doors, half, each.method, path, body).status_code == 403
    stale = doors.browser("weak@example.com", factors=("pwd", "otp"))
    if each.method != "GET":
        assert call(doors, stale, each.method, path, body, origin="https://evil.example").status_code == 403
    doors.house.clock.now += 301
    assert call(doors, stale, each.method, path, body).status_code == 403, "a moment ago"


def test_accounts_are_listed_by_pages_and_by_address(doors: Doors, operator: Browser, house: House) -> None:
    for at in range(52):
        house.run(people.person(house.services, f"p{at}@example.com"))
    first = call(doors, operator, "GET", "/admin/users").json()
    rest = call(doors, operator, "GET", f"/admin/users?after={first['after']}").json()
    everybody = [each["id"] for each in (*first["users"], *rest["users"])]
    assert len(first["users"]) == 50
    assert rest["after"] == ""
    assert len(set(everybody)) == 53
    one = call(doors, operator, "GET", "/admin/users?email=P7@Example.com").json()["users"]
    assert [each["email"] for each in one] == ["p7@example.com"]
    assert call(doors, operator, "GET", "/admin/users?email=who@example.com").json()["users"] == []


def test_an_account_is_shown_without_what_opens_it(doors: Doors, operator: Browser, house: House) -> None:
    user = house.run(people.person(house.services))
    shown = call(doors, operator, "GET", f"/admin/users/{user.id}")
    assert shown.json() == {
        "id": user.id, "email": people.ANN, "email_verified": True, "name": "", "role": "user", "has_password": True,
        "created_at": house.clock.now, "disabled_at": None,
    }  # fmt: skip
    assert (user.password_hash or "?") not in shown.text
    assert call(doors, operator, "GET", f"/admin/users/{NOBODY}").status_code == 404


def test_a_closed_account_is_out_at_once_and_may_come_back(doors: Doors, operator: Browser, house: House) -> None:
    browser = doors.browser()
    token = doors.tokens(doors.client(), browser)["access_token"]
    path = f"/admin/users/{browser.session.user_id}"
    assert call(doors, operator, "POST", f"{path}/disable").status_code == 204
    assert house.run(sessions.read_session(house.services, browser.secret)) is None
    assert doors.get("/oauth/userinfo", authorization=f"Bearer {token}").status_code == 401
    assert any(each.startswith("token:") for each in house.store.bans.current())
    assert call(doors, operator, "GET", path).json()["disabled_at"] == house.clock.now
    assert call(doors, operator, "POST", f"{path}/enable").status_code == 204
    assert call(doors, operator, "GET", path).json()["disabled_at"] is None
    assert house.run(sessions.read_session(house.services, browser.secret)) is None, "what ended stays ended"
    by = f"operator:{operator.session.user_id}"
    assert {("account.disabled", by), ("account.enabled", by), ("session.all-ended", by)} <= set(happened(house))


def test_a_forced_reset_leaves_no_password_and_mails_a_link(doors: Doors, operator: Browser, house: House) -> None:
    browser = doors.browser()
    path = f"/admin/users/{browser.session.user_id}"
    assert call(doors, operator, "POST", f"{path}/reset").status_code == 204
    assert house.run(sessions.read_session(house.services, browser.secret)) is None
    assert house.run(people.named(house.services)).password_hash is None
    assert house.run(people.token(house.services, "/reset"))
    assert call(doors, operator, "POST", f"{path}/reset").status_code == 204, (
        "again, though no second mail goes out yet"
    )


@pytest.mark.parametrize("act", ["disable", "enable", "reset"])
def test_nobody_locks_themselves_out(doors: Doors, operator: Browser, house: House, act: str) -> None:
    assert call(doors, operator, "POST", f"/admin/users/{operator.session.user_id}/{act}").status_code == 409
    assert call(doors, operator, "POST", f"/admin/users/{NOBODY}/{act}").status_code == 404


NEW = {"name": "Shop", "redirect_uris": [BACK], "grants": ["authorization_code", "refresh_token"], "scopes": ["openid"]}


def test_a_client_is_registered_shown_changed_and_removed(doors: Doors, operator: Browser, house: House) -> None:
    made = call(doors, operator, "POST", "/admin/clients", NEW)
    assert made.status_code == 201
    client = made.json()
    path = made.headers["location"]
    assert path == f"/admin/clients/{client['id']}"
    assert len(client["secret"]) == 43
    assert made.headers["cache-control"] == "no-store"
    shown = call(doors, operator, "GET", path).json()
    assert shown == client | {"secret": ""}
    listed = call(doors, operator, "GET", "/admin/clients").json()
    assert [each["id"] for each in listed["clients"]] == [client["id"]]
    changed = call(doors, operator, "PUT", path, NEW | {"name": "Store", "dpop": True}).json()
    assert (changed["name"], changed["dpop"], changed["secret"]) == ("Store", True, "")
    assert changed["created_at"] == client["created_at"]
    assert call(doors, operator, "DELETE", path).status_code == 204
    assert call(doors, operator, "GET", path).status_code == 404
    by = f"operator:{operator.session.user_id}"
    assert {(f"client.{each}", by) for each in ("registered", "changed", "deleted")} <= set(happened(house))


def test_a_client_that_changes_its_method_gets_or_loses_its_secret(doors: Doors, operator: Browser) -> None:
    made = call(doors, operator, "POST", "/admin/clients", NEW | {"method": "none"}).json()
    assert made["secret"] == ""
    path = f"/admin/clients/{made['id']}"
    assert call(doors, operator, "POST", f"{path}/secret").status_code == 409
    assert len(call(doors, operator, "PUT", path, NEW).json()["secret"]) == 43
    assert call(doors, operator, "PUT", path, NEW).json()["secret"] == "", "it keeps the one that it has"


def test_a_new_secret_takes_the_place_of_the_old(doors: Doors, operator: Browser) -> None:
    client = doors.client()
    reply = call(doors, operator, "POST", f"/admin/clients/{client.id}/secret")
    form = {"token": "x"}
    assert doors.post("/oauth/introspect", form, client=client).status_code == 401
    client.secret = reply.json()["secret"]
    assert doors.post("/oauth/introspect", form, client=client).status_code == 200


def test_a_disabled_client_is_nobody_and_its_tokens_are_dead(doors: Doors, operator: Browser, house: House) -> None:
    client = doors.client()
    token = doors.tokens(client, doors.browser())["access_token"]
    path = f"/admin/clients/{client.id}"
    assert call(doors, operator, "POST", f"{path}/disable").status_code == 204
    assert doors.post("/oauth/introspect", {"token": "x"}, client=client).status_code == 401
    assert doors.get("/oauth/userinfo", authorization=f"Bearer {token}").status_code == 401
    assert any(each.startswith("token:") for each in house.store.bans.current())
    assert call(doors, operator, "POST", f"{path}/enable").status_code == 204
    assert doors.post("/oauth/introspect", {"token": "x"}, client=client).status_code == 200


def test_the_tokens_of_a_client_that_is_removed_are_dead(doors: Doors, operator: Browser, house: House) -> None:
    client = doors.client()
    token = doors.tokens(client, doors.browser())["access_token"]
    assert call(doors, operator, "DELETE", f"/admin/clients/{client.id}").status_code == 204
    assert doors.get("/oauth/userinfo", authorization=f"Bearer {token}").status_code == 401
    assert any(each.startswith("token:") for each in house.store.bans.current())


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_uris": ["https://*.example.test"]}, {"scopes": ["everything"]}, {"grants": ["password"]}, {"method": "magic"},
        {"secret": "mine"}, {"id": "mine"}, {"name": ""}, {"dpop": 1},
    ],
)  # fmt: skip
def test_the_rules_are_the_same_here(doors: Doors, operator: Browser, wrong: dict[str, Any]) -> None:
    reply = call(doors, operator, "POST", "/admin/clients", NEW | wrong)
    assert reply.status_code == 422
    assert reply.json()["errors"]
    assert "everything" not in reply.text
    made = doors.client()
    assert call(doors, operator, "PUT", f"/admin/clients/{made.id}", NEW | wrong).status_code == 422


def test_what_is_not_there_is_not_there(doors: Doors, operator: Browser) -> None:
    for method, path, body in (
        ("GET", "", None), ("PUT", "", NEW), ("DELETE", "", None), ("POST", "/secret", None), ("POST", "/disable", None),
    ):  # fmt: skip
        assert call(doors, operator, method, f"/admin/clients/nobody{path}", body).status_code == 404


def test_keys_are_listed_and_turn(doors: Doors, operator: Browser, house: House) -> None:
    [before] = call(doors, operator, "GET", "/admin/keys").json()["keys"]
    both = call(doors, operator, "POST", "/admin/keys", {}).json()["keys"]
    assert both[0]["kid"] == before["kid"]
    assert both[1]["active_at"] > house.clock.now
    last = call(doors, operator, "POST", "/admin/keys", {"at_once": True}).json()["keys"]
    assert {each["kid"]: each["gone_at"] for each in last if each["gone_at"] is not None} == {
        each["kid"]: house.clock.now for each in both
    }
    assert len(last) == 3
    assert not {"private", "d"} & set(str(last).replace("'", " ").split())
    assert ("key.rotated", f"operator:{operator.session.user_id}") in happened(house)
