"""A short sentence that turns the caller away is no success, whatever its status; a text about such things is none."""

from __future__ import annotations

import pytest

from ostiary.parts.seen.bodies import refuses_in_words


@pytest.mark.parametrize(
    "text",
    [
        "Invalid cookie!", "Login failed! \n", "You don't have permission to access this route. You are not an admin.",
        "Error! You have to pass username and password!", "ERROR: Wrong value for csrf_token", '"unauthorized"',
        "User already exists or passwords don't match!", "Please log in", "Access denied.", "Invalid username or password",
        "No token provided", "Error: account creation failed", "Authentication required",
    ],
)  # fmt: skip
def test_refusals_are_read(text: str) -> None:
    assert refuses_in_words(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "", "OK", "Welcome, ann!", "You are an user!", "Logged in!", "User ann created!", "WORKING", "No news today",
        '{"error": "invalid token"}', "<p>Access denied</p>", "no password needed here to read the news",
        "Invalid token handling was fixed in 1.2", "Access denied. " + "x" * 200, "Forbidden fruit tastes best",
    ],
)  # fmt: skip
def test_other_texts_are_not(text: str) -> None:
    assert not refuses_in_words(text.encode())
