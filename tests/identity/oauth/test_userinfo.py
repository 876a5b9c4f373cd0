"""Userinfo tells a living token's client what its scopes let it know, and nobody else anything."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from identity import people
from identity.house import House
from identity.oauth.doors import Doors, ProofKey
from ostiary.identity import sessions
from ostiary.identity.storage import users
from ostiary.parts.identity_settings import Jail

PATH = "/oauth/userinfo"
ALL = ("openid", "profile", "email", "phone")


def told(house: House) -> None:
    """The person says their name and has proven a number."""

    async def tell() -> None:
        user = await people.named(house.services)
        async with house.services.database.write() as connection:
            await users.set_name(connection, house.services.ring, user.id, "Ann")
            await users.set_phone(connection, house.services.ring, user.id, "+431234567", now=house.clock.now)

    house.run(tell())


@pytest.mark.parametrize(
    ("scope", "members"),
    [
        ("openid", {"sub"}),
        ("openid profile", {"sub", "name"}),
        ("openid email", {"sub", "email", "email_verified"}),
        ("openid phone", {"sub", "phone_number", "phone_number_verified"}),
        (
            "openid profile email phone",
            {"sub", "name", "email", "email_verified", "phone_number", "phone_number_verified"},
        ),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_scopes_say_what_is_told(doors: Doors, house: House, scope: str, members: set[str], method: str) -> None:
    client, browser = doors.client(scopes=ALL), doors.browser()
    told(house)
    token = doors.tokens(client, browser, scope=scope)["access_token"]
    reply = doors.send(method, PATH, headers={"authorization": f"Bearer {token}"})
    assert reply.status_code == 200
    assert set(reply.json()) == members
    assert reply.json()["sub"] == browser.session.user_id
    assert reply.headers["cache-control"] == "no-store"


def test_an_opaque_token_does_as_well(doors: Doors) -> None:
    token = doors.tokens(doors.client(token_format="opaque"), doors.browser())["access_token"]
    assert doors.get(PATH, authorization=f"Bearer {token}").status_code == 200


def test_without_a_token_the_challenge_names_no_error(doors: Doors) -> None:
    reply = doors.get(PATH)
    assert reply.status_code == 401
    assert reply.headers["www-authenticate"].startswith('Bearer realm="userinfo"')
    assert "error" not in reply.headers["www-authenticate"]
    assert "DPoP" in reply.headers["www-authenticate"]


def test_a_token_in_the_address_is_refused(doors: Doors) -> None:
    token = doors.tokens(doors.client(), doors.browser())["access_token"]
    reply = doors.get(f"{PATH}?access_token={token}")
    assert reply.status_code == 400
    assert 'error="invalid_request"' in reply.headers["www-authenticate"]


def test_a_token_in_the_body_counts_for_nothing(doors: Doors) -> None:
    token = doors.tokens(doors.client(), doors.browser())["access_token"]
    assert doors.post(PATH, {"access_token": token}).status_code == 401


@pytest.mark.parametrize("sent", ["Bearer", "Bearer x y", "Basic abc", "bearer ", "Bearer not.a.token", "DPoP x"])
def test_what_is_no_token_is_refused(doors: Doors, sent: str) -> None:
    reply = doors.send("GET", PATH, headers={"authorization": sent})
    assert reply.status_code == 401


def test_several_tokens_are_refused(doors: Doors) -> None:
    token = doors.tokens(doors.client(), doors.browser())["access_token"]
    import httpx  # noqa: PLC0415 - for headers that are there twice

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=doors.app)
        async with httpx.AsyncClient(transport=transport, base_url=doors.house.services.issuer) as client:
            pair = ("authorization", f"Bearer {token}")
            return await client.get(PATH, headers=[pair, pair])

    assert doors.house.run(ask()).status_code == 400


def test_a_token_without_openid_is_for_something_else(doors: Doors) -> None:
    token = doors.tokens(doors.client(scopes=("orders.read",)), doors.browser())["access_token"]
    reply = doors.get(PATH, authorization=f"Bearer {token}")
    assert reply.status_code == 403
    assert 'error="insufficient_scope"' in reply.headers["www-authenticate"]
    assert 'scope="openid"' in reply.headers["www-authenticate"]


def test_a_client_of_its_own_is_nobody(doors: Doors) -> None:
    token = doors.tokens(doors.client(grants=("client_credentials",), scopes=("orders.read",)))["access_token"]
    assert doors.get(PATH, authorization=f"Bearer {token}").status_code == 401


def test_a_token_dies_with_its_session(doors: Doors, house: House) -> None:
    browser = doors.browser()
    token = doors.tokens(doors.client(), browser)["access_token"]

    async def end() -> None:
        async with house.services.database.write() as connection:
            await sessions.end_session(house.services, connection, browser.session.id, "signed-out")

    house.run(end())
    reply = doors.get(PATH, authorization=f"Bearer {token}")
    assert reply.status_code == 401
    assert 'error="invalid_token"' in reply.headers["www-authenticate"]


def test_a_token_dies_with_its_account(doors: Doors, house: House) -> None:
    browser = doors.browser()
    token = doors.tokens(doors.client(), browser)["access_token"]

    async def close() -> None:
        async with house.services.database.write() as connection:
            await users.set_disabled(connection, browser.session.user_id, at=house.clock.now, why="test")

    house.run(close())
    assert doors.get(PATH, authorization=f"Bearer {token}").status_code == 401


def test_a_token_dies_of_age(doors: Doors, house: House) -> None:
    for kind in ("jwt", "opaque"):
        token = doors.tokens(doors.client(token_format=kind), doors.browser())["access_token"]
        house.clock.now += 299
        assert doors.get(PATH, authorization=f"Bearer {token}").status_code == 200
        house.clock.now += 1
        assert doors.get(PATH, authorization=f"Bearer {token}").status_code == 401


def test_proofs_are_taken_of_every_algorithm_that_the_metadata_names(doors: Doors) -> None:
    named = doors.get("/.well-known/openid-configuration").json()["dpop_signing_alg_values_supported"]
    assert f'DPoP algs="{" ".join(named)}"' in doors.get(PATH).headers["www-authenticate"]


def test_a_bound_token_takes_its_proof(doors: Doors, house: House) -> None:
    key = ProofKey()
    token = doors.tokens(doors.client(), doors.browser(), key=key)["access_token"]
    proof = key.proof(house, "GET", PATH, token)
    assert doors.get(PATH, authorization=f"DPoP {token}", dpop=proof).status_code == 200
    assert doors.get(PATH, authorization=f"DPoP {token}", dpop=proof).status_code == 401, "once"
    post = key.proof(house, "POST", PATH, token)
    sent = {"authorization": f"DPoP {token}", "dpop": post}
    assert doors.send("POST", PATH, headers=sent).status_code == 200


def test_a_bound_token_is_no_bearer_token(doors: Doors, house: House) -> None:
    key = ProofKey()
    token = doors.tokens(doors.client(), doors.browser(), key=key)["access_token"]
    assert doors.get(PATH, authorization=f"Bearer {token}").status_code == 401
    proof = key.proof(house, "GET", PATH, token)
    assert doors.get(PATH, authorization=f"Bearer {token}", dpop=proof).status_code == 401
    assert doors.get(PATH, authorization=f"DPoP {token}").status_code == 401


def test_a_bearer_token_is_not_bound_to_the_first_key_that_comes(doors: Doors, house: House) -> None:
    token = doors.tokens(doors.client(), doors.browser())["access_token"]
    proof = ProofKey().proof(house, "GET", PATH, token)
    assert doors.get(PATH, authorization=f"DPoP {token}", dpop=proof).status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [{"htm": "POST"}, {"htu": "https://else.example.test/oauth/userinfo"}, {"iat": 1}, {"ath": "x"}, {"jti": ""}],
)
def test_a_proof_of_something_else_is_refused(doors: Doors, house: House, wrong: dict[str, object]) -> None:
    key = ProofKey()
    token = doors.tokens(doors.client(), doors.browser(), key=key)["access_token"]
    proof = key.proof(house, "GET", PATH, token, **wrong)
    assert doors.get(PATH, authorization=f"DPoP {token}", dpop=proof).status_code == 401


def test_a_proof_of_another_key_is_refused(doors: Doors, house: House) -> None:
    token = doors.tokens(doors.client(), doors.browser(), key=ProofKey())["access_token"]
    proof = ProofKey().proof(house, "GET", PATH, token)
    assert doors.get(PATH, authorization=f"DPoP {token}", dpop=proof).status_code == 401


def test_questions_have_a_pace(make_house: Callable[..., House]) -> None:
    doors = Doors(make_house(jail=Jail(calls=60)))
    got = [doors.get(PATH).status_code for _ in range(12)]
    assert got[0] == 401
    assert got[-1] == 429
