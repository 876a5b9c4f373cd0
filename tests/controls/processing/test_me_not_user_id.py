"""/me is the caller's own place under the id that the token has; the form with an id is closed to ordinary callers."""

from __future__ import annotations

from typing import Any

import pytest

from closing import Request as Seen
from closing import Response, app_of
from entitled import ISSUERS, believing, caller, knowing, status
from exchanges import api_of, compiled, exchange
from orders import BODY, Shop, ask, bare, document, op
from ostiary.config import Config, Override
from ostiary.controls.processing.me_not_user_id.guard import Settings
from ostiary.controls.processing.me_not_user_id.guard import guard as guard_of
from ostiary.errors import ConfigError
from ostiary.guard.app import AsgiApp, Guard
from ostiary.model import Api
from ostiary.parts.rights_aliases import led_back

ID = "processing.me-not-user-id"
ONLY = (
    ID,
    "processing.all-endpoints-authenticated",
    "userdata.ownership-check",
    "input.validation-schema",
    "beyond.api-inventory",
    "input.method-405",
)
ME: dict[str, Any] = {"aliases": {"/me": "/users/{token.sub}"}}


def guarded(app: AsgiApp, settings: Any = ME, api: Api | None = None, **rest: Any) -> Guard:
    controls = {ID: settings, **rest.pop("controls", {})}
    config = Config(only=ONLY, issuers=ISSUERS, controls=controls, **rest)
    with believing():
        return Guard(app, config, api=api or document())


@pytest.mark.parametrize(
    ("method", "target", "asked"),
    [
        ("GET", "/me", "GET /users/7"), ("GET", "/me/orders", "GET /users/7/orders"), ("GET", "/me/orders/2?a=b", "GET /users/7/orders/2?a=b"),
        ("DELETE", "/me/orders/2", "DELETE /users/7/orders/2"), ("PATCH", "/me", "PATCH /users/7"), ("HEAD", "/me", "HEAD /users/7"),
        ("GET", "/%6de/orders", "GET /users/7/orders"), ("GET", "/me/orders/a%20b", "GET /users/7/orders/a b"),
    ],
)  # fmt: skip
def test_the_application_is_asked_for_the_callers_own(method: str, target: str, asked: str) -> None:
    shop = Shop()
    ask(guarded(bare(shop)), "7", method, target, {"a": 1} if method == "PATCH" else None)
    assert shop.asked == [asked]


def test_the_raw_path_is_rewritten_too() -> None:
    scopes: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scopes.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    ask(guarded(app), "auth0|Ä 7", "GET", "/me/orders/a%2Cb")
    assert scopes == []  # a space is no part of one segment
    ask(guarded(app), "auth0|Ä7", "GET", "/me/orders/a%2Cb")
    assert scopes[0]["raw_path"] == b"/users/auth0%7C%C3%847/orders/a%2Cb"
    assert scopes[0]["path"] == "/users/auth0|Ä7/orders/a,b"


def test_the_form_with_an_id_is_closed() -> None:
    shop = Shop()
    guard = guarded(bare(shop), {**ME, "exempt-roles": ["support"]})
    for target in ("/users/8", "/users/7", "/users/7/orders", "/users/7/orders/2"):
        assert ask(guard, "7", "GET", target).status == 404
    assert shop.asked == []
    assert ask(guard, "1;support", "GET", "/users/8/orders").status == 200
    assert ask(guard, "7", "GET", "/users/active").status == 200  # not anybody's
    assert ask(guard, "7", "GET", "/orders/2").status == 200


def test_it_looks_like_a_path_that_does_not_exist() -> None:
    guard = guarded(bare(Shop()))
    closed, unknown = (ask(guard, "7", "GET", target) for target in ("/users/8", "/nothing"))
    one, other = closed.plain, unknown.plain
    assert one.pop("instance") != other.pop("instance")
    assert (closed.status, one, closed.headers) == (unknown.status, other, unknown.headers)


def test_exempting_scopes_open_it_within_the_clients_ceiling() -> None:
    ceiling: dict[str, Any] = {"oauth.scope-per-client": {"clients": {"app": []}}}
    settings = {ID: {**ME, "exempt-scopes": ["users"]}, **ceiling}
    policy = knowing(document(), [ID, "oauth.scope-per-client"], controls=settings)
    assert status(policy, caller("7", scopes={"users"}), "GET", "/users/8") == 0
    assert status(policy, caller("7", scopes={"users"}, client="app"), "GET", "/users/8") == 404
    assert status(policy, None, "GET", "/users/8") == 404


def test_ones_own_id_can_be_let_in() -> None:
    guard = guarded(bare(Shop()), {**ME, "direct": "own"})
    assert ask(guard, "7", "GET", "/users/7/orders").status == 200
    assert ask(guard, "7", "GET", "/users/8/orders").status == 404
    assert ask(guard, "7", "GET", "/users/%37/orders").status == 200
    assert ask(guard, "active", "GET", "/users/7/orders").status == 404


def test_an_operation_can_be_left_open() -> None:
    own = {"GET /users/{user_id}": Override(controls={ID: {"direct": "open"}})}
    guard = guarded(bare(Shop()), operations=own)
    assert ask(guard, "7", "GET", "/users/8").status == 200
    assert ask(guard, "7", "GET", "/users/8/orders").status == 404
    assert ask(guard, "7", "GET", "/me").plain == {"user": "7"}


def test_a_stranger_has_no_place() -> None:
    assert ask(guarded(bare(Shop())), "", "GET", "/me").status == 401
    policy = knowing(document(), [ID], controls={ID: ME})
    assert status(policy, None, "GET", "/me") == 401


@pytest.mark.parametrize(
    "subject",
    ["", ".", "..", "a/b", "a\\b", "a%2fb", "a;b", "a?b", "a#b", "a b", "a\0b", "a\nb", "active", "ACTIVE", "x" * 201],
)
def test_a_claim_that_is_not_one_segment_of_the_callers_own_leads_nowhere(subject: str) -> None:
    policy = knowing(document(), [ID], controls={ID: ME})
    assert status(policy, caller(subject), "GET", "/me") == 403


@pytest.mark.parametrize(
    "subject",
    [
        "7",
        "auth0|5f7c8ec7c33c6c004bbafe82",
        "a@b.example",
        "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "a:b",
        "ü",
        "...x",
        "a,b",
    ],
)
def test_usual_subjects_have_a_place(subject: str) -> None:
    policy = knowing(document(), [ID], controls={ID: ME})
    assert status(policy, caller(subject), "GET", "/me") == 0


def test_a_subject_does_not_spell_another_resource() -> None:
    api = api_of({"/users/{id}": {"get": op()}, "/users/{id}.csv": {"get": op()}, "/users/all": {"get": op()}})
    policy = knowing(api, [ID], controls={ID: ME})
    for subject in ("all", "All", "8.csv", "8.CSV"):
        assert status(policy, caller(subject), "GET", "/me") == 403
    assert status(policy, caller("8csv"), "GET", "/me") == 0
    assert status(policy, caller("7"), "GET", "/users/8.csv") == 404  # a form with an id as well


def test_rules_and_schemas_of_the_target_hold_for_the_alias() -> None:
    number = [{"name": "user_id", "in": "path", "required": True, "schema": {"type": "integer"}}]
    paths = {
        "/users/{user_id}/orders/{id}": {
            "parameters": number,
            "put": op(requestBody={**BODY, "required": True}),
            "get": op(),
        }
    }
    rules = {
        "GET /users/{user_id}/orders/{id}": Override(
            controls={"userdata.ownership-check": {"owner": "response.owner_id == token.sub"}}
        )
    }
    shop = Shop()
    guard = guarded(bare(shop), api=api_of(paths), operations=rules)
    assert ask(guard, "7", "GET", "/me/orders/2").status == 200
    assert ask(guard, "7", "GET", "/me/orders/1").status == 404  # /me is no check of what is below it
    assert ask(guard, "seven", "GET", "/me/orders/2").status == 400
    assert ask(guard, "7", "PUT", "/me/orders/2", b"[").status == 400
    assert ask(guard, "7", "POST", "/me/orders/2").status == 405


def test_an_alias_satisfies_a_rule_about_its_path() -> None:
    shop = Shop()
    guard = guarded(bare(shop), controls={"userdata.ownership-check": {"everywhere": ["path.user_id == token.sub"]}})
    assert ask(guard, "7", "GET", "/me/orders").status == 200


def test_settings_may_name_the_alias() -> None:
    own = {"GET /me/orders": Override(controls={"userdata.ownership-check": {"owner": "path.user_id == token.tenant"}})}
    guard = guarded(bare(Shop()), operations=own)
    assert ask(guard, "7", "GET", "/me/orders").status == 404
    assert ask(guard, "7", "GET", "/me").status == 200


def test_what_the_document_has_below_the_alias_stays_the_applications() -> None:
    shop = Shop()
    api = api_of({"/me": {"get": op()}, "/users/{id}": {"get": op(), "delete": op()}})
    guard = guarded(app_of(lambda seen: _noting(shop, seen)), api=api)
    ask(guard, "7", "GET", "/me")
    ask(guard, "7", "DELETE", "/me")
    assert shop.asked == ["GET /me", "DELETE /users/7"]


def _noting(shop: Shop, seen: Seen) -> Response:
    shop.asked.append(f"{seen.method} {seen.path}")
    return Response()


def test_several_claims_and_bases() -> None:
    settings = {"aliases": {"/v1/mine": "/v1/tenants/{token.org.id}/users/{token.sub}"}}
    paths = {"/tenants/{t}/users/{u}/orders/{id}": {"get": op()}}
    api = api_of(paths, servers=[{"url": "https://api.test/v1"}])
    policy = knowing(api, [ID], controls={ID: settings})
    plan, _ = policy.route(made := exchange("GET", "/v1/mine/orders/5"))
    made.principal = caller("7", claims={"org": {"id": 3}})
    assert plan.enter(made) is None
    assert (made.raw_path, made.path_values) == (b"/v1/tenants/3/users/7/orders/5", ("3", "7", "5"))
    assert status(policy, caller("7"), "GET", "/v1/mine/orders/5") == 403


def test_an_undeclared_method_of_an_alias_is_405() -> None:
    assert ask(guarded(bare(Shop())), "7", "PUT", "/me/orders").head("allow") == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    ("location", "seen"),
    [
        (b"/users/7/orders/5", b"/me/orders/5"), (b"https://api.test/users/7", b"https://api.test/me"), (b"/users/7?x=1", b"/me?x=1"),
        (b"/users/77", None), (b"/users/8/orders", None), (b"/orders/5", None), (b"https://users/7", None), (b"", None),
    ],
)  # fmt: skip
def test_references_to_the_callers_own_place_lead_to_the_alias(location: bytes, seen: bytes | None) -> None:
    assert led_back(location, b"/users/7", b"/me") == seen


def test_a_reply_leads_back_to_the_alias_and_belongs_to_its_caller() -> None:
    policy = knowing(document(), [ID], controls={ID: ME})
    plan, _ = policy.route(made := exchange("PATCH", "/me"))
    made.principal = caller("7")
    assert plan.enter(made) is None
    hooks = guard_of(Settings(**ME), plan.operation, policy.site)
    made.status = 200
    made.reply_headers = [(b"location", b"https://api.test/users/7/orders/9"), (b"content-location", b"/users/8")]
    if hooks is None or hooks.reply is None:
        raise AssertionError
    hooks.reply(made)
    assert made.reply_headers == [
        (b"location", b"https://api.test/me/orders/9"), (b"content-location", b"/users/8"), (b"vary", b"Authorization"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("aliases", "what"),
    [
        ({"/me": "/users/me"}, "names no claim"), ({"/me": "/users/{id}"}, "neither"), ({"/me": "users/{token.sub}"}, "names no claim"),
        ({"/me": "/users/x{token.sub}"}, "neither"), ({"/me": "/users//{token.sub}"}, "neither"), ({"me": "/users/{token.sub}"}, "without names"),
        ({"/me/{x}": "/users/{token.sub}"}, "without names"), ({"/me/": "/users/{token.sub}"}, "without names"), ({"/": "/users/{token.sub}"}, "without names"),
        ({"/me": "/people/{token.sub}"}, "no operation"), ({"/me": "/orders/{token}"}, "neither"),
    ],
)  # fmt: skip
def test_an_alias_that_leads_nowhere_is_a_mistake(aliases: dict[str, str], what: str) -> None:
    with pytest.raises(ConfigError, match=what):
        knowing(document(), [ID], controls={ID: {"aliases": aliases}})


def test_aliases_without_an_issuer_are_a_mistake() -> None:
    with pytest.raises(ConfigError, match="issuers"):
        compiled(document(), only=[ID], controls={ID: ME})


def test_without_aliases_there_is_nothing() -> None:
    policy = knowing(document(), [ID])
    assert all(ID not in plan.controls for plan in policy.plans)
    assert status(policy, caller("7"), "GET", "/users/8") == 0


def test_switched_off_it_adds_nothing() -> None:
    policy = knowing(document(), [ID], controls={ID: ME}, off={ID: "the application has it all itself"})
    assert all(not plan.operation.alias_of for plan in policy.plans)
