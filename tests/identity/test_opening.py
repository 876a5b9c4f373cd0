"""What is wrong is wrong before a port opens, and says where; what was begun by then is given back."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from identity.house import House, house_in
from ostiary.errors import ConfigError, StoreError
from ostiary.identity.opening import _check_link
from ostiary.parts.identity_settings import Passwords


def refused(folder: Path, **changes: Any) -> str:
    """Where a house with these settings is refused."""
    with pytest.raises(ConfigError) as caught, house_in(folder, **changes):
        pass
    return caught.value.where


@pytest.mark.parametrize(
    "issuer",
    ["", "accounts.example.test", "http://accounts.example.test", "http://127.0.0.1:8000", "https://", "https:///x",
     "https://accounts.example.test/", "https://accounts.example.test/tenant", "https://accounts.example.test?x",
     "https://accounts.example.test#x", "https://me@accounts.example.test", "https://Accounts.example.test",
     "HTTPS://accounts.example.test", "https://accounts.example.test:99999", "https://accounts.example.test:0",
     "https://a b.test", "https://a\n.test", "https://[::1", "https://bücher.test", "https://a\\b.test", "ftp://a.test",
     "https://accounts.example.test:443:1", "javascript:alert(1)", "https://a%2fb.test", "https://a.test\x00"],
)  # fmt: skip
def test_an_issuer_that_is_no_good_is_refused(tmp_path: Path, issuer: str) -> None:
    assert refused(tmp_path, issuer=issuer) == "[identity] issuer"
    assert list(tmp_path.iterdir()) == [], "nothing was made yet"


@pytest.mark.parametrize(
    "issuer", ["https://accounts.example.test", "https://accounts.example.test:8443", "https://[2001:db8::1]"]
)
def test_an_issuer_is_taken_as_it_is(tmp_path: Path, issuer: str) -> None:
    with house_in(tmp_path, issuer=issuer) as house:
        assert house.services.issuer == issuer


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"])
def test_development_may_be_plain_on_loopback(tmp_path: Path, issuer: str) -> None:
    with house_in(tmp_path, issuer=issuer, profile="development") as house:
        assert house.services.issuer == issuer


def test_development_is_not_plain_elsewhere(tmp_path: Path) -> None:
    with (
        pytest.raises(ConfigError, match="must be https"),
        house_in(tmp_path, issuer="http://a.test", profile="development"),
    ):
        pass


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("postgresql://u:p@db.example.test/x", False),
        ("postgres://db/x", False),
        ("postgresql:///x?host=db.example.test", False),
        ("postgresql://127.0.0.1,db.example.test/x", False),
        ("postgresql://db.example.test/x?sslmode=verify-full", True),
        ("postgresql://db/x?sslmode=disable", True),
        ("postgresql://127.0.0.1/x", True),
        ("postgresql://localhost:5433/x", True),
        ("postgresql:///x?host=/run/postgresql", True),
        ("postgresql:///x", True),
        ("sqlite:///x", True),
    ],
)
def test_a_link_over_a_network_says_how_it_is_encrypted(url: str, fine: bool) -> None:  # noqa: FBT001 - a column of a table
    if fine:
        _check_link(url, "production", "w")
    else:
        with pytest.raises(ConfigError, match="over a network"):
            _check_link(url, "production", "w")
    _check_link(url, "development", "w")


def test_what_was_begun_is_given_back_when_a_setting_is_refused(tmp_path: Path) -> None:
    def others() -> set[str]:
        return {each.name for each in threading.enumerate()} - {"MainThread"}

    before = others()
    assert refused(tmp_path, passwords=Passwords(cost=3)).startswith("[identity] passwords")
    until = time.monotonic() + 5
    while others() - before and time.monotonic() < until:
        time.sleep(0.01)
    assert others() - before == set()


def test_a_database_that_does_not_answer_is_no_new_one(tmp_path: Path) -> None:
    with pytest.raises(StoreError), house_in(tmp_path, "postgresql://127.0.0.1:1/none"):
        pass
    assert not (tmp_path / "keys").exists(), "whose it is cannot be known now"


def test_the_same_place_opens_again(tmp_path: Path) -> None:
    def opens() -> bytes:
        with house_in(tmp_path) as house:
            return house.services.ring.digest(b"x", "users.email")

    assert opens() == opens()


def test_a_house_has_everything(house: House) -> None:
    for name in type(house.services).__slots__:
        assert getattr(house.services, name) is not None
