"""Nobody is sent anywhere before client and address are proven; an address that is almost the client's is not its own."""

from __future__ import annotations

import re

import httpx
import pytest

from identity.oauth.parties import BACK, World

LOOPBACK = "http://127.0.0.1:3000/cb"
QUERY = "https://app.example.test/cb?keep=1"
NATIVE = "com.example.app:/cb"


# What a page of ours leads to by itself, whatever was asked of it.
OURS = {"/", "/assets/pages.css", "#main", "data:,", "/account", "/sign-out"}


def is_a_page_that_leads_nowhere(reply: httpx.Response, status: int = 400) -> None:
    assert reply.status_code == status, reply.headers
    assert "location" not in reply.headers
    assert "refresh" not in reply.headers
    assert reply.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
    assert reply.headers["cache-control"] == "no-store"
    assert not any(each in reply.text.lower() for each in ("http-equiv", "<form", "<script", "evil", "app.example"))
    assert set(re.findall(r"""(?:href|src)\s*=\s*["']?([^"'>\s]*)""", reply.text)) <= OURS


OTHERS = [
    # of the registered https://app.example.test/callback
    f"{BACK}/",
    f"{BACK}/more",
    f"{BACK}/../callback",
    f"{BACK}?",
    f"{BACK}?a=b",
    f"{BACK}#",
    f"{BACK}#fragment",
    f"{BACK}%2f",
    f"{BACK}%00",
    f"{BACK} ",
    f" {BACK}",
    f"{BACK}\n",
    f"{BACK}\x00",
    f"{BACK};x",
    f"{BACK}\\",
    f"{BACK},{BACK}",
    f"{BACK} https://evil.example/",
    "https://app.example.test/CALLBACK",
    "https://app.example.test/call%62ack",
    "https://app.example.test//callback",
    "https://app.example.test/./callback",
    "https://app.example.test/x/../callback",
    "https://app.example.test/%2e%2e/callback",
    "https://app.example.test:443/callback",
    "https://app.example.test:8443/callback",
    "https://app.example.test./callback",
    "https://APP.example.test/callback",
    "HTTPS://app.example.test/callback",
    "http://app.example.test/callback",
    "//app.example.test/callback",
    "/callback",
    "https:app.example.test/callback",
    "https:///app.example.test/callback",
    "https://app.example.test.evil.example/callback",
    "https://evil.example/app.example.test/callback",
    "https://evil-app.example.test/callback",
    "https://sub.app.example.test/callback",
    "https://example.test/callback",
    "https://app.example.test@evil.example/callback",
    "https://user@app.example.test/callback",
    "https://app.example.test:x@evil.example/callback",
    "https://evil.example\\@app.example.test/callback",
    "https://evil.example#@app.example.test/callback",
    "https://evil.example?https://app.example.test/callback",
    "https://*.example.test/callback",
    "https://app\u3002example.test/callback",
    "https://app.example.te\u017ft/callback",
    "javascript:alert(1)//https://app.example.test/callback",
    "data:text/html,https://app.example.test/callback",
    "*",
    "",
    # of the registered http://127.0.0.1:3000/cb, whose port alone is free
    "http://127.0.0.1:3000/cb/",
    "http://127.0.0.1:3000/",
    "http://127.0.0.1:3000/cb?x",
    "http://127.0.0.1:3000/cb#x",
    "http://localhost:3000/cb",
    "http://[::1]:3000/cb",
    "http://127.0.0.2:3000/cb",
    "http://127.1:3000/cb",
    "http://2130706433:3000/cb",
    "http://0x7f000001:3000/cb",
    "http://127.0.0.1.evil.example:3000/cb",
    "http://127.0.0.1:3000@evil.example/cb",
    "http://127.0.0.1:@evil.example/cb",
    "http://user@127.0.0.1:3000/cb",
    "http://127.0.0.1:0/cb",
    "http://127.0.0.1:/cb",
    "http://127.0.0.1:03000/cb",
    "http://127.0.0.1:65536/cb",
    "http://127.0.0.1:+3000/cb",
    "http://127.0.0.1:٣٠٠٠/cb",
    "https://127.0.0.1:3000/cb",
    "HTTP://127.0.0.1:3000/cb",
    # of the registered https://app.example.test/cb?keep=1, and com.example.app:/cb
    "https://app.example.test/cb",
    "https://app.example.test/cb?keep=1&code=x",
    "https://app.example.test/cb?keep=2",
    "com.example.app:/cb/../x",
    "com.example.app://cb",
    "COM.example.app:/cb",
]  # fmt: skip


@pytest.mark.parametrize("address", OTHERS)
def test_an_address_that_is_not_registered_is_gone_to_by_nobody(world: World, address: str) -> None:
    client = world.register(redirect_uris=(BACK, LOOPBACK, QUERY, NATIVE))
    browser = world.sign_in()
    is_a_page_that_leads_nowhere(browser.authorize(client, redirect_uri=address))
    # nor with another fault, nor with an answer ready
    is_a_page_that_leads_nowhere(browser.authorize(client, redirect_uri=address, response_type="token"))
    is_a_page_that_leads_nowhere(browser.authorize(client, redirect_uri=address, prompt="none"))
    is_a_page_that_leads_nowhere(world.stranger().authorize(client, redirect_uri=address))


def test_without_an_address_there_is_none(world: World) -> None:
    """Also where one alone is registered: what is left out cannot be compared when the code comes back."""
    is_a_page_that_leads_nowhere(world.sign_in().authorize(world.register(), redirect_uri=None))


def test_a_pushed_address_is_judged_alike(world: World) -> None:
    client = world.register("client_secret_basic")
    for address in OTHERS[:40]:
        reply = world.push(client, redirect_uri=address)
        assert (reply.status_code, reply.json()["error"]) == (400, "invalid_request"), address


@pytest.mark.parametrize(
    "name", ["", "nobody", "00000000-0000-4000-8000-000000000000", "*", "%", "a" * 3000, "ä", "\x00"]
)
def test_a_client_that_there_is_not_sends_nobody_anywhere(world: World, name: str) -> None:
    is_a_page_that_leads_nowhere(world.sign_in().authorize(world.register(), client_id=name))


def test_a_disabled_client_sends_nobody_anywhere(world: World) -> None:
    client = world.register(disabled_at=1.0)
    is_a_page_that_leads_nowhere(world.sign_in().authorize(client))


TWICE = [
    ("client_id", "other"), ("redirect_uri", "https://evil.example/"), ("redirect_uri", BACK), ("response_type", "code"),
    ("response_type", "token"), ("state", "other"), ("state", ""), ("scope", "write"), ("scope", "read"),
    ("code_challenge", "x" * 43), ("code_challenge_method", "plain"), ("unknown", "x"), ("prompt", "none"),
    ("resource", "https://api.example.test"), ("nonce", "n"), ("", ""), ("request_uri", "urn:x"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), TWICE)
@pytest.mark.parametrize("first", [True, False])
def test_a_parameter_that_is_there_twice_is_refused(world: World, name: str, value: str, *, first: bool) -> None:
    wishes = list(world.wishes(world.register(), prompt="", resource="", nonce="", unknown="", request_uri="").items())
    pairs = [(name, value), *wishes] if first else [*wishes, (name, value)]
    if name == "":
        pairs.append(("", ""))
    is_a_page_that_leads_nowhere(world.sign_in().ask(pairs))


def test_parameters_without_number_are_not_kept(world: World) -> None:
    wishes = list(world.wishes(world.register()).items())
    is_a_page_that_leads_nowhere(world.stranger().ask([*wishes, *((f"p{each}", "x") for each in range(50))]))


def test_a_parameter_cannot_be_in_query_and_body(world: World) -> None:
    client, browser = world.register(), world.sign_in()
    path = f"/oauth/authorize?redirect_uri={BACK}"
    is_a_page_that_leads_nowhere(browser.go("POST", path, fields=world.wishes(client)))


@pytest.mark.parametrize(
    "query", ["client_id=%", "client_id=%zz", "client_id=%ff", "&".join("ab" * 5100), "a&" * 10_001]
)
def test_a_query_that_two_could_read_differently_is_refused(world: World, query: str) -> None:
    is_a_page_that_leads_nowhere(world.sign_in().go("GET", f"/oauth/authorize?{query}"))


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])
@pytest.mark.parametrize("path", ["/oauth/authorize", "/oauth/resume"])
def test_a_look_ahead_fetches_no_code(world: World, method: str, path: str) -> None:
    from urllib.parse import urlencode  # noqa: PLC0415

    reply = world.sign_in().go(method, f"{path}?{urlencode(world.wishes(world.register()))}")
    assert reply.status_code == 405
    assert "location" not in reply.headers


def test_what_was_submitted_is_not_said_again(world: World) -> None:
    browser = world.sign_in()
    for bent in ({"redirect_uri": "https://evil.example/<b>"}, {"client_id": "evil<script>"}):
        is_a_page_that_leads_nowhere(browser.authorize(world.register(), **bent))
