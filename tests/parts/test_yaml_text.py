from __future__ import annotations

from typing import Any

import pytest

from ostiary.parts.yaml_text import YamlFault, load_bounded, load_document


def bounded(text: str | bytes, *, aliases: int = 10, nodes: int = 1000, depth: int = 20) -> Any:
    data = text.encode() if isinstance(text, str) else text
    return load_bounded(data, most_aliases=aliases, most_nodes=nodes, most_depth=depth)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on: off", {"on": "off"}),
        ("2024-01-01", "2024-01-01"),
        ("200: ok", {"200": "ok"}),
        ("0o17", 15),
        ("0x1F", 31),
        ("017", 17),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("1e3", 1000.0),
        ("-.5", -0.5),
        ("+", "+"),
        ("...x", "...x"),
        ("a:", {"a": None}),
        ("[~, null, true, 'true', !!str 1, !!float 1]", [None, None, True, "true", "1", 1.0]),
        ("a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
        ("{a: 1, b: {c: []}}", {"a": 1, "b": {"c": []}}),
        ("|\n  one\n  two\n", "one\ntwo\n"),
        ("null: 1", {"null": 1}),
        ("&k a: *k", {"a": "a"}),
        ("'<<': 1", {"<<": 1}),
    ],
)
def test_scalars_follow_the_core_schema_and_keys_stay_text(text: str, value: Any) -> None:
    read = bounded(text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: [", "is not YAML"),
        ("a: 1\na: 2", "twice"),
        ("--- 1\n--- 2", "more than one document"),
        ("", "is empty"),
        ("!!python/object/apply:os.system [id]", "tag"),
        ("!!binary aGk=", "tag"),
        ("!!timestamp 2024-01-01", "tag"),
        ("!!set {a, b}", "tag"),
        ("!!int x", "does not fit"),
        ("&a [*a]", "alias to nothing"),
        ("*missing", "alias to nothing"),
        ("a: &x {b: 1}\nc: {<<: *x}", "merge"),
        ("? [a]\n: b", "key that is a collection"),
        (".inf", "JSON cannot hold"),
        (".nan", "JSON cannot hold"),
        ("1e999", "too large"),
        (b"\xff\xfe\xfa", "is not YAML"),
        (b"a: \x00", "is not YAML"),
        ("[" * 21 + "]" * 21, "too deep"),
        ("[" + "1," * 1001 + "]", "too many values"),
        ("a: &x 1\nb: [" + "*x," * 11 + "]", "too many aliases"),
    ],
)
def test_what_is_refused_names_the_problem_and_never_the_text(text: str | bytes, problem: str) -> None:
    with pytest.raises(YamlFault, match=problem):
        bounded(text)


def test_an_alias_graph_cannot_multiply() -> None:
    """Nine levels of nine aliases are a few hundred bytes and 9**9 values once followed."""
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    with pytest.raises(YamlFault, match="too many values"):
        bounded("\n".join(lines), aliases=1000, nodes=100_000)


def test_depth_counts_through_aliases() -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 30)]
    with pytest.raises(YamlFault, match="too deep"):
        bounded("\n".join(lines), aliases=100)


def test_a_fault_says_line_and_column() -> None:
    with pytest.raises(YamlFault) as caught:
        bounded("a: 1\nb: 2\na: 3\n")
    assert (caught.value.line, caught.value.column) == (3, 1)


def test_documents_may_merge_and_what_is_written_wins() -> None:
    text = b"one: &o {a: 1, b: 2}\ntwo: &t {c: 3}\nthree: {<<: [*o, *t], b: 9}\nfour:\n  <<: *o\n  d: 4\n"
    read = load_document(text)
    assert read["three"] == {"a": 1, "b": 9, "c": 3}
    assert read["four"] == {"a": 1, "b": 2, "d": 4}


def test_a_merge_of_something_else_is_refused() -> None:
    with pytest.raises(YamlFault, match="not a mapping"):
        load_document(b"a: {<<: 5}")
