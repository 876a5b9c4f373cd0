"""Forms are read one way only."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import pytest

from ostiary.errors import Denied
from ostiary.parts.forms import MOST_PAIRS, parse, serialise


def test_pairs_keep_order_and_duplicates() -> None:
    assert parse(b"b=2&a=1&b=3&c&=x&&d=a%26b+c%2B") == [
        ("b", "2"), ("a", "1"), ("b", "3"), ("c", ""), ("", "x"), ("d", "a&b c+"),
    ]  # fmt: skip


@pytest.mark.parametrize("value", ["", "a b", "é", "日本 &=+%;", "x" * 5000, "\r\n", "مرحبا", "👩\u200d🚀"])
def test_what_is_forwarded_reads_as_what_was_sent(value: str) -> None:
    sent = urlencode([("k", value), ("k", value)]).encode()
    assert parse_qsl(serialise(parse(sent)).decode(), keep_blank_values=True) == [("k", value), ("k", value)]


def test_raw_utf8_is_read_as_browsers_read_it() -> None:
    assert parse("name=Zoë".encode()) == [("name", "Zoë")]


@pytest.mark.parametrize("text", [b"a=%", b"a=%4", b"a=%zz", b"a=%ff", b"a=\xff", b"a&" * MOST_PAIRS + b"a"])
def test_what_readers_could_disagree_on_is_refused(text: bytes) -> None:
    with pytest.raises(Denied) as refusal:
        parse(text)
    assert refusal.value.status == 400
