from __future__ import annotations

import asyncio
import gzip
from typing import Any

import pytest

from exchanges import answer, api_of, compiled, exchange, head
from inside import loop, replying
from ostiary.controls.output.content_type_forced.live import audit_live
from ostiary.model import Outcome
from ostiary.parts.seen.bodies import label_fault
from recorded import Recorded, said
from samples import every, sample


def declaring(*media: str, status: str = "200") -> Any:
    content: dict[str, Any] = {each: {"schema": {}} for each in media}
    return api_of({"/items": {"get": {"responses": {status: {"description": "", "content": content}}}}})


API = declaring("application/json")
HTML = ("content-type", "text/html; charset=utf-8")


def sent(status: int, headers: list[tuple[str, str]], body: bytes, api: Any = API, **settings: Any) -> Any:
    policy = compiled(api, only=["output.content-type-forced"], controls={"output.content-type-forced": settings})
    length = ("content-length", str(len(body)))
    return answer(policy, exchange("GET", "/items"), status, [*headers, length], body)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ([HTML], b'{"name": "<script>alert(1)</script>"}'),
        ([], b'{"name": 1}'),
        ([("content-type", "application/json")], b"<p>oops</p>"),
        ([("content-type", "json")], b"{}"),
    ],
)
def test_guard_closes_what_the_audit_finds(headers: list[tuple[str, str]], body: bytes) -> None:
    careless = replying(lambda asked: (200, headers, body))
    assert loop("output.content-type-forced", careless, API)[0] == "FAIL"
    assert loop("output.content-type-forced", careless, API)[1] == "PASS"


def test_json_under_a_wrong_label_gets_the_declared_one_and_keeps_its_bytes() -> None:
    reply = sent(200, [HTML], b'{"a": 1}')
    assert (reply.status, head(reply, "content-type"), reply.body) == (200, "application/json", b'{"a": 1}')


def test_undeclared_pages_are_refused_and_declared_ones_pass() -> None:
    assert sent(200, [HTML], b"<p>hello</p>").status == 502
    assert sent(200, [HTML], b"<p>hello</p>", declaring("application/json", "text/html")).status == 200
    assert sent(200, [HTML], b"<p>hello</p>", declaring("*/*")).status == 200
    assert sent(200, [HTML], b"<p>hello</p>", api_of({"/items": {"get": {"responses": {}}}})).status == 200


def test_error_pages_become_problems_of_the_same_status_and_keep_what_the_status_needs() -> None:
    reply = sent(405, [HTML, ("allow", "GET"), ("allow", "PUT")], b"<h1>Method Not Allowed</h1>")
    assert (reply.status, head(reply, "content-type"), head(reply, "allow")) == (
        405,
        "application/problem+json",
        "GET, PUT",
    )


def test_a_redirects_page_is_text_and_its_cookie_stays() -> None:
    reply = sent(302, [HTML, ("location", "/x"), ("set-cookie", "a=b")], b"<p>Redirecting</p>")
    assert (reply.status, head(reply, "location"), head(reply, "set-cookie")) == (302, "/x", "a=b")
    assert head(reply, "content-type") == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("value", "left"),
    [
        ("application/json", "application/json"),
        ("application/problem+json", "application/problem+json"),
        ("application/hal+json; charset=utf-8", "application/hal+json; charset=utf-8"),
        ("text/plain", "text/plain; charset=utf-8"),
        ("text/csv; header=present", "text/csv; header=present; charset=utf-8"),
        ("text/plain; charset=iso-8859-1", "text/plain; charset=iso-8859-1"),
        ("text/event-stream", "text/event-stream"),
        ("image/png", "image/png"),
        ("nonsense", "application/octet-stream"),
    ],
)
def test_ordinary_types_pass_and_text_gets_a_charset(value: str, left: str) -> None:
    reply = sent(200, [("content-type", value)], b"{}")
    assert (reply.status, head(reply, "content-type")) == (200, left)


def test_one_type_leaves_even_if_two_came() -> None:
    reply = sent(200, [("content-type", "application/json"), HTML], b"{}")
    assert [value for name, value in reply.headers if name == b"content-type"] == [b"application/json"]


def test_large_or_streamed_unlabelled_bodies_are_opaque_and_never_held_back() -> None:
    policy = compiled(API, only=["output.content-type-forced"])
    reply = answer(policy, exchange("GET", "/items"), 200, [], b"anything")
    assert head(reply, "content-type") == "application/octet-stream"
    assert head(answer(policy, exchange("GET", "/items"), 204, []), "content-type") is None
    assert head(answer(policy, exchange("HEAD", "/items"), 200, []), "content-type") is None


def test_compressed_json_is_not_mistaken_for_rubbish() -> None:
    body = gzip.compress(b'{"a": 1}')
    reply = sent(200, [("content-type", "application/json"), ("content-encoding", "gzip")], body)
    assert (head(reply, "content-type"), reply.body) == ("application/json", body)


def test_strict_refuses_any_undeclared_type_of_a_success() -> None:
    assert sent(200, [("content-type", "image/png")], b"x", strict=True).status == 502
    assert sent(404, [("content-type", "application/problem+json")], b"{}", strict=True).status == 404


def test_an_unlabelled_scalar_is_json_and_text_is_text() -> None:
    assert head(sent(200, [], b"17"), "content-type") == "application/json"
    assert head(sent(200, [], b"pong"), "content-type") == "text/plain; charset=utf-8"
    assert head(sent(200, [], b"\xff\xfe\x00"), "content-type") == "application/octet-stream"


@pytest.mark.parametrize(("server", "recorded"), every("json-as-html"))
def test_frameworks_label_a_returned_string_as_html(server: str, recorded: Any) -> None:
    wrong = server not in {"aiohttp-3.14.5", "fastify-5.12.8", "go-1.26.8", "spring-boot-3.3.5"}
    assert bool(label_fault(recorded)) is wrong, recorded.headers


@pytest.mark.parametrize("situation", ["ok-json", "not-found", "bad-json", "created"])
def test_proper_replies_of_all_recorded_servers_pass(situation: str) -> None:
    assert {server: label_fault(each) for server, each in every(situation) if label_fault(each)} == {}


def test_php_warnings_break_json() -> None:
    assert "not JSON" in label_fault(sample("php-8.2.36", "warning-in-json"))


@pytest.mark.parametrize(
    ("headers", "body", "fault"),
    [
        ([("content-type", "application/json; charset=utf-8")], b"\xef\xbb\xbf{}", ""),  # ASP.NET's byte order mark
        ([("content-type", "application/json")], b'{"a": NaN}', "not JSON"),
        ([("content-type", "application/json")], b"", ""),
        ([("content-type", "text/plain")], b"ok", ""),
        ([("content-type", "text/plain")], b"# HELP x\n", ""),
        ([("content-type", "text/html")], b"ok", ""),
        ([("content-type", "application/javascript")], b'{"secret": 1}', "labelled as script"),
        ([("content-type", "application/octet-stream")], b"{}", ""),
        ([("content-type", "application/json"), ("content-encoding", "br")], b"\x0b\x02\x80{}\x03", ""),
        ([("content-type", "application/json"), ("content-type", "text/html")], b"{}", "two different"),
        ([("content-type", "*")], b"{}", "malformed"),
    ],
)
def test_reads_labels(headers: list[tuple[str, str]], body: bytes, fault: str) -> None:
    found = label_fault(said(200, headers, body))
    assert found == "" if not fault else fault in found


def test_data_that_becomes_a_page_on_request_is_a_fault_and_negotiation_is_none() -> None:
    def chosen(page: bytes) -> Outcome:
        def reply(asked: Any) -> Any:
            wants = any(name == "accept" for name, _ in asked.headers)
            return said(
                200, [HTML if wants else ("content-type", "application/json")], page if wants else b'{"a": "<b>"}'
            )

        return asyncio.run(audit_live(Recorded(answering=reply, api=API))).outcome

    assert chosen(b'{"a": "<b>"}') is Outcome.FAIL
    assert chosen(b"<!doctype html><title>Browsable API</title>") is Outcome.PASS  # as Django REST framework does


def test_an_api_without_bodies_is_not_concerned() -> None:
    found = asyncio.run(audit_live(Recorded(answering=lambda asked: said(204), api=API)))
    assert found.outcome is Outcome.NOT_APPLICABLE
