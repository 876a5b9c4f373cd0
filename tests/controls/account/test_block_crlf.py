from __future__ import annotations

import json
from typing import Any

import pytest

from exchanges import Pairs, answer, api_of, ask, compiled, exchange, head, through, tiny
from ostiary.config import Config
from ostiary.guard.app import Guard
from ostiary.guard.site import Compiled
from ostiary.model import Api

ID = "account.block-crlf"
JSON = [("content-type", "application/json")]
TEXT = {"type": "string"}
MAIL: dict[str, Any] = {
    "type": "object",
    "properties": {
        "subject": TEXT, "to": {"type": "array", "items": {"type": "string", "format": "email"}}, "text": TEXT, "filename": TEXT,
        "short": {"type": "string", "maxLength": 50}, "long": {"type": "string", "maxLength": 5000}, "open": TEXT,
        "comment": {"type": "string", "maxLength": 50}, "city": TEXT,
    },
}  # fmt: skip
QUERY: list[dict[str, Any]] = [{"name": name, "in": "query", "schema": TEXT} for name in ("q", "next", "title")]
QUERY.append({"name": "letter2", "in": "query", "schema": {"type": "string", "maxLength": 5000}})
API = api_of(
    {
        "/mails": {"post": {"requestBody": {"content": {"application/json": {"schema": MAIL}}}}},
        "/search": {"get": {"parameters": QUERY}},
        "/texts/{text}": {"get": {}},
    }
)


def status(
    method: str, target: str, headers: Pairs = (), body: bytes = b"", api: Api | None = API, **settings: Any
) -> int:
    policy = compiled(api, only=(ID,), controls={ID: settings})
    reply = ask(policy, exchange(method, target, headers, body))
    return 0 if reply is None else reply.status


@pytest.mark.parametrize(
    "target",
    [
        "/search?next=/%0d%0aSet-Cookie:%20a=b", "/search?next=%0A", "/search?title=%0D", "/search?other=%0d%0ax", "/search?next=%00",
        "/search?next=%1B[2J", "/search?next=%7f", "/search?next=%c2%85", "/search?next=%E2%80%A8", "/search?a%0d%0ab=1",
        "/search?q=%00", "/texts/a%C2%85b", "/texts/a%e2%80%a9", "/texts/a%0d%0ab", "/texts/%00",
    ],
)  # fmt: skip
def test_control_characters_in_path_and_query_are_refused(target: str) -> None:
    assert status("GET", target) == 400


@pytest.mark.parametrize(
    "target",
    [
        "/search?q=a%0D%0Ab%09c&next=/home", "/search?letter2=a%0ab", "/search?next=%2Fa%20b%25&title=%C3%A9%E2%80%99+x", "/search",
        "/search?title=a%09b", "/texts/%E2%80%99%20x", "/texts/x?utm_source=a%20b", "/search?q=%E2%80%8F",
    ],
)  # fmt: skip
def test_honest_paths_and_queries_pass(target: str) -> None:
    assert status("GET", target) == 0


def test_without_a_document_names_tell_lines_from_texts() -> None:
    assert status("GET", "/any?query=%7B%0A%20a%0A%7D&x=1", api=None) == 0
    assert status("GET", "/any?next=%0d%0a", api=None) == 400
    assert status("GET", "/any/%c2%9b", api=None) == 400


def test_settings_name_exceptions() -> None:
    assert status("GET", "/search?next=a%0ab", lines=["next"]) == 0
    assert status("GET", "/search?q=a%0ab", line=["q"]) == 400
    body = json.dumps({"open": "a\nb"}).encode()
    assert status("POST", "/mails", JSON, body) == 0
    assert status("POST", "/mails", JSON, body, line=["open"]) == 400
    assert status("POST", "/mails", JSON, json.dumps({"subject": "a\nb"}).encode(), lines=["subject"]) == 0


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\nb", "a\x00", "\x1b[0m", "a\x7f"])
def test_header_values_with_control_characters_are_refused(value: str) -> None:
    """Servers for HTTP/1 refuse them; one for HTTP/2, or one that calls us in its own process, may not."""
    assert status("GET", "/search", [("x-a", value)]) == 400
    assert status("GET", "/texts/x", [("x-a", value)]) == 400
    assert status("GET", "/search", [("x-a", "caf\xe9\tx"), ("cookie", "a=b; c=d")]) == 0


def test_a_field_that_passed_once_is_not_the_pass_of_another() -> None:
    """Plans remember heads that passed: never the path, and never another head."""
    policy = Compiled(Config(only=(ID,)), API)
    for _ in range(2):
        assert ask(policy, exchange("GET", "/texts/x", [("x-a", "b")])) is None
        assert ask(policy, exchange("GET", "/texts/a%C2%85", [("x-a", "b")])) is not None
        assert ask(policy, exchange("GET", "/texts/x", [("x-a", "b\n")])) is not None
        assert ask(policy, exchange("GET", "/search?next=%0a", [("x-a", "b")])) is not None


@pytest.mark.parametrize(
    "document",
    [
        {"subject": "Hello\r\nBcc: x@y.example"}, {"to": ["a@b.example", "c@d.example\nBcc: e@f.example"]}, {"short": "a\nb"},
        {"filename": "gpj.\u202eexe"}, {"subject": "a\u2028b"}, {"city": "\x1b[31m"}, {"subject": "\x85"},
    ],
)  # fmt: skip
def test_single_line_texts_hold_no_line_breaks(document: Any) -> None:
    for ascii_only in (True, False):
        assert status("POST", "/mails", JSON, json.dumps(document, ensure_ascii=ascii_only).encode()) == 400


def test_texts_of_many_lines_and_all_scripts_pass() -> None:
    honest = {
        "subject": "R\u00e9: \u5c71\u7530 \U0001f468\u200d\U0001f469 \u202babc\u202c\tx", "text": "a\r\nb\x1b[0m\u2028", "comment": "a\nb",
        "long": "a\nb", "open": "a\n\x00b", "filename": "\u05e9\u200f.txt", "to": ["a@b.example"], "city": "Z\u00fcrich",
    }  # fmt: skip
    assert status("POST", "/mails", JSON, json.dumps(honest).encode()) == 0


REPLY = [
    ("location", "/x\r\nSet-Cookie: a=b"), ("x-nul", "a\0b"), ("x\r\ny", "z"), ("bad name", "z\n"), ("content-type", "text/plain"), ("x-utf", "\xe9\t"),
]  # fmt: skip


@pytest.mark.parametrize("target", ["/search", "/texts/x"])
def test_line_breaks_never_leave_in_header_fields(target: str) -> None:
    reply = answer(compiled(API, only=(ID,)), exchange("GET", target), 302, REPLY)
    assert head(reply, "location") == "/x  Set-Cookie: a=b"
    assert head(reply, "x-nul") == "a b"
    assert (head(reply, "content-type"), head(reply, "x-utf")) == ("text/plain", "\xe9\t")
    assert len(reply.headers) == 4
    assert not any(set(value) & set(b"\r\n\0") for _, value in reply.headers)


def test_a_clean_reply_is_left_as_it_is() -> None:
    headers = [("content-type", "text/plain"), ("x-odd name", "x")]
    assert answer(compiled(API, only=(ID,)), exchange("GET", "/texts/x"), 200, headers).headers == [
        (name.encode(), value.encode()) for name, value in headers
    ]


def test_an_application_in_the_same_process_cannot_split_its_reply() -> None:
    """A witness from outside: the reply of an ASGI app that builds a header from what it was sent."""
    split = tiny(302, [("location", "/x\r\nX-Injected: 1")], b"")
    reply = through(Guard(split, Config(only=(ID,)), api=API), exchange("GET", "/search"))
    assert (head(reply, "x-injected"), b"\r" in dict(reply.headers)[b"location"]) == (None, False)
