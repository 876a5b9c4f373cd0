"""Ids as clients see them: which can be guessed from those that are known, and which cannot."""

from __future__ import annotations

import base64
import secrets
import uuid

import pytest

from ostiary.parts.seen import identifiers

V1 = ["a6e4f2c0-3d51-11ef-9a64-0242ac120002", "a6e4f6c6-3d51-11ef-9a64-0242ac120002"]
OBJECT_IDS = ["507f1f77bcf86cd799439011", "507f1f77bcf86cd799439012"]  # as MongoDB's drivers make them


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "ids",
    [
        ["4", "5", "7"],
        ["INV-0041", "INV-0042"],
        [coded("12"), coded("13")],
        [coded("User:99"), coded("User:100")],
        V1,
        OBJECT_IDS,
    ],
)
def test_what_counts_up_or_ticks_can_be_guessed(ids: list[str]) -> None:
    assert identifiers.predictable(ids)
    assert not identifiers.random_enough(ids)


@pytest.mark.parametrize(
    "ids",
    [
        [str(uuid.uuid4()) for _ in range(3)],
        [secrets.token_urlsafe(24) for _ in range(3)],
        [secrets.token_hex(16) for _ in range(3)],
    ],
)
def test_what_is_drawn_cannot(ids: list[str]) -> None:
    assert identifiers.predictable(ids) == ""
    assert identifiers.random_enough(ids)


@pytest.mark.parametrize(
    "ids", [["1"], ["7", "3"], ["10", "90000"], ["how-to-1", "train-dragons-2"], ["alpha", "beta"]]
)
def test_what_says_nothing_is_not_accused(ids: list[str]) -> None:
    assert identifiers.predictable(ids) == ""
    assert not identifiers.random_enough(ids)


def test_a_version_7_is_random_though_it_sorts() -> None:
    ids = ["01927f8e-3a41-7c1b-9d25-6f0a8be45c13", "01927f8e-3a42-7f90-8a17-2c4de9b05a6e"]
    assert identifiers.predictable(ids) == ""
    assert identifiers.random_enough(ids)


@pytest.mark.parametrize(
    "text", ["17", "6a0e5c1d-9b72-4f38-8d24-c3e17fa59b06", "507f1f77bcf86cd799439011", "how-to-train", coded("User:7")]
)
def test_junk_has_the_same_form_and_is_another(text: str) -> None:
    junk = identifiers.junk_like(text)
    assert junk != text
    assert junk.isdecimal() == text.isdecimal()
    assert identifiers.uuid_version(junk) == identifiers.uuid_version(text)
    assert bool(identifiers.uncoded(junk)) == bool(identifiers.uncoded(text))


@pytest.mark.parametrize("text", ["book", "title", "abcd", "report-2024", "c3RyYW5nZQ"])
def test_words_are_not_taken_for_coded_numbers(text: str) -> None:
    assert identifiers.uncoded(text) == ""
