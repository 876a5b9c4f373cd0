"""A staging lock, and an address that only redirects: the report says so, and an ordinary API is not called one."""

from __future__ import annotations

import asyncio
import http.server
from collections.abc import Callable

import pytest

from answering import server
from ostiary.audit.run import audit


def told(status: int, *fields: tuple[str, str], only_at: Callable[[str], bool] = bool) -> list[str]:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        here = only_at(handler.path)
        handler.send_response(status if here else 404)
        for name, value in (*(fields if here else ()), ("content-length", "0")):
            handler.send_header(name, value.replace("PATH", handler.path))
        handler.end_headers()

    with server(answer) as url:
        return list(asyncio.run(audit(url, only=["output.nosniff"])).notes)


def test_an_address_that_only_leads_on_to_tls_is_named() -> None:
    notes = told(301, ("location", "https://api.example.org:8443PATH"))
    assert "leads on to https://api.example.org:8443: audit https://api.example.org:8443 if" in notes[0]


def test_a_lock_before_everything_is_named() -> None:
    assert "--header 'Authorization: Basic" in told(401, ("www-authenticate", 'basic realm="staging"'))[0]


@pytest.mark.parametrize(
    "location", ["/loginPATH", "https://a.example/PATH", "http://[", "https://u@", "javascript:alert(1)"]
)
def test_redirects_of_one_page_or_within_the_api_are_not(location: str) -> None:
    notes = told(302, ("location", location), only_at="/".__eq__)
    assert not any("leads on" in each for each in notes)
    if location.startswith("/"):
        assert not any("leads on" in each for each in told(302, ("location", location)))


def test_an_api_that_is_shut_by_tokens_has_no_lock() -> None:
    assert not any("password" in each for each in told(401, ("www-authenticate", "Bearer")))
