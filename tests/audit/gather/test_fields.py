"""Fields of a GraphQL schema are compared like operations; what is sent and shown is the document that asks for them."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any

import graphql
import pytest

from audit.listening import serving
from ostiary.audit.gather import danger, fields
from ostiary.audit.result import Report
from ostiary.audit.run import audit
from ostiary.evidence import Asked, Shown
from ostiary.model import Api, Operation, Outcome
from ostiary.parts import openapi
from ostiary.parts.openapi import introspection
from ostiary.parts.openapi.graphql_fields import EXTENSION

SDL = """
scalar DateTime
enum Sort { NEWEST OLDEST }
type Query {
  notes(first: Int, sort: Sort): [Note!]!
  note(id: ID!): Note
  me: User
  feed(limit: Int): NoteConnection
  updateCounters: Int
}
type Mutation {
  signUp(input: NewUser!): User
  login(username: String!, password: String!): Token
  createNote(title: String!, text: String!): NotePayload
  updateNote(id: ID!, input: NoteChange!): NotePayload
  noteDelete(id: ID!): Boolean
  shareNote(id: ID!, with: String!): Boolean
  updateUser(username: String!): User
}
input NewUser { username: String! password: String! }
input NoteChange { title: String text: String }
type NotePayload { note: Note }
type NoteConnection { edges: [NoteEdge!]! }
type NoteEdge { node: Note }
type Token { token: String! }
type User { id: ID! username: String! notes: [Note!] }
type Note { id: ID! title: String! text: String! at: DateTime owner: User history(since: Int!): [String] }
"""
SCHEMA = graphql.build_schema(SDL)


def described() -> Api:
    told = graphql.graphql_sync(SCHEMA, introspection.QUERY).data
    api = openapi.from_introspection({"data": told}, source="x", path="/api/graphql")
    more = fields.made_of(api.operations[0], "x")
    assert more is not None
    return Api(operations=(*api.operations, *more.operations), source="x")


def by_name(api: Api) -> dict[str, Operation]:
    return {each.extensions[EXTENSION]["name"]: each for each in api.operations if fields.is_one(each)}


def test_nouns_are_paths_and_verbs_are_methods() -> None:
    keys = {name: each.key.replace("/api/graphql/~", "") for name, each in by_name(described()).items()}
    assert keys == {
        "notes": "GET /notes",
        "note": "GET /notes/{id}",
        "me": "GET /me",
        "feed": "GET /feed",
        "updateCounters": "GET /updateCounters",
        "signUp": "POST /signUp",
        "login": "POST /login",
        "createNote": "POST /notes",
        "updateNote": "PATCH /notes/{id}",
        "noteDelete": "DELETE /notes/{id}",
        "shareNote": "POST /notes/{id}/shareNote",
        "updateUser": "PATCH /me",
    }
    assert danger.changes_caller(by_name(described())["updateUser"])


def test_a_query_that_says_that_it_changes_something_is_left_alone() -> None:
    listed = by_name(described())
    assert danger.is_of_all(listed["updateCounters"])
    assert not danger.reason(listed["notes"])


def sent(method: str, target: str, body: bytes = b"") -> dict[str, Any]:
    asked = Asked(method=method, target=target, headers=(("Content-Length", str(len(body))),), body=body)
    written = fields.Fields(described()).written(asked)
    assert (written.method, written.target) == ("POST", "/api/graphql")
    assert dict(written.headers)["Content-Length"] == str(len(written.body))
    found: dict[str, Any] = json.loads(written.body)
    assert not graphql.validate(SCHEMA, graphql.parse(found["query"]))
    return found


def test_a_request_for_a_field_is_a_valid_document_with_typed_variables() -> None:
    made = sent("GET", "/api/graphql/~/notes?first=3&sort=NEWEST")
    assert made["variables"] == {"first": 3, "sort": "NEWEST"}
    assert "history" not in made["query"]
    made = sent("PATCH", "/api/graphql/~/notes/7", b'{"title": "t"}')
    assert made["variables"] == {"id": "7", "input": {"title": "t"}}
    assert made["query"].startswith("mutation($")
    assert "updateNote(" in made["query"]


def test_members_that_the_schema_lacks_are_sent_where_the_others_are() -> None:
    asked = Asked(method="POST", target="/api/graphql/~/signUp", body=b'{"username": "a", "admin": true}')
    made = json.loads(fields.Fields(described()).written(asked).body)
    assert made["variables"] == {"input": {"username": "a", "admin": True}}


@pytest.mark.parametrize(
    ("status", "reply", "read"),
    [
        (200, {"data": {"note": {"id": "1"}}}, (200, {"id": "1"})),
        (200, {"data": {"note": None}}, (404, None)),
        (200, {"data": {"feed": {"edges": [{"node": {"id": "1"}}]}}}, (200, [{"id": "1"}])),
        (200, {"data": None, "errors": [{"message": "x", "path": ["a"], "extensions": {"code": "FORBIDDEN"}}]}, (403, None)),
        (200, {"data": None, "errors": [{"message": "You must be logged in", "path": ["a"]}]}, (401, None)),
        (200, {"data": None, "errors": [{"message": "resolve_me() missing 1 required positional argument: 'token'", "path": ["me"]}]}, (400, None)),
        (200, {"data": None, "errors": [{"message": "Cannot return null for non-nullable field Query.note.", "path": ["note"], "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]}, (404, None)),
        (200, {"errors": [{"message": 'Cannot query field "password"'}]}, (400, None)),
        (200, {"data": {"userCreate": {"user": None, "userErrors": [{"field": "email", "message": "is taken"}]}}}, (400, None)),
        (200, {"data": {"noteDelete": {"ok": False, "errors": ["permission denied"]}}}, (403, None)),
        (200, {"data": {"noteUpdate": {"note": {"id": "1"}, "errors": []}}}, (200, {"note": {"id": "1"}, "errors": []})),
        (200, {"data": {"note": {"__typename": "NotFoundError", "message": "gone"}}}, (404, None)),
        (401, {"errors": [{"message": "no"}]}, (401, None)),
        (500, {"data": None, "errors": [{"message": "not authorized", "path": ["a"]}]}, (500, None)),
    ],
)  # fmt: skip
def test_an_answer_is_read_as_the_fields_own(status: int, reply: Any, read: tuple[int, Any]) -> None:
    got, body = fields.read(status, json.dumps(reply).encode())
    assert got == read[0]
    if read[1] is not None:
        assert json.loads(body) == read[1]


def test_variables_that_the_library_repeats_are_not_the_apis_words() -> None:
    result = graphql.graphql_sync(
        SCHEMA, "mutation($i: NewUser!) { signUp(input: $i) { id } }", variable_values={"i": {"password": "hush-hush"}}
    )
    reply = json.dumps({"errors": [each.formatted for each in result.errors or ()]}).encode()
    assert b"hush-hush" in reply
    _, body = fields.read(200, reply, b'{"variables": {"i": {"password": "hush-hush"}}}')
    assert b"hush-hush" not in body
    assert b"username" in body
    json.loads(body)


class Notes:
    """An API where notes belong to somebody; the careless one asks who calls, and not whose note it is."""

    def __init__(self, *, careless: bool) -> None:
        self.careless = careless
        self.count = itertools.count(1)
        self.users: dict[str, dict[str, Any]] = {}
        self.kept: dict[str, dict[str, Any]] = {}
        self.schema = graphql.build_schema(SDL)
        query, mutation = self.schema.query_type, self.schema.mutation_type
        assert query is not None
        assert mutation is not None
        query.fields["me"].resolve = lambda _, info: self.known(info)
        query.fields["note"].resolve = self.owned
        query.fields["notes"].resolve = self.own
        mutation.fields["signUp"].resolve = self.sign_up
        mutation.fields["login"].resolve = self.login
        mutation.fields["createNote"].resolve = self.create
        mutation.fields["updateNote"].resolve = self.update
        mutation.fields["noteDelete"].resolve = self.delete

    def known(self, info: Any) -> dict[str, Any]:
        for each in self.users.values():
            if info.context == f"Bearer tok-{each['id']}":
                return each
        raise graphql.GraphQLError("not authenticated", extensions={"code": "UNAUTHENTICATED"})

    def owned(self, _: Any, info: Any, **given: Any) -> dict[str, Any]:
        caller, found = self.known(info), self.kept.get(given["id"])
        if found is None or (not self.careless and found["owner"] is not caller):
            raise graphql.GraphQLError("no such note", extensions={"code": "NOT_FOUND"})
        return found

    def own(self, _: Any, info: Any, **given: Any) -> list[dict[str, Any]]:
        caller = self.known(info)
        return [each for each in self.kept.values() if each["owner"] is caller]

    def sign_up(self, _: Any, info: Any, **given: Any) -> dict[str, Any]:
        name = given["input"]["username"]
        if name in self.users:
            raise graphql.GraphQLError("taken")
        self.users[name] = {**given["input"], "id": f"u{next(self.count)}"}
        return self.users[name]

    def login(self, _: Any, info: Any, username: str, password: str) -> dict[str, str]:
        found = self.users.get(username)
        if found is None or found["password"] != password:
            raise graphql.GraphQLError("wrong credentials", extensions={"code": "UNAUTHENTICATED"})
        return {"token": f"tok-{found['id']}"}

    def create(self, _: Any, info: Any, **given: Any) -> dict[str, Any]:
        made = {**given, "id": f"{next(self.count)}", "owner": self.known(info)}
        self.kept[made["id"]] = made
        return {"note": made}

    def update(self, _: Any, info: Any, **given: Any) -> dict[str, Any]:
        found = self.owned(_, info, **given)
        found.update(given["input"])
        return {"note": found}

    def delete(self, _: Any, info: Any, **given: Any) -> bool:
        return self.kept.pop(self.owned(_, info, **given)["id"], None) is not None

    def answer(self, body: bytes, caller: str) -> tuple[int, dict[str, Any]]:
        try:
            asked = json.loads(body)
            query, variables = asked["query"], asked.get("variables")
        except (ValueError, KeyError, TypeError):
            return 400, {"errors": [{"message": "no query"}]}
        done = graphql.graphql_sync(self.schema, query, variable_values=variables, context_value=caller)
        errors = {"errors": [each.formatted for each in done.errors]} if done.errors else {}
        return 200, {"data": done.data, **errors}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            event = await receive()
            body, more = body + event.get("body", b""), event.get("more_body", False)
        status, reply = 404, {"detail": "nothing is here"}
        if scope["path"] == "/graphql" and scope["method"] == "POST":
            status, reply = self.answer(body, dict(scope["headers"]).get(b"authorization", b"").decode())
        head = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": json.dumps(reply).encode()})


def test_what_is_learnt_for_a_policy_knows_the_endpoint_alone() -> None:
    report = audited(careless=False, only=[OWNERSHIP])
    known = report.known
    assert known is not None
    assert known.api is not None
    assert [each.key for each in known.api.operations] == ["POST /graphql"]
    assert {(each.operation, each.target) for each in known.exchanges} == {("POST /graphql", "/graphql")}
    assert not known.things
    assert all("/~/" not in each for each in report.notes)


def audited(*, careless: bool, only: list[str]) -> Report:
    with serving(Notes(careless=careless)) as base:
        return asyncio.run(audit(base, only=only))


OWNERSHIP = "userdata.ownership-check"


def test_what_belongs_to_another_is_read_and_written_by_argument() -> None:
    report = audited(careless=True, only=[OWNERSHIP])
    assert report.identities == ("alice", "bob")
    (result,) = report.results
    assert result.outcome is Outcome.FAIL
    assert set(result.places) == {
        "query note (POST /graphql)",
        "mutation updateNote (POST /graphql)",
        "mutation noteDelete (POST /graphql)",
    }
    shown = [each for each in result.findings[0].evidence if isinstance(each, Shown)]
    assert {(each.method, each.target) for each in shown} == {("POST", "/graphql")}
    assert all("/~/" not in each.curl for each in shown)
    assert "/~/" not in result.why + result.findings[0].proof


def test_where_every_field_looks_whose_it_is_nothing_is_found() -> None:
    only = [
        OWNERSHIP,
        "processing.all-endpoints-authenticated",
        "beyond.bola-differential-test",
        "output.no-sensitive-data",
    ]
    report = audited(careless=False, only=only)
    assert report.identities == ("alice", "bob")
    assert not report.failures
    assert next(each for each in report.results if each.id == OWNERSHIP).outcome is Outcome.PASS
