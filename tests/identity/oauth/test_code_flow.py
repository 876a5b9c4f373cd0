"""A client gets a code by the browser and tokens by itself, and what it gets is what was asked for and agreed to."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from typing import Any

import pytest

from identity.house import ISSUER
from identity.oauth.parties import API, STATE, Key, World, answer_of, handle_of


def claims_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return dict(json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4))))


@pytest.mark.parametrize("method", ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"])
def test_a_code_gives_tokens_to_its_client(world: World, method: str) -> None:
    client = world.register(method)
    browser = world.sign_in()
    reply = browser.authorize(client, scope="openid read", nonce="n-1")
    answer = answer_of(reply)
    assert (answer["state"], answer["iss"], set(answer)) == (STATE, ISSUER, {"code", "state", "iss"})
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["referrer-policy"] == "no-referrer"
    tokens = world.redeem(client, answer["code"])
    assert tokens.status_code == 200, tokens.text
    assert tokens.headers["cache-control"] == "no-store"
    got = tokens.json()
    assert (got["token_type"], got["scope"], got["expires_in"]) == ("Bearer", "openid read", 300)
    assert claims_of(got["access_token"])["aud"] == API
    told = claims_of(got["id_token"])
    assert (told["nonce"], told["aud"], told["sub"]) == ("n-1", client.id, world.user.id)
    assert world.is_alive(got["access_token"])


@pytest.mark.parametrize(
    "state", ["x", "a b", "a+b", "ä€😀", "%41", "\"<>'&=?#/\\", "\r\nSet-Cookie: a=b", "\x00", " ", "a" * 2000]
)
def test_state_comes_back_as_it_was_sent(world: World, state: str) -> None:
    client = world.register()
    assert answer_of(world.sign_in().authorize(client, state=state))["state"] == state
    refused = answer_of(world.sign_in().authorize(client, state=state, scope="nothing"))
    assert (refused["state"], refused["iss"], refused["error"]) == (state, ISSUER, "invalid_scope")


def test_a_post_with_a_form_is_as_good_as_a_get(world: World) -> None:
    browser = world.sign_in()
    reply = browser.go("POST", "/oauth/authorize", fields=world.wishes(world.register()))
    assert "code" in answer_of(reply)


def test_parameters_that_nobody_knows_are_ignored(world: World) -> None:
    client = world.register()
    code = world.code(client, display="page", claims="{}", acr_values="9", login_hint="root@example.com")
    assert world.redeem(client, code, client_version="1").status_code == 200


def test_empty_parameters_are_as_good_as_none(world: World) -> None:
    assert "code" in answer_of(world.sign_in().authorize(world.register(), scope="", prompt="", resource=""))


@pytest.mark.parametrize(
    ("registered", "sent"),
    [
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb"),
        ("http://127.0.0.1:3000/cb", "http://127.0.0.1/cb"),
        ("http://[::1]:1/cb?a=b", "http://[::1]:65535/cb?a=b"),
        ("http://127.0.0.1", "http://127.0.0.1:8080"),
        ("com.example.app:/cb", "com.example.app:/cb"),
        ("https://app.example.test/cb?keep=1", "https://app.example.test/cb?keep=1"),
    ],
)
def test_the_address_is_the_registered_one_and_a_loopback_port_is_free(
    world: World, registered: str, sent: str
) -> None:
    client = world.register("client_secret_basic", redirect_uris=(registered,))
    reply = world.sign_in().authorize(client, redirect_uri=sent)
    assert reply.status_code == 303
    assert reply.headers["location"].startswith(sent + ("&" if "?" in sent else "?") + "code=")
    code = reply.headers["location"].partition("code=")[2].partition("&")[0]
    assert world.redeem(client, code, redirect_uri=sent).status_code == 200


def test_without_scope_the_default_is_given_and_nothing_more(world: World) -> None:
    client = world.register(default_scopes=("read",))
    assert world.granted(client, scope=None)["scope"] == "read"


def test_a_resource_that_the_client_may_have_is_the_audience(world: World) -> None:
    got = world.granted(world.register(), resource="https://other.example.test")
    assert claims_of(got["access_token"])["aud"] == "https://other.example.test"


def test_a_client_that_acts_for_itself_is_the_subject_and_has_nothing_to_refresh(world: World) -> None:
    client = world.register("client_secret_basic", grants=("client_credentials",), redirect_uris=())
    reply = world.token(client, {"grant_type": "client_credentials"})
    assert reply.status_code == 200, reply.text
    got = reply.json()
    assert set(got) == {"access_token", "token_type", "expires_in", "scope"}
    assert claims_of(got["access_token"])["sub"] == client.id
    assert got["scope"] == "read"


def test_a_client_without_the_refresh_grant_gets_no_refresh_token(world: World) -> None:
    assert "refresh_token" not in world.granted(world.register(grants=("authorization_code",)))


# signing in first


def test_who_is_not_signed_in_goes_there_and_comes_back_with_a_handle_alone(world: World) -> None:
    client = world.register()
    browser = world.stranger()
    handle = handle_of(browser.authorize(client), "/sign-in")
    assert browser.jar["__Host-browser"]
    signed_in = world.sign_in()
    browser.jar["__Host-session"] = signed_in.jar["__Host-session"]
    code = answer_of(browser.resume(handle))["code"]
    assert world.redeem(client, code).status_code == 200
    assert browser.resume(handle).status_code == 400  # it was answered


def test_a_session_that_owes_a_factor_does_not_count(world: World) -> None:
    handle_of(world.sign_in(pending=True).authorize(world.register()), "/sign-in")


@pytest.mark.parametrize("prompt", ["login", "select_account", "login consent"])
def test_who_has_to_sign_in_anew_goes_on_once_they_did(world: World, prompt: str) -> None:
    client = world.register()
    browser = world.sign_in()
    world.house.clock.now += 5
    reply = browser.authorize(client, prompt=prompt)
    assert "again=1" in reply.headers["location"]
    handle = handle_of(reply, "/sign-in")
    assert browser.resume(handle).headers["location"].startswith("/sign-in")  # nothing has happened yet
    world.house.clock.now += 5
    browser.jar["__Host-session"] = world.sign_in().jar["__Host-session"]
    onwards = browser.resume(handle)
    if "consent" in prompt:
        assert handle_of(onwards, "/consent") == handle
    else:
        assert "code" in answer_of(onwards)


def test_max_age_is_asked_of_the_latest_proof_of_presence(world: World) -> None:
    client = world.register()
    browser = world.sign_in()
    world.house.clock.now += 30
    assert "code" in answer_of(browser.authorize(client, max_age="60"))
    handle_of(browser.authorize(client, max_age="29"), "/sign-in")


# consent


def test_consent_is_asked_once_for_the_same_scopes(world: World) -> None:
    client = world.register("client_secret_basic", first_party=False)
    browser = world.sign_in()
    handle = handle_of(browser.authorize(client, scope="read"), "/consent")
    assert "code" in answer_of(browser.decide(handle, allow=True))
    assert world.agreed(client) == {"read"}
    assert "code" in answer_of(browser.authorize(client, scope="read"))
    more = handle_of(browser.authorize(client, scope="read write"), "/consent")
    assert "code" in answer_of(browser.decide(more, allow=True))
    assert "code" in answer_of(browser.authorize(client, scope="write"))
    handle_of(browser.authorize(client, scope="read", prompt="consent"), "/consent")


def test_who_does_not_agree_is_sent_back_with_that(world: World) -> None:
    client = world.register("client_secret_basic", first_party=False)
    browser = world.sign_in()
    handle = handle_of(browser.authorize(client), "/consent")
    answer = answer_of(browser.decide(handle, allow=False))
    assert (answer["error"], answer["state"], answer["iss"]) == ("access_denied", STATE, ISSUER)
    assert world.agreed(client) == frozenset()
    assert browser.decide(handle, allow=True).status_code == 400


def test_a_native_application_is_looked_at_each_time(world: World) -> None:
    """RFC 8252 section 8.6: any application can use its name and its address."""
    client = world.register(redirect_uris=("http://127.0.0.1/cb",), first_party=False)
    browser = world.sign_in()
    address = "http://127.0.0.1:5000/cb"
    for _ in range(2):
        handle = handle_of(browser.authorize(client, redirect_uri=address), "/consent")
        assert "code=" in browser.decide(handle, allow=True).headers["location"]


def test_a_consent_that_is_taken_back_takes_everything_back(world: World) -> None:
    client = world.register("client_secret_basic", first_party=False)
    browser = world.sign_in()
    handle = handle_of(browser.authorize(client, scope="read offline_access"), "/consent")
    got = world.redeem(client, answer_of(browser.decide(handle, allow=True))["code"]).json()
    [listed] = [each for each in browser.go("GET", "/me/consents").json()["consents"] if each["client_id"] == client.id]
    assert listed["name"] == "Notes"
    assert {each["scope"]: each["meaning"] for each in listed["scopes"]}["read"] == "Read your notes"
    gone = browser.go("DELETE", f"/me/consents/{client.id}", headers={"origin": ISSUER})
    assert gone.status_code == 204
    assert not world.is_alive(got["access_token"])
    assert world.refresh(client, got["refresh_token"]).json()["error"] == "invalid_grant"
    handle_of(browser.authorize(client, scope="read"), "/consent")
    assert browser.go("DELETE", f"/me/consents/{client.id}", headers={"origin": ISSUER}).status_code == 404


# pushed requests, keys


@pytest.mark.parametrize("method", ["none", "client_secret_basic", "private_key_jwt"])
def test_a_pushed_request_takes_the_place_of_all_that_the_browser_brings(world: World, method: str) -> None:
    client = world.register(method)
    pushed = world.push(client, scope="read", state="pushed-state")
    assert pushed.status_code == 201, pushed.text
    assert pushed.json()["expires_in"] == 60
    bent = [
        ("client_id", client.id),
        ("request_uri", pushed.json()["request_uri"]),
        ("scope", "write"),
        ("state", "other"),
    ]
    answer = answer_of(
        world.sign_in().ask([*bent, ("redirect_uri", "https://evil.example/"), ("response_type", "token")])
    )
    assert answer["state"] == "pushed-state"
    assert world.redeem(client, answer["code"]).json()["scope"] == "read"


def test_a_client_that_must_push_can(world: World) -> None:
    client = world.register(pushed_only=True)
    uri = world.push(client).json()["request_uri"]
    browser = world.stranger()
    handle = handle_of(browser.ask([("client_id", client.id), ("request_uri", uri)]), "/sign-in")
    browser.jar["__Host-session"] = world.sign_in().jar["__Host-session"]
    assert "code" in answer_of(browser.resume(handle))


@pytest.mark.parametrize("kind", ["ES256", "EdDSA", "RS256"])
def test_tokens_are_bound_to_the_key_that_was_shown(world: World, kind: str) -> None:
    client, key = world.register(), Key(kind)
    code = world.code(client, dpop_jkt=key.jkt)
    got = world.redeem(client, code, {"dpop": key.proof(world)}).json()
    assert got["token_type"] == "DPoP"
    assert claims_of(got["access_token"])["cnf"] == {"jkt": key.jkt}
    again = world.refresh(client, got["refresh_token"], {"dpop": key.proof(world)}).json()
    assert claims_of(again["access_token"])["cnf"] == {"jkt": key.jkt}


def test_a_confidential_client_may_turn_to_another_key(world: World) -> None:
    """RFC 9449 section 5: its refresh tokens are bound to it already."""
    client, one, other = world.register("client_secret_basic"), Key(), Key()
    got = world.redeem(client, world.code(client), {"dpop": one.proof(world)}).json()
    again = world.refresh(client, got["refresh_token"], {"dpop": other.proof(world)}).json()
    assert claims_of(again["access_token"])["cnf"] == {"jkt": other.jkt}


# refreshing


def test_each_refresh_gives_another_token_and_may_narrow_the_scopes(world: World) -> None:
    client = world.register()
    got = world.granted(client, scope="openid read write offline_access")
    narrow = world.refresh(client, got["refresh_token"], scope="read").json()
    assert narrow["scope"] == "read"
    assert narrow["refresh_token"] != got["refresh_token"]
    wide = world.refresh(client, narrow["refresh_token"]).json()
    assert wide["scope"] == "openid read write offline_access"
    assert "nonce" not in claims_of(wide["id_token"])


def test_a_second_try_within_the_grace_is_told_the_same(world: World) -> None:
    client = world.register()
    got = world.granted(client)
    first = world.refresh(client, got["refresh_token"]).json()
    world.house.clock.now += 9.9
    assert world.refresh(client, got["refresh_token"]).json() == first
    assert world.refresh(client, first["refresh_token"]).status_code == 200


def test_offline_access_outlives_the_session_and_nothing_else_does(world: World) -> None:
    client, browser = world.register(), world.sign_in()
    kept = world.redeem(client, world.code(client, browser, scope="read offline_access")).json()
    other = world.redeem(client, world.code(client, browser, scope="read")).json()
    world.house.clock.now += 13 * 3600  # the session's twelve hours are over
    assert world.refresh(client, kept["refresh_token"]).status_code == 200
    assert world.refresh(client, other["refresh_token"]).json()["error"] == "invalid_grant"
