"""What a client may not ask for is refused where it can learn of it: at its proven address, with state and issuer."""

from __future__ import annotations

import pytest

from identity.house import ISSUER
from identity.oauth.parties import API, STATE, VERIFIER, World, answer_of, challenge_of

S256 = challenge_of(VERIFIER)
REFUSED = [
    # tokens through the browser, and flows that do not exist
    ("unsupported_response_type", {"response_type": "token"}),
    ("unsupported_response_type", {"response_type": "id_token"}),
    ("unsupported_response_type", {"response_type": "id_token token"}),
    ("unsupported_response_type", {"response_type": "code token"}),
    ("unsupported_response_type", {"response_type": "code id_token"}),
    ("unsupported_response_type", {"response_type": "code code"}),
    ("unsupported_response_type", {"response_type": "CODE"}),
    ("unsupported_response_type", {"response_type": "none"}),
    ("unsupported_response_type", {"response_type": " code"}),
    ("invalid_request", {"response_type": None}),
    ("invalid_request", {"response_type": ""}),
    ("invalid_request", {"response_mode": "fragment"}),
    ("invalid_request", {"response_mode": "form_post"}),
    ("invalid_request", {"response_mode": "web_message"}),
    # state
    ("invalid_request", {"state": None}),
    ("invalid_request", {"state": ""}),
    # PKCE
    ("invalid_request", {"code_challenge": None}),
    ("invalid_request", {"code_challenge": ""}),
    ("invalid_request", {"code_challenge": None, "code_challenge_method": None}),
    ("invalid_request", {"code_challenge_method": None}),
    ("invalid_request", {"code_challenge_method": ""}),
    ("invalid_request", {"code_challenge_method": "plain"}),
    ("invalid_request", {"code_challenge_method": "plain", "code_challenge": VERIFIER}),
    ("invalid_request", {"code_challenge_method": "s256"}),
    ("invalid_request", {"code_challenge_method": "S512"}),
    ("invalid_request", {"code_challenge_method": "S256 plain"}),
    ("invalid_request", {"code_challenge": S256[:-1]}),
    ("invalid_request", {"code_challenge": S256 + "="}),
    ("invalid_request", {"code_challenge": S256 + "A"}),
    ("invalid_request", {"code_challenge": S256[:-1] + "_"}),
    ("invalid_request", {"code_challenge": "+" + S256[1:]}),
    ("invalid_request", {"code_challenge": "é" * 43}),
    # scopes
    ("invalid_scope", {"scope": "admin"}),
    ("invalid_scope", {"scope": "read admin"}),
    ("invalid_scope", {"scope": "READ"}),
    ("invalid_scope", {"scope": "read\twrite"}),
    ("invalid_scope", {"scope": "read,write"}),
    ("invalid_scope", {"scope": "read\nwrite"}),
    ("invalid_scope", {"scope": '"read"'}),
    ("invalid_scope", {"scope": "*"}),
    ("invalid_scope", {"scope": "readé"}),
    # resources
    ("invalid_target", {"resource": "https://evil.example"}),
    ("invalid_target", {"resource": API + "/"}),
    ("invalid_target", {"resource": API + "#x"}),
    ("invalid_target", {"resource": API.upper()}),
    ("invalid_target", {"resource": "api"}),
    # second ways to say things
    ("request_not_supported", {"request": "eyJhbGciOiJub25lIn0.e30."}),
    ("request_not_supported", {"request": "x"}),
    # OpenID Connect
    ("invalid_request", {"prompt": "none login"}),
    ("invalid_request", {"prompt": "none consent"}),
    ("invalid_request", {"prompt": "create"}),
    ("invalid_request", {"prompt": "NONE"}),
    ("invalid_request", {"max_age": "-1"}),
    ("invalid_request", {"max_age": "1.5"}),
    ("invalid_request", {"max_age": "soon"}),
    ("invalid_request", {"max_age": "9" * 400}),
    ("invalid_request", {"max_age": "٣"}),
    ("invalid_request", {"dpop_jkt": "x"}),
]


@pytest.mark.parametrize(("code", "bent"), REFUSED)
@pytest.mark.parametrize("method", ["none", "client_secret_basic"])
def test_a_wish_that_is_refused_is_told_to_the_client(
    world: World, method: str, code: str, bent: dict[str, str | None]
) -> None:
    answer = answer_of(world.sign_in().authorize(world.register(method), **bent))
    assert (answer["error"], answer["iss"]) == (code, ISSUER)
    assert answer.get("state") == (None if "state" in bent else STATE)
    assert "code" not in answer


@pytest.mark.parametrize(("code", "bent"), REFUSED)
def test_a_pushed_wish_is_refused_alike(world: World, code: str, bent: dict[str, str | None]) -> None:
    reply = world.push(world.register("client_secret_basic"), None, **bent)
    assert (reply.status_code, reply.json()["error"]) == (400, code)


def test_without_a_default_a_scope_has_to_be_asked_for(world: World) -> None:
    client = world.register(default_scopes=())
    assert answer_of(world.sign_in().authorize(client, scope=None))["error"] == "invalid_scope"


def test_a_client_asks_for_no_scope_of_another(world: World) -> None:
    client = world.register(scopes=("read",))
    assert answer_of(world.sign_in().authorize(client, scope="write"))["error"] == "invalid_scope"


def test_a_client_that_is_not_registered_for_codes_gets_none(world: World) -> None:
    client = world.register("client_secret_basic", grants=("client_credentials",))
    assert answer_of(world.sign_in().authorize(client))["error"] == "unauthorized_client"


# with prompt=none


def test_nobody_is_signed_in_and_nobody_may_be_asked(world: World) -> None:
    client = world.register()
    for browser in (world.stranger(), world.sign_in(pending=True)):
        answer = answer_of(browser.authorize(client, prompt="none"))
        assert (answer["error"], answer["state"], answer["iss"]) == ("login_required", STATE, ISSUER)


def test_somebody_is_signed_in_for_too_long_and_may_not_be_asked(world: World) -> None:
    browser = world.sign_in()
    world.house.clock.now += 100
    answer = answer_of(browser.authorize(world.register(), prompt="none", max_age="99"))
    assert answer["error"] == "login_required"


def test_somebody_has_not_agreed_and_may_not_be_asked(world: World) -> None:
    answer = answer_of(world.sign_in().authorize(world.register(first_party=False), prompt="none"))
    assert answer["error"] == "consent_required"


# the token endpoint


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("invalid_request", {}),
        ("invalid_request", {"grant_type": ""}),
        ("unsupported_grant_type", {"grant_type": "password", "username": "ann@example.com", "password": "x"}),
        ("unsupported_grant_type", {"grant_type": "implicit"}),
        ("unsupported_grant_type", {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "x"}),
        ("unsupported_grant_type", {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange"}),
        ("unsupported_grant_type", {"grant_type": "AUTHORIZATION_CODE"}),
        ("unauthorized_client", {"grant_type": "client_credentials"}),
        ("unauthorized_client", {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": "x"}),
        ("invalid_request", {"grant_type": "authorization_code"}),
        ("invalid_request", {"grant_type": "authorization_code", "code": "x", "redirect_uri": "https://x.example"}),
        ("invalid_request", {"grant_type": "authorization_code", "code": "x", "code_verifier": VERIFIER}),
        ("invalid_request", {"grant_type": "refresh_token"}),
        ("invalid_grant", {"grant_type": "refresh_token", "refresh_token": "x"}),
        ("invalid_grant", {"grant_type": "refresh_token", "refresh_token": "é\x00" * 500}),
    ],
)
def test_a_grant_that_is_none_is_refused(world: World, code: str, fields: dict[str, str]) -> None:
    reply = world.token(world.register("client_secret_basic"), fields)
    assert (reply.status_code, reply.json()["error"]) == (400, code)
    assert reply.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("scope", ["openid", "read offline_access", "admin", "profile", "read email"])
def test_a_client_has_no_scopes_of_people_for_itself(world: World, scope: str) -> None:
    client = world.register("client_secret_basic", grants=("client_credentials",))
    reply = world.token(client, {"grant_type": "client_credentials", "scope": scope})
    assert reply.json()["error"] == "invalid_scope"


def test_default_scopes_of_people_are_not_given_to_a_client_for_itself(world: World) -> None:
    client = world.register("client_secret_basic", grants=("client_credentials",), default_scopes=("openid",))
    assert world.token(client, {"grant_type": "client_credentials"}).json()["error"] == "invalid_scope"


def test_a_public_client_has_no_token_for_itself(world: World) -> None:
    client = world.register(grants=("client_credentials",))
    assert world.token(client, {"grant_type": "client_credentials"}).json()["error"] == "unauthorized_client"


def test_a_client_has_no_token_for_a_foreign_resource(world: World) -> None:
    client = world.register("client_secret_basic", grants=("client_credentials",))
    reply = world.token(client, {"grant_type": "client_credentials", "resource": "https://evil.example"})
    assert reply.json()["error"] == "invalid_target"


@pytest.mark.parametrize("name", ["grant_type", "code", "redirect_uri", "code_verifier", "client_id", "scope", "x"])
def test_a_field_that_is_there_twice_is_refused(world: World, name: str) -> None:
    client = world.register()
    fields = {**world.redemption(world.code(client)), "client_id": client.id, "scope": "read", "x": "y"}
    pairs = [(key, str(value)) for key, value in fields.items()]
    reply = world.post("/oauth/token", [*pairs, (name, dict(pairs)[name])])
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_request")
    assert world.post("/oauth/token", pairs).status_code == 200


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/par"])
def test_what_is_in_the_query_is_not_taken(world: World, path: str) -> None:
    client = world.register()
    fields = {**world.redemption(world.code(client)), **world.wishes(client)}
    pairs = [(key, str(value)) for key, value in fields.items()]
    reply = world.post(f"{path}?client_id={client.id}", pairs)
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data; boundary=x", ""])
def test_only_a_form_is_a_form(world: World, kind: str) -> None:
    client = world.register()
    fields = {**world.redemption(world.code(client)), "client_id": client.id}
    reply = world.post("/oauth/token", {k: str(v) for k, v in fields.items()}, headers={"content-type": kind})
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/par"])
def test_only_a_post_is_served(world: World, path: str, method: str) -> None:
    assert world.run(world.send(method, path)).status_code == 405


def test_a_body_without_end_is_not_read(world: World) -> None:
    reply = world.post("/oauth/token", {"grant_type": "x" * 70_000})
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_request")
