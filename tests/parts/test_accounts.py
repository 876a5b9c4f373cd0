"""Accounts are written down in one way each, and secrets are read when an audit needs them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ostiary.config import from_plain
from ostiary.errors import ConfigError
from ostiary.parts.accounts import Account, Source, Told

PASSWORD = {"env": "OSTIARY_TEST_PASSWORD"}


def account(**members: Any) -> Account:
    return from_plain({"audit": {"accounts": {"a": members}}}).audit.accounts["a"]


@pytest.mark.parametrize(
    "members",
    [
        {"bearer": PASSWORD},
        {"cookie": PASSWORD},
        {"header": "X-Key", "key": PASSWORD},
        {"query": "key", "key": PASSWORD},
        {"user": "a", "password": PASSWORD},
        {"user": "a", "password": PASSWORD, "basic": True},
        {"oauth": {"token": "/token", "client": "c", "client-secret": PASSWORD}},
        {"oauth": {"token": "/token"}, "user": "a", "password": PASSWORD},
    ],
)
def test_one_way_each(members: dict[str, Any]) -> None:
    assert account(**members) != Account(bearer=Told(text="x"))


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({}, "expected one of"),
        ({"bearer": PASSWORD, "cookie": PASSWORD}, "2 are given"),
        ({"user": "a"}, "go together"),
        ({"header": "X-Key"}, "key its value"),
        ({"bearer": PASSWORD, "key": PASSWORD}, "key its value"),
        ({"bearer": PASSWORD, "basic": True}, "basic takes"),
        ({"bearer": "in the open"}, "bearer"),
        ({"bearer": {"env": "A", "file": "b"}}, "a secret is not written here"),
        ({"usr": "a"}, "did you mean 'user'"),
    ],
)
def test_half_of_one_or_two_are_mistakes(members: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        account(**members)
    assert "[audit.accounts.a]" in str(caught.value)


def test_a_policy_is_read_without_the_secrets_of_its_audits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OSTIARY_TEST_PASSWORD", raising=False)
    found = account(bearer=PASSWORD).bearer
    assert found is not None
    with pytest.raises(ConfigError, match="OSTIARY_TEST_PASSWORD"):
        found.reveal()
    monkeypatch.setenv("OSTIARY_TEST_PASSWORD", "s3cr3t\n")
    assert found.reveal() == "s3cr3t"
    (tmp_path / "key").write_text("k3y\n")
    assert Source(file=str(tmp_path / "key")).reveal() == "k3y"
    with pytest.raises(ConfigError, match="cannot be read"):
        Source(file=str(tmp_path / "none")).reveal()


def test_a_secret_at_hand_does_not_show() -> None:
    told = Account(user="a", password=Told(text="s3cr3t"))
    assert "s3cr3t" not in repr(told)
    assert told.password is not None
    assert told.password.reveal() == "s3cr3t"


@pytest.mark.parametrize(
    ("login", "said"),
    [
        ({"operation": "/login"}, "POST /login"),
        ({"token": "data.token"}, "json:data.token"),
        ({"where": "x"}, "no setting"),
    ],
)
def test_a_login_flow_has_a_form(login: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        from_plain({"audit": {"login": login}})
    assert "[audit.login]" in str(caught.value)
