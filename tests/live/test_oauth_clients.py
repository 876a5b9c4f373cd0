"""Clients that nobody here wrote drive every flow of the OAuth 2.1 and OpenID Connect server, as they would any other's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from live import identity_server
from live.identity_server import (
    API,
    CALLBACK,
    GOODBYE,
    PERSON,
    QUERIED,
    SCOPES,
    Person,
    Server,
    drive,
    identity,
    node,
    python,
)
from live.real_servers import VENVS

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("oauth clients")]

METHODS = ("basic", "post", "key")  # of clients that authenticate
Flow = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with identity(tmp_path_factory.mktemp("identity")) as running:
        yield running


@pytest.fixture(scope="module")
def shelf(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with identity_server.guarded_api(server, tmp_path_factory.mktemp("shelf")) as url:
        yield url


@pytest.fixture
def person(server: Server) -> Iterator[Person]:
    """Somebody with a browser in which nobody is signed in."""
    made = Person(server)
    yield made
    made.close()


def wanted(name: str) -> None:
    if not identity_server.installed(name):
        pytest.skip(f"NOT TESTED: the OAuth clients of {VENVS / name} are not installed (make live)")


@pytest.fixture
def openid(server: Server, person: Person, tmp_path: Path) -> Flow:
    """Runs a flow of openid-client: its name, and the client's."""
    wanted("openid")
    return lambda flow, client="basic", **more: drive(
        node("openid_use.mjs", flow, tmp_path), server, client, person, **more
    )


@pytest.fixture
def webapi(server: Server, person: Person, tmp_path: Path) -> Flow:
    """Runs a flow of oauth4webapi."""
    wanted("openid")
    return lambda flow, client="basic", **more: drive(
        node("oauth4webapi_use.mjs", flow, tmp_path), server, client, person, **more
    )


@pytest.fixture
def of_python(server: Server, person: Person) -> Flow:
    """Runs a flow of authlib or requests-oauthlib."""
    wanted("oauth")
    return lambda flow, client="basic", **more: drive(python("oauth_use.py", flow), server, client, person, **more)


def query_of(seen: dict[str, Any], back: str = CALLBACK) -> dict[str, str]:
    """What the browser was sent back to a client's address with."""
    base, _, query = str(seen["location"]).partition("?")
    assert base == back
    found = parse_qs(query, keep_blank_values=True, strict_parsing=True)
    assert all(len(each) == 1 for each in found.values())
    return {name: each[0] for name, each in found.items()}


def is_about_ann(claims: dict[str, Any], server: Server, client: str) -> None:
    """An ID token for this client, about the person, with nothing personal in it."""
    assert (claims["iss"], claims["aud"]) == (server.url, server.clients[client]["client_id"])
    assert (claims["amr"], claims["acr"]) == (["pwd"], "aal1")
    assert 0 < claims["exp"] - claims["iat"] <= 300
    assert not {"email", "name"} & set(claims)


# openid-client


def test_it_finds_everything_by_discovery(openid: Flow, server: Server) -> None:
    seen = openid("discovery")
    assert seen["oidc"] == seen["oauth"]
    assert seen["oidc"]["issuer"] == server.url
    assert seen["pkce"]
    endpoints = {name: url for name, url in seen["oidc"].items() if name.endswith(("_endpoint", "_uri"))}
    assert len(endpoints) == 10
    assert all(url.startswith(f"{server.url}/oauth/") for url in endpoints.values())


@pytest.mark.parametrize("client", [*METHODS, "none", "opaque"])
def test_a_grant_lives_and_dies(openid: Flow, server: Server, client: str) -> None:
    seen = openid("code", client)
    is_about_ann(seen["claims"], server, client)
    assert set(query_of(seen)) == {"code", "state", "iss"} if client != "none" else seen["location"]
    assert seen["person"] == {"sub": seen["claims"]["sub"], "name": "Ann", "email": PERSON[0], "email_verified": True}
    assert (seen["type"], seen["rotated"]) == ("bearer", 3)
    assert 0 < seen["expires"] <= 300
    assert seen["narrowed"] == "openid books:read"
    assert seen["again"]["sub"] == seen["claims"]["sub"]
    assert seen["again"]["auth_time"] == seen["claims"]["auth_time"]
    if client != "none":
        assert (seen["active"]["active"], seen["active"]["aud"], seen["active"]["scope"]) == (
            True,
            API,
            seen["narrowed"],
        )
        assert seen["dead"] == {"active": False}
    assert (seen["refused"]["status"], seen["refused"]["error"]) == (400, "invalid_grant")
    assert seen["forgotten"]["status"] == 401
    assert seen["forgotten"]["challenges"][0]["parameters"]["error"] == "invalid_token"


def test_requests_are_pushed(openid: Flow, server: Server) -> None:
    seen = openid("pushed", "pushed")
    is_about_ann(seen["claims"], server, "pushed")
    assert seen["asked"] == ["client_id", "request_uri"]


@pytest.mark.parametrize("flow", ["dpop", "dpopPushed"])
def test_tokens_are_bound_to_a_key(openid: Flow, server: Server, flow: str) -> None:
    seen = openid(flow, "bound")
    is_about_ann(seen["claims"], server, "bound")
    assert seen["type"] == "dpop"
    assert seen["person"]["email"] == PERSON[0]
    assert seen["refused"]["error"] == "invalid_grant"


def test_a_confidential_client_may_bind_its_tokens_too(openid: Flow) -> None:
    seen = openid("dpop", "key")
    assert (seen["type"], seen["active"]["token_type"]) == ("dpop", "DPoP")
    assert set(seen["active"]["cnf"]) == {"jkt"}


def test_an_application_listens_on_whatever_port_is_free(openid: Flow) -> None:
    assert openid("loopback", "none")["location"].startswith("http://127.0.0.1:49152/callback?")


def test_somebody_signs_in_anew_and_then_not_at_all(openid: Flow, person: Person) -> None:
    seen = openid("recent")
    assert (
        seen["again"]["auth_time"]
        > seen["first"]["auth_time"]
        == seen["silent"]["auth_time"] - (seen["again"]["auth_time"] - seen["first"]["auth_time"])
    )
    assert person.pages.count("/sign-in") == 2
    assert len({each["sid"] for each in (seen["first"], seen["again"])}) == 2, "a new session each time"


@pytest.mark.parametrize("client", METHODS)
def test_clients_act_for_themselves(openid: Flow, server: Server, client: str) -> None:
    seen = openid("credentials", client)
    assert seen["names"] == ["access_token", "expires_in", "scope", "token_type"]
    assert seen["scope"] == "books:read"
    name = server.clients[client]["client_id"]
    assert (seen["active"]["sub"], seen["active"]["client_id"], seen["active"]["aud"]) == (name, name, API)
    assert seen["dead"] == {"active": False}
    assert (seen["people"]["error"], seen["foreign"]["error"]) == ("invalid_scope", "invalid_target")


def test_who_proves_nothing_gets_nothing_for_themselves(openid: Flow) -> None:
    seen = openid("public", "none")
    assert seen["credentials"]["error"] == "unauthorized_client"
    assert seen["introspection"]["status"] == 401


@pytest.mark.parametrize("client", METHODS)
def test_impostors_are_told_how_clients_authenticate(openid: Flow, client: str) -> None:
    seen = openid("impostor", client)
    assert (seen["status"], seen["challenges"][0]["scheme"]) == (401, "basic")


def test_a_device_is_let_in(openid: Flow, server: Server, person: Person) -> None:
    seen = openid("device", "none")
    is_about_ann(seen["claims"], server, "none")
    assert (seen["shown"]["status"], seen["shown"]["page"]) == (200, "/device/answer")
    assert seen["scope"] == "openid offline_access"
    assert seen["person"] == {"sub": seen["claims"]["sub"]}
    assert seen["rotated"]
    assert person.pages == ["/sign-in", "/device", "/device", "/device/answer"]


def test_a_device_is_not_let_in(openid: Flow) -> None:
    assert openid("deviceDenied", "none")["error"] == "access_denied"


def test_an_application_signs_somebody_out(openid: Flow, person: Person) -> None:
    seen = openid("logout")
    assert query_of(seen["gone"], GOODBYE) == {"state": "a b&c"}
    assert seen["foreign"]["status"] == 400
    assert query_of(seen["after"])["error"] == "login_required"
    assert seen["refreshed"]["error"] == "invalid_grant"
    assert seen["person"]["status"] == 401
    assert (seen["asked"]["status"], seen["asked"]["page"]) == (200, "/oauth/logout/confirmed")
    assert not person.signed_in


def test_somebody_does_not_agree(openid: Flow, person: Person) -> None:
    seen = openid("denied")
    assert query_of(seen)["error"] == seen["refused"]["error"] == "access_denied"
    assert person.signed_in


def test_wrong_wishes_go_back_to_the_client_and_wrong_addresses_nowhere(openid: Flow, server: Server) -> None:
    seen = openid("wrong")
    for name in ("redirect", "longer"):
        assert seen[name]["status"] == 400
        assert seen[name]["text"].startswith("<!doctype html>"), "people read it"
        assert "evil.example" not in seen[name]["text"]
    errors = {
        "scope": "invalid_scope", "response": "unsupported_response_type", "resource": "invalid_target",
        "plain": "invalid_request", "silent": "login_required", "mode": "invalid_request", "object": "request_not_supported",
    }  # fmt: skip
    for name, error in errors.items():
        told = query_of(seen[name])
        assert (told["error"], told["iss"]) == (error, server.url), name
        assert seen[name]["error"] == error, "the library believed it"
    assert seen["pushed"]["error"] == "invalid_request"


def test_what_the_server_does_not_know_is_nothing_to_it(openid: Flow, server: Server) -> None:
    seen = openid("odd")
    is_about_ann(seen["claims"], server, "basic")
    assert query_of(seen)["state"] == ' a+b%20&state=x"<é>~/?#'


def test_answers_of_others_are_told_apart(openid: Flow) -> None:
    seen = openid("mixed")
    for name in ("issuer", "none", "state"):
        assert seen[name]["code"] == "OAUTH_INVALID_RESPONSE", name
    assert seen["nonce"]["code"] == "OAUTH_JWT_CLAIM_COMPARISON_FAILED"
    assert seen["replayed"]["error"] == "invalid_grant"


def test_a_code_takes_its_verifier_at_the_first_try(openid: Flow) -> None:
    seen = openid("verifier", "none")
    assert (seen["wrong"]["error"], seen["right"]["error"]) == ("invalid_grant", "invalid_grant")


def test_a_program_registers_itself(openid: Flow, server: Server) -> None:
    seen = openid("registered", redirect_uri="https://new.example/callback")
    assert seen["metadata"]["scope"] == seen["scope"] == "openid email"
    assert (seen["claims"]["iss"], seen["claims"]["aud"]) == (server.url, seen["metadata"]["client_id"])
    assert seen["address"]["error"] == "invalid_redirect_uri"
    assert seen["grants"]["error"] == "invalid_client_metadata"


def test_what_the_command_registers_is_a_client_at_once(openid: Flow, server: Server) -> None:
    asked = ["--redirect-uri", CALLBACK, "--grant", "code", "--grant", "refresh", "--audience", API]
    for each in SCOPES:
        asked += ["--scope", each]
    made = server.command("client", "add", "The shop of the command", *asked)
    server.clients["command"] = {
        **made, "client_secret": made["secret"], "method": "client_secret_basic", "redirect_uris": made["redirect_uris"],
    }  # fmt: skip
    seen = openid("code", "command")
    is_about_ann(seen["claims"], server, "command")


# a server that signs with Ed25519


def test_tokens_of_the_other_algorithm_are_believed_too(tmp_path: Path) -> None:
    for each in ("openid", "oauth"):
        wanted(each)
    with identity(tmp_path, algorithm="EdDSA") as server:
        commands = [node("oauth4webapi_use.mjs", "code", tmp_path), python("oauth_use.py", "authlib_code")]
        for command in commands:
            person = Person(server)
            is_about_ann(drive(command, server, "basic", person)["claims"], server, "basic")
            person.close()


# our guard in front of an API


@pytest.mark.parametrize(("client", "more"), [("basic", {}), ("opaque", {}), ("bound", {"dpop": True})])
def test_our_guard_believes_these_tokens_until_they_are_revoked(
    openid: Flow, shelf: str, client: str, more: dict[str, Any]
) -> None:
    seen = openid("guarded", client, shelf=shelf, **more)
    assert (seen["first"]["status"], seen["first"]["body"]) == (200, {"books": ["Dubliners"]})
    assert seen["narrow"]["status"] == 403
    assert seen["narrow"]["challenge"][0]["parameters"]["error"] == "insufficient_scope"
    if more:
        assert seen["stolen"]["status"] == 401
    else:
        assert seen["foreign"]["status"] == 401, "a token for another resource"
    assert seen["id"]["status"] == 401, "an ID token is no access token"
    assert seen["revoked"]["status"] == 401
    assert seen["revoked"]["challenge"][0]["parameters"]["error"] == "invalid_token"
    assert seen["narrowed"]["status"] == 403, "the other token of the grant lives"


# oauth4webapi


def test_metadata_and_keys_are_as_published(webapi: Flow) -> None:
    seen = webapi("discovery")
    assert seen["oidc"] == seen["plain"]
    assert {(key["kty"], key["alg"], key["use"]) for key in seen["keys"]} == {("EC", "ES256", "sig")}
    assert not {"d", "p", "q", "k"} & {name for key in seen["keys"] for name in key}


@pytest.mark.parametrize("client", [*METHODS, "none"])
def test_every_reply_is_as_the_rfcs_have_it(webapi: Flow, server: Server, client: str) -> None:
    seen = webapi("code", client)
    is_about_ann(seen["claims"], server, client)
    assert urlsplit(seen["location"]).query.startswith("from=ostiary&code="), "the address's own query stays"
    assert seen["location"].startswith(f"{QUERIED}&") == (client != "none")
    access = seen["access"]
    assert (access["sub"], access["client_id"]) == (seen["claims"]["sub"], seen["claims"]["aud"])
    assert (access["aud"], access["exp"] - access["iat"]) == (API, 300)
    assert not {"email", "name"} & set(access)
    assert seen["person"]["email"] == PERSON[0]
    assert seen["elsewhere"]["code"] == "OAUTH_JWT_CLAIM_COMPARISON_FAILED"
    assert "typ" in seen["confused"]["message"]
    assert seen["dead"]["status"] == 401
    assert seen["again"]["sid"] == seen["claims"]["sid"]
    assert "nonce" not in seen["again"]


def test_a_pushed_request_is_good_once_and_for_a_minute(webapi: Flow, server: Server) -> None:
    seen = webapi("pushed", "pushed")
    is_about_ann(seen["claims"], server, "pushed")
    assert seen["expires"] == 60
    assert seen["again"]["status"] == 400
    assert (seen["unpushed"].get("status"), seen["unpushed"].get("location", "")) == (400, "")


@pytest.mark.parametrize("algorithm", ["ES256", "Ed25519", "RS256", "PS256"])
def test_every_algorithm_of_proofs_that_is_named_is_taken(webapi: Flow, algorithm: str) -> None:
    seen = webapi("dpop", "bound", algorithm=algorithm)
    assert seen["type"] == seen["refreshed"] == "dpop"
    assert seen["access"]["cnf"] == {"jkt": seen["thumbprint"]}
    assert seen["person"]["email"] == PERSON[0]
    assert (seen["downgraded"]["status"], seen["stolen"]["status"]) == (401, 401)
    assert (seen["unproven"]["error"], seen["rebound"]["error"]) == ("invalid_dpop_proof", "invalid_dpop_proof")


@pytest.mark.parametrize("client", [*METHODS, "opaque", "api"])
def test_credentials_buy_a_token_that_is_what_it_says(webapi: Flow, server: Server, client: str) -> None:
    seen = webapi("credentials", client, opaque=client == "opaque")
    name = server.clients[client]["client_id"]
    assert (seen["told"]["active"], seen["told"]["sub"], seen["told"]["aud"]) == (True, name, API)
    if client == "opaque":
        assert seen["token"] == "at_"
    else:
        assert (seen["access"]["sub"], seen["access"]["jti"]) == (name, seen["told"]["jti"])


def test_a_device_waits_its_turn(webapi: Flow, server: Server) -> None:
    seen = webapi("device", "none")
    is_about_ann(seen["claims"], server, "none")
    assert seen["asked"]["verification_uri"] == f"{server.url}/device"
    assert (seen["pending"]["error"], seen["hasty"]["error"]) == ("authorization_pending", "slow_down")
    assert seen["wrong"]["status"] == 404
    assert seen["replayed"]["error"] == "invalid_grant"


# authlib and requests-oauthlib


@pytest.mark.parametrize("client", [*METHODS, "none"])
def test_authlib_gets_a_grant(of_python: Flow, server: Server, client: str) -> None:
    seen = of_python("authlib_code", client)
    is_about_ann(seen["claims"], server, client)
    assert (seen["person"]["email"], seen["type"], seen["rotated"]) == (PERSON[0], "Bearer", True)
    assert seen["replayed"] == {"kind": "OAuthError", "error": "invalid_grant"}
    if client != "none":
        assert seen["dead"] == {"active": False}, "a code that came again takes all back"


@pytest.mark.parametrize("client", ["basic", "none"])
def test_authlib_gives_a_grant_back(of_python: Flow, client: str) -> None:
    seen = of_python("authlib_revoked", client)
    assert (seen["revoked"], seen["person"], seen["refreshed"]["error"]) == (200, 401, "invalid_grant")


@pytest.mark.parametrize("client", METHODS)
def test_authlib_acts_for_itself(of_python: Flow, server: Server, client: str) -> None:
    seen = of_python("authlib_credentials", client)
    assert seen["before"]["client_id"] == server.clients[client]["client_id"]
    assert (seen["before"]["active"], seen["status"], seen["after"]) == (True, 200, {"active": False})
    assert "refresh_token" not in seen["token"]


def test_authlib_is_denied(of_python: Flow) -> None:
    seen = of_python("authlib_denied")
    assert query_of(seen["denied"])["error"] == "access_denied"
    assert query_of(seen["plain"])["error"] == "invalid_request"


def test_tasks_that_refresh_at_once_stay_signed_in(of_python: Flow) -> None:
    seen = of_python("authlib_async")
    assert seen["statuses"] == [200] * 5
    assert seen["different"] == 1
    assert seen["last"]
    assert seen["person"]["email"] == PERSON[0]


@pytest.mark.parametrize("client", ["basic", "post", "none"])
def test_requests_oauthlib_gets_a_grant(of_python: Flow, server: Server, client: str) -> None:
    seen = of_python("oauthlib_code", client)
    is_about_ann(seen["claims"], server, client)
    assert (seen["person"]["email"], seen["type"], seen["rotated"]) == (PERSON[0], "Bearer", True)
    assert seen["scope"] == ["openid", "email", "offline_access", "books:read"]
    assert seen["mixed"]["error"] == "mismatching_state"


@pytest.mark.parametrize("client", ["basic", "post"])
def test_requests_oauthlib_acts_for_itself(of_python: Flow, client: str) -> None:
    seen = of_python("oauthlib_credentials", client)
    assert seen["scope"] == ["books:read"]
    assert "refresh_token" not in seen["token"]
    assert seen["wrong"]["error"] == "invalid_client"
