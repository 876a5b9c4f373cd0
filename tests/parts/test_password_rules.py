"""Passwords are refused for being short or guessed first, and for nothing else."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ostiary.parts import common_passwords
from ostiary.parts.password_rules import as_bytes, faults, hint

WORDS = ("Ostiary", "ann.marie@example.com", "Ann Marie")
SHORT = "is shorter than 15 characters"
COMMON = "is among those that are guessed first"
OWN = "is made of words of this account or service"
EASY = "is too easy to guess"


def found(password: str, *, shortest: int = 15) -> tuple[str, ...]:
    return faults(password, shortest=shortest, longest=1024, words=WORDS)


@pytest.mark.parametrize(
    "password",
    [
        "violet kettle 94 marsh", "correct horse battery staple", "zu sp\u00e4t f\u00fcr mich, oder", "ALLCAPITALSBUTMINE",
        "nodigitsnosignsatall", "4083 1975 2264 8819", "a\0b c d e f g h i j k", "\u0432\u0435\u0447\u0435\u0440 \u043d\u0430\u0434 \u0440\u0435\u043a\u043e\u0439 \u0437\u0438\u043c\u043e\u0439",
        "my ostiary account for work", "annoying marigold panels",
    ],
)  # fmt: skip
def test_long_passwords_of_ones_own_are_taken_without_rules_of_composition(password: str) -> None:
    assert found(password) == ()


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword", "P4$$w0rd2026!!!", "Summer-Dragon-1999", "qwertyqwertyqwerty", "January2024!!!!!", "Contrase\u00f1a123456",
        "\u043f\u0430\u0440\u043e\u043b\u044c1234567890", "aaaaaaaaaaaaaaa", "a1b2c3d4e5f6g7h8", "iloveyou iloveyou", "1qaz2wsx1qaz2wsx", "letmeinletmein!",
        "\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44", "football.basketball", "!!!!MONKEY!!!!!!!",
    ],
)  # fmt: skip
def test_what_is_guessed_first_is_refused_however_dressed_up(password: str) -> None:
    assert found(password) == (COMMON,)


@pytest.mark.parametrize("password", ["123456789012345", "\u00e9" * 20, "20012001200120012001", "nbvcxnbvcxnbvcxnbvcx"])
def test_what_the_estimator_calls_very_guessable_is_refused(password: str) -> None:
    assert found(password) == (EASY,)


@pytest.mark.parametrize(
    "password",
    ["ostiaryostiary1", "Ann-Marie-Example!", "annmarie@example.com", "0st1ary 4nn mar1e", "OSTIARY2026ostiary"],
)
def test_words_of_the_account_and_the_service_do_not_make_a_password(password: str) -> None:
    assert found(password) == (OWN,)


def test_length_is_counted_in_characters_as_they_are_typed() -> None:
    assert found("xk2 vq8 wm4 zt") == (SHORT,)
    assert found("xk2 vq8 wm4 zt7") == ()
    assert found("xk2vq8wm", shortest=8) == ()
    assert SHORT in found("\ufdfa\ufdfa")  # two that the normal form writes with thirty-six
    assert SHORT in found("e\u0301" * 8)  # sixteen that the normal form writes with eight
    assert found("\U0001f511\U0001f6aa\U0001f3f0\U0001f409" * 3 + "\u2603\u2602\u2600") == ()


def test_the_longest_is_counted_in_bytes_before_anything_is_done() -> None:
    assert faults("\u00e9" * 513, shortest=15, longest=1024, words=()) == ("is longer than 1024 bytes",)
    assert found("violet kettle 94 marsh " * 44) == ()
    began = time.monotonic()
    assert found("x" * 10_000_000) == ("is longer than 1024 bytes",)
    assert time.monotonic() - began < 1


def test_what_is_no_text_or_not_yet_a_character_is_refused() -> None:
    assert found("\ud800" * 20) == ("is not text",)
    assert found("violet kettle \U000e0fff marsh") == ("has a character that Unicode does not have",)


def test_the_normal_form_is_nfkc() -> None:
    assert as_bytes("\ufb01 \uff21 e\u0301") == "fi A \u00e9".encode()


@settings(max_examples=60, deadline=2000)
@given(st.text(max_size=400))
def test_any_text_gets_a_verdict_in_time_that_does_not_repeat_it(text: str) -> None:
    for each in faults(text, shortest=15, longest=1024, words=WORDS):
        assert each in {
            SHORT,
            COMMON,
            OWN,
            EASY,
            "has a character that Unicode does not have",
            "is longer than 1024 bytes",
        }


def test_the_hint_goes_from_nought_to_four() -> None:
    assert hint("password") == 0
    assert hint("violet kettle 94 marsh") == 4


@pytest.mark.parametrize(
    "text", ["a" * 1024, "ab" * 500, "password" * 128, "pas" * 300, "\0" * 1024, "0" * 1024, "lovehate" * 100 + "x"]
)
def test_nothing_makes_the_judgement_slow(text: str) -> None:
    began = time.monotonic()
    faults(text, shortest=15, longest=1024, words=WORDS)
    assert time.monotonic() - began < 1


def test_three_words_are_somebodys_own() -> None:
    assert common_passwords.is_common("summer dragon")
    assert not common_passwords.is_common("summer dragon coffee")
    assert not common_passwords.is_common("")
    assert not common_passwords.is_common("1029384756")


def test_the_words_are_many_and_each_is_small() -> None:
    words = common_passwords._words()
    assert len(words) > 1000
    assert all(word == common_passwords.folded(word) and word.isalpha() for word in words)
