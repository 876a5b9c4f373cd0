"""What is written is read back as the same."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from ostiary.closing import toml_text


@pytest.mark.parametrize(
    "given",
    [
        "plain",
        'quotes " and \\ and \n and \t',
        "bell \x07 and delete \x7f",
        "é € 𝄞",
        True,
        False,
        0,
        -7,
        1.5,
        [],
        ["a", ["b"], {"c": 1}],
        {},
        {"a b": {"c.d": ["GET /x/{id}"]}},
    ],
)
def test_a_value_is_read_back_as_the_same(given: Any) -> None:
    assert tomllib.loads(f"x = {toml_text.value(given)}") == {"x": given}


@pytest.mark.parametrize("given", ["\x1b]0;x\x07", "\x9b2J", "GET /\u202etxt", "\u200b", "\U000e0041"])
def test_what_a_terminal_obeys_is_escaped_and_still_the_same(given: str) -> None:
    text = toml_text.value(given)
    assert text.isprintable()
    assert tomllib.loads(f"x = {text}") == {"x": given}


def test_half_a_character_is_written_as_one_that_is_missing() -> None:
    text = toml_text.value("a\ud800")
    assert tomllib.loads(f"x = {text.encode().decode()}") == {"x": "a\ufffd"}


def test_a_key_is_quoted_where_it_has_to_be() -> None:
    keys = {"bare-key_1": 1, "GET /a b": 2, "": 3, 'x"y': 4, "ä": 5}
    assert tomllib.loads("\n".join(toml_text.pairs(keys))) == keys


def test_what_has_no_word_in_toml_is_a_mistake() -> None:
    with pytest.raises(TypeError):
        toml_text.value(None)


def test_a_comment_cannot_be_left() -> None:
    text = toml_text.comment("said\nonly = []\r\u2028x = 1")
    assert text.startswith("# ")
    assert tomllib.loads(text) == {}
    assert len(text.splitlines()) == 1
