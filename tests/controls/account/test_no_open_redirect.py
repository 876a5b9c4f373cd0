from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest

from exchanges import answer, api_of, ask, compiled, exchange, head
from ostiary.errors import ConfigError
from ostiary.model import Exchange, Reply

ID = "account.no-open-redirect"
FORM = ("content-type", "application/x-www-form-urlencoded")
PLAIN: Any = {"responses": {"302": {"description": ""}}}


def document(**rest: Any) -> Any:
    body: Any = {"requestBody": {"content": {"application/x-www-form-urlencoded": {}, "application/json": {}}}}
    parameters: list[Any] = [
        {"name": each, "in": "query", "schema": {}} for each in ("client_id", "redirect_uri", "response_type")
    ]
    paths = {
        "/go": {"get": PLAIN}, "/login": {"get": PLAIN, "post": PLAIN | body}, "/to/{place}": {"get": PLAIN},
        "/authorize": {"get": PLAIN | {"parameters": parameters}},
    }  # fmt: skip
    return api_of(paths, **rest)


def led(
    location: str,
    target: str = "/go",
    *,
    made: Exchange | None = None,
    status: int = 302,
    field: str = "location",
    api: Any = None,
    **settings: Any,
) -> Reply:
    policy = compiled(api or document(), only=[ID], controls={ID: settings})
    made = made or exchange("GET", target)
    assert ask(policy, made) is None
    return answer(policy, made, status, [(field, location)])


@pytest.mark.parametrize(
    "location",
    ["/", "/items/1?next=https://evil.example", "items", "./x", "../x", "?page=2", "#top", "", "/a//b", "/a\\b", "/%2f%2fevil.example",
     "https://api.test/items", "https://API.TEST:443/x", "http://api.test/x", "//api.test/x", "/x?u=javascript:1", " /padded "],
)  # fmt: skip
def test_places_on_this_host_are_led_to(location: str) -> None:
    assert led(location).status == 302
    assert led(location, "/go?next=" + quote(location)).status == 302
    assert led(location, foreign="refuse").status == 302


EVIL = ["https://evil.example", "http://evil.example/", "//evil.example/x", "/\\evil.example", "\\\\evil.example", "\\/evil.example",
        "https:\\\\evil.example", "https://api.test@evil.example", "https://api.test:x@evil.example", "https://evil.example:443\\@api.test",
        "https://api.test.evil.example", "https://EVIL.example", " https://evil.example", "https://evil.example.",
        "evilapp://x", "https://evil.example?api.test", "https://evil.example#@api.test"]  # fmt: skip


@pytest.mark.parametrize("location", EVIL)
def test_a_place_that_the_caller_named_is_not_led_to(location: str) -> None:
    spellings = [
        quote(location, safe=""),
        quote(quote(location, safe=""), safe=""),
        base64.urlsafe_b64encode(location.encode()).decode(),
    ]
    for each in spellings:
        refused = led(location, "/go?next=" + each)
        assert (refused.status, head(refused, "location")) == (400, None), each
    form = exchange("POST", "/login", [FORM], b"user=a&next=" + quote(location, safe="").encode())
    assert led(location, made=form).status == 400
    letter = exchange(
        "POST", "/login", [("content-type", "application/json")], json.dumps({"a": [{"next": location}]}).encode()
    )
    assert led(location, made=letter).status == 400
    stored = exchange("GET", "/login", [("cookie", f"a=1; return_to={quote(location, safe='')}")])
    assert led(location, made=stored).status == 400


@pytest.mark.parametrize(
    "location",
    ["javascript:alert(1)", "JavaScript:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)", "data:text/html,x", "vbscript:x",
     "file:///etc/passwd", "blob:https://api.test/1", "/\t/evil.example", "///evil.example", "////evil.example", "https:evil.example",
     "https:/evil.example", "http:///evil.example", "/x\x00y", "//", "https://"],
)  # fmt: skip
def test_what_runs_or_what_readers_disagree_on_is_never_led_to(location: str) -> None:
    assert led(location).status in {400, 502}
    assert led(location, foreign="pass").status == 502


def test_a_constant_place_is_the_applications_own_business() -> None:
    """Signing in elsewhere: the provider is written in the application, not in the request."""
    provider = "https://id.example.com/authorize?client_id=1&redirect_uri=https%3A%2F%2Fapi.test%2Fcb&state=x"
    assert led(provider, "/login").status == 302
    assert led(provider, "/login?next=/home&hint=ann@example.com").status == 302
    came_from_there = exchange(
        "GET", "/login?iss=https%3A%2F%2Fid.example.com", [("referer", "https://id.example.com/")]
    )
    assert led(provider, made=came_from_there).status == 302
    saml = b"SAMLResponse=" + base64.b64encode(b"<Issuer>https://id.example.com</Issuer>")
    assert led(provider, made=exchange("POST", "/login", [FORM], saml)).status == 302
    assert led("mailto:help@example.com").status == 302
    assert led(provider, "/login", foreign="refuse").status == 502


def test_a_longer_name_in_the_request_is_another_name() -> None:
    assert led("https://t.co/x", "/go?shop=cart.com").status == 302
    assert led("https://t.co/x", "/go?shop=t.co").status == 400
    assert led("https://t.co/x", "/go?shop=t.company").status == 302


def test_a_bare_public_address_is_nobodys_constant() -> None:
    """Applications that parse the URL write 0x5db8d822 as dots."""
    assert led("http://93.184.216.34/", "/go?next=http://0x5db8d822/").status == 400
    assert led("http://127.0.0.1:3000/").status == 302


def test_letters_that_look_alike_are_the_same_name() -> None:
    assert led("https://evil.example", "/go?next=" + quote("https://ｅｖｉｌ。example")).status == 400  # noqa: RUF001 - the point
    assert (
        led("https://" + "evïl.example".encode("idna").decode(), "/go?next=" + quote("https://evïl.example")).status
        == 400
    )


def test_listed_places_are_led_to_even_when_asked() -> None:
    listed = ["https://pay.example.com", "https://*.partner.example", "myapp:"]
    for place in ("https://pay.example.com/x", "https://a.b.partner.example", "myapp:/callback"):
        assert led(place, "/go?next=" + quote(place), allow=listed).status == 302, place
    for place in ("http://pay.example.com/x", "https://pay.example.com:8443", "https://partner.example", "https://evilpartner.example",
                  "https://pay.example.com.evil.example", "otherapp:/x"):  # fmt: skip
        assert led(place, "/go?next=" + quote(place), allow=listed).status == 400, place


@pytest.mark.parametrize(
    "entry",
    ["pay.example.com", "https://pay.example.com/return", "javascript:", "https://", "*", "/x", "https://u@a.b"],
)
def test_an_entry_that_is_no_place_is_a_mistake(entry: str) -> None:
    with pytest.raises(ConfigError, match="no place"):
        led("/", allow=[entry])


def test_the_path_may_name_it_too_and_no_memory_of_another_path_lets_it_pass() -> None:
    policy = compiled(document(), only=[ID])
    for target, status in (("/to/home", 302), ("/to/evil.example", 400), ("/to/home", 302)):
        made = exchange("GET", target)
        assert ask(policy, made) is None
        assert answer(policy, made, 302, [("location", "https://evil.example")]).status == status


def test_an_authorization_endpoint_leads_to_its_clients() -> None:
    """RFC 6749 section 4.1.2: the authorization server compares the redirect URI with the registered ones."""
    asked = "/authorize?client_id=1&response_type=code&redirect_uri=https%3A%2F%2Fclient.example%2Fcb"
    assert led("https://client.example/cb?code=1", asked).status == 302
    assert led("https://client.example/cb", asked.replace("/authorize", "/go")).status == 400
    assert led("javascript:alert(1)", asked).status == 502
    assert led("https://client.example/cb", asked, allow=["https://other.example"]).status == 400
    flows = {"authorizationCode": {"authorizationUrl": "/login", "tokenUrl": "/token", "scopes": {}}}
    declared = document(components={"securitySchemes": {"o": {"type": "oauth2", "flows": flows}}})
    assert led("https://client.example/cb", asked.replace("/authorize", "/login"), api=declared).status == 302


def test_refresh_is_a_redirect_and_location_of_what_was_made_is_none() -> None:
    for value in (
        "0;url=https://evil.example",
        "5; URL='https://evil.example'",
        "0,https://evil.example",
        '0 ; url = "//evil.example"',
    ):
        assert led(value, "/go?next=https://evil.example", status=200, field="refresh").status == 400, value
    for value in ("5", "0;url=/home", "30; https://api.test/", "0;url=https://status.example.com"):
        assert led(value, "/go?next=https://evil.example", status=200, field="refresh").status == 200, value
    assert led("https://evil.example/1", "/go?next=https://evil.example", status=201).status == 201


def test_a_local_path_may_take_the_place_of_what_is_refused() -> None:
    refused = led("https://evil.example", "/go?next=https://evil.example", instead="/")
    assert (refused.status, head(refused, "location")) == (302, "/")
    with pytest.raises(ConfigError, match="not a path"):
        led("/", instead="//evil.example")


def test_servers_of_the_document_are_ours() -> None:
    api = document(servers=[{"url": "https://www.shop.example/v1"}])
    made = exchange("GET", "/v1/go?next=https://www.shop.example/x")
    policy = compiled(api, only=[ID])
    assert answer(policy, made, 302, [("location", "https://www.shop.example/x")]).status == 302
    assert answer(policy, made, 302, [("location", "https://www.shop.example.evil.example/x")]).status == 400
