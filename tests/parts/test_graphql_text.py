from __future__ import annotations

import sys
import time
from decimal import Decimal
from typing import Any

import pytest

from ostiary.errors import ConfigError, Denied
from ostiary.parts import graphql_text
from ostiary.parts.graphql_text import Measurer, Measures, count_tokens


def measured(text: str, **variables: Any) -> Measures:
    return Measurer(2000).measure(text, variables)


@pytest.mark.parametrize(
    ("text", "depth", "aliases", "cost"),
    [
        ("{ a }", 1, 0, 1),
        ("query Q($x: Int) { a(x: $x) { b c } }", 2, 0, 3),
        ("{ a { b { c } } d }", 3, 0, 4),
        ("{ x: a y: a { z: b } }", 2, 3, 3),
        ("{ a { ... on T { b { c } } ... @include(if: true) { d } } }", 3, 0, 4),
        ("{ ...F ...F } fragment F on Q { a { ...G } } fragment G on T { b: c }", 2, 2, 4),
        ("{ a(first: 10) { b c } }", 2, 0, 21),
        ("{ a(first: 10) { b(last: 5) { c d } } }", 3, 0, 111),
        ("{ a(after: 10, PageSize: 3) { b } }", 2, 0, 4),
        ("{ a(first: -5) { b } }", 2, 0, 2),
        ("query A { a } query B { a { b } }", 2, 0, 2),
        ("subscription { a { b } }", 2, 0, 2),
    ],
)
def test_a_document_is_measured_as_if_unfolded(text: str, depth: int, aliases: int, cost: int) -> None:
    found = measured(text)
    assert (found.depth, found.aliases, found.cost) == (depth, aliases, cost)


def test_page_sizes_in_input_objects_count() -> None:
    measurer = Measurer(2000)
    assert measurer.measure("{ a(page: {first: 10}) { b } }", {}).cost == 11
    assert measurer.measure("{ a(page: {at: {limit: 10}}) { b } }", {}).cost == 11
    text = "query Q($p: Page = {first: 7}, $n: Int, $id: ID) { a(page: $p, id: $id) { b } c(page: {first: $n}) { d } }"
    assert measurer.measure(text, {"p": {"first": 3}}).cost == 6
    assert measurer.measure(text, {"p": {"First": 100}, "id": 10}).cost == 103  # not the one remembered
    assert measurer.measure(text, {"n": 20}).cost == 29
    assert measurer.measure(text, {"p": 50, "id": {"other": 90}}).cost == 4


def test_a_whole_number_with_a_point_is_a_number_of_items() -> None:
    measurer = Measurer(2000)
    text = "query Q($n: Int) { a(first: $n) { b } }"
    assert measurer.measure(text, {"n": 100.0}).cost == 101
    assert measurer.measure(text, {"n": Decimal(100)}).cost == 101
    assert measurer.measure(text, {"n": float("inf")}).cost > 10**9


def test_documents_of_one_request_share_their_tokens() -> None:
    measurer = Measurer(10)
    assert measurer.measure("{ a b c }", {}).tokens == 5
    assert measurer.measure("{ a b c }", {}, spent=5).tokens == 5
    for text in ("{ a b c }", "{ d e f }"):  # remembered, and new
        with pytest.raises(Denied):
            measurer.measure(text, {}, spent=6)


def test_page_sizes_in_variables_count_and_are_remembered_apart() -> None:
    measurer = Measurer(2000)
    text = "query Q($n: Int = 7, $id: ID) { a(first: $n, id: $id) { b } }"
    assert measurer.measure(text, {"n": 100}).cost == 101
    assert measurer.measure(text, {"n": 5}).cost == 6
    assert measurer.measure(text, {}).cost == 8
    assert measurer.measure(text, {"n": "x", "id": 100}).cost == 8
    assert measurer.measure(text, {"n": True}).cost == 8
    assert measurer.measure(text, {"n": 100, "id": 3}) is measurer.measure(text, {"n": 100, "id": 4})


def test_root_fields_directives_and_introspection_are_told() -> None:
    found = measured("mutation { a: login b: login ...F } fragment F on M { login pay @x @y }")
    assert (dict(found.roots), found.directives, found.kinds) == ({"login": 3, "pay": 1}, 2, frozenset({"mutation"}))
    assert measured("{ __typename a { __typename } }").introspects is False
    for text in (
        "{ __schema { types { name } } }",
        "{ a: __type(name: X) { name } }",
        "{ ...F } fragment F on Q { __schema { a } }",
    ):
        assert measured(text).introspects


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "{ a", "not graphql", "type T { a: Int }", "{ a } type T { a: Int }", "{ ...F }", "{ a(x: ) }",
        "{ ...F } fragment F on T { ...F }", "{ ...F } fragment F on T { a { ...G } } fragment G on T { ...F }",
        "{ a " * 500 + "}" * 500, "{ a(x: " + "[" * 900 + "]" * 900 + ") }", "query A { a } " * 17, '{ a "',
    ],
)  # fmt: skip
def test_what_is_no_sound_document_is_refused(text: str) -> None:
    with pytest.raises(Denied) as caught:
        measured(text)
    assert caught.value.status == 400


def test_a_chain_of_fragments_has_an_end() -> None:
    chain = (
        "{ ...F0 } "
        + " ".join(f"fragment F{at} on T {{ ...F{at + 1} }}" for at in range(150))
        + " fragment F150 on T { a }"
    )
    with pytest.raises(Denied, match="too deep"):
        measured(chain)


def test_fragments_that_double_cost_no_work() -> None:
    """Forty fragments that each spread the next twice unfold to 2**40 fields."""
    bomb = "{ ...F0 } " + " ".join(
        f"fragment F{at} on T {{ a{at} {{ ...F{at + 1} ...F{at + 1} }} }}" for at in range(20)
    )
    bomb += " fragment F20 on T { x: a(first: 1000) { b } }"
    before = time.process_time()
    found = measured(bomb)
    assert time.process_time() - before < 1
    assert found.cost > 1_000_000
    assert found.aliases == 2**20


def test_a_huge_number_is_a_number() -> None:
    assert measured("{ a(first: " + "9" * 1000 + ") { b } }").cost == 10**12


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("{ a }", 3), ('{a(b:"x { y")}', 8), ('{a(b:"""x " { y""")}', 8), ("# a b c\n{a}", 4), ("{a,b,,c}", 5), ("...on", 2),
        ("{a(x:-1.5e3,y:$v)}", 12), ('"', 1), ("", 0), ("\\\\\\", 3),
    ],
)  # fmt: skip
def test_tokens_are_counted_before_anything_is_parsed(text: str, tokens: int) -> None:
    assert count_tokens(text, 100) == tokens


def test_counting_ends_early_and_never_goes_back() -> None:
    assert count_tokens("a " * 1_000_000, 10) == 11
    before = time.process_time()
    for text in ('"' * 200_000, '"""' + '\\"' * 100_000, "-" * 200_000, '"""' + '"' * 200_000):
        count_tokens(text, 10**9)
    assert time.process_time() - before < 2
    with pytest.raises(Denied, match="more than 2000 tokens"):
        measured("{ a " * 1001)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphql_text, "_MOST_KEPT", 5)
    measurer = Measurer(100)
    for at in range(20):
        measurer.measure(f"{{ a{at} }}", {})
    assert len(measurer._known) <= 5
    assert len(measurer._pages) <= 5


def test_a_missing_library_is_said_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    graphql_text.require("[x]")
    monkeypatch.setitem(sys.modules, "graphql", None)
    with pytest.raises(ConfigError, match=r"pip install 'ostiary\[graphql\]'"):
        graphql_text.require("[x]")


@pytest.mark.parametrize(
    "text",
    [
        "{" + "...F " * 460 + "} fragment F on Q {" + " ".join(f"a{n}" for n in range(1000)) + "}",
        " ".join(f"query A{n} {{...F}}" for n in range(16))
        + " fragment F on Q {"
        + " ".join(f"a{n}" for n in range(1800))
        + "}",
    ],
)
def test_a_small_document_is_no_large_walk(text: str) -> None:
    with pytest.raises(Denied, match="too often"):
        measured(text)


def test_documents_of_honest_clients_are_walked_whole() -> None:
    wide = "{" + " ".join(f"a{n}" for n in range(1900)) + "}"
    assert measured(wide).cost == 1900
    spread = "{" + " ".join(f"a{n} {{ ...F }}" for n in range(150)) + "} fragment F on T {" + "b " * 20 + "}"
    assert measured(spread).cost == 150 * 21
    several = " ".join(f"query A{n} {{ a {{ ...F }} }}" for n in range(16)) + " fragment F on T { b c d e }"
    assert measured(several).cost == 5
