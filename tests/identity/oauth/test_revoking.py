"""Revocation takes a client's own tokens back at once, tells guards, and says nothing about anybody else's."""

from __future__ import annotations

import pytest

from identity.house import House
from identity.oauth.doors import Doors, Registered
from ostiary.identity.storage import events
from ostiary.parts.tokens import _name_of

PATH = "/oauth/revoke"
BOTH = ("authorization_code", "refresh_token")


def alive(doors: Doors, token: str) -> bool:
    return doors.get("/oauth/userinfo", authorization=f"Bearer {token}").status_code == 200


def refreshed(doors: Doors, client: Registered, token: str) -> int:
    return doors.post(
        "/oauth/token", {"grant_type": "refresh_token", "refresh_token": token}, client=client
    ).status_code


def happened(house: House) -> list[str]:
    async def look() -> list[str]:
        async with house.services.database.read() as connection:
            return [each.what for each in await events.page(connection)]

    return house.run(look())


@pytest.mark.parametrize("kind", ["jwt", "opaque"])
def test_an_access_token_dies_alone_and_guards_hear_of_it(doors: Doors, house: House, kind: str) -> None:
    client = doors.client(token_format=kind, grants=BOTH)
    given = doors.tokens(client, doors.browser())
    token = given["access_token"]
    reply = doors.post(PATH, {"token": token}, client=client)
    assert (reply.status_code, reply.content) == (200, b"")
    assert not alive(doors, token)
    order = house.store.bans.current()[f"token:{_name_of(token.encode())}"]
    assert order.until >= house.clock.now + 300 + 30, "for as long as a guard with leeway would believe it"
    assert refreshed(doors, client, given["refresh_token"]) == 200
    assert "token.revoked" in happened(house)


def test_a_refresh_token_takes_its_grant_along(doors: Doors, house: House) -> None:
    client = doors.client(grants=BOTH)
    given = doors.tokens(client, doors.browser())
    assert doors.post(PATH, {"token": given["refresh_token"]}, client=client).status_code == 200
    assert refreshed(doors, client, given["refresh_token"]) == 400
    assert not alive(doors, given["access_token"])
    assert f"token:{_name_of(given['access_token'].encode())}" in house.store.bans.current()
    assert "grant.ended" in happened(house)


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense"])
def test_hints_are_hints(doors: Doors, hint: str) -> None:
    client = doors.client(grants=BOTH)
    given = doors.tokens(client, doors.browser())
    for name in ("access_token", "refresh_token"):
        assert doors.post(PATH, {"token": given[name], "token_type_hint": hint}, client=client).status_code == 200
    assert refreshed(doors, client, given["refresh_token"]) == 400


def test_the_tokens_of_others_stay(doors: Doors, house: House) -> None:
    client, stranger = doors.client(grants=BOTH), doors.client(grants=BOTH)
    given = doors.tokens(client, doors.browser())
    for name in ("access_token", "refresh_token"):
        reply = doors.post(PATH, {"token": given[name]}, client=stranger)
        assert (reply.status_code, reply.content) == (200, b"")
    assert alive(doors, given["access_token"])
    assert refreshed(doors, client, given["refresh_token"]) == 200
    assert not [each for each in house.store.bans.current() if each.startswith("token:")]


def test_what_is_no_token_is_revoked_already(doors: Doors) -> None:
    client = doors.client()
    for text in ("x", "a.b.c", "at_" + "x" * 43, "é"):
        reply = doors.post(PATH, {"token": text}, client=client)
        assert (reply.status_code, reply.content) == (200, b"")


def test_it_may_be_said_twice(doors: Doors, house: House) -> None:
    client = doors.client()
    token = doors.tokens(client, doors.browser())["access_token"]
    for _ in range(2):
        assert doors.post(PATH, {"token": token}, client=client).status_code == 200
    assert happened(house).count("token.revoked") == 1


def test_a_client_that_is_not_proven_revokes_nothing(doors: Doors) -> None:
    client = doors.client()
    token = doors.tokens(client, doors.browser())["access_token"]
    client.secret = "x" * 43
    assert doors.post(PATH, {"token": token}, client=client).status_code == 401
    assert doors.post(PATH, {"token": token, "client_id": client.id}).status_code == 401
    assert alive(doors, token)


def test_a_token_is_required(doors: Doors) -> None:
    assert doors.post(PATH, {}, client=doors.client()).status_code == 400
