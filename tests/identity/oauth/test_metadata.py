"""Every value that metadata advertises is tried; what is not advertised is refused."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from identity.house import House
from identity.oauth.doors import BACK, DEVICE, SCOPES, Doors, ProofKey, Registered, header, payload
from ostiary.parts.tokens.jws import key_of_jwk

PLACES = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
KEYS: dict[str, Callable[[], Any]] = {
    "ES256": lambda: ECKey.generate_key("P-256"),
    "EdDSA": lambda: OKPKey.generate_key("Ed25519"),
    "Ed25519": lambda: OKPKey.generate_key("Ed25519"),
    "PS256": lambda: RSAKey.generate_key(2048),
    "RS256": lambda: RSAKey.generate_key(2048),
}
TRIED = {  # by the tests below; what is advertised beyond them is not shown to work
    "issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint",
    "pushed_authorization_request_endpoint", "device_authorization_endpoint", "revocation_endpoint", "introspection_endpoint",
    "end_session_endpoint", "registration_endpoint", "scopes_supported", "response_types_supported", "response_modes_supported",
    "grant_types_supported", "code_challenge_methods_supported", "authorization_response_iss_parameter_supported",
    "require_pushed_authorization_requests", "request_parameter_supported", "request_uri_parameter_supported",
    "claims_parameter_supported", "subject_types_supported", "id_token_signing_alg_values_supported",
    "dpop_signing_alg_values_supported", "acr_values_supported", "prompt_values_supported", "claim_types_supported",
    "claims_supported", "tls_client_certificate_bound_access_tokens",
    "token_endpoint_auth_methods_supported", "token_endpoint_auth_signing_alg_values_supported",
    "revocation_endpoint_auth_methods_supported", "revocation_endpoint_auth_signing_alg_values_supported",
    "introspection_endpoint_auth_methods_supported", "introspection_endpoint_auth_signing_alg_values_supported",
}  # fmt: skip


def said(doors: Doors) -> dict[str, Any]:
    found: dict[str, Any] = doors.get(PLACES[0]).json()
    return found


def path(doors: Doors, name: str) -> str:
    return urlsplit(str(said(doors)[name])).path


def signed(alg: str, key: Any, head: dict[str, Any], claims: dict[str, Any]) -> str:
    import warnings  # noqa: PLC0415

    with warnings.catch_warnings(action="ignore"):  # joserfc warns of the older of two names
        return str(jws.serialize_compact({"alg": alg, **head}, json.dumps(claims).encode(), key, algorithms=[alg]))


@pytest.mark.parametrize("place", PLACES)
def test_metadata_is_public_cacheable_and_of_this_issuer(doors: Doors, place: str) -> None:
    reply = doors.get(place)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["cache-control"] == "public, max-age=300"
    assert reply.headers["access-control-allow-origin"] == "*"
    assert reply.json() == said(doors)
    assert reply.json()["issuer"] == doors.house.services.issuer
    assert "set-cookie" not in reply.headers


def test_nothing_is_advertised_that_no_test_tries(make_house: Callable[..., House]) -> None:
    found = said(Doors(make_house(dynamic_registration=True)))
    assert set(found) == TRIED


def test_every_endpoint_is_there(make_house: Callable[..., House]) -> None:
    doors = Doors(make_house(dynamic_registration=True, scopes=SCOPES))
    endpoints = {name: each for name, each in said(doors).items() if name.endswith("_endpoint") or name == "jwks_uri"}
    for each in endpoints.values():
        assert each.startswith(doors.house.services.issuer + "/oauth/")
        got = doors.get(urlsplit(each).path).status_code
        assert got != 404, each


def test_registration_is_advertised_where_it_is_on(doors: Doors) -> None:
    assert "registration_endpoint" not in said(doors)
    assert (
        doors.send("POST", "/oauth/register", headers={"content-type": "application/json"}, body=b"{}").status_code
        == 404
    )


def test_the_key_set_is_public_cacheable_and_public_alone(doors: Doors) -> None:
    reply = doors.get(path(doors, "jwks_uri"))
    assert reply.headers["cache-control"] == "public, max-age=300"
    for key in reply.json()["keys"]:
        assert not {"d", "p", "q", "k"} & key.keys()
        assert key_of_jwk(key) is not None


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
def test_id_tokens_are_signed_as_advertised(make_house: Callable[..., House], algorithm: str) -> None:
    doors = Doors(make_house(algorithm=algorithm))
    token = doors.tokens(doors.client(), doors.browser())["id_token"]
    assert said(doors)["id_token_signing_alg_values_supported"] == [algorithm]
    assert header(token)["alg"] == algorithm
    kids = [key["kid"] for key in doors.get(path(doors, "jwks_uri")).json()["keys"]]
    assert header(token)["kid"] in kids


def test_every_claim_is_seen(doors: Doors, house: House) -> None:
    from identity.oauth.test_userinfo import ALL, told  # noqa: PLC0415

    browser = doors.browser()
    told(house)
    given = doors.tokens(doors.client(scopes=ALL), browser)
    info = doors.get("/oauth/userinfo", authorization=f"Bearer {given['access_token']}").json()
    assert set(said(doors)["claims_supported"]) == payload(given["id_token"]).keys() | info.keys()
    assert said(doors)["subject_types_supported"] == ["public"]
    other = doors.tokens(doors.client(), browser)
    assert payload(other["id_token"])["sub"] == info["sub"], "public: the same for every client"


def test_every_scope_can_be_had_and_no_other(doors: Doors) -> None:
    scopes = said(doors)["scopes_supported"]
    assert {"openid", "orders.read", "orders.write"} < set(scopes)
    given = doors.tokens(doors.client(scopes=tuple(scopes)), doors.browser())
    assert given["scope"].split() == scopes


def test_every_grant_works(doors: Doors) -> None:
    from identity.oauth.test_devices import allow, ask  # noqa: PLC0415

    tried = {"authorization_code", "refresh_token"}
    client = doors.client(grants=("authorization_code", "refresh_token"))
    given = doors.tokens(client, doors.browser())
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    assert doors.post("/oauth/token", form, client=client).status_code == 200
    own = doors.client(grants=("client_credentials",), scopes=("orders.read",))
    assert doors.tokens(own)["token_type"] == "Bearer"
    tried.add("client_credentials")
    device = doors.client(grants=(DEVICE,), method="none")
    asked = ask(doors, device)
    allow(doors, doors.browser(), asked["user_code"])
    form = {"grant_type": DEVICE, "device_code": asked["device_code"]}
    assert doors.post("/oauth/token", form, client=device).status_code == 200
    tried.add(DEVICE)
    assert set(said(doors)["grant_types_supported"]) == tried
    for other in ("password", "implicit", "urn:ietf:params:oauth:grant-type:token-exchange", ""):
        reply = doors.post("/oauth/token", {"grant_type": other, "username": "x", "password": "x"}, client=client)
        assert reply.status_code == 400


def authorize_error(doors: Doors, client: Registered, **changes: str) -> str:
    asked = {
        "response_type": "code", "client_id": client.id, "redirect_uri": BACK, "state": "st", "scope": "openid",
        "code_challenge": "x" * 42 + "E", "code_challenge_method": "S256",
    } | changes  # fmt: skip
    reply = doors.get(f"/oauth/authorize?{urlencode(asked)}", browser=doors.browser())
    back = parse_qs(urlsplit(reply.headers.get("location", "")).query)
    return back.get("error", [""])[0] if "location" in reply.headers else str(reply.status_code)


def test_response_types_modes_and_challenges_are_those_alone(doors: Doors) -> None:
    found, client = said(doors), doors.client()
    assert found["response_types_supported"] == ["code"]
    assert found["response_modes_supported"] == ["query"]
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert authorize_error(doors, client, response_mode="query") == ""
    for changes in (
        {"response_type": "token"}, {"response_type": "code id_token"}, {"response_mode": "fragment"},
        {"response_mode": "form_post"}, {"code_challenge_method": "plain"},
    ):  # fmt: skip
        assert authorize_error(doors, client, **changes), changes


def test_request_objects_are_not_taken_as_said(doors: Doors) -> None:
    found, client = said(doors), doors.client()
    assert found["request_parameter_supported"] is False
    assert found["request_uri_parameter_supported"] is False
    assert found["claims_parameter_supported"] is False
    assert authorize_error(doors, client, request="a.b.c")
    assert authorize_error(doors, client, request_uri="https://shop.example.test/request")


def test_iss_comes_back_as_said(doors: Doors) -> None:
    back, _ = doors.authorize(doors.client(), doors.browser())
    assert said(doors)["authorization_response_iss_parameter_supported"] is True
    assert back["iss"] == doors.house.services.issuer


def test_requests_may_be_pushed_and_need_not(doors: Doors) -> None:
    client = doors.client()
    asked = {
        "response_type": "code", "client_id": client.id, "redirect_uri": BACK, "state": "st", "scope": "openid",
        "code_challenge": "x" * 42 + "E", "code_challenge_method": "S256",
    }  # fmt: skip
    pushed = doors.post(path(doors, "pushed_authorization_request_endpoint"), asked, client=client).json()[
        "request_uri"
    ]
    query = urlencode({"client_id": client.id, "request_uri": pushed})
    reply = doors.get(f"/oauth/authorize?{query}", browser=doors.browser())
    assert "code=" in reply.headers["location"]
    assert said(doors)["require_pushed_authorization_requests"] is False


@pytest.mark.parametrize("prompt", ["none", "login", "consent", "select_account", "create", "none login"])
def test_prompts_are_those_that_are_said(doors: Doors, prompt: str) -> None:
    client = doors.client()
    asked = {
        "response_type": "code", "client_id": client.id, "redirect_uri": BACK, "state": "st", "scope": "openid",
        "code_challenge": "x" * 42 + "E", "code_challenge_method": "S256", "prompt": prompt,
    }  # fmt: skip
    location = doors.get(f"/oauth/authorize?{urlencode(asked)}", browser=doors.browser()).headers["location"]
    if prompt in said(doors)["prompt_values_supported"]:
        assert "error=" not in location
        assert ("code=" in location) == (prompt == "none"), "the others ask somebody first"
    else:
        assert "error=invalid_request" in location


@pytest.mark.parametrize("factors", [("pwd",), ("hwk",)])
def test_acr_is_one_that_is_said(doors: Doors, factors: tuple[str, ...]) -> None:
    token = doors.tokens(doors.client(), doors.browser(factors=factors))["id_token"]
    assert payload(token)["acr"] in said(doors)["acr_values_supported"]
    assert said(doors)["acr_values_supported"] == ["aal1", "aal2"]


@pytest.mark.parametrize("endpoint", ["token", "revocation", "introspection"])
def test_every_client_authentication_works(doors: Doors, house: House, endpoint: str) -> None:
    found = said(doors)
    methods = found[f"{endpoint}_endpoint_auth_methods_supported"]
    assert set(methods) == {"private_key_jwt", "client_secret_basic", "client_secret_post"} | (
        {"none"} if endpoint != "introspection" else set()
    )
    place = path(doors, f"{endpoint}_endpoint")
    for method in methods:
        algorithms = (
            found[f"{endpoint}_endpoint_auth_signing_alg_values_supported"] if method == "private_key_jwt" else [""]
        )
        for alg in algorithms:
            key = KEYS[alg]() if alg else None
            said_of_it = {"kid": "k"} | (
                {"alg": alg} if alg != "RS256" else {}
            )  # an RSA key that says nothing is RS256
            keys = {"jwks": (key.as_dict(private=False) | said_of_it,)} if key is not None else {}
            grants = ("authorization_code", "refresh_token")
            client = doors.client(method=method, grants=grants, **keys)
            form: dict[str, str] = {"token": "x", "grant_type": "refresh_token", "refresh_token": "x"}
            if key is not None:
                now = int(house.clock.now)
                assertion = signed(alg, key, {"kid": "k", "typ": "JWT"}, {
                    "iss": client.id, "sub": client.id, "aud": house.services.issuer, "iat": now, "exp": now + 60,
                    "jti": secrets.token_hex(8),
                })  # fmt: skip
                form |= {
                    "client_assertion": assertion,
                    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                }
            reply = doors.post(place, form, client=client)
            assert reply.status_code == (400 if endpoint == "token" else 200), (method, alg, reply.text)
            if endpoint == "token":
                assert reply.json()["error"] == "invalid_grant", "the client is known; its token is not"
            if method != "none":
                client.secret = "wrong"
                form = {"token": "x", "grant_type": "refresh_token", "refresh_token": "x", "client_assertion": "a.b.c"}
                form |= (
                    {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"} if key else {}
                )
                form = form if key else {name: form[name] for name in form if name != "client_assertion"}
                assert doors.post(place, form, client=client).status_code == 401


def test_proofs_may_be_signed_as_said_and_not_otherwise(doors: Doors, house: House) -> None:
    algorithms = said(doors)["dpop_signing_alg_values_supported"]
    client = doors.client(grants=("client_credentials",), scopes=("orders.read",))
    form = {"grant_type": "client_credentials", "scope": "orders.read"}
    for alg in [*algorithms, "HS256"]:
        key = KEYS[alg]() if alg in KEYS else ECKey.generate_key("P-256")
        public = key.as_dict(private=False)
        claims = {
            "jti": secrets.token_hex(8), "htm": "POST", "htu": f"{house.services.issuer}/oauth/token", "iat": house.clock.now
        }  # fmt: skip
        if alg in KEYS:
            proof = signed(alg, key, {"typ": "dpop+jwt", "jwk": public}, claims)
        else:
            proof = ProofKey(key).proof(house, "POST", "/oauth/token").replace("ES256", alg)
            proof = proof.split(".")[0][:-4] + "AAAA." + proof.split(".", 1)[1]
        reply = doors.post("/oauth/token", form, client=client, headers={"dpop": proof})
        assert reply.status_code == (200 if alg in algorithms else 400), (alg, reply.text)


def test_certificates_bind_nothing_as_said(doors: Doors) -> None:
    assert said(doors)["tls_client_certificate_bound_access_tokens"] is False
    assert said(doors)["claim_types_supported"] == ["normal"]
