"""What the audit says of GraphQL, against a server that runs queries with graphql-core."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import graphql
import pytest

from closing import InProcess, Request, Response, app_of, audited
from ostiary.model import Api, Finding, Outcome, Severity
from ostiary.parts import openapi
from ostiary.parts.seen import graphql as seen

ID = "beyond.graphql-limits"
SCHEMA = graphql.build_schema(
    "type Mutation { wipe: Int } type Query { me: User, users: [User], pets: [Pet] } type User { name: String, pets: [Pet] } type Pet { owner: User }"
)
API: Api = openapi.from_plain(
    {
        "openapi": "3.1.0",
        "info": {},
        "paths": {"/graphql": {"post": {"requestBody": {"content": {"application/json": {}}}, "responses": {}}}},
    },
    source="x",
)


def depth_of(query: str) -> int:
    return max((query[:at].count("{") - query[:at].count("}") for at in range(len(query))), default=0)


def finding(
    *,
    depth: int = 0,
    aliases: int = 0,
    batch: bool = True,
    introspection: bool = True,
    suggestions: bool = False,
    get: bool = False,
    forms: bool = False,
    cookie: bool = False,
) -> Finding:
    """A real server, with the limits given (0: none)."""

    def one(asked: dict[str, str]) -> dict[str, object]:
        query = asked["query"]
        if (depth and depth_of(query) > depth and "__schema" not in query) or (aliases and query.count(":") > aliases):
            return {"errors": [{"message": "too much"}]}
        if not introspection and "__schema" in query:
            return {"errors": [{"message": "introspection is off"}]}
        done = graphql.graphql_sync(SCHEMA, query, {})
        errors = [
            {"message": each.message.partition(" Did" if not suggestions else "\0")[0]} for each in done.errors or ()
        ]
        return {"data": done.data, **({"errors": errors} if errors else {})}

    def respond(request: Request) -> Response:
        if request.method == "GET":
            query = parse_qs(request.query).get("query", [""])[0]
            return Response(200, json.dumps(one({"query": query}))) if get else Response(405)
        media = request.headers.get("content-type", "")
        if "json" not in media and not forms:
            return Response(415)
        asked = {"query": parse_qs(request.body.decode())["query"][0]} if "form" in media else json.loads(request.body)
        if isinstance(asked, list) and not batch:
            return Response(400, '{"errors": [{"message": "no batches"}]}')
        return Response(200, json.dumps([one(each) for each in asked] if isinstance(asked, list) else one(asked)))

    credentials = {"a": ("cookie", "session=1")} if cookie else None
    return audited(ID, InProcess(app_of(respond), API, credentials=credentials))


def test_a_server_as_it_comes_takes_everything() -> None:
    found = finding()
    assert (found.outcome, found.severity) == (Outcome.FAIL, Severity.HIGH)
    for each in ("15 levels", "50 aliases", "batch of 10"):
        assert each in found.why
    assert found.places == ("POST /graphql",)
    assert dict(found.facts) == {"depth": 15, "aliases": 50, "batch": 10}


@pytest.mark.parametrize(
    "limits", [{"aliases": 10, "batch": False}, {"depth": 10, "batch": False}, {"depth": 10, "aliases": 10}]
)
def test_each_limit_that_is_missing_is_a_finding(limits: dict[str, int]) -> None:
    assert finding(**limits).outcome is Outcome.FAIL  # type: ignore[arg-type]


def test_all_limits_pass_and_a_public_schema_may_be_one() -> None:
    assert finding(depth=10, aliases=10, batch=False).outcome is Outcome.PASS


def test_without_introspection_the_rest_is_still_judged() -> None:
    assert finding(depth=10, aliases=10, batch=False, introspection=False).outcome is Outcome.PASS
    assert finding(depth=10, batch=False, introspection=False).outcome is Outcome.FAIL


def test_the_deep_query_is_valid_deep_and_does_nothing() -> None:
    schema = graphql.graphql_sync(SCHEMA, seen.SCHEMA).data
    query = seen.deep(schema, 15)
    assert graphql.validate(SCHEMA, graphql.parse(query)) == []
    assert depth_of(query) == 15
    assert graphql.graphql_sync(SCHEMA, query, {"me": {"name": "x"}}).data == {}


def test_a_schema_without_a_way_back_has_no_deep_query() -> None:
    flat = graphql.build_schema("type Query { me: User } type User { name: String }")
    assert seen.deep(graphql.graphql_sync(flat, seen.SCHEMA).data, 15) == ""


def test_an_endpoint_that_is_none_is_unknown() -> None:
    assert audited(ID, InProcess(app_of(lambda _: Response(404)), API)).outcome is Outcome.UNKNOWN


LIMITED: dict[str, Any] = {"depth": 10, "aliases": 10, "batch": False}


def test_names_that_are_suggested_where_the_schema_is_hidden() -> None:
    found = finding(**LIMITED, introspection=False, suggestions=True)
    assert (found.outcome, found.severity) == (Outcome.FAIL, Severity.LOW)
    assert finding(**LIMITED, introspection=False).outcome is Outcome.PASS
    assert finding(**LIMITED, introspection=True, suggestions=True).outcome is Outcome.PASS  # the schema is public


def test_mutations_by_get_and_queries_by_form_count_where_cookies_sign_in() -> None:
    assert finding(**LIMITED, get=True, cookie=True).severity is Severity.MEDIUM
    assert finding(**LIMITED, get=True).severity is Severity.LOW
    assert finding(**LIMITED, forms=True, cookie=True).outcome is Outcome.FAIL
    assert finding(**LIMITED, forms=True).outcome is Outcome.PASS
    assert finding(**LIMITED, cookie=True).outcome is Outcome.PASS
