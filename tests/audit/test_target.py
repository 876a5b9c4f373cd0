"""Only near targets, by the address that the name has now and keeps for the run."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from ostiary.audit.target import Target, is_near, parse, pin
from ostiary.errors import ConfigError, Unanswerable


@pytest.mark.parametrize(
    ("url", "base", "prefix"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000", ""),
        ("https://api.test/v1/", "https://api.test", "/v1"),
        ("http://[::1]:81/a", "http://[::1]:81", "/a"),
        ("localhost:8000", "http://localhost:8000", ""),
        ("http://api.test:80", "http://api.test", ""),
        ("HTTPS://API.test.", "https://api.test", ""),
    ],
)
def test_urls_are_read(url: str, base: str, prefix: str) -> None:
    found = parse(url)
    assert (found.base, found.prefix) == (base, prefix)


@pytest.mark.parametrize(
    "url",
    ["ftp://a", "http://", "http://a:0", "http://a:99999", "http://u:p@a", "http://a/?q", "http://a b", "http://a\r\nb",
     "http://-a", "http://a\\b", "", "http://münchen.test", "file:///etc/passwd"],
)  # fmt: skip
def test_what_is_no_base_url_is_wrong_use(url: str) -> None:
    with pytest.raises(ConfigError):
        parse(url)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "127.9.9.9", "::1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.1.1", "fe80::1",
                "fd00::1", "::ffff:10.0.0.1", "0.0.0.0"]
)  # fmt: skip
def test_loopback_and_private_addresses_are_near(address: str) -> None:
    assert is_near(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "100.64.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "224.0.0.1", "ff02::1", "nonsense"]
)
def test_everything_else_is_far(address: str) -> None:
    assert not is_near(address)


def test_a_public_address_takes_a_word_of_the_operator() -> None:
    with pytest.raises(ConfigError, match="--authorized"):
        asyncio.run(pin(parse("http://8.8.8.8")))
    assert asyncio.run(pin(parse("http://8.8.8.8"), authorized=True)).addresses == ("8.8.8.8",)


def named(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    asked = []

    async def getaddrinfo(_self: Any, host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        if not addresses:
            raise socket.gaierror(-2, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", getaddrinfo)
    return asked


def test_a_name_is_looked_up_once_and_its_address_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that turns public (or inward) after the check finds nobody listening to it."""
    asked = named(monkeypatch, "127.0.0.1", "127.0.0.1")
    assert asyncio.run(pin(parse("http://api.test"))).addresses == ("127.0.0.1",)
    assert asked == ["api.test"]


def test_one_public_address_among_private_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    named(monkeypatch, "10.0.0.1", "8.8.8.8")
    with pytest.raises(ConfigError, match=r"api\.test is 8\.8\.8\.8"):
        asyncio.run(pin(parse("http://api.test")))


def test_a_name_without_address_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    named(monkeypatch)
    with pytest.raises(Unanswerable, match="no address"):
        asyncio.run(pin(parse("http://api.test")))


def test_resolve_replaces_the_lookup_as_curl_has_it() -> None:
    found = asyncio.run(pin(parse("https://api.test"), resolve=["api.test:443:127.0.0.5", "api.test:80:127.0.0.6"]))
    assert found == Target(scheme="https", host="api.test", port=443, addresses=("127.0.0.5",))
    with pytest.raises(ConfigError, match="HOST:PORT:ADDRESS"):
        asyncio.run(pin(parse("https://api.test"), resolve=["api.test=127.0.0.1"]))
    with pytest.raises(ConfigError, match="--authorized"):
        asyncio.run(pin(parse("https://api.test"), resolve=["api.test:443:8.8.8.8"]))
