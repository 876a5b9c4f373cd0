"""An order is written in one way, found by looking it up, and over by itself."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary.errors import ConfigError
from ostiary.parts.orders import Book, Orders, listed, order_of, ordered, plain, subject_of
from ostiary.store.memory import MemoryStore
from ostiary.store.ports import Ban

GIVEN = {"kind": "source", "about": "192.0.2.0/24", "for": "1h", "why": "stuffing", "by": "ann@desk", "now": 1000.0}


@pytest.mark.parametrize(
    ("kind", "about", "what"),
    [
        ("source", "192.0.2.7", "source:192.0.2.7"),
        ("source", "192.0.2.7/32", "source:192.0.2.7"),
        ("source", "2001:DB8:0::/48", "source:2001:db8::/48"),
        ("source", "::ffff:192.0.2.0/120", "source:192.0.2.0/24"),
        ("operation", "GET /items/{id}", "operation:GET /items/{id}"),
        ("operation", "* /items", "operation:* /items"),
        ("operation", "*", "operation:*"),
        ("identity", "main:alice", "identity:main:alice"),
        ("challenge", "login", "challenge:login"),
    ],
)
def test_what_it_is_about_has_one_spelling(kind: str, about: str, what: str) -> None:
    assert subject_of(kind, about) == what


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        ("sauce", "192.0.2.7"), ("source", "192.0.2.7/24"), ("source", "example.com"), ("source", "0.0.0.0/0"),
        ("source", "::/0"), ("source", "::ffff:0:0/96"), ("operation", "get /x"), ("operation", "GET"), ("operation", "/x"), ("challenge", "logout"),
        ("identity", ""), ("identity", " a"), ("identity", "a\nb"), ("identity", "a" * 501),
    ],
)  # fmt: skip
def test_what_it_cannot_be_about_is_said(kind: str, about: str) -> None:
    with pytest.raises(ConfigError):
        subject_of(kind, about)


@pytest.mark.parametrize(
    "wrong",
    [
        {"for": "0s"},
        {"for": "367d"},
        {"for": "an hour"},
        {"for": 60},
        {"why": ""},
        {"why": "x" * 201},
        {"why": "a\x1b[2J"},
        {"by": None},
    ],
)
def test_an_order_needs_an_end_a_reason_and_somebody_who_gave_it(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        order_of({**GIVEN, **wrong})


def test_an_order_says_who_when_and_why() -> None:
    ban = order_of(GIVEN)
    assert (ban.what, ban.until) == ("source:192.0.2.0/24", 4600.0)
    assert ban.why == "stuffing [by ann@desk at 1970-01-01T00:16:40Z]"
    assert plain(ban) == {
        "kind": "source", "about": "192.0.2.0/24", "until": 4600, "why": "stuffing", "by": "ann@desk",
        "at": "1970-01-01T00:16:40Z",
    }  # fmt: skip
    assert plain(Ban("source:x", 1.0, "by hand"))["why"] == "by hand"


def banned(*networks: str) -> Orders:
    return Orders({f"source:{each}": Ban(f"source:{each}", 9e9, "") for each in networks})


def test_a_source_is_found_by_its_address_in_any_spelling_or_its_narrowest_network() -> None:
    orders = banned("192.0.2.0/24", "192.0.2.7", "2001:db8:1::/48", "10.0.0.0/8")
    for client, what in {
        "192.0.2.7": "source:192.0.2.7",
        "::ffff:192.0.2.7": "source:192.0.2.7",
        "192.0.2.8": "source:192.0.2.0/24",
        "10.255.0.1": "source:10.0.0.0/8",
        "2001:db8:1:2::3": "source:2001:db8:1::/48",
        "2001:db8:1:2::3%eth0": "source:2001:db8:1::/48",
    }.items():
        found = orders.of_source(client)
        assert found is not None
        assert found.what == what
    for client in ("192.0.3.1", "2001:db8:2::1", "::c000:207", "", "unix", "x" * 9000):
        assert orders.of_source(client) is None


@given(st.ip_addresses(), st.lists(st.ip_addresses(), max_size=5), st.integers(0, 128))
def test_lookup_agrees_with_arithmetic(address: Any, others: list[Any], bits: int) -> None:
    import ipaddress  # noqa: PLC0415

    networks = [ipaddress.ip_network((each, min(bits, each.max_prefixlen) or 1), strict=False) for each in others]
    mapped = getattr(address, "ipv4_mapped", None) or address
    expected = any(mapped in each for each in networks)
    assert (banned(*map(str, networks)).of_source(str(address)) is not None) == expected


def test_a_book_is_read_again_when_something_changed_and_the_log_has_it(caplog: pytest.LogCaptureFixture) -> None:
    time = [1000.0]
    store = MemoryStore(clock=lambda: time[0], now=lambda: time[0])
    book = Book(store.bans, lambda: time[0])
    assert book.read() is None
    with caplog.at_level(logging.WARNING, "ostiary.orders"):
        asyncio.run(ordered(store, GIVEN))
        assert store.bans.changes != book.seen
        orders = book.read()
        assert orders is not None
        ban = orders.of_source("192.0.2.9")
        assert ban is not None
        assert book.holds(ban)
        assert "in force until 1970-01-01T01:16:40Z: source:192.0.2.0/24: stuffing [by ann@desk" in caplog.text
        time[0] = 4600.0
        assert not book.holds(ban)
        assert book.orders is None
        assert "over: source:192.0.2.0/24" in caplog.text


def test_what_is_no_operators_order_is_not_listed() -> None:
    store = MemoryStore(clock=lambda: 0.0, now=lambda: 0.0)
    store.bans.order(Ban("token:abc", 10.0, "revoked"))
    assert asyncio.run(listed(store, {})) == {"bans": [], "stale": False}
