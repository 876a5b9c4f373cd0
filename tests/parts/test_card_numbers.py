"""The numbers are those that card networks and processors publish for tests."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from ostiary.parts.card_numbers import holds_only, is_card, without

CARDS = [
    "4111111111111111", "4012888888881881", "4222222222222", "4242424242424242", "5555555555554444", "5105105105105100", "2223003122003222",
    "2720992593319364", "378282246310005", "371449635398431", "6011111111111117", "6011000990139424", "30569309025904", "38520000023237",
    "3530111333300000", "3566002020360505", "6200000000000005", "6555900000604105", "6011000400000000",
]  # fmt: skip


@pytest.mark.parametrize("digits", CARDS)
def test_published_test_cards_are_cards(digits: str) -> None:
    assert is_card(digits)
    assert holds_only(digits)
    assert holds_only(int(digits))
    assert not is_card(digits[:-1] + str((int(digits[-1]) + 1) % 10))


def grouped(digits: str, by: str) -> str:
    cuts = (0, 4, 10, 15) if len(digits) == 15 else (*range(0, len(digits), 4), len(digits))
    return by.join(digits[a:b] for a, b in itertools.pairwise(cuts))


@pytest.mark.parametrize("digits", [each for each in CARDS if len(each) in {15, 16}])
@pytest.mark.parametrize("by", [" ", "-"])
def test_a_number_written_as_one_is_hidden_in_any_text(digits: str, by: str) -> None:
    assert without(f"paid with {grouped(digits, by)}, thanks", "#") == "paid with #, thanks"
    assert holds_only(grouped(digits, by))


def test_bare_digits_are_hidden_where_the_text_calls_them_so() -> None:
    assert without("card: 4111111111111111 declined", "#") == "card: # declined"
    assert without("Visa ending? 4111111111111111", "#") == "Visa ending? #"
    assert without("order 4111111111111111 shipped", "#") == "order 4111111111111111 shipped"


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112", "4111-1111 1111-1111", "1234 5678 9012 3456", "+1 4111 1111", "41111111111111111111", "a4111 1111 1111 1111",
        "4111 1111 1111 1111-x", "3f2b1a90-4111-1111-1111-111111111111", "DE89 3704 0044 0532 0130 00", "GB29 NWBK 6016 1331 9268 19",
        "FR76 3000 6000 0112 3456 7890 189", "DE44 5001 0517 5407 3249 31", "192.168.4111.1111", "1.4111111111111111", "2026-11-22 10:00",
        "order no. 4111111111111111", "**** **** **** 1111", "4111 11** **** 1111", "tracking 9400 1000 0000 0000 0000 00", "978-3-16-148410-0",
    ],
)  # fmt: skip
def test_other_numbers_are_not_hidden(text: str) -> None:
    assert without(text, "#") == text


@pytest.mark.parametrize("value", [None, True, 4, 1.5, "", "4111", "x4111111111111111", "4" * 40, [], {}, "٤" * 16])
def test_only_digits_can_be_a_card(value: Any) -> None:
    assert not holds_only(value)
