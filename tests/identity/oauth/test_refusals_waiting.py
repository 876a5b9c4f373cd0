"""What waits, for a client that pushed it or for a person who is busy, is good once, there and then, and for nobody else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from identity.house import ISSUER
from identity.oauth.parties import Browser, World, answer_of, handle_of
from identity.oauth.test_refusals_addresses import is_a_page_that_leads_nowhere
from ostiary.identity.storage import users
from ostiary.identity.storage.clients import Client
from ostiary.identity.storage.users import User

PREFIX = "urn:ietf:params:oauth:request_uri:"


def pushed(world: World, client: Client, **changes: str | None) -> str:
    reply = world.push(client, None, **changes)
    assert reply.status_code == 201, reply.text
    return str(reply.json()["request_uri"])


def show(browser: Browser, client: Client, uri: str, **more: str) -> Any:
    return browser.ask([("client_id", client.id), ("request_uri", uri), *more.items()])


# pushed (RFC 9126)


def test_a_pushed_request_is_good_once(world: World) -> None:
    client = world.register()
    uri, browser = pushed(world, client), world.sign_in()
    assert "code" in answer_of(show(browser, client, uri))
    is_a_page_that_leads_nowhere(show(browser, client, uri))
    is_a_page_that_leads_nowhere(show(world.stranger(), client, uri))


def test_a_pushed_request_lapses_after_a_minute(world: World) -> None:
    client = world.register()
    young, old = pushed(world, client), pushed(world, client)
    world.house.clock.now += 59.9
    assert "code" in answer_of(show(world.sign_in(), client, young))
    world.house.clock.now += 0.2
    is_a_page_that_leads_nowhere(show(world.sign_in(), client, old))


def test_a_pushed_request_of_another_client_is_nothing_and_stays(world: World) -> None:
    client, other = world.register(), world.register()
    uri = pushed(world, client)
    is_a_page_that_leads_nowhere(show(world.sign_in(), other, uri))
    assert "code" in answer_of(show(world.sign_in(), client, uri))


@pytest.mark.parametrize(
    "uri",
    [
        f"{PREFIX}x", PREFIX, "x", "https://evil.example/request.jwt", "https://app.example.test/request", "file:///etc/passwd",
        "urn:ietf:params:oauth:request_uri", f"{PREFIX.upper()}x", f"{PREFIX}é", f"{PREFIX}" + "A" * 1900,
    ],
)  # fmt: skip
def test_a_request_uri_that_is_none_of_ours_is_not_fetched(world: World, uri: str) -> None:
    is_a_page_that_leads_nowhere(show(world.sign_in(), world.register(), uri))
    client = world.register()
    more = {name: value for name, value in world.wishes(client).items() if name != "client_id"}
    is_a_page_that_leads_nowhere(show(world.sign_in(), client, uri, **more))


@pytest.mark.parametrize("also", [True, False])
def test_a_client_that_has_to_push_is_served_no_other_way(world: World, *, also: bool) -> None:
    client = world.register(pushed_only=True)
    wishes = world.wishes(client)
    if also:
        wishes["request"] = "x"
    is_a_page_that_leads_nowhere(world.sign_in().ask(list(wishes.items())))


def test_a_client_that_has_to_push_since_a_moment_ago_is_not_served_what_waits(world: World) -> None:
    client = world.register()
    browser = world.stranger()
    handle = handle_of(browser.authorize(client), "/sign-in")
    browser.jar["__Host-session"] = world.sign_in().jar["__Host-session"]
    world.change(client, pushed_only=True)
    is_a_page_that_leads_nowhere(browser.resume(handle))


@pytest.mark.parametrize("name", ["request_uri", "request"])
def test_what_is_pushed_names_no_other_request(world: World, name: str) -> None:
    reply = world.push(world.register(), None, **{name: "urn:ietf:params:oauth:request_uri:x"})
    assert reply.status_code == 400
    assert reply.json()["error"] in {"invalid_request", "request_not_supported"}


def test_of_fifty_at_once_one_uses_a_pushed_request(any_world: World) -> None:
    world = any_world
    client = world.register()
    uri, browser = pushed(world, client), world.sign_in()

    async def race() -> list[Any]:
        path = f"/oauth/authorize?client_id={client.id}&request_uri={uri}"
        return await asyncio.gather(*(browser.go_later("GET", path) for _ in range(50)))

    replies = world.run(race())
    assert sorted(each.status_code for each in replies) == [303] + [400] * 49


def test_a_client_that_was_changed_is_judged_as_it_is(world: World) -> None:
    client = world.register()
    uri = pushed(world, client, scope="write")
    world.change(client, scopes=("read",))
    assert answer_of(show(world.sign_in(), client, uri))["error"] == "invalid_scope"
    uri = pushed(world, client, scope="read")
    world.change(client, redirect_uris=("https://app.example.test/other",))
    is_a_page_that_leads_nowhere(show(world.sign_in(), client, uri))


# waiting for a person


def waits(world: World, client: Client) -> tuple[Browser, str]:
    browser = world.stranger()
    return browser, handle_of(browser.authorize(client), "/sign-in")


def test_a_handle_works_in_its_own_browser_alone(world: World) -> None:
    """Session swapping: an attacker's request must not be answered in the victim's browser, nor the other way round."""
    client = world.register()
    browser, handle = waits(world, client)
    victim = world.sign_in()
    is_a_page_that_leads_nowhere(victim.resume(handle))
    is_a_page_that_leads_nowhere(victim.decide(handle, allow=True))
    victim.jar.pop("__Host-browser")
    is_a_page_that_leads_nowhere(victim.resume(handle))
    browser.jar["__Host-session"] = world.sign_in().jar["__Host-session"]
    assert "code" in answer_of(browser.resume(handle))


@pytest.mark.parametrize(
    "handle",
    [
        "",
        "x",
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "%0d%0aLocation:x",
        "%00",
        "é",
    ],
)
def test_what_is_no_handle_leads_nowhere(world: World, handle: str) -> None:
    browser = world.sign_in()
    is_a_page_that_leads_nowhere(browser.resume(handle))
    is_a_page_that_leads_nowhere(browser.decide(handle, allow=True))


def test_what_waits_lapses(world: World) -> None:
    browser, handle = waits(world, world.register())
    world.house.clock.now += 1801
    browser.jar["__Host-session"] = world.sign_in().jar["__Host-session"]
    is_a_page_that_leads_nowhere(browser.resume(handle))


def test_a_handle_is_no_request_uri_and_a_request_uri_no_handle(world: World) -> None:
    client = world.register()
    browser, handle = waits(world, client)
    browser.jar["__Host-session"] = world.sign_in().jar["__Host-session"]
    is_a_page_that_leads_nowhere(show(browser, client, PREFIX + handle))
    is_a_page_that_leads_nowhere(browser.resume(pushed(world, client).removeprefix(PREFIX)))


@pytest.mark.parametrize("page", ["/account", "/account/password"])
def test_an_account_that_has_something_to_do_first_lets_nobody_in(world: World, page: str) -> None:
    """An address that is not proven is somebody's claim; applications would believe it."""
    client, before = world.register(), world.user
    user = world.somebody(verified=page != "/account")

    async def must_change() -> None:
        async with world.services.database.write() as connection:
            await users.set_password(connection, user.id, "$2b$12$x", now=world.services.now(), must_change=True)

    if page != "/account":
        world.run(must_change())
    world.house.clock.now += 1
    browser = world.sign_in(user)
    world.user = before
    handle = handle_of(browser.authorize(client), page)
    assert handle_of(browser.resume(handle), page) == handle
    assert handle_of(browser.decide(handle, allow=True), page) == handle
    assert answer_of(browser.authorize(client, prompt="none"))["error"] == "interaction_required"


def test_who_signed_out_meanwhile_cannot_agree(world: World) -> None:
    client = world.register("client_secret_basic", first_party=False)
    browser = world.sign_in()
    handle = handle_of(browser.authorize(client), "/consent")
    browser.jar.pop("__Host-session")
    assert handle_of(browser.decide(handle, allow=True), "/sign-in") == handle
    assert world.agreed(client) == frozenset()


def test_who_owes_a_factor_cannot_agree(world: World) -> None:
    client = world.register("client_secret_basic", first_party=False)
    browser = world.sign_in()
    handle = handle_of(browser.authorize(client), "/consent")
    browser.jar["__Host-session"] = world.sign_in(pending=True).jar["__Host-session"]
    handle_of(browser.decide(handle, allow=True), "/sign-in")


def test_who_had_to_sign_in_anew_cannot_agree_before(world: World) -> None:
    client = world.register("client_secret_basic", first_party=False)
    browser = world.sign_in()
    world.house.clock.now += 5
    handle = handle_of(browser.authorize(client, prompt="login"), "/sign-in")
    handle_of(browser.decide(handle, allow=True), "/sign-in")


def test_agreeing_to_a_request_does_not_pass_its_other_steps(world: World) -> None:
    client = world.register("client_secret_basic", first_party=False)
    browser = world.sign_in()
    handle = handle_of(browser.authorize(client, scope="read write"), "/consent")
    world.change(client, scopes=("read",))
    assert answer_of(browser.decide(handle, allow=True))["error"] == "invalid_scope"
    world.change(client, redirect_uris=("https://app.example.test/other",))
    is_a_page_that_leads_nowhere(browser.decide(handle, allow=True))


def test_of_fifty_at_once_one_is_answered(any_world: World) -> None:
    world = any_world
    client = world.register("client_secret_basic", first_party=False)
    browser = world.sign_in()
    handle = handle_of(browser.authorize(client), "/consent")

    async def race() -> list[Any]:
        fields = {"next": handle, "answer": "allow"}
        return await asyncio.gather(*(browser.go_later("POST", "/consent", fields=fields) for _ in range(50)))

    replies = world.run(race())
    assert sorted(each.status_code for each in replies) == [303] + [400] * 49


@pytest.mark.parametrize("whose", ["another's", "another client's", "an access token", "nobody's"])
def test_somebody_else_than_the_client_expects_is_not_who_it_gets(world: World, whose: str) -> None:
    client, browser, before = world.register(), world.sign_in(), world.user
    asking = world.register() if whose == "another client's" else client
    other = world.sign_in(world.somebody())
    world.user = before
    got = world.redeem(client, world.code(client, browser, scope="openid")).json()
    hint = {"an access token": got["access_token"], "nobody's": "x.y.z"}.get(whose, got["id_token"])
    there = other if whose == "another's" else browser
    world.house.clock.now += 1
    assert answer_of(there.authorize(asking, id_token_hint=hint, prompt="none"))["error"] == "login_required"
    handle = handle_of(there.authorize(asking, id_token_hint=hint), "/sign-in")
    world.house.clock.now += 1
    there.jar["__Host-session"] = world.sign_in(_owner(world, there)).jar["__Host-session"]
    assert answer_of(there.resume(handle))["error"] == "login_required"
    assert "code" in answer_of(browser.authorize(client, id_token_hint=got["id_token"], prompt="none"))


def _owner(world: World, browser: Browser) -> User:
    assert browser.session is not None
    found = browser.session.user_id

    async def read() -> User | None:
        async with world.services.database.read() as connection:
            return await users.by_id(connection, world.services.ring, found)

    user: User | None = world.run(read())
    assert user is not None
    return user


def test_hints_and_identities_of_the_request_sign_nobody_in(world: World) -> None:
    browser = world.stranger()
    reply = browser.authorize(world.register(), login_hint="ann@example.com", id_token_hint="x", user_id=world.user.id)
    assert reply.headers["location"].startswith("/sign-in?next=")
    assert "ann" not in reply.headers["location"]


@pytest.mark.parametrize("field", ["host", "x-forwarded-host", "forwarded", "x-forwarded-proto", "origin"])
def test_where_people_are_sent_does_not_come_from_headers(world: World, field: str) -> None:
    client = world.register()
    path = "/oauth/authorize?" + "&".join(f"{name}={value}" for name, value in world.wishes(client).items())
    value = "host=evil.example" if field == "forwarded" else "evil.example"
    unknown = world.stranger().go("GET", path, headers={field: value})
    assert unknown.headers["location"].startswith("/sign-in?next=")
    known = world.sign_in().go("GET", path, headers={field: value})
    assert answer_of(known)["iss"] == ISSUER


def test_strangers_do_not_fill_the_table(world: World) -> None:
    client = world.register()
    seen = {world.stranger().authorize(client).status_code for _ in range(200)}
    assert seen == {303, 429}
