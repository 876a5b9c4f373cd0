"""JSON is measured before it is parsed, and keeps what it says."""

from __future__ import annotations

import contextlib
import json
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary.errors import Denied
from ostiary.parts.json_text import dumps, loses_members, measure, most_keys, parse, read


@pytest.mark.parametrize("depth", [1, 8, 32])
def test_nesting_is_refused_one_level_beyond_the_limit(depth: int) -> None:
    measure(b"[" * depth + b"]" * depth, depth=depth, values=10_000)
    with pytest.raises(Denied, match="nests deeper"):
        measure(b"[" * (depth + 1) + b"]" * (depth + 1), depth=depth, values=10_000)


def test_wide_is_not_deep() -> None:
    measure(b"[" + b"[]," * 500 + b"{}]", depth=2, values=10_000)


@pytest.mark.parametrize(
    "text", [b'"' + b"[" * 99 + b'"', b'["\\"' + b"{" * 99 + b'"]', b'{"a\\\\":"' + b"[" * 99 + b'"}']
)
def test_brackets_in_strings_do_not_nest(text: bytes) -> None:
    measure(text, depth=3, values=100)


def test_brackets_after_an_escaped_backslash_do_nest() -> None:
    with pytest.raises(Denied):
        measure(b'["\\\\",' + b"[" * 40 + b"]" * 41, depth=32, values=1000)


def test_an_unclosed_tower_is_refused_too() -> None:
    with pytest.raises(Denied):
        measure(b"[" * 40, depth=32, values=1000)


def test_values_are_counted_and_those_in_strings_are_not() -> None:
    measure(b'["' + b"," * 5000 + b'"]', depth=32, values=100)
    with pytest.raises(Denied, match="more than 100 values"):
        measure(b"[" + b"1," * 100 + b"1]", depth=32, values=100)


@pytest.mark.parametrize(
    "text", [b'"\\"' * 200_000, b'"' * 500_001, b"\\" * 500_000, b'[{"' * 200_000, b"[]{}" * 200_000]
)
def test_measuring_takes_linear_time_whatever_is_sent(text: bytes) -> None:
    begin = time.process_time()
    with contextlib.suppress(Denied):
        measure(text, depth=32, values=100_000_000)
    assert time.process_time() - begin < 1


def test_the_largest_object_is_found_wherever_it_is() -> None:
    assert most_keys([{"a": [{"b": 1, "c": 2, "d": 3}]}, 5]) == 3


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        (b"1.10", b"1.1"),
        (b"123456789012345678901234567890", b"123456789012345678901234567890"),
        (b"0.1234567890123456789012345", b"0.1234567890123456789012345"),
        (b"12345678901234567890.25", b"12345678901234567890.25"),
        (b"0.10000000000000001", b"0.10000000000000001"),  # C's %.17g of 0.1
        (b"1.234e-320", b"1.234e-320"),
        (b"[1e2,-0.0]", b"[100.0,-0.0]"),
        (b'{"a":1,"a":2}', b'{"a":2}'),
        ('"é\\u00e9\\ud83d\\ude00"'.encode(), '"éé😀"'.encode()),
    ],
)
def test_what_is_forwarded_has_the_value_that_was_sent(sent: bytes, received: bytes) -> None:
    assert dumps(parse(sent)).lower() == received.lower()


def test_decimals_that_a_double_would_change_stay_decimals() -> None:
    assert parse(b'{"price":19.990000000000000000001}') == {"price": Decimal("19.990000000000000000001")}


@pytest.mark.parametrize(
    "text",
    [b"NaN", b"[Infinity]", b"1e400", b"1e-400", b"1.0000000000000000e400", b"1" * 5000, b"1 2", b"{}x", b"", b"{'a':1}",
     b'{"a":1,}', b"\xef\xbb\xbf{}", "{}".encode("utf-16"), b'"\xff"', b'"\xed\xa0\x80"', b'"\\ud800"', b"01", b"// x\n1",
     b"<a/>", b"a=1", b"[" * 100_000],
)  # fmt: skip
def test_what_is_not_strict_json_is_refused(text: bytes) -> None:
    with pytest.raises(Denied) as refusal:
        parse(text)
    assert refusal.value.status == 400


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":[1,2.5,null,true,"x y"]}',
        b'{"a" : [1, 2.5,\n\tnull, true, "x y"]}\r\n',
        b'{"a b":1,"ab":2}',
        b"[-0.0,1e300,0.1]",
        '{"ä": "é €"}'.encode(),
        rb'"a\nb\\ \""',
    ],
)
def test_a_text_that_differs_from_ours_by_blanks_alone_says_nothing_more(text: bytes) -> None:
    document, written, same = read(text)
    assert same
    assert written == dumps(document)
    assert document == json.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"a":1}',
        b'{"a b":1,"a b":2}',
        rb'{"a":1,"\u0061":1}',
        b'[{"a":{"b":1 , "b":1}}]',
        b"[1.10]",
        b"[1e2]",
        b"[-0]",
        b"[0.10000000000000001]",
        b"[123456789.123456789123]",
    ],
)
def test_a_text_that_says_more_than_ours_is_never_taken_for_the_same(text: bytes) -> None:
    assert not read(text)[2]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.lists(st.tuples(st.text("ab \u00e9:", max_size=3), inner), max_size=4)
    ),
    max_leaves=12,
)


def spelt(value: Any, gap: str, *, plain: bool) -> str:
    """JSON text of a value; a list of pairs is an object, in which names may come twice."""
    if isinstance(value, list) and value and all(isinstance(each, tuple) for each in value):
        inner = f",{gap}".join(
            f"{json.dumps(name, ensure_ascii=plain)}{gap}:{spelt(each, gap, plain=plain)}" for name, each in value
        )
        return "{" + inner + "}"
    if isinstance(value, list):
        return "[" + f"{gap},".join(spelt(each, gap, plain=plain) for each in value) + "]"
    return json.dumps(value, ensure_ascii=plain)


@given(values, st.sampled_from(["", " ", "\n \t"]), st.booleans())
def test_same_means_that_every_member_and_number_arrived(value: Any, gap: str, plain: bool) -> None:  # noqa: FBT001
    text = spelt(value, gap, plain=plain).encode("utf-8", "surrogatepass")
    try:
        document, written, same = read(text)
    except Denied:
        return  # a lone surrogate
    pairs: list[list[tuple[str, Any]]] = []

    def kept(found: list[tuple[str, Any]]) -> dict[str, Any]:
        pairs.append(found)
        return dict(found)

    assert json.loads(text, object_pairs_hook=kept, parse_float=Decimal) == json.loads(written, parse_float=Decimal)
    twice = any(len(dict(each)) < len(each) for each in pairs)
    assert not (same and twice)
    assert loses_members(text, written) == twice
    assert parse(text) == document
