"""Names tell passwords and tokens from what only sounds like them."""

from __future__ import annotations

import pytest

from ostiary.parts.code.credentials import holds_password, is_password, is_token
from ostiary.parts.code.python import read


@pytest.mark.parametrize(
    "name", ["password", "userPassword", "new_password", "pwd", "pass", "pass_new", "rawPassword", "PASSWD"]
)
def test_a_password_is_told_by_its_name(name: str) -> None:
    assert is_password(name)


@pytest.mark.parametrize(
    "name",
    ["password_hash", "passwordField", "PASSWORD_RESET_URL", "bypass", "compass", "passed", "password_length", ""],
)
def test_what_only_sounds_like_a_password_is_none(name: str) -> None:
    assert not is_password(name)


@pytest.mark.parametrize(
    "name", ["reset_token", "otp", "verificationCode", "sessionId", "generateOTP", "api_key", "tempPassword"]
)
def test_a_token_is_told_by_its_name(name: str) -> None:
    assert is_token(name)


@pytest.mark.parametrize(
    "name", ["max_tokens", "tokenizer", "opinion", "token_count", "spin", "shuffle", "author", "color"]
)
def test_what_only_sounds_like_a_token_is_none(name: str) -> None:
    assert not is_token(name)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("f(password.encode())", True),
        ("f((salt + user.password).encode())", True),
        ("f(request.form['password'])", True),
        ("f(request.form.get('pwd'))", True),
        ("f(body)", False),
        ("f(password_reset_url)", False),
        ("f('password')", False),
    ],
)
def test_a_value_holds_a_password_by_what_it_is_made_of(text: str, holds: bool) -> None:  # noqa: FBT001 - a parameter of the test
    value = next(each for each in read("a.py", text).calls if each.name == "f").args[0]
    assert holds_password(value) is holds
