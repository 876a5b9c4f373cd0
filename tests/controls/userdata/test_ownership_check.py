"""What belongs to another is not there: not to read, to write, to list or to guess at."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from closing import Request as Seen
from closing import Response, app_of
from entitled import ISSUERS, believing, caller, knowing, status
from exchanges import api_of, compiled
from orders import Got, Shop, ask, bare, document, op, send
from ostiary.config import Config, Override
from ostiary.errors import ConfigError
from ostiary.guard.app import AsgiApp, Guard
from ostiary.model import Api

ID = "userdata.ownership-check"
ONLY = (ID, "processing.all-endpoints-authenticated")


def ruled(rules: dict[str, dict[str, Any]]) -> dict[str, Override]:
    return {key: Override(controls={ID: settings}) for key, settings in rules.items()}


def guarded(
    app: AsgiApp, rules: dict[str, dict[str, Any]], *, api: Api | None = None, mode: Any = "enforce", **general: Any
) -> Guard:
    config = Config(
        only=ONLY, issuers=ISSUERS, operations=ruled(rules), controls={ID: general} if general else {}, mode=mode
    )
    with believing():
        return Guard(app, config, api=api or document())


READING = {"GET /orders/{id}": {"owner": "response.owner_id == token.sub"}}
LISTING = {"GET /orders": {"owner": "response.items[*].owner_id == token.sub"}}
WRITING = {
    f"{method} /orders/{{id}}": {"object": "GET /orders/{id}", "owner": "object.owner_id == token.sub"}
    for method in ("PUT", "PATCH", "DELETE")
}
PATHS: dict[str, Any] = {"everywhere": ["path.user_id == token.sub"]}


# reading


def test_an_order_is_shown_to_its_owner_unchanged() -> None:
    shop = Shop()
    own = ask(guarded(bare(shop), READING), "7", "GET", "/orders/2")
    assert (own.status, own.body) == (200, ask(bare(shop), "7", "GET", "/orders/2").body)
    assert own.head("etag") == '"2"'


def test_another_order_is_not_there() -> None:
    guard = guarded(bare(Shop()), READING)
    assert ask(guard, "7", "GET", "/orders/1").status == 404
    assert ask(guard, "8", "GET", "/orders/1").status == 200


def like(got: Got) -> tuple[Any, ...]:
    plain = got.plain
    assert plain.pop("instance").startswith("urn:uuid:")
    return got.status, sorted(got.headers), plain, len(got.body)


RULES = [
    ("GET", READING, None),
    ("HEAD", READING, None),
    *((method, WRITING, {"price": 1}) for method in ("PUT", "PATCH")),
    ("DELETE", WRITING, None),
]


@pytest.mark.parametrize(("method", "rules", "body"), RULES)
def test_foreign_and_missing_are_the_same_but_for_the_instance(method: str, rules: Any, body: Any) -> None:
    guard = guarded(bare(Shop()), rules)
    foreign, missing = (ask(guard, "7", method, f"/orders/{key}", body) for key in ("1", "999"))
    if method == "HEAD":
        assert (foreign.status, foreign.headers, foreign.body) == (missing.status, missing.headers, missing.body)
        assert (foreign.status, foreign.body) == (404, b"")
    else:
        assert like(foreign) == like(missing)
        assert foreign.status == 404


def test_what_the_application_forbids_looks_missing_too() -> None:
    def answer(seen: Seen) -> Response:
        headers = [("content-type", "application/json"), ("x-why", "not yours"), ("etag", '"1"')]
        return Response(int(seen.path.rpartition("/")[2]), b'{"detail": "order 1 belongs to 8"}', headers)

    guard = guarded(app_of(answer), {**READING, **WRITING})
    answers = [
        like(ask(guard, "7", "GET", f"/orders/{code}")) for code in (403, 404, 410, 423, 409, 302, 304, 204, 206)
    ]
    assert answers == [answers[0]] * len(answers)
    assert answers[0][0] == 404


def test_they_take_the_same_time() -> None:
    """Both ask the application; a rule that answered one of them by itself would be milliseconds faster."""
    shop = Shop()

    def slowly(seen: Seen) -> Response:
        time.sleep(0.004)
        return shop.answer(seen)

    guard = guarded(app_of(slowly), {**READING, **WRITING})

    async def measure(method: str) -> dict[str, float]:
        spent: dict[str, list[float]] = {"1": [], "999": []}
        for _ in range(15):
            for key, times in spent.items():
                begin = time.perf_counter()
                await send(guard, "7", method, f"/orders/{key}")
                times.append(time.perf_counter() - begin)
        return {key: min(times) for key, times in spent.items()}  # what a busy machine adds is left out

    for method in ("GET", "DELETE"):
        apart = []
        for _ in range(3):
            found = asyncio.run(measure(method))
            assert min(found.values()) > 0.004
            apart.append(abs(found["1"] - found["999"]))
            if apart[-1] < 0.002:
                break
        assert min(apart) < 0.002


@pytest.mark.parametrize(
    "condition",
    [
        ("if-none-match", '"1"'),
        ("if-none-match", "*"),
        ("if-modified-since", "x"),
        ("range", "bytes=0-9"),
        ("if-match", '"1"'),
    ],
)
def test_conditions_tell_nothing_about_foreign_objects(condition: tuple[str, str]) -> None:
    shop = Shop()
    guard = guarded(bare(shop), READING)
    assert ask(guard, "7", "GET", "/orders/1", None, condition).status == 404
    assert ask(guard, "7", "GET", "/orders/2", None, condition).status == 200
    assert all(condition[0] not in headers for headers in shop.headers)


def test_head_is_decided_by_what_a_get_would_show() -> None:
    shop = Shop()
    guard = guarded(bare(shop), READING)
    assert ask(guard, "7", "HEAD", "/orders/2?x=1").status == 200
    assert shop.asked == ["GET /orders/2?x=1", "HEAD /orders/2?x=1"]
    foreign = ask(guard, "7", "HEAD", "/orders/1")
    assert (foreign.status, foreign.head("etag"), foreign.head("x-owner")) == (404, None, None)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ([("content-type", "text/html")], b'{"owner_id": 7}'),
        ([], b'{"owner_id": 7}'),
        ([("content-type", "application/json")], b""),
        ([("content-type", "application/json")], b'{"owner_id": 7'),
        ([("content-type", "application/json")], b"\xff\xfe{}"),
        ([("content-type", "application/json")], b'{"owner": 7}'),
        ([("content-type", "application/json"), ("content-type", "text/html")], b'{"owner_id": 7}'),
        ([("content-type", "application/json"), ("content-encoding", "br")], b'{"owner_id": 7}'),
        ([("content-type", "text/event-stream")], b'data: {"owner_id": 7}\n\n'),
        ([("content-type", "application/x-ndjson")], b'{"owner_id": 7}\n'),
        ([("content-type", "application/json")], b'cb({"owner_id": 7})'),
    ],
)
def test_what_cannot_be_read_is_not_shown(headers: Any, body: bytes) -> None:
    guard = guarded(app_of(lambda _: Response(200, body, headers)), READING)
    got = ask(guard, "7", "GET", "/orders/2")
    assert got.status == 404
    assert b"owner" not in got.body


def test_a_reply_that_is_too_large_is_not_shown() -> None:
    body = b'{"owner_id": 7, "x": "' + b"x" * (9 << 20) + b'"}'
    guard = guarded(app_of(lambda _: Response(200, body)), READING)
    assert ask(guard, "7", "GET", "/orders/2").status == 502


@pytest.mark.parametrize("code", [400, 401, 422, 429])
def test_an_answer_about_the_request_passes(code: int) -> None:
    guard = guarded(app_of(lambda _: Response(code, b'{"detail": "what?"}')), READING)
    assert (ask(guard, "7", "GET", "/orders/2").status, ask(guard, "7", "GET", "/orders/2").body) == (
        code,
        b'{"detail": "what?"}',
    )


def test_a_failure_stays_one_and_shows_nothing() -> None:
    guard = guarded(app_of(lambda _: Response(503, b'{"owner_id": 8}', [("retry-after", "5")])), READING)
    got = ask(guard, "7", "GET", "/orders/2")
    assert (got.status, got.head("retry-after")) == (503, "5")
    assert b"owner" not in got.body


def test_a_websocket_is_not_opened_where_replies_are_read() -> None:
    guard = guarded(bare(Shop()), READING)
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def take(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"api.test"), (b"authorization", b"Bearer 7")]
    scope = {
        "type": "websocket", "raw_path": b"/orders/2", "path": "/orders/2", "query_string": b"", "headers": headers,
        "scheme": "ws", "client": ("192.0.2.7", 1),
    }  # fmt: skip
    asyncio.run(guard(scope, receive, take))
    assert sent[0]["type"] == "websocket.close"


# lists


def test_a_list_shows_the_callers_own_and_counts_nothing_else() -> None:
    shop = Shop()
    got = ask(guarded(bare(shop), LISTING), "8", "GET", "/orders")
    assert [each["id"] for each in got.plain["items"]] == [1, 3, 5]
    assert (got.plain["total"], got.plain["meta"]) == (3, {"pageCount": 1, "size": 50})
    assert got.head("content-length") == str(len(got.body))
    assert got.head("x-total-count") is None
    assert got.head("link") == '</orders?page=2>; rel="next"'


def test_a_list_of_others_is_empty() -> None:
    got = ask(guarded(bare(Shop()), LISTING), "9", "GET", "/orders")
    assert (got.plain["items"], got.plain["total"]) == ([], 0)


def test_counters_can_be_kept() -> None:
    rules = {"GET /orders": {**LISTING["GET /orders"], "counters": "keep"}}
    got = ask(guarded(bare(Shop()), rules), "8", "GET", "/orders")
    assert (len(got.plain["items"]), got.plain["total"], got.head("x-total-count")) == (3, 6, "6")


def test_a_head_of_a_list_tells_no_length() -> None:
    got = ask(guarded(bare(Shop()), LISTING), "8", "HEAD", "/orders")
    assert (got.status, got.head("content-length"), got.head("x-total-count")) == (200, None, None)


def test_a_bare_list_is_filtered() -> None:
    guard = guarded(
        app_of(lambda _: Response(200, b'[{"o": 7, "n": 0.12345678901234567890}, {"o": 8}]')),
        {"GET /orders": {"owner": "response[*].o == token.sub"}},
    )
    assert ask(guard, "7", "GET", "/orders").body == b'[{"o":7,"n":0.12345678901234567890}]'


# writing


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_write_reaches_only_the_callers_own_object(method: str) -> None:
    shop = Shop()
    guard = guarded(bare(shop), WRITING)
    body = None if method == "DELETE" else {"price": 1}
    assert ask(guard, "7", method, "/orders/1", body).status == 404
    assert ask(guard, "7", method, "/orders/999", body).status == 404
    assert shop.changed == []
    assert ask(guard, "7", method, "/orders/2", body).status == 200
    assert shop.changed == [f"{method} 2"]


def test_the_object_is_asked_for_as_the_caller_and_nothing_more() -> None:
    shop = Shop()
    sent = [
        ("cookie", "a=b"), ("x-tenant", "t"), ("if-match", '"2"'), ("idempotency-key", "k"), ("x-http-method-override", "DELETE"),
        ("accept", "text/html"), ("accept-encoding", "gzip"),
    ]  # fmt: skip
    ask(guarded(bare(shop), WRITING), "7", "PATCH", "/orders/2", {"a": 1}, *sent)
    asked, written = shop.headers
    assert shop.asked == ["GET /orders/2", "PATCH /orders/2"]
    assert (asked["cookie"], asked["x-tenant"], asked["authorization"]) == ("a=b", "t", "Bearer 7")
    assert (asked["accept"], asked["accept-encoding"]) == ("application/json", "identity")
    assert not {"if-match", "idempotency-key", "content-length", "content-type", "x-http-method-override"} & set(asked)
    assert written["if-match"] == '"2"'


def test_odd_path_values_are_asked_for_as_they_are() -> None:
    shop = Shop()
    ask(guarded(bare(shop), WRITING), "7", "DELETE", "/orders/a%20b%3Fc=d%23")
    assert shop.asked == ["GET /orders/a b?c=d#"]  # decoded by the server, one segment


def test_an_application_that_cannot_be_asked_lets_nothing_through() -> None:
    seen: list[str] = []

    def answer(request: Seen) -> Response:
        seen.append(request.method)
        return Response(500, b'{"owner_id": 7}')

    assert ask(guarded(app_of(answer), WRITING), "7", "DELETE", "/orders/2").status == 502

    def crash(request: Seen) -> Response:
        seen.append(request.method)
        raise RuntimeError("no")

    assert ask(guarded(app_of(crash), WRITING), "7", "DELETE", "/orders/2").status == 503
    assert set(seen) == {"GET"}


@pytest.mark.parametrize(
    "reply",
    [Response(302, b"", [("location", "/x")]), Response(204, b"", ()), Response(200, b"[]"), Response(200, b"<p>")],
)
def test_an_object_that_cannot_be_read_is_not_there(reply: Response) -> None:
    assert ask(guarded(app_of(lambda _: reply), WRITING), "7", "DELETE", "/orders/2").status == 404


# what the request says


def test_a_path_names_its_owner() -> None:
    guard = guarded(bare(Shop()), {}, **PATHS)
    assert ask(guard, "7", "GET", "/users/7/orders").status == 200
    assert ask(guard, "7", "GET", "/users/8/orders").status == 404
    assert ask(guard, "7", "GET", "/users/8/orders/2").status == 404
    assert ask(guard, "7", "PATCH", "/users/8", {"a": 1}).status == 404
    assert ask(guard, "7", "GET", "/orders/1").status == 200  # it has no such name


@pytest.mark.parametrize(
    "target",
    [
        "/users/8/orders",
        "/users/%38/orders",
        "/users/07/orders",
        "/users/7%20/orders",
        "/users/7;8/orders",
        "/users/7,8/orders",
    ],
)
def test_no_spelling_of_another_owner_gets_by(target: str) -> None:
    assert ask(guarded(bare(Shop()), {}, **PATHS), "7", "GET", target).status in {400, 404}


def test_an_undeclared_method_of_a_foreign_path_is_not_there_either() -> None:
    policy = knowing(document(), [ID, "input.method-405"], controls={ID: PATHS})
    assert status(policy, caller("7"), "PUT", "/users/8/orders") == 404
    assert status(policy, caller("7"), "PUT", "/users/7/orders") == 405


QUERY = {"GET /orders": {"owner": "query.owner == token.sub"}}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("owner=7", 200), ("owner=8", 404), ("", 404), ("owner=", 404), ("owner=7&owner=8", 404), ("owner=7&OWNER=8", 404),
        ("owner=7&owner[]=8", 404), ("owner=7&x=1;owner=8", 404), ("%6Fwner=7", 200), ("owner=7&%6Fwner=8", 404), ("owner=7,8", 404),
        ("owner=7%26owner=8", 404),
    ],
)  # fmt: skip
def test_a_query_names_its_owner_in_every_spelling(query: str, found: int) -> None:
    assert ask(guarded(bare(Shop()), QUERY), "7", "GET", f"/orders?{query}").status == found


def test_an_absent_query_parameter_can_be_filled_in() -> None:
    shop = Shop()
    guard = guarded(bare(shop), {"GET /orders": {**QUERY["GET /orders"], "absent": "fill"}})
    assert ask(guard, "7", "GET", "/orders?page=2").status == 200
    assert ask(guard, "a&owner=8", "GET", "/orders").status == 200
    assert shop.asked == ["GET /orders?page=2&owner=7", "GET /orders?owner=a%26owner%3D8"]
    assert ask(guard, "7", "GET", "/orders?owner=8").status == 404


def test_an_absent_query_parameter_can_pass() -> None:
    guard = guarded(bare(Shop()), {"GET /orders": {**QUERY["GET /orders"], "absent": "pass"}})
    assert ask(guard, "7", "GET", "/orders").status == 200
    assert ask(guard, "7", "GET", "/orders?Owner=8").status == 404


def test_a_header_names_its_owner() -> None:
    guard = guarded(bare(Shop()), {"GET /orders": {"owner": "header.X-Tenant == token.sub"}})
    assert ask(guard, "7", "GET", "/orders", None, ("x-tenant", "7")).status == 200
    assert ask(guard, "7", "GET", "/orders", None, ("x-tenant", "8")).status == 404
    assert ask(guard, "7", "GET", "/orders", None, ("x-tenant", "7"), ("x-tenant", "8")).status == 404
    assert ask(guard, "7", "GET", "/orders").status == 404


FORM = ("content-type", "application/x-www-form-urlencoded")
CREATING = {"POST /orders": {"owner": "body.owner_id == token.sub"}}


@pytest.mark.parametrize(
    ("body", "headers", "found"),
    [
        ({"owner_id": "7"}, (), 201), ({"owner_id": 7}, (), 201), ({"owner_id": 8}, (), 404), ({}, (), 404), ({"owner_id": None}, (), 404),
        ({"owner_id": ["7"]}, (), 404), ([{"owner_id": 7}], (), 404), (b'{"owner_id": 7, "owner_id": 8}', (), 404),
        (b'{"owner_id": 7, "OWNER_ID": 8}', (), 404), (b'{"Owner_Id": 8}', (), 404), ({"owner_id": 7.0}, (), 404),
        (b'{"owner_id": 7, "owner\\u005fid": 8}', (), 404), (b'{"owner\\u005fid": 7}', (), 201), (b"not json", (), 400),
        (b'{"owner_id": 7}', [("content-type", "text/plain")], 415), (b'{"owner_id": 7}', [("content-type", "application/xml")], 415),
        (b'{"owner_id": 7}', [("content-type", "application/octet-stream")], 415), (b'{"owner_id": 7}', [("content-type", "multipart/form-data; boundary=x")], 415),
        (b"owner_id=7", [FORM], 201), (b"owner_id=8", [FORM], 404), (b"owner_id=7&owner_id=8", [FORM], 404), (b"owner_id=7&owner_id[]=8", [FORM], 404),
        (b"owner_id=7&Owner_Id=8", [FORM], 404), (b"owner.id=8&owner_id=7", [FORM], 404), (None, (), 415), (b"", [("content-type", "application/json")], 400),
    ],
)  # fmt: skip
def test_a_body_names_its_owner(body: Any, headers: Any, found: int) -> None:
    shop = Shop()

    def answer(seen: Seen) -> Response:
        shop.changed.append("created")
        return Response(201)

    assert ask(guarded(app_of(answer), CREATING), "7", "POST", "/orders", body, *headers).status == found
    assert bool(shop.changed) is (found == 201)


def test_an_absent_member_can_be_filled_in() -> None:
    shop = Shop()
    guard = guarded(bare(shop), {"POST /orders": {**CREATING["POST /orders"], "absent": "fill"}})
    assert ask(guard, "7", "POST", "/orders", {"price": 1}).status == 201
    assert ask(guard, "7", "POST", "/orders", {"OWNER_ID": "8"}).status == 404
    assert ask(guard, "7", "POST", "/orders", {"owner_id": "8"}).status == 404
    assert shop.changed == ['POST {"price":1,"owner_id":"7"}']


def test_what_is_filled_in_is_a_number_where_the_schema_has_one() -> None:
    schema = {
        "type": "object",
        "properties": {"o": {"allOf": [{"$ref": "#/components/schemas/Id"}]}, "n": {"type": "integer"}},
    }
    body = {"content": {"application/json": {"schema": schema}}}
    api = api_of({"/orders": {"post": op(requestBody=body)}}, components={"schemas": {"Id": {"type": "integer"}}})
    shop = Shop()
    rules = {"POST /orders": {"owner": "body.n == token.sub", "absent": "fill"}}
    assert ask(guarded(bare(shop), rules, api=api), "7", "POST", "/orders", {"a": 1}).status == 201
    assert shop.changed == ['POST {"a":1,"n":7}']


def test_an_absent_member_can_pass_where_it_changes_nothing() -> None:
    rules = {"PATCH /users/{user_id}": {"owner": "body.owner_id == token.sub", "absent": "pass"}}
    guard = guarded(bare(Shop()), rules)
    assert ask(guard, "7", "PATCH", "/users/7", {"name": "x"}).status == 200
    assert ask(guard, "7", "PATCH", "/users/7", {"owner_id": "8"}).status == 404
    assert ask(guard, "7", "PATCH", "/users/7", {"OWNER_id": "8"}).status == 404


def test_every_item_of_a_bulk_request_is_the_callers() -> None:
    guard = guarded(bare(Shop()), {"POST /orders": {"owner": "body.items[*].owner_id == token.sub"}})
    assert ask(guard, "7", "POST", "/orders", {"items": [{"owner_id": 7}, {"owner_id": "7"}]}).status == 201
    assert ask(guard, "7", "POST", "/orders", {"items": [{"owner_id": 7}, {"owner_id": 8}]}).status == 404
    assert ask(guard, "7", "POST", "/orders", {"items": [{"owner_id": 7}, {}]}).status == 404
    others: tuple[Any, ...] = ({}, "x", None)
    for items in others:
        assert ask(guard, "7", "POST", "/orders", {"items": items}).status == 404
    assert ask(guard, "7", "POST", "/orders", {}).status == 404


def test_a_delete_without_the_body_that_names_its_owner_is_refused() -> None:
    api = api_of({"/orders": {"delete": op(requestBody={"content": {"application/json": {"schema": {}}}})}})
    shop = Shop()
    guard = guarded(bare(shop), {"DELETE /orders": {"owner": "body.owner_id == token.sub"}}, api=api)
    assert ask(guard, "7", "DELETE", "/orders").status == 415
    assert ask(guard, "7", "DELETE", "/orders", {"owner_id": 8}).status == 404
    assert shop.asked == []
    assert ask(guard, "7", "DELETE", "/orders", {"owner_id": 7}).status == 200


def test_several_rules_all_have_to_hold() -> None:
    rules = {
        "GET /users/{user_id}/orders/{id}": {"owner": ["path.user_id == token.sub", "response.owner_id == token.sub"]}
    }
    guard = guarded(bare(Shop()), rules)
    assert ask(guard, "7", "GET", "/users/7/orders/2").status == 200
    assert ask(guard, "7", "GET", "/users/7/orders/1").status == 404
    assert ask(guard, "8", "GET", "/users/7/orders/2").status == 404


# who


def test_a_stranger_is_asked_who_he_is() -> None:
    policy = knowing(document(), [ID], operations=ruled({**READING, **WRITING, **LISTING}))
    for method, target in (("GET", "/orders/1"), ("DELETE", "/orders/1"), ("GET", "/orders")):
        assert status(policy, None, method, target) == 401


def test_exempt_roles_and_scopes_see_everything() -> None:
    rules = {
        key: {**each, "exempt-roles": ["admin"], "exempt-scopes": ["orders:all"]}
        for key, each in {**READING, **LISTING, **WRITING}.items()
    }
    shop = Shop()
    guard = guarded(bare(shop), rules)
    assert ask(guard, "1;admin", "GET", "/orders/1").status == 200
    assert ask(guard, "1;admin", "GET", "/orders/999").plain == {"error": "order 999 does not exist"}
    assert ask(guard, "1;admin", "HEAD", "/orders/1").head("etag") == '"1"'
    assert len(ask(guard, "1;admin", "GET", "/orders").plain["items"]) == 6
    assert ask(guard, "1;admin", "DELETE", "/orders/1").status == 200
    assert "GET /orders/1" in shop.asked
    policy = knowing(document(), [ID], operations=ruled(rules))
    assert status(policy, caller("1", scopes={"orders:all"}), "DELETE", "/orders/1") == 0


def test_a_clients_ceiling_holds_for_exempting_scopes_too() -> None:
    rules = {"GET /users/{user_id}": {"owner": "path.user_id == token.sub", "exempt-scopes": ["all"]}}
    policy = knowing(
        document(),
        [ID, "oauth.scope-per-client"],
        operations=ruled(rules),
        controls={"oauth.scope-per-client": {"clients": {"app": []}}},
    )
    assert status(policy, caller("1", scopes={"all"}, client="app"), "GET", "/users/7") == 404
    assert status(policy, caller("1", scopes={"all"}, client="desk"), "GET", "/users/7") == 0


def test_the_same_subject_of_another_issuer_is_somebody_else() -> None:
    rules = {"GET /users/{user_id}": {"owner": "path.user_id == token.sub", "issuers": ["main"]}}
    policy = knowing(document(), [ID], operations=ruled(rules))
    assert status(policy, caller("7"), "GET", "/users/7") == 0
    assert status(policy, caller("7", issuer="partner"), "GET", "/users/7") == 404


CLOSING: dict[str, Any] = {"deny-undeclared": True, "exempt-roles": ["admin"]}


def test_operations_with_an_id_and_no_rule_can_be_closed() -> None:
    guard = guarded(bare(Shop()), READING, **CLOSING)
    assert ask(guard, "7", "GET", "/orders/2").status == 200
    assert ask(guard, "7", "DELETE", "/orders/2").status == 404
    assert ask(guard, "7", "GET", "/users/7/orders").status == 404
    assert ask(guard, "7", "GET", "/orders").status == 200
    assert ask(guard, "1;admin", "DELETE", "/orders/2").status == 200


def test_in_monitor_mode_nothing_is_refused() -> None:
    shop = Shop()
    guard = guarded(bare(shop), {**READING, **WRITING}, mode="monitor")
    assert ask(guard, "7", "GET", "/orders/1").status == 200
    assert ask(guard, "7", "DELETE", "/orders/1").status == 200
    assert sum(guard.compiled.journal.refusals.values()) >= 2


# mistakes


@pytest.mark.parametrize(
    ("key", "settings", "what"),
    [
        ("GET /orders/{id}", {"owner": "path.user_id == token.sub"}, "the path has no 'user_id'"),
        ("GET /orders/{id}", {"owner": "path.id = token.sub"}, "character 9"),
        ("GET /orders", {"owner": "query.user == token.sub"}, "no query parameter 'user'"),
        ("GET /orders", {"owner": "body.owner == token.sub"}, "no body"),
        ("PUT /orders/{id}", {"owner": "response.owner_id == token.sub"}, "has happened"),
        ("DELETE /orders/{id}", {"owner": "object.owner_id == token.sub"}, "names no object"),
        ("DELETE /orders/{id}", {"object": "GET /orders/{id}", "owner": "path.id == token.sub"}, "read for no rule"),
        ("DELETE /orders/{id}", {"object": "GET /order/{id}", "owner": "object.o == token.sub"}, "no 'GET /order/{id}'"),
        ("DELETE /orders/{id}", {"object": "POST /orders", "owner": "object.o == token.sub"}, "is not a GET"),
        ("DELETE /orders/{id}", {"object": "GET /users/{user_id}", "owner": "object.o == token.sub"}, "no 'user_id'"),
        ("GET /orders/{id}", {"everywhere": ["response.x == token.sub"]}, "takes rules about paths"),
        ("GET /orders", {"owner": "query.owner in token.all", "absent": "fill"}, "which value to fill in"),
        ("POST /orders", {"owner": "body[*].owner == token.sub", "absent": "fill"}, "which value to fill in"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_hold_is_a_mistake(key: str, settings: Any, what: str) -> None:
    with pytest.raises(ConfigError) as found:
        knowing(document(), [ID], operations=ruled({key: settings}))
    assert what in str(found.value)


def test_a_rule_for_all_operations_is_a_mistake_where_it_is_about_one() -> None:
    with pytest.raises(ConfigError, match="own table"):
        knowing(document(), [ID], controls={ID: {"owner": "path.user_id == token.sub"}})


def test_rules_without_an_issuer_are_a_mistake() -> None:
    with pytest.raises(ConfigError, match="issuers"):
        compiled(document(), only=[ID], operations=ruled(READING))


def test_rules_without_operations_are_a_mistake() -> None:
    with pytest.raises(ConfigError, match="document"):
        knowing(None, [ID], controls={ID: PATHS})


def test_without_rules_there_is_no_stage() -> None:
    policy = knowing(document(), [ID])
    assert all(ID not in plan.controls for plan in policy.plans)


def test_a_document_may_bring_its_rule_along() -> None:
    own = {"x-ostiary-userdata-ownership-check": {"owner": "path.id == token.sub"}}
    policy = knowing(api_of({"/users/{id}": {"get": op(**own)}}), [ID])
    assert status(policy, caller("7"), "GET", "/users/7") == 0
    assert status(policy, caller("7"), "GET", "/users/8") == 404
