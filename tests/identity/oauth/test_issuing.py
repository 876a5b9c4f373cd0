"""Access tokens are short, small and impersonal, ID tokens are for the client alone, and neither passes for the other."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from identity.house import House
from identity.oauth.doors import API, BACK, Doors, ProofKey, header, payload
from identity.people import ANN
from ostiary.identity.oauth.issuing import Remembered, acr_of
from ostiary.identity.signing import Unbelieved
from ostiary.identity.storage import tokens

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def test_an_access_token_is_as_rfc_9068_has_it(doors: Doors, house: House) -> None:
    client = doors.client(scopes=("openid", "email"))
    browser = doors.browser(factors=("pwd", "otp"))
    given = doors.tokens(client, browser)
    token = given["access_token"]
    assert header(token)["typ"] == "at+jwt"
    said = payload(token)
    now = int(house.clock.now)
    assert said == {
        "iss": house.services.issuer, "sub": browser.session.user_id, "aud": API, "client_id": client.id, "iat": now,
        "exp": now + 300, "jti": said["jti"], "scope": "openid email", "auth_time": now, "acr": "aal2", "amr": ["pwd", "otp"],
    }  # fmt: skip
    assert UUID.fullmatch(said["jti"])
    assert given["expires_in"] == 300
    assert len(token) < 1024


def test_no_token_says_who_somebody_is(doors: Doors) -> None:
    given = doors.tokens(doors.client(scopes=("openid", "email", "profile", "phone")), doors.browser())
    for token in (given["access_token"], given["id_token"]):
        assert ANN not in str(payload(token))
        assert not {"email", "name", "phone_number", "role", "roles"} & payload(token).keys()


def test_roles_are_told_by_their_own_scope_alone(doors: Doors) -> None:
    given = doors.tokens(doors.client(scopes=("openid", "roles")), doors.browser())
    assert payload(given["access_token"])["roles"] == ["user"]
    less = doors.tokens(doors.client(scopes=("openid", "roles")), doors.browser(), scope="openid")
    assert "roles" not in payload(less["access_token"])


def test_a_client_that_acts_for_itself_is_the_subject(doors: Doors) -> None:
    client = doors.client(grants=("client_credentials",), scopes=("orders.read",))
    said = payload(doors.tokens(client)["access_token"])
    assert said["sub"] == said["client_id"] == client.id
    assert not {"auth_time", "acr", "amr"} & said.keys()


def test_a_token_is_bound_to_the_key_that_was_shown(doors: Doors) -> None:
    key = ProofKey()
    given = doors.tokens(doors.client(), doors.browser(), key=key)
    assert payload(given["access_token"])["cnf"] == {"jkt": key.jkt}
    assert given["token_type"] == "DPoP"
    assert len(given["access_token"]) < 1024


def test_an_opaque_token_is_256_bits_and_kept_as_a_digest(doors: Doors, house: House) -> None:
    token = doors.tokens(doors.client(token_format="opaque"), doors.browser())["access_token"]
    assert re.fullmatch(r"at_[A-Za-z0-9_-]{43}", token)

    async def look() -> tokens.Issued | None:
        async with house.services.database.read() as connection:
            return await tokens.find(connection, hash=hashlib.sha256(token.encode()).digest())

    kept = house.run(look())
    assert kept is not None
    assert token.encode() not in (kept.hash, kept.jti.encode())


def test_an_id_token_is_as_openid_connect_has_it(doors: Doors, house: House) -> None:
    client, browser = doors.client(), doors.browser()
    given = doors.tokens(client, browser)
    said, now = payload(given["id_token"]), int(house.clock.now)
    half = hashlib.sha256(given["access_token"].encode()).digest()[:16]
    assert header(given["id_token"])["typ"] == "JWT"
    assert said == {
        "iss": house.services.issuer, "sub": browser.session.user_id, "aud": client.id, "iat": now, "exp": now + 300,
        "auth_time": now, "acr": "aal1", "amr": ["pwd"], "sid": browser.session.id, "nonce": "n-1",
        "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
    }  # fmt: skip
    assert browser.secret not in str(said)


def test_an_id_token_is_no_access_token(doors: Doors, house: House) -> None:
    client = doors.client()
    given = doors.tokens(client, doors.browser())
    reply = doors.get("/oauth/userinfo", authorization=f"Bearer {given['id_token']}")
    assert reply.status_code == 401
    asked = doors.post("/oauth/introspect", {"token": given["id_token"]}, client=client)
    assert asked.json() == {"active": False}
    with pytest.raises(Unbelieved):
        house.run(house.services.signing.verify(given["id_token"], typ="at+jwt", audience=None))


def test_an_access_token_is_no_id_token(doors: Doors, house: House) -> None:
    given = doors.tokens(doors.client(), doors.browser())
    with pytest.raises(Unbelieved):
        house.run(house.services.signing.verify(given["access_token"], typ="JWT", audience=None))


def test_a_token_of_a_code_that_came_back_is_revoked(doors: Doors) -> None:
    client, browser = doors.client(), doors.browser()
    back, verifier = doors.authorize(client, browser)
    form = {"grant_type": "authorization_code", "code": back["code"], "redirect_uri": BACK, "code_verifier": verifier}
    token = doors.post("/oauth/token", form, client=client).json()["access_token"]
    assert doors.get("/oauth/userinfo", authorization=f"Bearer {token}").status_code == 200
    assert doors.post("/oauth/token", form, client=client).status_code == 400
    assert doors.get("/oauth/userinfo", authorization=f"Bearer {token}").status_code == 401


@pytest.mark.parametrize(
    ("factors", "acr"),
    [
        (("pwd",), "aal1"),
        (("pwd", "otp"), "aal2"),
        (("hwk",), "aal2"),
        (("swk", "user"), "aal2"),
        (("pwd", "pwd"), "aal1"),
    ],
)
def test_assurance_is_what_was_proven(factors: tuple[str, ...], acr: str) -> None:
    assert acr_of(Remembered("", 1.0, factors)) == acr
