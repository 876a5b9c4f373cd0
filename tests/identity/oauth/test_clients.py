"""What may be registered: addresses without loopholes, grants that fit, keys that are worth something."""

from __future__ import annotations

from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey

from ostiary.identity.oauth.clients import faults, is_registered, redirect_fault
from ostiary.identity.storage.clients import Client

PUBLIC = dict(ECKey.generate_key("P-256").as_dict(private=False))


def client(**changes: Any) -> Client:
    given: dict[str, Any] = {
        "id": "x", "name": "Notes", "method": "none", "redirect_uris": ("https://app.example/cb",), "scopes": ("read",),
    }  # fmt: skip
    return Client(**(given | changes))


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/cb", "https://app.example", "https://app.example:8443/cb?keep=1", "http://127.0.0.1/cb",
        "http://127.0.0.1:3000/cb", "http://[::1]:3000/", "com.example.app:/cb", "com.example.app://host/cb",
        "https://xn--bcher-kva.example/cb", "https://[2001:db8::1]/cb",
    ],
)  # fmt: skip
def test_an_address_of_an_application_is_taken(uri: str) -> None:
    assert redirect_fault(uri) == ""
    assert is_registered(uri, [uri])


@pytest.mark.parametrize(
    "uri",
    [
        "", "x", "/cb", "//app.example/cb", "app.example/cb", "https:", "https://", "https:///cb", "https:/app.example/cb",
        "https://app.example/cb#", "https://app.example/cb#x", "https://*.app.example/cb", "https://app.example/*",
        "https://user@app.example/cb", "https://user:secret@app.example/cb", "https://@app.example/cb",
        "https://app.example/a/../b", "https://app.example/./b", "https://app.example/%2e%2e/b", "https://app.example/%2E./b",
        "https://app.example/a b", "https://app.example/\n", "https://app.example/\x00", "https://app.example/é",
        "https://bücher.example/", "https://app.example\\@evil.example/", "https://app.example/<x>", 'https://app.example/"',
        "https://app.example:99999/cb", "https://app.example:x/cb", "https://[x/cb", "http://app.example/cb",
        "http://localhost/cb", "http://localhost:3000/cb", "http://127.0.0.1.evil.example/cb", "http://127.0.0.2/cb",
        "http://[::2]/cb", "http://0.0.0.0/cb", "http://127.0.0.1:0/cb", "http://127.0.0.1:70000/cb", "javascript:alert(1)",
        "JavaScript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "about:blank", "blob:https://x", "ftp://x/y",
        "ws://x/y", "mailto:a@b.c", "myapp:/cb", "myapp://cb", "urn:ietf:wg:oauth:2.0:oob", "https://app.example/?iss=x", "https://app.example/?a=b&st%61te=", "https://app.example/" + "x" * 1000,
    ],
)  # fmt: skip
def test_an_address_that_could_be_anothers_is_not_taken(uri: str) -> None:
    assert redirect_fault(uri)
    assert [place for place, _ in faults(client(redirect_uris=(uri,)))] == ["redirect_uris/0"]
    assert [place for place, _ in faults(client(logout_uris=(uri,)))] == ["logout_uris/0"]


@pytest.mark.parametrize(
    ("place", "changes"),
    [
        ("grants", {"grants": ()}),
        ("grants", {"grants": ("authorization_code", "password")}),
        ("grants", {"grants": ("authorization_code", "implicit")}),
        ("grants", {"grants": ("authorization_code", "client_credentials")}),
        ("grants", {"grants": ("client_credentials", "refresh_token"), "redirect_uris": (), "method": "private_key_jwt", "jwks": (PUBLIC,)}),
        ("redirect_uris", {"redirect_uris": ()}),
        ("redirect_uris", {"grants": ("urn:ietf:params:oauth:grant-type:device_code",)}),
        ("method", {"method": "client_secret_jwt"}),
        ("method", {"method": "client_secret_basic"}),
        ("method", {"secret_hash": b"x"}),
        ("jwks", {"method": "private_key_jwt"}),
        ("jwks", {"jwks": (PUBLIC,)}),
        ("jwks/keys/0", {"method": "private_key_jwt", "jwks": (dict(ECKey.generate_key("P-256").as_dict(private=True)),)}),
        ("jwks/keys/0", {"method": "private_key_jwt", "jwks": (dict(OctKey.generate_key(256).as_dict()),)}),
        ("jwks/keys/0", {"method": "private_key_jwt", "jwks": ({"kty": "RSA", "n": "AQAB", "e": "AQAB"},)}),
        ("jwks/keys/0", {"method": "private_key_jwt", "jwks": (PUBLIC | {"use": "enc"},)}),
        ("scopes", {"scopes": ("a b",)}),
        ("scopes", {"scopes": ('"',)}),
        ("default_scopes", {"default_scopes": ("admin",)}),
        ("audience", {"audience": ("api",)}),
        ("audience", {"audience": ("https://api.example/#x",)}),
        ("name", {"name": " "}),
        ("name", {"name": "a\u202eb"}),
        ("name", {"name": "x" * 101}),
        ("uri", {"uri": "javascript:alert(1)"}),
        ("redirect_uris", {"redirect_uris": tuple(f"https://app.example/{n}" for n in range(51))}),
    ],
)  # fmt: skip
def test_a_client_that_does_not_fit_together_is_not_taken(place: str, changes: dict[str, Any]) -> None:
    assert place in [each for each, _ in faults(client(**changes))]


def test_a_client_that_fits_together_is_taken() -> None:
    assert faults(client()) == []
    assert (
        faults(client(method="private_key_jwt", jwks=(PUBLIC,), grants=("client_credentials",), redirect_uris=())) == []
    )


def test_no_fault_says_the_value_again() -> None:
    told = faults(client(redirect_uris=("http://evil-value.example/",), scopes=("evil value",), name="evil\nvalue"))
    assert len(told) == 3
    assert "evil" not in str(told)
