"""Every request finds a plan, concrete segments win, and a path that two readers could read differently finds none."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges import api_of, ask, compiled, exchange
from ostiary.errors import ConfigError, Denied
from ostiary.guard.journal import Journal
from ostiary.guard.plan import Plan
from ostiary.guard.routes import MEMO_ENTRIES, MEMO_LONGEST, Routes, plain_path, with_undeclared
from ostiary.model import Exchange, Operation


def plan(operation: Operation) -> Plan:
    return Plan(operation, (), mode="enforce", journal=Journal())


def routes(*keys: str) -> Routes:
    operations = [Operation(method=key.partition(" ")[0], path=key.partition(" ")[2]) for key in keys]
    return Routes([plan(each) for each in with_undeclared(operations)], plan(Operation(method="*", path="*")))


def find(made: Routes, path: str | bytes, method: str = "GET") -> tuple[str, tuple[str, ...]]:
    asked = Exchange(method, path if isinstance(path, bytes) else path.encode("latin-1"), b"", [])
    found = made.find(asked)
    assert asked.operation is found.operation
    return found.operation.key, asked.path_values


TABLE = routes(
    "GET /", "GET /items", "POST /items", "GET /items/{id}", "GET /items/mine", "GET /items/{id}/parts/{part}",
    "GET /items/mine/parts/all", "GET /{tenant}/orders", "GET /files/{name}.json", "GET /files/{name}.{kind}",
    "GET /files/{name}", "GET /range/{from}-{to}", "GET /a%20b", "GET /café", "GET /v1:batch", "GET /x/",
)  # fmt: skip


@pytest.mark.parametrize(
    ("path", "key", "values"),
    [
        ("/", "GET /", ()),
        ("/items", "GET /items", ()),
        ("/items/7", "GET /items/{id}", ("7",)),
        ("/items/mine", "GET /items/mine", ()),  # the literal wins
        ("/items/mine/parts/9", "GET /items/{id}/parts/{part}", ("mine", "9")),  # unless it leads nowhere
        ("/items/mine/parts/all", "GET /items/mine/parts/all", ()),
        ("/items/orders", "GET /items/{id}", ("orders",)),
        ("/acme/orders", "GET /{tenant}/orders", ("acme",)),
        ("/files/a.json", "GET /files/{name}.json", ("a",)),
        ("/files/a.b.json", "GET /files/{name}.json", ("a.b",)),
        ("/files/a.xml", "GET /files/{name}.{kind}", ("a", "xml")),
        ("/files/.xml", "GET /files/{name}", (".xml",)),  # a name is never empty
        ("/files/a", "GET /files/{name}", ("a",)),
        ("/range/1-2", "GET /range/{from}-{to}", ("1", "2")),
        ("/range/1-2-3", "GET /range/{from}-{to}", ("1", "2-3")),
        ("/range/1-", "* *", ()),
        ("/range/-", "* *", ()),
        ("/caf%C3%A9", "GET /café", ()),
        ("/v1:batch", "GET /v1:batch", ()),
        ("/v1%3Abatch", "GET /v1:batch", ()),
        ("/%69tems", "GET /items", ()),
        ("/items/a%20b", "GET /items/{id}", ("a b",)),
        ("/items/", "* *", ()),
        ("/items//", "* *", ()),
        ("//items", "* *", ()),
        ("/x/", "GET /x/", ()),
        ("/x", "* *", ()),
        ("/Items", "* *", ()),
        ("/nowhere/at/all", "* *", ()),
    ],
)
def test_finds_the_operation_that_openapi_means(path: str, key: str, values: tuple[str, ...]) -> None:
    for _ in range(2):  # the second time from memory
        found = find(TABLE, path)
        assert found[0] == key
        if key != "* *":
            assert found[1] == values


def test_methods_that_nothing_declares_have_a_plan_that_knows_those_that_are() -> None:
    asked = Exchange("DELETE", b"/items", b"", [])
    operation = TABLE.find(asked).operation
    assert (operation.key, operation.methods) == ("* /items", frozenset({"GET", "POST"}))
    assert find(TABLE, "/items", "HEAD")[0] == "GET /items"
    assert find(routes("POST /only"), "/only", "HEAD")[0] == "* /only"
    assert find(TABLE, "/items", "get")[0] == "* /items"
    assert find(TABLE, "/items", "*")[0] == "* /items"
    assert find(TABLE, "/nowhere", "HEAD")[0] == "* *"


def test_paths_that_differ_in_names_only_are_one_path() -> None:
    made = routes("GET /items/{id}", "PUT /items/{name}")
    asked = Exchange("DELETE", b"/items/7", b"", [])
    assert made.find(asked).operation.methods == {"GET", "PUT"}
    assert made.find(Exchange("GET", b"/items/7", b"", [])).operation.methods == {"GET", "PUT"}


def test_the_same_request_twice_is_refused_at_start() -> None:
    with pytest.raises(ConfigError, match="the same request as"):
        routes("GET /items/{id}", "GET /items/{name}")


SLIPPERY = [
    "/items%2F7", "/items%2f7", "/a%5Cb", "/a\\b", "/a%00", "/a%00.json", "/a%0Ab", "/a%0d%0aX: 1", "/a%09", "/a%7F",
    "/%252e%252e/x", "/a%25b", "/a/../b", "/..", "/.", "/a/.", "/a/./b", "/%2e%2e/x", "/%2E/x", "/a/%2e", "/a/.%2e/b",
    "/a b", "/a\tb", "/a\x00", "/a\x7f", "/<x>", '/"x"', "/a|b", "/a^b", "/a`b", "/{id}", "/a%", "/a%2", "/a%zz", "/%u0041",
    "/a%FF", "/a%C0%AFb", "/a%ED%A0%80", "/\xe9", "/caf\xc3\xa9", "items", "", "*", "http://evil.example/items", "?x", "/a#b",
]  # fmt: skip


@pytest.mark.parametrize("path", SLIPPERY)
def test_a_path_that_can_be_read_in_two_ways_is_refused(path: str) -> None:
    with pytest.raises(Denied) as refusal:
        plain_path(path.encode("latin-1"))
    assert refusal.value.status == 400
    answer = ask(compiled(only=("access.hsts",)), exchange("GET", path))
    assert answer is not None
    assert answer.status == 400


@pytest.mark.parametrize(
    "path", ["/...", "/..a", "/a..", "/.well-known/x", "/a.b", "/-", "/~x", "/a;b=1,2", "/a:b@c", "/%41"]
)
def test_odd_but_plain_paths_are_fine(path: str) -> None:
    plain_path(path.encode())


@given(st.binary(max_size=60))
def test_whatever_comes_is_refused_or_read_as_one_thing(raw: bytes) -> None:
    """What is read holds nothing that another reader would split, resolve or decode once more."""
    try:
        path = plain_path(b"/" + raw)
    except Denied:
        return
    assert not re.search(r"[\x00-\x1f\x7f\\%]", path)
    assert not {".", ".."} & set(path.split("/"))
    assert path.count("/") == raw.count(b"/") + 1


SEGMENT = st.sampled_from(["a", "b", "{x}", "{x}.j", "p{x}"])
TEMPLATES = st.lists(
    st.lists(SEGMENT, min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts)), min_size=1, max_size=8
)
PATHS = st.lists(st.sampled_from(["a", "b", "c", "a.j", "pa", "pa.j", ".j", "p", ""]), min_size=1, max_size=4)


def reference(templates: list[str], path: str) -> set[str]:
    def pattern(template: str) -> str:
        return "[^/]+".join(map(re.escape, re.split(r"\{[^{}]+\}", template)))

    return {each for each in templates if re.fullmatch(pattern(each), path)}


@given(TEMPLATES, PATHS)
def test_agrees_with_matching_every_template_in_turn(templates: list[str], parts: list[str]) -> None:
    unique = list({re.sub(r"\{x\}", "{}", each): each for each in templates}.values())
    made = routes(*(f"GET {each}" for each in unique))
    path = "/" + "/".join(parts)
    key, values = find(made, path)
    expected = reference(unique, path)
    if not expected:
        assert key == "* *"
        return
    chosen = key.removeprefix("GET ")
    assert chosen in expected
    if path in expected:
        assert chosen == path
    filled = chosen
    for value in values:
        filled = filled.replace("{x}", value, 1)
    assert filled == path


def test_long_segments_cost_little_however_many_names_they_might_hold() -> None:
    made = routes("GET /{a}-{b}-{c}-{d}.json")
    before = time.perf_counter()
    assert find(made, "/" + "-" * 60_000)[0] == "* *"
    assert find(made, "/" + "a-" * 30_000)[0] == "* *"
    assert time.perf_counter() - before < 1.0


def test_remembered_paths_are_bounded_in_number_and_length() -> None:
    made = routes("GET /items/{id}")
    for number in range(3 * MEMO_ENTRIES):
        find(made, f"/items/{number}")
    find(made, "/items/" + "x" * MEMO_LONGEST)
    assert len(made._memo) <= MEMO_ENTRIES
    assert all(len(raw) <= MEMO_LONGEST for raw in made._memo)


def test_refused_paths_are_not_remembered() -> None:
    made = routes("GET /items/{id}")
    for _ in range(2):
        with pytest.raises(Denied):
            find(made, "/items/%00")
    assert not made._memo


def test_a_base_path_of_the_document_is_part_of_the_path() -> None:
    ok: dict[str, Any] = {"get": {"responses": {"200": {"description": "d"}}}}
    policy = compiled(api_of({"/items": ok}, servers=[{"url": "https://api.test/v1"}]), only=("beyond.api-inventory",))
    assert [ask(policy, exchange("GET", each)) is None for each in ("/v1/items", "/items")] == [True, False]


@pytest.mark.parametrize(
    "path", ["/files/..;/admin", "/files/..;x=1/admin", "/files/..%3b/admin", "/files/.;/a", "/..;"]
)
def test_dot_segments_with_parameters_are_dot_segments(path: str) -> None:
    """Tomcat and what builds on it take the parameters off first, and climb."""
    with pytest.raises(Denied):
        plain_path(path.encode())


@pytest.mark.parametrize("only", [None, ()])
def test_a_path_that_is_another_operation_without_its_parameters_is_refused(only: tuple[str, ...] | None) -> None:
    get = {"get": {"responses": {"200": {"description": "fine"}}}}
    policy = compiled(api_of({"/admin": get, "/{page}": get, "/route/{points}": get}), only=only)
    for path in ("/admin;x", "/admin%3bx", "/admin;"):
        refusal = ask(policy, exchange("GET", path))
        assert refusal is not None
        assert refusal.status == 400
    for path in ("/admin", "/news;x", "/route/13.3,52.5;13.4,52.6"):
        assert ask(policy, exchange("GET", path)) is None


def test_an_empty_matrix_parameter_does_not_hide_a_path_that_does_not_exist() -> None:
    policy = compiled(api_of({"/a": {"get": {"responses": {"200": {"description": "fine"}}}}}))
    refusal = ask(policy, exchange("GET", "/;/a"))
    assert refusal is not None
    assert refusal.status == 404
