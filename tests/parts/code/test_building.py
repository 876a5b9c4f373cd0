"""Open parts of texts: what counts as constant, what stands before a hole, what was looked at first."""

from __future__ import annotations

import pytest

from foreign_code import call, module
from ostiary.evidence.code import Language, Value
from ostiary.parts.code.building import fixed_text, holes, is_checked, is_fixed
from ostiary.parts.code.index import Index


def value(expression: str) -> Value:
    return call(module(Language.JAVASCRIPT, f"function f(x) {{ go({expression}) }}"), "go").args[0]


@pytest.mark.parametrize(
    "expression", ["'a'", "1", "Number(x)", "x ? 'a' : 'b'", "settings.TABLE", "escape(x)", "['a', 2]", "`a${1 + 1}`"]
)
def test_what_nobody_else_decides_is_fixed(expression: str) -> None:
    assert is_fixed(value(expression))


@pytest.mark.parametrize("expression", ["x", "'a' + x", "x ? 'a' : x", "load(x)", "[x]", "settings.table"])
def test_what_may_be_anything_is_not(expression: str) -> None:
    assert not is_fixed(value(expression))


def test_each_hole_comes_with_what_stands_before_it() -> None:
    found = [(before, part.name) for before, part in holes(value("`a ${x} b ${1} c ${load.y}`"))]
    assert found == [("a ", "x"), ("a ? b 1 c ", "load.y")]
    assert fixed_text(value("`a ${x} b`")) == "a ? b"


def test_formats_are_cut_at_their_directives() -> None:
    read = module(Language.JAVA, "class A { void f(String x, int n) { go(String.format(\"a %d b '%s'\", n, x)); } }")
    assert [(before, part.name) for before, part in holes(call(read, "go").args[0])] == [("a %d b '", "x")]


@pytest.mark.parametrize(("check", "checked"), [("if (!allowed.includes(x)) return;", True), ("log(x);", False)])
def test_what_was_looked_at_before_is_told_apart(check: str, *, checked: bool) -> None:
    read = module(Language.JAVASCRIPT, f"function f(x) {{ {check} go('a' + x) }}")
    made = call(read, "go")
    (hole,) = holes(made.args[0])
    assert is_checked(Index([read]), made, hole[1]) is checked
