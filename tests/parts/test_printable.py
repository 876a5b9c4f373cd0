"""What strangers wrote is shown as text."""

from __future__ import annotations

import unicodedata

import pytest

from ostiary.parts.printable import on_one_line, printable


@pytest.mark.parametrize("text", ["\x1b[2J", "\x9b31m", "\u202egpj", "\u2066x", "\u061c", "\u206a", "\xad", "\ud800"])
def test_what_a_terminal_obeys_or_what_hides_text_is_spelt_out(text: str) -> None:
    shown = printable(text)
    assert shown.startswith("\\")
    assert not {"Cc", "Cf", "Cs"} & {unicodedata.category(each) for each in shown}


def test_what_is_written_for_readers_stays() -> None:
    assert printable("é 𝄞 العربية\n\tx") == "é 𝄞 العربية\n\tx"


def test_a_line_stays_a_line() -> None:
    assert on_one_line("GET /x\n  closed\tall\r\n") == "GET /x closed all"
