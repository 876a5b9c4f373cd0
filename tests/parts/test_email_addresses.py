"""Addresses are read strictly, offline, and two spellings of one are one."""

from __future__ import annotations

import socket

import pytest

from ostiary.parts.email_addresses import email_address, normalised_email


@pytest.mark.parametrize(
    ("text", "written", "key"),
    [
        ("ann@example.com", "ann@example.com", "ann@example.com"),
        ("Ann.Marie@EXAMPLE.Com", "Ann.Marie@example.com", "ann.marie@example.com"),
        ("ann+list@example.com", "ann+list@example.com", "ann+list@example.com"),
        ("ann@gm\u0430il.com", "ann@xn--gmil-63d.com", "ann@xn--gmil-63d.com"),
        ("ann@b\u00fccher.example", "ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example"),
    ],
)
def test_an_address_is_kept_as_it_was_written_and_known_by_its_small_letters(text: str, written: str, key: str) -> None:
    assert email_address(text) == (written, key)
    assert normalised_email(text) == key


@pytest.mark.parametrize(
    "text",
    [
        "", "ann", "ann@", "@example.com", "ann@example", "ann@localhost", "ann@example.test", "ann@[192.0.2.1]",
        "ann@example.com\r\nBcc: eve@example.org", "ann@example.com\n", "Ann <ann@example.com>", '"ann b"@example.com',
        "ann@example.com, eve@example.org", "ann@example.com>", "ann@exa mple.com", "a\0nn@example.com", "\u202eann@example.com",
        "\u0430nn@example.com", "ann@example..com", "ann..b@example.com", "a" * 65 + "@example.com",
        "ann@" + "a." * 125 + "com", "javascript:alert(1)", "ann@\ud800.com",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(is|has) ") as refused:
        email_address(text)
    assert not text or text not in str(refused.value)


def test_the_network_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def no(*_: object, **__: object) -> None:
        raise AssertionError("somebody was asked")

    monkeypatch.setattr(socket, "socket", no)
    monkeypatch.setattr(socket, "getaddrinfo", no)
    assert normalised_email("ann@does-not-exist-4711.example.org")
