"""Only configured names are served, and only named proxies are believed."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges import api_of, ask, exchange
from ostiary.config import Config
from ostiary.controls.beyond.host_and_proxy_trust.hosts import name_of
from ostiary.controls.beyond.host_and_proxy_trust.live import CANARY, audit_live
from ostiary.errors import ConfigError
from ostiary.evidence import Answer, Asked
from ostiary.guard.site import Compiled
from ostiary.model import Api, Exchange, Finding, Outcome, Severity
from recorded import Recorded, said
from samples import every, sample

ONLY = ("beyond.host-and-proxy-trust",)
PROXY = "10.0.0.1"
PATHS: dict[str, Any] = {"/items": {"get": {"responses": {"200": {"description": "d"}}}}}


def policy(
    api: Api | None = None, upstream: str | None = None, listen: str = "127.0.0.1:0", **settings: Any
) -> Compiled:
    config = Config(only=ONLY, controls={ONLY[0]: settings}, upstream=upstream, listen=listen)
    return Compiled(config, api)


def host(value: str, *, peer: str = "192.0.2.7", on: Compiled | None = None) -> int | None:
    refusal = ask(on or policy(hosts=["api.test"]), exchange("GET", "/items", [("Host", value)], peer=peer))
    return refusal.status if refusal else None


def seen(*headers: tuple[str, str], peer: str = PROXY, **settings: Any) -> Exchange:
    """What the application gets to see of a request."""
    made = exchange("GET", "/items", headers, peer=peer, scheme="http")
    assert ask(policy(hosts=["api.test"], **{"proxies": ["10.0.0.0/8"], **settings}), made) is None
    return made


def names(made: Exchange) -> set[str]:
    return {name.decode() for name, _ in made.headers}


@pytest.mark.parametrize("value", ["api.test", "API.Test", "api.test.", "api.test:8080", "api.test:", "api.test.:80"])
def test_a_configured_name_is_served_in_any_spelling(value: str) -> None:
    assert host(value) is None


@pytest.mark.parametrize(
    "value",
    [
        "evil.example",
        "api.test.evil.example",
        "evilapi.test",
        "xapi.test",
        "test",
        "192.0.2.1",
        "[2001:db8::1]",
        "localhost",
    ],
)
def test_any_other_name_is_misdirected(value: str) -> None:
    assert host(value) == 421


@pytest.mark.parametrize(
    "value",
    [
        "", " ", "api.test evil", "api.test/", "api.test@evil.example", "user@api.test", "http://api.test", "api.test:80:80",
        "api.test:http", "api..test", "..", ".", "-", "[::1", "[zz::]", "api.test\\", "api.test#", "api.test?", "api.test,evil",
        "%61pi.test", "api.test:999999", "api.test\x00", "àpi.test", "api.test..",
    ],
)  # fmt: skip
def test_a_malformed_host_is_a_bad_request(value: str) -> None:
    assert host(value) == 400


def test_exactly_one_host() -> None:
    on = policy(hosts=["api.test"])
    for headers in ([], [(b"host", b"api.test")] * 2, [(b"host", b"api.test"), (b"host", b"evil.example")]):
        made = Exchange("GET", b"/items", b"", headers, peer="192.0.2.7")
        refusal = ask(on, made)
        assert refusal is not None
        assert refusal.status == 400


def test_a_wildcard_covers_what_is_below_and_not_the_name_itself() -> None:
    on = policy(hosts=["*.api.test"])
    assert [host(each, on=on) for each in ("a.api.test", "b.a.api.test", "api.test", "xapi.test")] == [
        None,
        None,
        421,
        421,
    ]
    assert host("anything.example", on=policy(hosts=["*"])) is None
    assert host("any thing", on=policy(hosts=["*"])) == 400


@pytest.mark.parametrize("value", ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000", "app.localhost"])
def test_callers_on_the_machine_may_use_its_names(value: str) -> None:
    assert host(value, peer="127.0.0.1") is None
    assert host(value, peer="") is None
    assert host(value, peer="192.0.2.7") == 421
    assert host("evil.example", peer="127.0.0.1") == 421


def test_without_hosts_the_documents_servers_count() -> None:
    servers = [
        {"url": "https://API.test/v1"},
        {"url": "/v2"},
        {"url": "http://[2001:db8::1]"},
    ]
    on = policy(api_of(PATHS, servers=servers))
    answers = [host(each, on=on) for each in ("api.test", "[2001:DB8:0::1]", "evil.example")]
    assert answers == [None, None, 421]


def test_with_no_name_known_at_all_only_loopback_is_served_and_the_log_says_why(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING, "ostiary.guard"):
        on = policy()
    assert "no host name is known" in caplog.text
    assert host("localhost", peer="127.0.0.1", on=on) is None
    assert host("api.test", on=on) == 421


def test_a_gateway_open_to_others_that_knows_no_name_does_not_start() -> None:
    for listen in ("0.0.0.0:8080", "[::]:8080", "192.0.2.1:80"):
        with pytest.raises(ConfigError, match="no host name is known"):
            policy(upstream="http://127.0.0.1:9000", listen=listen)
    for listen in ("127.0.0.1:8080", "[::1]:8080", "localhost:8080"):
        policy(upstream="http://127.0.0.1:9000", listen=listen)


@pytest.mark.parametrize("name", ["https://api.test", "api test", "api.test/v1", "", "*.", "*.*.test"])
def test_what_is_no_host_name_is_refused_at_start(name: str) -> None:
    with pytest.raises(ConfigError, match="is not a host name"):
        policy(hosts=[name])


@given(st.binary(max_size=40))
def test_no_host_value_is_read_as_a_name_with_odd_letters(value: bytes) -> None:
    name = name_of(value)
    assert not set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789.-_[]:")
    assert name_of(name.encode()) == name


# Who calls


def test_a_stranger_says_nothing_about_himself() -> None:
    made = seen(
        ("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "evil.example"),
        ("Forwarded", "for=127.0.0.1;proto=https"), ("X-Real-IP", "127.0.0.1"), ("True-Client-IP", "127.0.0.1"),
        ("CF-Connecting-IP", "127.0.0.1"), ("X-Original-URL", "/admin"), ("X-Rewrite-URL", "/admin"),
        ("X-User-Id", "1"), ("Remote-User", "root"), ("X-Authenticated-User", "root"), ("X_Forwarded_For", "1"),
        ("X_Forwarded-For", "1"), ("X-User_Id", "1"), ("Accept", "*/*"), ("X-Request-Id", "7"),
        peer="192.0.2.7",
    )  # fmt: skip
    assert names(made) == {"host", "accept", "x-request-id"}
    assert (made.client, made.scheme) == ("192.0.2.7", "http")


def test_an_ordinary_request_is_not_copied() -> None:
    made = exchange("GET", "/items", [("accept", "*/*")])
    before = made.headers
    ask(policy(hosts=["api.test"]), made)
    assert made.headers is before


@pytest.mark.parametrize(
    ("value", "client"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:4711", "203.0.113.9"),
        ("2001:db8::9", "2001:db8::9"),
        ("[2001:db8::9]:4711", "2001:db8::9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("127.0.0.1, 203.0.113.9", "203.0.113.9"),  # the left was there before the proxy saw it
        ("127.0.0.1, 203.0.113.9, 10.0.0.2, 10.9.9.9", "203.0.113.9"),
        ("10.0.0.2, 10.0.0.3", "10.0.0.2"),  # trusted all the way: the outermost is the client
        ("127.0.0.1, unknown", PROXY),  # hidden: the peer is all we know
        ("127.0.0.1, <script>, 10.0.0.2", "10.0.0.2"),
        ("127.0.0.1,", PROXY),
        ("", PROXY),
        (" 203.0.113.9 ", "203.0.113.9"),
        ("203.0.113.9,203.0.113.010", PROXY),
    ],
)
def test_the_chain_is_walked_from_the_right_as_far_as_it_is_trusted(value: str, client: str) -> None:
    assert seen(("X-Forwarded-For", value)).client == client


def test_the_chain_may_come_in_several_lines() -> None:
    assert seen(("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-For", "203.0.113.9, 10.0.0.2")).client == "203.0.113.9"


@pytest.mark.parametrize(
    ("value", "client", "scheme"),
    [
        ("for=203.0.113.9;proto=https;by=10.0.0.1", "203.0.113.9", "https"),
        ('For="[2001:db8:cafe::17]:4711"; Proto="HTTPS"', "2001:db8:cafe::17", "https"),  # RFC 7239 section 4
        ("for=127.0.0.1, for=203.0.113.9;proto=https, for=10.0.0.2;proto=http", "203.0.113.9", "https"),
        ('for="_hidden, for=127.0.0.1", for=10.0.0.2', "10.0.0.2", "http"),
        ("for=unknown;proto=https", PROXY, "https"),
        (
            'for=6.6.6.6;a=", for="[2001:db8::9]:4711"',
            "2001:db8::9",
            "http",
        ),  # a stranger's open quote, the proxy's own
        ('for="6.6.6.6, for="[2001:db8::9]:4711";proto=https', "2001:db8::9", "https"),
        ("for=6.6.6.6;for=203.0.113.9", PROXY, "http"),
        ("for=6.6.6.6 for=203.0.113.9", PROXY, "http"),
        ("proto=ftp;for=203.0.113.9", "203.0.113.9", "http"),
    ],
)
def test_the_standard_header_where_the_policy_says_so(value: str, client: str, scheme: str) -> None:
    made = seen(("Forwarded", value), ("X-Forwarded-For", "1.1.1.1"), forwarding="forwarded")
    assert (made.client, made.scheme) == (client, scheme)


def test_a_chain_full_of_open_quotes_is_read_in_a_moment() -> None:
    for value in ('"' + '\\"' * 4000, "for=" * 2000, 'for="' + "\\" * 7999, 'a="";' * 1600, "," * 8000):
        began = time.perf_counter()
        seen(("Forwarded", value), forwarding="forwarded")
        assert time.perf_counter() - began < 0.1


def test_the_header_that_the_proxy_does_not_write_is_a_strangers() -> None:
    made = seen(("Forwarded", "for=127.0.0.1;proto=https"), ("X-Forwarded-For", "203.0.113.9"))
    assert (made.client, made.scheme) == ("203.0.113.9", "http")
    assert "forwarded" not in names(made)


def test_the_scheme_is_the_nearest_proxys_word() -> None:
    assert seen(("X-Forwarded-Proto", "https")).scheme == "https"
    assert seen(("X-Forwarded-Proto", "https, http")).scheme == "http"
    assert seen(("X-Forwarded-Proto", "javascript")).scheme == "http"
    assert seen(("X-Forwarded-Proto", "https"), peer="192.0.2.7").scheme == "http"


def test_behind_a_proxy_the_application_sees_one_client_and_no_way_round_the_routes() -> None:
    made = seen(
        ("X-Forwarded-For", "127.0.0.1, 203.0.113.9"), ("X-Forwarded-Host", "api.test"), ("X-User-Id", "7"),
        ("X-Original-URL", "/admin"), ("X-Real-IP", "203.0.113.9"),
    )  # fmt: skip
    assert made.all(b"x-forwarded-for") == [b"203.0.113.9"]
    assert names(made) == {"host", "x-forwarded-for", "x-forwarded-host", "x-user-id"}


def test_a_socket_peer_can_be_a_proxy() -> None:
    assert seen(("X-Forwarded-For", "203.0.113.9"), peer="", proxies=["unix"]).client == "203.0.113.9"
    assert seen(("X-Forwarded-For", "203.0.113.9"), peer="").client == ""


def test_a_header_that_the_document_declares_is_the_apis_own() -> None:
    parameter = {"name": "X-User-Id", "in": "header", "schema": {"type": "string"}}
    on = policy(api_of({"/items": {"get": {"parameters": [parameter]}}, "/other": {"get": {}}}), hosts=["api.test"])
    for path, kept in (("/items", True), ("/other", False)):
        made = exchange("GET", path, [("X-User-Id", "7"), ("X-Remote-User", "x")])
        ask(on, made)
        assert ("x-user-id" in names(made), "x-remote-user" in names(made)) == (kept, False)


def test_a_proxy_that_was_forgotten_is_hinted_at_once(caplog: pytest.LogCaptureFixture) -> None:
    on = policy(hosts=["api.test"], identity=["x-hint"])
    with caplog.at_level(logging.WARNING, "ostiary.guard"):
        for _ in range(3):
            ask(on, exchange("GET", "/items", [("X-Forwarded-For", "203.0.113.9")], peer="127.0.0.1"))
    assert caplog.text.count("if it is a proxy") == 1
    assert "203.0.113.9" not in caplog.text


# The audit

API = api_of(PATHS)


def live(answering: Callable[[Asked], Answer | None], raw: Callable[[bytes], bytes] | None = None) -> Finding:
    return asyncio.run(
        audit_live(Recorded(answering=answering, api=API, raw=raw or (lambda _: b"HTTP/1.1 400 B\r\n\r\n")))
    )


def strict(asked: Asked) -> Answer:
    return said(421 if dict(asked.headers).get("Host") == CANARY else 200)


def test_refusing_the_unknown_and_ignoring_the_forged_passes() -> None:
    assert live(strict).outcome is Outcome.PASS


@pytest.mark.parametrize("server", ["django-5.2.19", "starlette-1.10.0"])
def test_frameworks_that_refuse_an_unknown_host_pass(server: str) -> None:
    refusal = sample(server, "wrong-host")
    assert live(lambda asked: refusal if "Host" in dict(asked.headers) else said(200)).outcome is Outcome.PASS


def test_serving_any_name_fails() -> None:
    finding = live(lambda _: said(200, body="[]"))
    assert (finding.outcome, finding.severity) == (Outcome.FAIL, Severity.MEDIUM)


@pytest.mark.parametrize(("server", "redirect"), every("slash-redirect-evil-host"))
def test_redirects_built_from_host_fail(server: str, redirect: Answer) -> None:
    """What frameworks answer to a missing slash; a relative Location is no fault."""
    location = redirect.head("location") or ""
    poisoned = said(redirect.status, [("location", location.replace("evil.example", CANARY))])

    def answering(asked: Asked) -> Answer:
        if "Host" not in dict(asked.headers):
            return said(200)
        return poisoned if asked.target.endswith("/") else said(421)

    expected = Outcome.FAIL if "evil.example" in location else Outcome.PASS
    found = live(answering)
    assert found.outcome is expected, server
    if expected is Outcome.FAIL:  # a browser writes the Host itself
        assert found.severity is Severity.MEDIUM


@pytest.mark.parametrize(
    ("name", "field"), [("X-Forwarded-Host", "location"), ("Forwarded", "link"), ("X-Host", "content-location")]
)
def test_a_forged_name_that_comes_back_in_a_header_fails(name: str, field: str) -> None:
    def answering(asked: Asked) -> Answer:
        return said(200, [(field, f"https://{CANARY}/x")]) if name in dict(asked.headers) else strict(asked)

    assert live(answering).outcome is Outcome.FAIL


def test_a_forged_name_in_the_links_of_a_page_fails_but_not_in_a_refusal() -> None:
    def linking(asked: Asked) -> Answer:
        forged = "X-Forwarded-Host" in dict(asked.headers)
        return said(200, body=f"<a href='https://{CANARY}/reset'>") if forged else strict(asked)

    assert live(linking).outcome is Outcome.FAIL
    assert live(
        lambda asked: said(400, body=f"//{CANARY}?") if "Host" in dict(asked.headers) else said(200)
    ).outcome is (Outcome.PASS)


def test_a_header_that_chooses_the_path_fails() -> None:
    assert (
        live(lambda asked: said(404) if "X-Original-URL" in dict(asked.headers) else strict(asked)).outcome
        is Outcome.FAIL
    )


def test_a_user_header_that_signs_in_is_critical() -> None:
    def answering(asked: Asked) -> Answer:
        return strict(asked) if "X-Remote-User" in dict(asked.headers) else said(401)

    finding = live(answering)
    assert (finding.outcome, finding.severity) == (Outcome.FAIL, Severity.CRITICAL)


def test_two_hosts_must_be_refused() -> None:
    assert live(strict, lambda _: b"HTTP/1.1 200 OK\r\n\r\n").outcome is Outcome.FAIL


def test_where_everything_is_refused_nothing_is_known() -> None:
    assert live(lambda _: said(404)).outcome is Outcome.UNKNOWN
    assert live(lambda _: said(503)).outcome is Outcome.UNKNOWN


def test_a_field_that_only_says_the_host_back_is_not_followed_by_anybody() -> None:
    """PHP's own server (8.2) repeats the Host field of a request in its reply."""
    finding = live(lambda asked: said(200, [("host", dict(asked.headers).get("Host", "api.test"))], "[]"))
    assert "comes back" not in finding.why


def test_a_read_that_answers_is_asked_not_one_that_is_refused() -> None:
    api = api_of({"/accounts": PATHS["/items"], **PATHS})
    http = Recorded(answering=lambda asked: said(200 if asked.target == "/items" else 403), api=api)
    finding = asyncio.run(audit_live(http))
    assert (finding.outcome, finding.severity) == (Outcome.FAIL, Severity.MEDIUM)
