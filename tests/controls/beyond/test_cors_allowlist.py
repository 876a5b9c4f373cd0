from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from exchanges import answer, api_of, ask, compiled, exchange, head
from inside import Inside, audited, loop, replying
from ostiary.controls.beyond.cors_allowlist.live import audit_live, judge
from ostiary.errors import ConfigError
from ostiary.evidence import Answer, Asked
from ostiary.model import Outcome, Severity
from samples import sample

JSON = ("content-type", "application/json")
APP = "https://app.example.com"
BODY = {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}}
HEADER = {"name": "X-Trace", "in": "header", "schema": {"type": "string"}}
API = api_of(
    {
        "/me": {
            "get": {"responses": {}, "security": [{"session": []}]},
            "post": {"responses": {}, "parameters": [HEADER], **BODY},
        },
        "/plain": {"get": {"responses": {}}},
    },
    components={"securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": "sid"}}},
)
KEY = {"key": {"type": "http", "scheme": "bearer"}}
COOKIE = {"alice": (("cookie", "sid=1"),)}


def policy(**settings: Any) -> Any:
    return compiled(API, only=["beyond.cors-allowlist"], controls={"beyond.cors-allowlist": settings})


def reflecting(asked: Asked) -> tuple[int, list[tuple[str, str]], bytes]:
    """Any origin with credentials, and every body is read as JSON."""
    headers = dict(asked.headers)
    if "sid=1" not in headers.get("cookie", "") and asked.method != "OPTIONS":
        return 401, [JSON], b"{}"
    if asked.method == "POST":
        json.loads(asked.body)
    granted = (
        [("access-control-allow-origin", headers["origin"]), ("access-control-allow-credentials", "true")]
        if "origin" in headers
        else []
    )
    return 200, [JSON, *granted], b"{}"


def test_guard_closes_what_the_audit_finds() -> None:
    assert loop("beyond.cors-allowlist", replying(reflecting), API, credentials=COOKIE) == ["FAIL", "PASS"]
    listed = {"origins": [APP], "credentials": True}
    assert loop("beyond.cors-allowlist", replying(reflecting), API, credentials=COOKIE, settings=listed) == [
        "FAIL",
        "PASS",
    ]


def preflight(target: str = "/me", origin: str = APP, method: str = "POST") -> Any:
    return exchange("OPTIONS", target, [("origin", origin), ("access-control-request-method", method)])


def test_a_preflight_is_answered_from_the_policy_with_the_paths_methods_and_declared_headers() -> None:
    reply = ask(policy(origins=[APP], credentials=True), preflight())
    assert reply is not None
    assert reply.status == 204
    assert head(reply, "access-control-allow-origin") == APP
    assert head(reply, "access-control-allow-credentials") == "true"
    assert head(reply, "access-control-allow-methods") == "GET, HEAD, POST"
    assert "x-trace" in (head(reply, "access-control-allow-headers") or "")
    assert head(reply, "access-control-max-age") == "600"
    assert any(name == b"vary" and value == b"Origin" for name, value in reply.headers)


@pytest.mark.parametrize(
    "origin", ["https://foreign.example", "null", "https://app.example.com.evil.example", "http://app.example.com"]
)
def test_foreign_preflights_are_refused_without_a_word_of_cors(origin: str) -> None:
    reply = ask(policy(origins=[APP]), preflight(origin=origin))
    assert reply is not None
    assert reply.status == 403
    assert not [name for name, _ in reply.headers if name.startswith(b"access-control")]


def test_unknown_paths_are_no_business_of_cors_when_there_is_a_document() -> None:
    assert ask(policy(origins=[APP]), preflight("/nowhere")) is None
    bare = compiled(None, only=["beyond.cors-allowlist"], controls={"beyond.cors-allowlist": {"origins": [APP]}})
    reply = ask(bare, preflight("/anywhere"))
    assert reply is not None
    assert "PATCH" in (head(reply, "access-control-allow-methods") or "")


def test_plain_options_reaches_the_application() -> None:
    assert ask(policy(origins=[APP]), exchange("OPTIONS", "/me")) is None


def test_what_the_application_says_of_cors_is_dropped() -> None:
    theirs = [("access-control-allow-origin", "*"), ("access-control-allow-credentials", "true"), ("vary", "Accept")]
    reply = answer(policy(), exchange("GET", "/me", [("origin", APP)]), 200, theirs)
    assert reply.headers == [(b"vary", b"Accept")]


def test_listed_origins_are_echoed_exactly_and_every_reply_varies() -> None:
    rules = policy(origins=[APP], expose=["etag"])
    reply = answer(rules, exchange("GET", "/me", [("origin", APP)]), 200, [])
    assert head(reply, "access-control-allow-origin") == APP
    assert head(reply, "access-control-expose-headers") == "etag"
    assert head(reply, "access-control-allow-credentials") is None
    for origin in ([], [("origin", "null")], [("origin", "https://evil.example")]):
        other = answer(rules, exchange("GET", "/me", origin), 200, [])
        assert other.headers == [(b"vary", b"Origin")]


def test_refusals_can_be_read_by_listed_origins() -> None:
    rules = compiled(
        API, only=["beyond.cors-allowlist", "input.method-405"], controls={"beyond.cors-allowlist": {"origins": [APP]}}
    )
    reply = ask(rules, exchange("DELETE", "/plain", [("origin", APP)]))
    assert reply is not None
    assert head(reply, "access-control-allow-origin") == APP


def test_anyone_may_read_what_is_public_but_never_with_credentials() -> None:
    reply = answer(policy(origins=["*"]), exchange("GET", "/plain", [("origin", "https://any.example")]), 200, [])
    assert head(reply, "access-control-allow-origin") == "*"
    with pytest.raises(ConfigError, match="every account"):
        policy(origins=["*"], credentials=True)


@pytest.mark.parametrize(
    "origin", ["null", "app.example.com", "https://app.example.com/", "https://*.example.com", "https://a b"]
)
def test_what_is_no_origin_is_refused_at_start(origin: str) -> None:
    with pytest.raises(ConfigError, match="not an origin"):
        policy(origins=[origin])


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ([("cookie", "a=b"), ("origin", "https://evil.example")], True),
        ([("cookie", "a=b"), ("origin", "null")], True),
        ([("cookie", "a=b"), ("sec-fetch-site", "cross-site")], True),
        ([("authorization", "Basic eDp5"), ("sec-fetch-site", "cross-site")], True),
        ([("cookie", "a=b"), ("origin", APP), ("sec-fetch-site", "cross-site")], False),
        ([("cookie", "a=b"), ("origin", "https://api.test")], False),
        ([("cookie", "a=b"), ("sec-fetch-site", "same-origin"), ("origin", "https://api.test")], False),
        ([("cookie", "a=b")], False),  # no browser
        ([("origin", "https://evil.example")], False),  # nothing rides along
        ([("authorization", "Bearer x"), ("origin", "https://evil.example")], False),
    ],
)
def test_foreign_writes_that_ride_on_a_cookie_are_refused(headers: Any, refused: bool) -> None:  # noqa: FBT001
    reply = ask(policy(origins=[APP]), exchange("POST", "/me", headers))
    assert (reply is not None and reply.status == 403) is refused
    assert ask(policy(origins=[APP]), exchange("GET", "/me", headers)) is None


@pytest.mark.parametrize("documented", [True, False])
def test_a_foreign_websocket_with_a_cookie_is_refused(*, documented: bool) -> None:
    made = exchange("GET", "/me", [("cookie", "a=b"), ("origin", "https://evil.example")])
    made.websocket = True
    reply = ask(policy() if documented else compiled(only=["beyond.cors-allowlist"]), made)
    assert reply is not None
    assert reply.status == 403


ACAO = "access-control-allow-origin"


@pytest.mark.parametrize(
    ("server", "situation", "severity"),
    [
        ("fastapi-0.165.0", "cors-reflect", Severity.HIGH),
        ("express-5.3.0", "cors-reflect", Severity.HIGH),
        ("spring-boot-3.3.5", "cors-reflect", Severity.HIGH),
        ("fastapi-0.165.0", "cors-list", None),
        ("flask-3.1.3", "cors-evil-origin", None),
        ("go-1.26.8", "cors-evil-origin", None),
        ("express-5.3.0", "cors-star", None),
    ],
)
def test_reads_recorded_replies(server: str, situation: str, severity: Severity | None) -> None:
    recorded = sample(server, situation)
    origin = {name.lower(): value for name, value in recorded.asked.headers}["origin"]
    found = judge(recorded, origin, private=False)
    assert (found[1] if found else None) is severity, recorded.headers


def test_a_star_on_public_data_is_fine_and_on_private_data_is_not() -> None:
    star = replying(lambda asked: (200, [JSON, (ACAO, "*")], b"{}"))
    public = api_of({"/news": {"get": {"responses": {}}}})
    assert audited("beyond.cors-allowlist", star, public).outcome is Outcome.PASS

    def private(asked: Asked) -> Any:
        return (200 if any(name == "cookie" for name, _ in asked.headers) else 401, [JSON, (ACAO, "*")], b"{}")

    api = api_of({"/me": {"get": {"responses": {}, "security": [{"key": []}]}}}, components={"securitySchemes": KEY})
    found = audited("beyond.cors-allowlist", replying(private), api, credentials=COOKIE)
    assert (found.outcome, found.severity) == (Outcome.FAIL, Severity.LOW)


def test_the_one_read_that_a_cookie_opens_is_asked_whatever_the_document_says_of_it() -> None:
    """vAPI's key is read with a session's cookie, undeclared, among many that are not."""

    def reflecting(asked: Asked) -> Any:
        if asked.target != "/zz/key":
            return 200, [JSON], b"{}"
        origin = dict(asked.headers).get("origin", "*")
        opened = any(name == "cookie" for name, _ in asked.headers)
        fields = [JSON, ("access-control-allow-origin", origin), ("access-control-allow-credentials", "true")]
        return (200, fields, b"{}") if opened else (403, [JSON], b"{}")

    reads: dict[str, Any] = {f"/a/{at}": {"get": {"responses": {}, "security": [{"key": []}]}} for at in range(5)}
    api = api_of({**reads, "/zz/key": {"get": {"responses": {}}}}, components={"securitySchemes": KEY})

    class Parted(Inside):
        """One user, whom the cookie makes known in one part alone."""

        async def send(self, method: str, target: str, **more: Any) -> Answer:
            if not target.startswith("/zz"):
                more["identity"] = ""
            return await super().send(method, target, **more)

    finding = asyncio.run(audit_live(Parted(replying(reflecting), api, credentials=COOKIE)))
    assert finding.outcome is Outcome.FAIL


@pytest.mark.parametrize("documented", [True, False])
def test_an_origin_without_its_cookies_is_no_more_than_a_star(*, documented: bool) -> None:
    """Jupyter Server answers any origin that brings a token, and its document does not say who has to sign in."""

    def with_a_token(asked: Asked) -> Any:
        headers = dict(asked.headers)
        allowed = [(ACAO, headers.get("origin", ""))] if "cookie" in headers else []
        return 200 if "cookie" in headers else 403, [JSON, *allowed], b"{}"

    get: dict[str, Any] = {"responses": {}, **({"security": [{"key": []}]} if documented else {})}
    api = api_of({"/me": {"get": get}}, components={"securitySchemes": KEY})
    found = audited("beyond.cors-allowlist", replying(with_a_token), api, credentials=COOKIE)
    assert (found.outcome, found.severity) == (Outcome.FAIL, Severity.LOW)


def test_a_sandboxed_frame_may_read_what_everybody_may() -> None:
    def news(asked: Asked) -> Any:
        return 200, [JSON, (ACAO, dict(asked.headers).get("origin", ""))], b"{}"

    public = api_of({"/news": {"get": {"responses": {}}}})
    assert audited("beyond.cors-allowlist", replying(news), public).outcome is Outcome.PASS


def test_a_cookie_api_that_could_not_be_written_to_is_not_known_to_be_safe() -> None:
    app = replying(lambda asked: (401, [JSON], b"{}"))
    assert audited("beyond.cors-allowlist", app, API).outcome is Outcome.UNKNOWN


def test_json_only_writes_need_a_preflight_and_are_no_fault() -> None:
    def strict(asked: Asked) -> Any:
        headers = dict(asked.headers)
        if "cookie" not in headers:
            return 401, [JSON], b"{}"
        wrong = asked.method == "POST" and headers.get("content-type") != "application/json"
        return 415 if wrong else 200, [JSON], b"{}"

    assert audited("beyond.cors-allowlist", replying(strict), API, credentials=COOKIE).outcome is Outcome.PASS
