"""One set of rules for clients, whoever registers one; who registers itself gets nothing that an operator has to give."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from identity.house import House
from identity.oauth.doors import API, BACK, DEVICE, SCOPES, Doors, Registered
from ostiary.errors import Denied
from ostiary.identity.oauth.registration import NewClient, check_client
from ostiary.identity.storage import clients
from ostiary.parts.identity_settings import Jail
from ostiary.strict import ValidationError, convert

PATH = "/oauth/register"
GOOD: dict[str, Any] = {"name": "Shop", "redirect_uris": (BACK,), "scopes": ("openid",)}
EC = ECKey.generate_key("P-256")


def faults(house: House, **changes: Any) -> set[str]:
    """The members that are at fault."""
    try:
        check_client(house.services.settings, NewClient(**(GOOD | changes)))
    except Denied as denied:
        return {pointer.split("/")[1] for pointer, _ in denied.faults} if denied.status == 422 else {"status"}
    return set()


@pytest.fixture(scope="module")
def any_shop(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from identity.house import house_in  # noqa: PLC0415

    with house_in(tmp_path_factory.mktemp("shop"), scopes=SCOPES) as house:
        yield house


@pytest.mark.parametrize(
    "uri",
    [
        BACK, "https://shop.example.test", "https://shop.example.test/back?tenant=7", "https://shop.example.test:8443/x",
        "http://127.0.0.1/back", "http://127.0.0.1:7777/back", "http://[::1]/back",
    ],
)  # fmt: skip
def test_addresses_that_are_taken(any_shop: House, uri: str) -> None:
    assert faults(any_shop, redirect_uris=(uri,)) == set()


def test_a_scheme_of_ones_own_is_for_public_clients(any_shop: House) -> None:
    assert faults(any_shop, redirect_uris=("com.example.shop:/back",), method="none") == set()
    assert faults(any_shop, redirect_uris=("com.example.shop:/back",)) == {"redirect_uris"}


@pytest.mark.parametrize(
    "uri",
    [
        "http://shop.example.test/back", "http://localhost/back", "http://127.0.0.1.evil.example/back", "http://127.0.0.2/back",
        "https://shop.example.test/back#x", "https://user@shop.example.test/back", "https://user:pw@shop.example.test/",
        "https://*.example.test/back", "https://shop.example.test/*", "javascript:alert(1)", "data:text/html,x",
        "JavaScript:alert(1)", "vbscript:x", "file:///etc/passwd", "about:blank", "blob:https://x/y", "shop:/back",
        "https://shop.example.test/a/../b", "https://shop.example.test/a/%2e%2e/b", "https://shop.example.test/.%2e/b",
        "https://shop.example.test\\@evil.example/", "https://shop.example.test/a\\b", "https://shop.example.test/\r\nx",
        "https://shop.example.test/\x00", "https://shop.example.test/é", "https://", "https:///back", "//shop.example.test",
        "/back", "", "https://shop.example.test/ x", "https://shop.example.test/" + "x" * 1000, "http://127.0.0.1:99999/",
        "https://[::1", "ftp://shop.example.test/", "intent://x#Intent;end",
    ],
)  # fmt: skip
def test_addresses_that_are_not(any_shop: House, uri: str) -> None:
    assert faults(any_shop, redirect_uris=(uri,), method="none") == {"redirect_uris"}
    assert faults(any_shop, redirect_uris=(BACK,), logout_uris=(uri,), method="none") == {"logout_uris"}


@pytest.mark.parametrize(
    ("changes", "member"),
    [
        ({"redirect_uris": ()}, "redirect_uris"),
        ({"grants": ()}, "grants"),
        ({"grants": ("password",)}, "grants"),
        ({"grants": ("implicit", "authorization_code")}, "grants"),
        ({"grants": ("client_credentials", "authorization_code"), "method": "none"}, "grants"),
        ({"grants": ("refresh_token",), "redirect_uris": ()}, "grants"),
        ({"grants": (DEVICE,)}, "redirect_uris"),
        ({"scopes": ("openid", "everything")}, "scopes"),
        ({"scopes": ("openid openid",)}, "scopes"),
        ({"scopes": ("openid", "openid")}, "scopes"),
        ({"default_scopes": ("email",)}, "default_scopes"),
        ({"audience": ("https://else.example.test",)}, "audience"),
        ({"audience": ("api",)}, "audience"),
        ({"audience": ("https://[::1",)}, "audience"),
        ({"method": "private_key_jwt"}, "jwks"),
        ({"method": "private_key_jwt", "jwks": (EC.as_dict(private=True),)}, "jwks"),
        ({"method": "private_key_jwt", "jwks": (OctKey.generate_key(256).as_dict(private=True),)}, "jwks"),
        ({"method": "private_key_jwt", "jwks": ({"kty": "EC"},)}, "jwks"),
        ({"method": "none", "jwks": (EC.as_dict(private=False),)}, "jwks"),
        ({"method": "tls_client_auth"}, "method"),
        ({"introspects": True, "method": "none"}, "introspects"),
        ({"name": ""}, "name"),
        ({"name": "Shop\nof horrors"}, "name"),
        ({"name": "Shop\u202e"}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"uri": "http://shop.example.test"}, "uri"),
        ({"uri": "https://shop.example.test/\r\nx"}, "uri"),
        ({"redirect_uris": tuple(f"{BACK}/{at}" for at in range(51))}, "redirect_uris"),
    ],
)
def test_what_a_client_may_not_be(any_shop: House, changes: dict[str, Any], member: str) -> None:
    assert member in faults(any_shop, **changes)


def test_weak_keys_are_refused(any_shop: House) -> None:
    import warnings  # noqa: PLC0415

    with warnings.catch_warnings(action="ignore"):
        weak = RSAKey.generate_key(1024).as_dict(private=False)
    assert faults(any_shop, method="private_key_jwt", jwks=(weak,)) == {"jwks"}


def test_faults_repeat_nothing_that_was_sent(any_shop: House) -> None:
    with pytest.raises(Denied) as caught:
        check_client(
            any_shop.services.settings, NewClient(**(GOOD | {"redirect_uris": ("http://evil.example/SECRET",)}))
        )
    assert "SECRET" not in repr((caught.value.faults, caught.value.reason))


def test_a_client_is_nothing_by_default() -> None:
    least = NewClient(name="x")
    assert (least.scopes, least.default_scopes, least.audience) == ((), (), ())
    assert (least.first_party, least.introspects) == (False, False)


def test_what_does_not_exist_is_not_taken() -> None:
    with pytest.raises(ValidationError):
        convert({"name": "x", "secret": "mine"}, NewClient)


# a program registers itself


@pytest.fixture
def open_doors(make_house: Callable[..., House]) -> Doors:
    return Doors(make_house(dynamic_registration=True, scopes=SCOPES))


def post(doors: Doors, body: Any, kind: str = "application/json") -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return doors.send("POST", PATH, headers={"content-type": kind}, body=content)


def kept(doors: Doors, name: str) -> clients.Client:
    async def read() -> clients.Client | None:
        async with doors.house.services.database.read() as connection:
            return await clients.by_id(connection, name)

    found = doors.house.run(read())
    assert found is not None
    return found


def test_it_is_off_by_default(doors: Doors) -> None:
    assert post(doors, {"redirect_uris": [BACK]}).status_code == 404


def test_a_program_registers_itself_and_signs_somebody_in(open_doors: Doors) -> None:
    reply = post(open_doors, {"redirect_uris": [BACK], "client_name": "Tool", "scope": "openid orders.read"})
    assert reply.status_code == 201
    assert reply.headers["cache-control"] == "no-store"
    said = reply.json()
    assert said["client_secret_expires_at"] == 0
    assert said["client_id_issued_at"] == int(open_doors.house.clock.now)
    assert said["token_endpoint_auth_method"] == "client_secret_basic"
    assert said["response_types"] == ["code"]
    client = Registered(kept(open_doors, said["client_id"]), said["client_secret"])
    assert said["client_secret"].encode() not in (client.client.secret_hash or b"")
    form = {"grant_type": "authorization_code", "code": "x", "redirect_uri": BACK, "code_verifier": "x" * 43}
    assert open_doors.post("/oauth/token", form, client=client).json()["error"] == "invalid_grant", "it is known"


def test_people_are_asked_about_it(open_doors: Doors) -> None:
    from urllib.parse import urlencode  # noqa: PLC0415

    said = post(open_doors, {"redirect_uris": [BACK], "token_endpoint_auth_method": "none"}).json()
    assert "client_secret" not in said
    asked = {
        "response_type": "code", "client_id": said["client_id"], "redirect_uri": BACK, "state": "st", "scope": "openid",
        "code_challenge": "x" * 42 + "E", "code_challenge_method": "S256",
    }  # fmt: skip
    reply = open_doors.get(f"/oauth/authorize?{urlencode(asked)}", browser=open_doors.browser())
    assert reply.headers["location"].startswith("/consent?")


@pytest.mark.parametrize(
    "more",
    [
        {"first_party": True}, {"introspects": True}, {"audience": [API]}, {"default_scopes": ["openid"]}, {"client_id": "admin"},
        {"client_secret": "mine"}, {"token_format": "opaque"}, {"software_statement": "a.b.c"}, {"id": "x"}, {"role": "operator"},
    ],
)  # fmt: skip
def test_nobody_gets_more_by_asking(open_doors: Doors, more: dict[str, Any]) -> None:
    said = post(open_doors, {"redirect_uris": [BACK], **more}).json()
    client = kept(open_doors, said["client_id"])
    assert not client.first_party
    assert not client.introspects
    assert client.audience == ()
    assert client.default_scopes == ()
    assert client.id not in {"admin", "x"}
    assert said["client_secret"] != "mine"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://evil.example/*"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"redirect_uris": [BACK + "#x"]}, "invalid_redirect_uri"),
        ({"redirect_uris": BACK}, "invalid_redirect_uri"),
        ({"redirect_uris": [1]}, "invalid_redirect_uri"),
        ({"redirect_uris": [BACK], "grant_types": ["client_credentials"]}, "invalid_client_metadata"),
        ({"redirect_uris": [BACK], "grant_types": ["authorization_code", DEVICE]}, "invalid_client_metadata"),
        ({"redirect_uris": [BACK], "grant_types": ["authorization_code", "implicit"]}, "invalid_client_metadata"),
        ({"redirect_uris": [BACK], "grant_types": ["refresh_token"]}, "invalid_redirect_uri"),
        ({"redirect_uris": [BACK], "response_types": ["token"]}, "invalid_client_metadata"),
        ({"redirect_uris": [BACK], "scope": "everything"}, "invalid_client_metadata"),
        ({"redirect_uris": [BACK], "token_endpoint_auth_method": "tls_client_auth"}, "invalid_client_metadata"),
        ({"redirect_uris": [BACK], "token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"),
        ({"redirect_uris": [BACK], "jwks_uri": "http://169.254.169.254/"}, "invalid_client_metadata"),
        ({"redirect_uris": [BACK], "jwks": {"keys": ["x"]}}, "invalid_client_metadata"),
        ({"redirect_uris": [BACK], "jwks": []}, "invalid_client_metadata"),
        ({"redirect_uris": [BACK], "client_name": "x\n"}, "invalid_client_metadata"),
        ({"redirect_uris": [BACK], "client_name": 7}, "invalid_client_metadata"),
        ({"redirect_uris": [BACK], "client_uri": "javascript:alert(1)"}, "invalid_client_metadata"),
        ({"redirect_uris": [BACK], "dpop_bound_access_tokens": "no"}, "invalid_client_metadata"),
        ([], "invalid_client_metadata"),
        (b'{"redirect_uris": ["x"], "redirect_uris": []}', "invalid_client_metadata"),
        (b"{", "invalid_client_metadata"),
    ],
)
def test_what_cannot_be_registered(open_doors: Doors, body: Any, error: str) -> None:
    reply = post(open_doors, body)
    assert reply.status_code == 400
    assert reply.json()["error"] == error
    assert "evil" not in reply.text
    assert "169.254" not in reply.text


def test_a_program_sends_json(open_doors: Doors) -> None:
    assert post(open_doors, {"redirect_uris": [BACK]}, "text/plain").status_code == 415
    assert post(open_doors, b'{"x": "' + b"y" * 70_000 + b'"}').status_code == 413


def test_programs_knock(make_house: Callable[..., House]) -> None:
    doors = Doors(make_house(dynamic_registration=True, jail=Jail(calls=60)))
    got = [post(doors, {"redirect_uris": [BACK]}).status_code for _ in range(12)]
    assert got[0] == 201
    assert 429 in got
