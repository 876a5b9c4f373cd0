"""Introspection answers a resource about its own tokens; every other question has one answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from identity.house import House
from identity.oauth.doors import API, SCOPES, Doors, ProofKey, Registered, payload
from identity.test_signing import tampered
from ostiary.identity.oauth import administering

PATH = "/oauth/introspect"
OTHER = "https://other.example.test"
INACTIVE = {"active": False}


def resource(doors: Doors, **more: object) -> Registered:
    """A resource server."""
    given = {
        "grants": ("client_credentials",),
        "scopes": ("orders.read",),
        "introspects": True,
        "audience": (API,),
    } | more
    return doors.client(**given)


def asked(doors: Doors, client: Registered, token: str, **more: str) -> dict[str, object]:
    reply = doors.post(PATH, {"token": token, **more}, client=client)
    assert reply.status_code == 200, reply.text
    assert reply.headers["cache-control"] == "no-store"
    found: dict[str, object] = reply.json()
    return found


@pytest.mark.parametrize("kind", ["jwt", "opaque"])
def test_a_resource_hears_of_its_tokens(doors: Doors, house: House, kind: str) -> None:
    client, browser = doors.client(token_format=kind, scopes=("openid", "orders.read")), doors.browser()
    token = doors.tokens(client, browser)["access_token"]
    now = int(house.clock.now)
    found = asked(doors, resource(doors), token)
    assert found == {
        "active": True, "iss": house.services.issuer, "sub": browser.session.user_id, "aud": API, "client_id": client.id,
        "scope": "openid orders.read", "iat": now, "exp": now + 300, "jti": found["jti"], "token_type": "Bearer",
        "auth_time": now, "acr": "aal1", "amr": ["pwd"],
    }  # fmt: skip
    if kind == "jwt":
        assert payload(token)["jti"] == found["jti"]


def test_a_bound_token_says_so(doors: Doors) -> None:
    key = ProofKey()
    token = doors.tokens(doors.client(token_format="opaque"), doors.browser(), key=key)["access_token"]
    found = asked(doors, resource(doors), token)
    assert found["token_type"] == "DPoP"
    assert found["cnf"] == {"jkt": key.jkt}


def test_roles_are_told_by_their_scope(doors: Doors) -> None:
    token = doors.tokens(doors.client(token_format="opaque", scopes=("openid", "roles")), doors.browser())[
        "access_token"
    ]
    assert asked(doors, resource(doors), token)["roles"] == ["user"]


def test_a_client_hears_of_its_own_token(doors: Doors) -> None:
    client = doors.client()
    token = doors.tokens(client, doors.browser())["access_token"]
    assert asked(doors, client, token)["active"] is True


def test_a_stranger_hears_nothing(doors: Doors) -> None:
    token = doors.tokens(doors.client(), doors.browser())["access_token"]
    assert asked(doors, doors.client(), token) == INACTIVE


@pytest.fixture
def two(make_house: Callable[..., House]) -> Doors:
    """A house with two resources."""
    return Doors(make_house(audience=(API, OTHER), scopes=SCOPES))


def test_a_resource_hears_nothing_of_tokens_for_another(two: Doors) -> None:
    doors = two
    token = doors.tokens(doors.client(), doors.browser())["access_token"]
    assert asked(doors, resource(doors), token)["active"] is True
    assert asked(doors, resource(doors, audience=(OTHER,)), token) == INACTIVE


def test_a_resource_without_a_name_is_the_first(two: Doors) -> None:
    doors = two
    client = doors.client(audience=(OTHER,))
    token = doors.tokens(client, doors.browser())["access_token"]
    assert asked(doors, resource(doors, audience=()), token) == INACTIVE


def test_what_never_was_or_is_no_more_has_one_answer(doors: Doors, house: House) -> None:
    client, asker = doors.client(grants=("authorization_code", "refresh_token")), resource(doors)
    given = doors.tokens(client, doors.browser())
    token = given["access_token"]
    forged = tampered(token, payload={"sub": "else"})
    for text in ("x", "a.b.c", "at_" + "x" * 43, given["id_token"], given["refresh_token"], forged, token[:-4]):
        for hint in ({}, {"token_type_hint": "access_token"}, {"token_type_hint": "refresh_token"}):
            assert asked(doors, asker, text, **hint) == INACTIVE
            assert asked(doors, client, text, **hint) == INACTIVE
    signed = token.rpartition(".")[0]
    assert asked(doors, asker, signed) == INACTIVE, "what is signed is no secret: without its signature it is nothing"
    house.clock.now += 300
    assert asked(doors, asker, token) == INACTIVE


def test_a_revoked_token_is_dead_at_once(doors: Doors) -> None:
    client, asker = doors.client(), resource(doors)
    token = doors.tokens(client, doors.browser())["access_token"]
    assert asked(doors, asker, token)["active"] is True
    doors.post("/oauth/revoke", {"token": token}, client=client)
    assert asked(doors, asker, token) == INACTIVE


def test_a_token_dies_with_its_client(doors: Doors, house: House) -> None:
    client, asker = doors.client(), resource(doors)
    token = doors.tokens(client, doors.browser())["access_token"]
    house.run(administering.set_enabled(house.services, client.id, enabled=False, actor="operator:x"))
    assert asked(doors, asker, token) == INACTIVE
    house.run(administering.set_enabled(house.services, client.id, enabled=True, actor="operator:x"))
    assert asked(doors, asker, token) == INACTIVE, "and does not come back to life"


def test_nobody_asks_without_proving_who_they_are(doors: Doors) -> None:
    client = doors.client(method="none")
    token = doors.tokens(client, doors.browser())["access_token"]
    assert doors.post(PATH, {"token": token}).status_code == 401
    assert doors.post(PATH, {"token": token}, client=client).status_code == 401, "an id is no proof"
    wrong = resource(doors)
    wrong.secret = "x" * 43
    assert doors.post(PATH, {"token": token}, client=wrong).status_code == 401
    assert doors.get(PATH).status_code == 405


def test_what_is_twice_or_missing_is_refused(doors: Doors) -> None:
    asker = resource(doors)
    assert doors.post(PATH, {}, client=asker).status_code == 400
    reply = doors.post(f"{PATH}?token=x", {"token": "x"}, client=asker)
    assert reply.status_code == 400


def test_questions_have_a_pace(doors: Doors) -> None:
    from ostiary.identity.oauth import introspecting  # noqa: PLC0415
    from ostiary.store.ports import Rate  # noqa: PLC0415

    asker = resource(doors)
    kept, introspecting._RATE = introspecting._RATE, Rate(1, 60, 2)  # type: ignore[misc]
    try:
        got = [doors.post(PATH, {"token": "x"}, client=asker).status_code for _ in range(4)]
    finally:
        introspecting._RATE = kept  # type: ignore[misc]
    assert got == [200, 200, 429, 429]
