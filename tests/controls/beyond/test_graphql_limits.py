from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from graphql import build_schema, get_introspection_query, graphql_sync

from exchanges import api_of, ask, compiled, exchange, head
from ostiary.controls.beyond.graphql_limits.guard import guard
from ostiary.controls.beyond.graphql_limits.settings import Settings
from ostiary.model import Api, Site
from ostiary.store.memory import MemoryStore

ID = "beyond.graphql-limits"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
API = api_of({"/graphql": {"post": {"requestBody": {"content": {JSON: {}}}}, "get": {}}, "/items": {"post": {"requestBody": {"content": {JSON: {}}}}}, "/ask": {"post": {"requestBody": {"content": {JSON: {}}}}}})  # fmt: skip

STORE = MemoryStore(clock=lambda: 0.0, now=lambda: 0.0)
SITE = Site(api=API, store=STORE, counters=STORE.counters, clock=lambda: 0.0, now=lambda: 0.0)


def parts(**fields: str) -> bytes:
    pieces = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in fields.items()
    ]
    return (
        "".join(pieces) + '--b\r\nContent-Disposition: form-data; name="0"; filename="a.txt"\r\n\r\n{\r\n--b--\r\n'
    ).encode()


def sent(body: bytes, media: str = JSON, *, target: str = "/graphql", api: Api | None = API, **settings: Any) -> int:
    policy = compiled(api, only=(ID,), controls={ID: settings})
    reply = ask(policy, exchange("POST", target, [("content-type", media)], body))
    return 0 if reply is None else reply.status


def posted(query: str, variables: Any = None, **settings: Any) -> int:
    return sent(json.dumps({"query": query, "variables": variables}).encode(), **settings)


def spellings(query: str) -> Iterator[tuple[bytes, str]]:
    """One request in every way that servers read one."""
    plain = {"query": query}
    yield json.dumps(plain).encode(), JSON
    yield json.dumps([plain]).encode(), JSON
    yield json.dumps({"Query": query}).encode(), JSON
    yield json.dumps(plain).encode(), "application/graphql+json"
    yield query.encode(), "application/graphql"
    yield urlencode(plain).encode(), FORM
    yield parts(operations=json.dumps(plain), map="{}"), "multipart/form-data; boundary=b"
    yield parts(operations=json.dumps([plain]), map="{}"), "multipart/form-data; boundary=b"
    yield parts(query=query), "multipart/form-data; boundary=b"
    yield urlencode({"QUERY": query}).encode(), FORM
    yield parts(Operations=json.dumps(plain), map="{}"), "multipart/form-data; boundary=b"


HONEST = {
    "relay page": """query Page($first: Int!, $after: String) {
      viewer { id repositories(first: $first, after: $after, orderBy: {field: NAME, direction: ASC}) {
        pageInfo { hasNextPage endCursor } totalCount
        edges { cursor node { ...Repository issues(first: 10) { nodes { ...Issue } } } } } } }
      fragment Repository on Repository { id name description owner { login avatarUrl(size: 40) } stargazers { totalCount } __typename }
      fragment Issue on Issue { id title author { ... on User { login } ... on Bot { login } } labels(first: 5) { nodes { name color } } }""",
    "dashboard": "query { " + " ".join(f'm{at}: metric(name: "{at}") {{ value unit }}' for at in range(20)) + " }",
    "mutation": "mutation Create($input: ItemInput!) { createItem(input: $input) { item { id name } errors { field message } } }",
    "several mutations": "mutation { a: addTag(id: 1) { id } b: addTag(id: 2) { id } c: addTag(id: 3) { id } }",
    "login": "mutation Login($email: String!, $password: String!) { login(email: $email, password: $password) { token user { id } } }",
    "shop": """{ products(first: 20, query: "tag:sale") { edges { node { id title handle priceRange { min { amount currency } }
      variants(first: 10) { edges { node { id sku price { amount } available } } } images(first: 3) { edges { node { url altText } } } } } } }""",
    "subscription": "subscription OnComment($id: ID!) { commentAdded(repo: $id) { id content } }",
    "directives": "query Q($a: Boolean!) { hero { name friends @include(if: $a) { name @skip(if: $a) } } }",
    "text that looks deep": 'mutation { post(text: "' + "{ a " * 30 + '") { id } }',
    "block string": 'mutation { post(text: """x { y { z "quoted" __schema""") { id } }',
    "comments": "# __schema { everything }\n{ me { name } }",
    "typename": "{ __typename me { __typename name } }",
}  # fmt: skip


@pytest.mark.parametrize("query", HONEST.values(), ids=HONEST.keys())
def test_what_clients_of_real_apis_ask_passes(query: str) -> None:
    for body, media in spellings(query):
        assert sent(body, media) == 0, media
    assert posted(query, {"first": 50, "after": None, "input": {"name": "first: 100000"}}) == 0


HOSTILE = {
    "deep": "{ a " * 15 + "}" * 15,
    "deep by fragments": "{ a { ...A } } " + " ".join(f"fragment {a} on T {{ b {{ c {{ ...{b} }} }} }}" for a, b in zip("ABCDEF", "BCDEFG", strict=True)) + " fragment G on T { x { y { z } } }",
    "circles": "{ ...A } fragment A on T { a { ...B } } fragment B on T { b { ...A } }",
    "aliases": "{ " + " ".join(f"a{at}: me {{ id }}" for at in range(50)) + " }",
    "aliases inside": "{ me { " + " ".join(f"a{at}: name" for at in range(50)) + " } }",
    "root fields": "{ " + " ".join(f"f{at}" for at in range(50)) + " }",
    "guesses": 'mutation { a: login(p: "1") { t } b: login(p: "2") { t } }',
    "guesses in a fragment": 'mutation { ...A ...B } fragment A on M { a: verifyOtp(c: "1") } fragment B on M { b: verifyOtp(c: "2") }',
    "pages of pages": "{ a(first: 1000) { b(first: 1000) { c } } }",
    "wide": "{ me { " + " ".join(f"f{at}" for at in range(2100)) + " } }",
    "directives": "{ me " + "@a" * 60 + " { id } }",
    "introspection": get_introspection_query(),
    "introspection by another name": '{ x: __type(name: "User") { fields { name } } }',
    "long": '{ me(x: "' + "a" * 40_000 + '") }',
    "fragment bomb": "{ ...F0 } " + " ".join(f"fragment F{at} on T {{ ...F{at + 1} ...F{at + 1} }}" for at in range(30)) + " fragment F30 on T { a }",
    "no graphql": "SELECT 1",
    "types": "extend type Query { x: Int }",
}  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_would_cost_too_much_is_refused_in_every_spelling(query: str) -> None:
    for body, media in spellings(query):
        assert sent(body, media) == 400, media
    if len(query) < 6000:
        reply = ask(compiled(API, only=(ID,)), exchange("GET", f"/graphql?{urlencode({'query': query})}"))
        assert reply is not None
        assert reply.status == 400
        mixed = exchange(
            "POST", f"/graphql?{urlencode({'query': query})}", [("content-type", JSON)], b'{"query":"{ a }"}'
        )
        assert ask(compiled(API, only=(ID,)), mixed) is not None, "some servers prefer the URL"


def test_batches_are_bounded_and_counted_as_one() -> None:
    cheap, login = {"query": "{ me { id } }"}, {"query": 'mutation { login(p: "x") { t } }'}
    assert sent(json.dumps([cheap] * 5).encode()) == 0
    assert sent(json.dumps([cheap] * 6).encode()) == 400
    assert sent(json.dumps([cheap] * 2).encode(), batch=1) == 400
    assert sent(json.dumps([login, cheap]).encode()) == 0
    assert sent(json.dumps([login, login]).encode()) == 400
    assert sent(json.dumps([login, login]).encode(), repeats=2) == 0


def test_pages_asked_for_by_variables_count() -> None:
    query = "query Q($n: Int) { a(first: $n) { b(first: $n) { c } } }"
    assert posted(query, {"n": 100}) == 0
    assert posted(query, {"n": 1000}) == 400
    assert posted(query, '{"n": 1000}') == 400, "as JSON text"


def test_names_in_any_case_are_read_in_the_url_and_once_in_a_body() -> None:
    policy = compiled(API, only=(ID,))
    for name in ("query", "Query", "QUERY"):
        reply = ask(policy, exchange("GET", f"/graphql?{name}=%7B__schema%7Btypes%7Bname%7D%7D%7D"))
        assert reply is not None
        assert reply.status == 400
    query = "query($n: Int) { a(first: $n) { b(first: $n) { c } } }"
    assert sent(json.dumps({"query": query, "Variables": {"n": 1000}}).encode()) == 400
    assert sent(json.dumps({"query": query, "variables": {"n": 1}, "Variables": {"n": 1}}).encode()) == 400
    assert sent(json.dumps({"query": query, "variables": {"n": 10}}).encode()) == 0


def test_a_batch_has_the_tokens_of_one_document() -> None:
    long = [{"query": "{ x { " + " ".join(f"f{n}{k}" for k in range(500)) + " } }"} for n in range(5)]
    assert sent(json.dumps(long).encode()) == 400
    assert sent(json.dumps(long[:3]).encode()) == 0


def test_limits_are_settings() -> None:
    assert posted(HOSTILE["deep"], depth=15) == 0
    assert posted(HOSTILE["introspection by another name"], introspection=True) == 0
    assert posted(get_introspection_query(), introspection=True, depth=20) == 0
    assert posted("{ a b }", roots=1) == 400
    assert posted("mutation { a b }", mutations=1) == 400
    assert posted("{ a b }", mutations=1) == 0


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (b'"x"', JSON, 400), (b"{", JSON, 400), (b'{"query":5}', JSON, 400), (b'[{"query":"{a}"},5]', JSON, 400), (b"{a}", "text/plain", 415),
        (b"{a}", "application/octet-stream", 415), (b'{"query":"{a}","Query":"{b}"}', JSON, 400), (b"operations=%7B", FORM, 400),
        (b'{"query":"{a}","variables":"{"}', JSON, 400), (b"\xff", "application/graphql", 400),
    ],
)  # fmt: skip
def test_what_cannot_be_looked_into_is_refused(body: bytes, media: str, status: int) -> None:
    assert sent(body, media) == status


def test_other_operations_are_left_alone_unless_the_policy_says_otherwise() -> None:
    deep = json.dumps({"query": HOSTILE["deep"]}).encode()
    assert sent(deep, target="/items") == 0
    assert sent(deep, target="/ask", graphql=True) == 400
    assert sent(deep, graphql=False) == 0
    assert sent(deep, api=None) == 400, "by its path, without a document"
    assert sent(deep, target="/items", api=None) == 0
    assert guard(Settings(), next(each for each in API.operations if each.path == "/items"), SITE) is None


def test_a_page_with_an_editor_and_a_get_query_pass_and_a_get_mutation_does_not() -> None:
    policy = compiled(API, only=(ID,))
    assert ask(policy, exchange("GET", "/graphql")) is None
    assert ask(policy, exchange("GET", "/graphql?query=%7Bme%7Bid%7D%7D&variables=%7B%22n%22:5%7D")) is None
    reply = ask(policy, exchange("GET", "/graphql?query=mutation%7BaddTag%7D"))
    assert reply is not None
    assert (reply.status, head(reply, "allow")) == (405, "POST")


def test_only_persisted_documents_are_let_in_where_the_policy_lists_them() -> None:
    known = hashlib.sha256(b"{ me { id } }").hexdigest()
    listed: dict[str, Any] = {"persisted": [f"sha256:{known.upper()}"]}
    assert posted("{ me { id } }", **listed) == 0
    assert posted("{ me { id name } }", **listed) == 400
    apq = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": known}}}
    assert sent(json.dumps(apq).encode(), **listed) == 0
    assert sent(json.dumps({"documentId": f"sha256:{known}"}).encode(), **listed) == 0
    assert sent(json.dumps({"extensions": {"persistedQuery": {"sha256Hash": "0" * 64}}}).encode(), **listed) == 400
    assert sent(json.dumps({"query": "{ x }", **apq}).encode(), **listed) == 400, "the text counts"
    assert sent(json.dumps(apq).encode()) == 0, "measured when it came with its text"
    policy = compiled(API, only=(ID,), controls={ID: listed})
    assert ask(policy, exchange("GET", "/graphql?" + urlencode({"extensions": json.dumps(apq["extensions"])}))) is None


# Foreign replies: graphql-core runs the requests, as Strawberry, Ariadne and Graphene do.
SCHEMA = build_schema("type Query { user(id: ID): User hint: String } type User { name: String email: String }")


def left(body: bytes, **settings: Any) -> bytes:
    """What is left of a reply's body when it leaves."""
    hooks = guard(Settings(**settings), next(each for each in API.operations if each.path == "/graphql"), SITE)
    assert hooks is not None
    made = exchange("POST", "/graphql")
    made.status, made.reply_headers, made.reply_body = 200, [(b"content-type", JSON.encode())], body
    if hooks.reply_body is not None and hooks.inspects is not None and hooks.inspects(made):
        hooks.reply_body(made)
    return made.reply_body


def served(query: str) -> dict[str, Any]:
    result = graphql_sync(SCHEMA, query, {"hint": "Did you mean 'user'?"})
    found: dict[str, Any] = json.loads(left(json.dumps(result.formatted).encode()))
    return found


@pytest.mark.parametrize(("query", "word"), [("{ user { nam } }", "name"), ("{ usr }", "user"), ("query Q($a: Strng) { user(idd: $a) { name } }", "id'?")])  # fmt: skip
def test_errors_of_a_real_engine_suggest_nothing(query: str, word: str) -> None:
    bare = json.dumps(graphql_sync(SCHEMA, query).formatted)
    assert f"Did you mean '{word}" in bare
    found = json.dumps(served(query))
    assert "Did you mean" not in found
    assert "Cannot query field" in found or "Unknown" in found, "the error itself stays"


def test_data_and_errors_without_suggestions_stay_as_they_are() -> None:
    assert served("{ hint }") == {"data": {"hint": "Did you mean 'user'?"}}
    body = b'{"data": null, "errors": [{"message": "Not found"}]}'
    assert left(body) == body


@pytest.mark.parametrize(
    "message",
    [
        'Cannot query field "usr" on type "Query". Did you mean "user"?',  # graphql-js, Apollo Server
        'Cannot query field "usr" on type "Query". Did you mean to use an inline fragment on "User"?',  # graphql-js
        'Cannot query field "usr" on type "RootQueryType". Did you mean "user" or "users"?',  # Absinthe
    ],
)
def test_suggestions_of_other_engines_go_too(message: str) -> None:
    body = json.dumps([{"errors": [{"message": message}, "odd", {"message": 5}]}, "odd"]).encode()
    shown = left(body)
    assert b"Did you mean" not in shown
    assert b"Cannot query field" in shown
    assert left(body, suggestions=True) == body


def test_without_the_library_and_a_document_graphql_is_refused_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys.modules[guard.__module__], "installed", lambda: False)
    policy = compiled(None, only=("beyond.graphql-limits",))
    body = b'{"query": "{ __schema { types { name } } }"}'
    for method, target in (("POST", "/graphql"), ("POST", "/api/graphql"), ("GET", "/graphql?query={a}")):
        refusal = ask(policy, exchange(method, target, [("content-type", JSON)], body if method == "POST" else b""))
        assert refusal is not None
        assert refusal.status == 503
    assert ask(policy, exchange("POST", "/orders", [("content-type", JSON)], body)) is None
