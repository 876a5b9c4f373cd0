"""Once seen over HTTPS, never asked over HTTP: the header on every secure reply, nowhere else, and read as browsers do."""

from __future__ import annotations

import asyncio

import pytest

from exchanges import answer, ask, compiled, exchange, head
from ostiary.controls.access import hsts
from ostiary.errors import ConfigError
from ostiary.model import Outcome
from recorded import Recorded, said
from samples import every, sample

ONLY = ("access.hsts",)


def verdict(*headers: tuple[str, str], status: int = 200, base: str = "https://api.test") -> Outcome:
    return asyncio.run(hsts.audit_live(Recorded([said(status, headers)], base=base))).outcome


def test_a_secure_reply_carries_it_and_the_applications_own_is_replaced() -> None:
    reply = answer(compiled(only=ONLY), exchange("GET", "/x"), 200, [("Strict-Transport-Security", "max-age=1")])
    found = [value for name, value in reply.headers if name == b"strict-transport-security"]
    assert found == [b"max-age=31536000; includeSubDomains"]


def test_a_clear_text_reply_does_not() -> None:
    reply = answer(compiled(only=ONLY), exchange("GET", "/x", scheme="http"), 200, [("strict-transport-security", "x")])
    assert head(reply, "strict-transport-security") is None


def test_a_refusal_carries_it_too() -> None:
    refusal = ask(compiled(only=ONLY), exchange("GET", "/x%00"))
    assert refusal is not None
    assert refusal.status == 400
    assert head(refusal, "strict-transport-security") is not None


def test_settings_show_in_the_value_and_a_useless_age_is_refused_at_start() -> None:
    policy = compiled(only=ONLY, controls={"access.hsts": {"max-age": "730d", "preload": True}})
    reply = answer(policy, exchange("GET", "/x"), 200, [])
    assert head(reply, "strict-transport-security") == "max-age=63072000; includeSubDomains; preload"
    with pytest.raises(ConfigError, match="under a day"):
        compiled(only=ONLY, controls={"access.hsts": {"max-age": "1h"}})


@pytest.mark.parametrize("server", [name for name, _ in every("hsts")])
def test_what_servers_send_when_told_to_is_accepted(server: str) -> None:
    finding = asyncio.run(hsts.audit_live(Recorded([sample(server, "hsts")])))
    assert finding.outcome is Outcome.PASS


@pytest.mark.parametrize("server", ["nginx-1.22.1", "apache-2.4.71"])
def test_the_error_page_tells_add_header_from_add_header_always(server: str) -> None:
    good = sample(server, "hsts")
    without = asyncio.run(hsts.audit_live(Recorded([good, sample(server, "hsts-not-found")])))
    always = asyncio.run(hsts.audit_live(Recorded([good, sample(server, "hsts-always-not-found")])))
    assert (without.outcome, always.outcome) == (Outcome.FAIL, Outcome.PASS)
    assert "404" in without.why


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        ("max-age=31536000", Outcome.PASS),  # express 5 with helmet 8 sends this and includeSubDomains
        ("max-age=31536000; includeSubDomains", Outcome.PASS),
        ('max-age="63072000"; preload', Outcome.PASS),  # RFC 6797 section 6.2: quoted is allowed
        ("MAX-AGE=31536000;INCLUDESUBDOMAINS", Outcome.PASS),  # directive names have no case
        (" ; max-age=31536000 ; ", Outcome.PASS),  # empty directives are allowed by the grammar
        ("includeSubDomains; max-age=31536000; future=1", Outcome.PASS),  # unknown directives are ignored
        ("max-age=15552000; includeSubDomains", Outcome.FAIL),  # Cloudflare's six months
        ("max-age=15724800; includeSubDomains", Outcome.FAIL),  # ingress-nginx's default
        ("max-age=0", Outcome.FAIL),
        ("max-age=31536000, max-age=31536000", Outcome.FAIL),  # two headers merged by a proxy
        ("max-age=31536000; max-age=0", Outcome.FAIL),  # section 6.1: a directive must not come twice
        ("max-age", Outcome.FAIL),
        ("max-age=-1", Outcome.FAIL),
        ("max-age=1e9", Outcome.FAIL),
        ("max-age=٣١٥٣٦٠٠٠", Outcome.FAIL),
        ("includeSubDomains", Outcome.FAIL),
        ("max-age:31536000", Outcome.FAIL),
        ("", Outcome.FAIL),
    ],
)
def test_reads_values_as_browsers_do(value: str, outcome: Outcome) -> None:
    assert verdict(("strict-transport-security", value)) is outcome


def test_two_headers_fail() -> None:
    assert verdict(*[("strict-transport-security", "max-age=31536000")] * 2) is Outcome.FAIL


def test_a_reply_without_it_fails_whatever_its_status() -> None:
    assert verdict() is Outcome.FAIL
    assert verdict(status=404) is Outcome.FAIL


@pytest.mark.parametrize(
    "base", ["http://api.test", "https://127.0.0.1:8443", "https://localhost", "https://192.0.2.7"]
)
def test_it_does_not_concern_clear_text_addresses_and_localhost(base: str) -> None:
    assert verdict(base=base) is Outcome.NOT_APPLICABLE


def test_no_reply_proves_nothing() -> None:
    assert asyncio.run(hsts.audit_live(Recorded([]))).outcome is Outcome.UNKNOWN
