"""YAML keeps its lines, and what multiplies or nests without end is refused."""

from __future__ import annotations

import pytest

from ostiary.parts.yaml_places import MOST_DEPTH, documents
from ostiary.parts.yaml_text import YamlFault


def test_members_know_their_lines_across_documents() -> None:
    first, second = documents("a: 1\nb:\n  - c: 2\n    d: no\n---\ne: {f: g}\n---\n")
    assert first.data == {"a": 1, "b": [{"c": 2, "d": "no"}]}
    assert [(path, key, line) for path, key, _, line, _ in first.walk()] == [
        ((), "a", 1),
        ((), "b", 2),
        (("b",), "[0]", 3),
        (("b", "[0]"), "c", 3),
        (("b", "[0]"), "d", 4),
    ]
    assert [(key, line) for _, key, _, line, _ in second.walk()] == [("e", 6), ("f", 6)]


def test_merge_keys_bring_members_from_where_they_stand_and_own_ones_win() -> None:
    (document,) = documents("x: &x\n  one: 1\n  two: 2\ny:\n  two: 3\n  <<: *x\nz:\n  <<: *x\n  one: 9\n")
    assert document.data["y"] == {"two": 3, "one": 1}
    assert document.data["z"] == {"one": 9, "two": 2}
    assert document.members["y"].lines == {"two": 5, "one": 2}
    assert document.members["z"].lines == {"one": 9, "two": 3}


def test_tags_of_tools_are_what_their_reader_says() -> None:
    (document,) = documents(
        "a: !Ref b\nc: !Sub [x, {d: e}]\n", tagged=lambda tag, value: {tag.removeprefix("!"): value}
    )
    assert document.data == {"a": {"Ref": "b"}, "c": {"Sub": ["x", {"d": "e"}]}}


def test_a_bomb_of_aliases_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    with pytest.raises(YamlFault, match="too many values"):
        documents("\n".join(lines))


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(YamlFault, match="too deep"):
        documents("[" * (MOST_DEPTH + 1) + "]" * (MOST_DEPTH + 1))
    assert documents("[" * MOST_DEPTH + "1" + "]" * MOST_DEPTH)


@pytest.mark.parametrize("text", ["a: &a [*a]", "a: [", "? [x]\n: 1", "\x00", "a: *b"])
def test_what_is_no_yaml_says_so(text: str) -> None:
    with pytest.raises(YamlFault):
        documents(text)


def test_numbers_that_no_reader_holds_stay_text() -> None:
    (document,) = documents("a: .inf\nb: 0x1F\nc: !!int x\n")
    assert document.data == {"a": ".inf", "b": 31, "c": "x"}
