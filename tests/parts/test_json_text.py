"""JSON is measured before it is parsed, and keeps what it says."""

from __future__ import annotations

import contextlib
import time
from decimal import Decimal

import pytest

from ostiary.errors import Denied
from ostiary.parts.json_text import dumps, measure, most_keys, parse


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
