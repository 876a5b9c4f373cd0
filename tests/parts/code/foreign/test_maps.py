"""Maps that calls make have entries as literals have."""

from __future__ import annotations

import pytest

from ostiary.evidence.code import Language
from ostiary.parts.code.foreign import read


@pytest.mark.parametrize(
    ("path", "language", "text"),
    [
        ("A.java", Language.JAVA, 'class A { void f(String x) { keep(Map.of("a", x, "b", 2)); } }'),
        ("A.java", Language.JAVA, 'class A { void f(String x) { keep(Map.ofEntries(Map.entry("a", x), Map.entry("b", 2))); } }'),
        ("a.kt", Language.KOTLIN, 'fun f(x: String) { keep(mapOf("a" to x, "b" to 2)) }'),
        ("a.go", Language.GO, 'package a\nimport "github.com/gin-gonic/gin"\nfunc f(x string) { keep(gin.H{"a": x, "b": 2}) }'),
    ],
)  # fmt: skip
def test_entries_of_a_made_map_are_pairs(path: str, language: Language, text: str) -> None:
    call = next(each for each in read(path, text, language).calls if each.name == "keep")
    assert {name: each.literal for name, each in call.args[0].pairs.items() if each.known} == {"b": 2}
    assert call.args[0].pairs["a"].text == "x"


def test_other_calls_have_no_entries() -> None:
    call = next(each for each in read("a.kt", 'fun f() { keep(listOf("a" to 1)) }', Language.KOTLIN).calls if each.name == "keep")  # fmt: skip
    assert not call.args[0].pairs


def test_nil_keeps_its_place_among_arguments() -> None:
    call = next(each for each in read("a.swift", 'd.set(nil, forKey: "k")', Language.SWIFT).calls)
    assert [each.literal for each in call.args] == [None, "k"]


def test_products_of_numbers_are_numbers() -> None:
    call = next(each for each in read("a.js", "f(60 * 60 * 24)", Language.JAVASCRIPT).calls)
    assert call.args[0].literal == 86_400
