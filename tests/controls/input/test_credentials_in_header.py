"""Credentials in URLs are refused, and what only looks like one passes."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from closing import InProcess, Request, Response, app_of, audited, closes_the_loop
from exchanges import answer, api_of, ask, compiled, exchange, head
from ostiary import catalogue
from ostiary.evidence import Spec
from ostiary.model import Kind, Outcome
from recorded import Recorded, said
from samples import sample
from shop import OK, shop

ID = "input.credentials-in-header"
JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
GITHUB = "ghp_" + "a1B2" * 9
STRIPE = "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc"
AWS = "AKIA" + "IOSFODNN7EXAMPLE"


@pytest.mark.parametrize(
    "target",
    ["/items?access_token=abc", "/items?a=1&api_key=abc", "/items?apikey=x", "/items?API-Key=x", "/items?password=x",
     "/items?client_secret=x", "/items?token=x", "/items?jwt=x", "/items?auth=x", "/items?%61ccess_token=abc",
     "/items?access%5Ftoken=abc", "/items?access+token=abc", f"/items?q={JWT}", f"/items?x={GITHUB}", f"/items?key={STRIPE}", f"/items?id={AWS}",
     f"/items/{JWT}", f"/items/{GITHUB}", "/items?q=%65" + JWT[1:]],
)  # fmt: skip
def test_credentials_by_name_and_by_shape_are_refused_and_not_repeated(target: str) -> None:
    refusal = ask(compiled(shop(), only=[ID]), exchange("GET", target))
    assert refusal is not None
    assert refusal.status == 400
    assert b"replace this one" in refusal.body
    assert JWT.encode() not in refusal.body


@pytest.mark.parametrize(
    "target",
    ["/items?page_token=CAUQAA", "/items?pageToken=CAUQAA&cursor=abc", f"/items?cursor={JWT}", f"/items?next_token={JWT}",
     "/items?cursor=eyJpZCI6MTIzLCJ0IjoiYSJ9", "/items?code=SplxlOBeZQQYbYS6WxSbIA&state=af0ifjsldkj",
     f"/items?id_token_hint={JWT}", "/items?q=what+is+a+password%3F", "/items?q=access_token", "/items?tokens=5&author=x",
     "/items?key=name&sort=token_count", "/items?csrf_token=abc", "/items?secretary=x", "/items?token=", "/items?password",
     "/items?X-Amz-Signature=fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024",
     "/items/0190163d-8694-739b-aea5-966c26f8ad91", "/items/c2thaGdmamtkaGdmaGdmaGpkZ2ZqaGRn", "/items/sk-learn-0.24-and-more"],
)  # fmt: skip
def test_what_only_looks_like_a_credential_passes(target: str) -> None:
    assert ask(compiled(shop(), only=[ID]), exchange("GET", target)) is None


def test_looking_takes_linear_time() -> None:
    policy = compiled(shop(), only=[ID])
    for text in ("eyJ" * 20_000, "eyJaaaaaaaa.b." * 5_000, "xoxb_" * 12_000):
        begin = time.process_time()
        assert ask(policy, exchange("GET", f"/items/{text}?q={text}")) is None
        assert time.process_time() - begin < 0.2


def test_names_can_be_allowed() -> None:
    policy = compiled(shop(), only=[ID], controls={ID: {"allow": ["token"]}})
    assert ask(policy, exchange("GET", f"/items?token={JWT}")) is None  # the link of a confirmation mail
    assert ask(policy, exchange("GET", "/items?api_key=x")) is not None


def test_browsers_are_told_to_send_no_referer() -> None:
    reply = answer(compiled(shop(), only=[ID]), exchange("GET", "/items"), 200, [("referrer-policy", "unsafe-url")])
    assert head(reply, "referrer-policy") == "no-referrer"


def spec_outcome(paths: dict[str, Any], **rest: Any) -> Outcome:
    api = api_of(paths, **rest)
    return asyncio.run(catalogue.control(ID).audits[Kind.SPEC](Spec(api=api))).outcome  # type: ignore[arg-type]  # coroutine


@pytest.mark.parametrize(
    ("name", "place", "outcome"),
    [
        ("api_key", "query", Outcome.FAIL),
        ("token", "path", Outcome.FAIL),
        ("password", "query", Outcome.FAIL),  # GET /user/login of Swagger Petstore 3.0
        ("X-API-Key", "header", Outcome.PASS),
        ("page_token", "query", Outcome.PASS),
        ("tokenId", "path", Outcome.PASS),
    ],
)
def test_documents_that_put_credentials_into_urls_are_found(name: str, place: str, outcome: Outcome) -> None:
    parameter = {"name": name, "in": place, "required": place == "path", "schema": {"type": "string"}}
    path = f"/x/{{{name}}}" if place == "path" else "/x"
    assert spec_outcome({path: {"get": {"parameters": [parameter], "responses": OK}}}) is outcome


def test_a_scheme_in_the_query_and_a_password_format_are_found() -> None:
    schemes = {"securitySchemes": {"key": {"type": "apiKey", "in": "query", "name": "k"}}}
    assert spec_outcome({"/x": {"get": {"responses": OK}}}, components=schemes) is Outcome.FAIL
    odd = {"name": "pin", "in": "query", "schema": {"type": "string", "format": "password"}}
    assert spec_outcome({"/x": {"get": {"parameters": [odd], "responses": OK}}}) is Outcome.FAIL


ALICE = {"alice": ("authorization", f"Bearer {JWT}")}


def closed(request: Request) -> Response:
    """Reads its token from the header alone."""
    return Response() if request.headers.get("authorization") == f"Bearer {JWT}" else Response(401)


def careless(request: Request) -> Response:
    """Reads its token from the query too, as Flask-JWT-Extended does when "query_string" is a token location."""
    return Response() if JWT in request.query else closed(request)


def test_a_token_that_opens_nothing_from_the_query_passes() -> None:
    finding = audited(ID, InProcess(app_of(closed), shop(), credentials=ALICE))
    assert finding.outcome is Outcome.PASS
    assert "working token" in finding.why


def test_the_loop_closes() -> None:
    closes_the_loop(ID, careless, shop(), credentials=ALICE)


def test_a_token_is_a_token_whatever_its_scheme_is_called_but_a_password_is_none() -> None:
    def argument_too(request: Request) -> Response:
        opens = request.headers.get("authorization") == f"Token {JWT}" or f"access_token={JWT}" in str(request.query)
        return Response() if opens else Response(401)

    named = InProcess(app_of(argument_too), shop(), credentials={"alice": ("authorization", f"Token {JWT}")})
    assert audited(ID, named).outcome is Outcome.FAIL
    basic = {"alice": ("authorization", "Basic YTpi")}
    shut = InProcess(
        app_of(lambda got: Response(200 if got.headers.get("authorization") else 401)), shop(), credentials=basic
    )
    assert audited(ID, shut).outcome is not Outcome.FAIL


def test_a_public_api_proves_nothing_with_a_made_up_token() -> None:
    assert audited(ID, InProcess(app_of(lambda _: Response()), shop())).outcome is Outcome.UNKNOWN


def test_real_servers_without_such_links_are_not_accused() -> None:
    replies = [
        sample("flask-3.1.3", "open-redirect"),
        sample("fastapi-0.165.0", "docs-page"),
        sample("nginx-1.22.1", "status-page"),
    ]
    assert audited(ID, Recorded(replies, api=shop())).outcome is Outcome.UNKNOWN


def test_a_declared_token_beside_a_page_size_is_a_cursor_and_never_a_jwt() -> None:
    def listing(*names: str) -> Any:
        parameters = [{"name": each, "in": "query", "schema": {"type": "string"}} for each in names]
        return compiled(api_of({"/records": {"get": {"parameters": parameters}}}), only=[ID])

    cursor = "/records?_limit=2&_token=eyJsYXN0X21vZGlmaWVkIjogMTIzfQ=="
    assert ask(listing("_limit", "_token"), exchange("GET", cursor)) is None
    assert ask(listing("_limit"), exchange("GET", cursor)) is not None
    assert ask(listing("_token"), exchange("GET", cursor)) is not None
    assert ask(listing("_limit", "_token"), exchange("GET", f"/records?_token={JWT}")) is not None
    assert ask(listing("limit", "access_token"), exchange("GET", "/records?access_token=1234567890")) is not None


@pytest.mark.parametrize("host", ["https://img.example", r"https:\/\/img.example", "//img.example:8443"])
def test_a_picture_that_another_host_signed_is_not_this_apis_link(host: str) -> None:
    slash = r"\/" if "\\" in host else "/"
    body = f'{{"image":"{host}{slash}f{slash}pikachu.jpg?token={JWT}"}}'
    assert audited(ID, Recorded([said(200, [], body)], api=shop())).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "reply",
    [
        said(200, [], f'{{"file":"https://api.test/f/report.pdf?token={JWT}"}}'),
        said(200, [], f'{{"file":"/f/report.pdf?token={JWT}"}}'),
        said(
            302, [("location", f"https://app.example/#access_token={JWT}&token_type=bearer")]
        ),  # OAuth's implicit flow
        said(200, [], '{"reset":"https://app.example/reset?token=7f1c9b2e5d3a4f60"}'),
    ],
)
def test_links_that_carry_a_credential_are_found(reply: Any) -> None:
    assert audited(ID, Recorded([reply], api=shop())).outcome is Outcome.FAIL
