"""A token that was sent where others can read it is refused there, and in the header from then on."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from unittest.mock import patch

import pytest

from exchanges import api_of, ask, compiled, exchange
from holders import bearer, issuer, token
from ostiary.errors import StoreError
from ostiary.guard.site import Compiled
from ostiary.model import Exchange, Reply
from ostiary.parts.tokens.burning import PER_CALLER
from shop import OK

ID = "input.credentials-in-header"
JSON = [("content-type", "application/json")]
FORM = [("content-type", "application/x-www-form-urlencoded")]


def takes(media: str, **properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties}
    return {"post": {"requestBody": {"content": {media: {"schema": schema}}}, "responses": OK}}


API = api_of(
    {
        "/items": {"get": {"responses": OK}, **takes("application/json", name={"type": "string"})},
        "/forms": takes("application/x-www-form-urlencoded", name={"type": "string"}),
        "/links": takes("application/json", access_token={"type": "string"}),
        "/nested": takes("application/json", allOf={"type": "string"}),
        "/oauth/revoke": takes("application/x-www-form-urlencoded"),
        "/pictures": {"post": {"requestBody": {"content": {"image/png": {}}}, "responses": OK}},
    }
)


def policy(**config: Any) -> Compiled:
    return compiled(API, only=(ID, "jwt.verify-before-use"), issuers={"main": issuer()}, **config)


def status(guarded: Compiled, made: Exchange) -> int:
    refusal = ask(guarded, made)
    return 0 if refusal is None else refusal.status


def is_believed(guarded: Compiled, text: str) -> bool:
    return status(guarded, exchange("GET", "/items", [bearer(text)])) == 0


@pytest.mark.parametrize(
    "target", ["/items?access_token={}", "/items?q={}", "/items?x=1&token={}", "/items/{}", "/items/x{}", "/items?id_token=%22{}%22"]
)  # fmt: skip
def test_a_token_of_ours_in_the_url_is_burnt(target: str) -> None:
    guarded, text, other = policy(), token(), token(sub="bob")
    assert is_believed(guarded, text)
    url = target.format(text if "/x" not in target else "%20" + text)
    assert status(guarded, exchange("GET", url)) == 400
    assert not is_believed(guarded, text)
    assert is_believed(guarded, other)


def test_an_encoded_one_is_seen_as_well() -> None:
    guarded, text = policy(), token()
    assert status(guarded, exchange("GET", "/items?access_token=%65" + text[1:].replace(".", "%2E"))) == 400
    assert not is_believed(guarded, text)
    text = token(sub="bob")
    assert status(guarded, exchange("GET", "/items/%65" + text[1:])) == 400
    assert not is_believed(guarded, text)


def test_the_order_ends_with_the_token_and_names_only_its_digest() -> None:
    guarded, text = policy(), token()
    ask(guarded, exchange("GET", f"/items?access_token={text}"))
    (ban,) = guarded.site.store.bans.current().values()
    assert ban.what.startswith("token:")
    assert len(ban.what) == len("token:") + 64
    assert 300 <= ban.until - time.time() <= 400


@pytest.mark.parametrize(
    "junk",
    ["x" * 30, token(signer="somebody"), token(iss="https://evil.test"), token()[:-4] + "AAAA", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."],
    ids=["opaque", "another key", "another issuer", "another signature", "none"],
)  # fmt: skip
def test_nobody_fills_the_list_with_what_was_never_a_token(junk: str) -> None:
    guarded = policy()
    assert status(guarded, exchange("GET", f"/items?access_token={junk}")) == 400
    assert not guarded.site.store.bans.current()


def test_one_caller_cannot_fill_it_either() -> None:
    guarded = policy()
    for number in range(PER_CALLER.amount + 5):
        text = token(jti=str(number))
        assert status(guarded, exchange("GET", f"/items?access_token={text}")) == 400
    assert len(guarded.site.store.bans.current()) == PER_CALLER.amount
    other = token(sub="bob")
    ask(guarded, exchange("GET", f"/items?access_token={other}"))
    assert not is_believed(guarded, other)


def test_burning_can_be_left_out() -> None:
    guarded, text = policy(controls={ID: {"burn": False}}), token()
    assert status(guarded, exchange("GET", f"/items?access_token={text}")) == 400
    assert is_believed(guarded, text)


def test_a_monitor_burns_nothing() -> None:
    guarded, text = policy(mode="monitor"), token()
    assert status(guarded, exchange("GET", f"/items?access_token={text}")) == 0
    assert is_believed(guarded, text)


@pytest.mark.parametrize(
    ("target", "headers", "body"),
    [("/items", JSON, '{{"name": "x", "access_token" : "{}"}}'), ("/items", JSON, '{{"access_token":"{}"}}'),
     ("/forms", FORM, "name=x&access_token={}"), ("/forms", FORM, "access_token={}&name=x"), ("/nested", JSON, '{{"access_token":"{}"}}')],
)  # fmt: skip
def test_a_token_of_ours_in_a_body_is_refused_and_burnt(target: str, headers: Any, body: str) -> None:
    guarded, text = policy(), token()
    made = exchange("POST", target, headers, body.format(text).encode())
    refusal = ask(guarded, made)
    assert refusal is not None
    assert refusal.status == 400
    assert (b"www-authenticate", b'Bearer error="invalid_request"') in refusal.headers  # RFC 6750 section 3.1
    assert not is_believed(guarded, text)


@pytest.mark.parametrize(
    ("target", "headers", "body"),
    [("/links", JSON, '{{"access_token":"{}"}}'), ("/oauth/revoke", FORM, "access_token={}&token={}"),
     ("/items", JSON, '{{"name":"{}"}}'), ("/items", JSON, '{{"access_token_hint":"{}"}}'), ("/forms", FORM, "my_access_token={}")],
)  # fmt: skip
def test_a_body_that_takes_tokens_by_design_is_left_alone(target: str, headers: Any, body: str) -> None:
    guarded, text = policy(), token()
    assert status(guarded, exchange("POST", target, headers, body.format(text, text).encode())) == 0
    assert is_believed(guarded, text)


def test_tokens_of_others_are_the_applications_business() -> None:
    guarded, foreign = policy(), token(signer="somebody", iss="https://elsewhere.test")
    body = f'{{"access_token":"{foreign}"}}'.encode()
    assert status(guarded, exchange("POST", "/items", JSON, body)) == 0


def test_bodies_of_other_types_are_not_looked_at() -> None:
    plan = policy().route(exchange("POST", "/pictures"))[0]
    assert not plan.checks_body


def test_without_issuers_nothing_is_burnt_and_everything_refused_as_before() -> None:
    guarded, text = compiled(API, only=(ID,)), token()
    assert status(guarded, exchange("GET", f"/items?access_token={text}")) == 400
    assert not guarded.site.store.bans.current()
    assert not guarded.route(exchange("POST", "/items"))[0].checks_body


def test_a_store_that_takes_its_time_or_fails_changes_nothing_about_the_refusal() -> None:
    text = token()
    told: list[Any] = []

    async def later(ban: Any) -> None:
        await asyncio.sleep(0)
        told.append(ban)
        raise StoreError("away")

    def fails(_: Any, ban: Any) -> None:
        raise StoreError("full")

    async def body(order: Any) -> int:
        guarded = policy()
        with patch.object(type(guarded.site.store.bans), "order", order):
            made = exchange("GET", f"/items?access_token={text}")
            found: Any = guarded.route(made)[0].enter(made)
            assert isinstance(found, Reply)
            await asyncio.sleep(0.01)
            return found.status

    assert asyncio.run(body(lambda _, ban: later(ban))) == 400
    assert len(told) == 1
    assert asyncio.run(body(fails)) == 400


def test_one_that_comes_under_another_word_is_burnt_too() -> None:
    guarded = compiled(API, only=(ID, "jwt.verify-before-use"), issuers={"main": issuer(scheme="Token")})
    text = token()

    def used() -> int:
        return status(guarded, exchange("GET", "/items", [("authorization", f"Token {text}")]))

    assert used() == 0
    assert status(guarded, exchange("GET", f"/items?access_token={text}")) == 400
    assert used() == 401
