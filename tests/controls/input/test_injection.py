"""The three controls against injection: what is certain is refused, what is suspected is logged, and nobody else is bothered."""

from __future__ import annotations

import json
import logging
from typing import Any
from urllib.parse import urlencode

import pytest

from exchanges import Pairs, answer, api_of, ask, compiled, exchange, head
from ostiary.errors import ConfigError
from ostiary.guard.site import Compiled
from ostiary.model import Exchange, Reply

SQL, RCE, XSS = "input.injection-sql", "input.injection-rce", "input.injection-xss"
CONTROLS = [SQL, RCE, XSS]
JSON = [("content-type", "application/json")]
FORM = [("content-type", "application/x-www-form-urlencoded")]
TEXT: dict[str, Any] = {"type": "string"}
NOTE = {
    "type": "object",
    "properties": {
        "text": TEXT, "sort": {"enum": ["a"]}, "mail": {**TEXT, "format": "email"}, "code": {**TEXT, "maxLength": 8}, "name": {**TEXT, "maxLength": 100},
        "sku": {**TEXT, "pattern": "^.*$"},
    },
}  # fmt: skip
CONTENT = {"application/json": {"schema": NOTE}, "application/x-www-form-urlencoded": {"schema": NOTE}}
FILE = {
    "200": {
        "description": "",
        "content": {"application/octet-stream": {}, "image/png": {"schema": {"type": "string", "format": "binary"}}},
    }
}
PAGE = {
    "200": {
        "description": "",
        "content": {"text/html": {}, "application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    }
}
API = api_of(
    {
        "/notes": {"post": {"requestBody": {"content": CONTENT}}, "get": {"parameters": [{"name": "q", "in": "query", "schema": TEXT}]}},
        "/login": {"post": {"x-ostiary-role": "login", "requestBody": {"content": {"application/json": {}, "application/x-www-form-urlencoded": {}}}}},
        "/free": {"post": {"requestBody": {"content": {"application/json": {}}}}},
        "/files/{id}": {"get": {"responses": FILE}},
        "/reports/{id}": {"get": {"responses": PAGE}},
        "/plain": {"get": {}},
    }
)  # fmt: skip
ATTACK = {SQL: "' OR '1'='1", RCE: "; cat /etc/passwd", XSS: "<img src=x onerror=alert(1)>"}


def policy(control: str, **settings: Any) -> Compiled:
    return compiled(
        API, only=(control,), controls={control: {name.replace("_", "-"): each for name, each in settings.items()}}
    )


def posted(control: str, target: str, document: Any, **settings: Any) -> Reply | None:
    return ask(policy(control, **settings), exchange("POST", target, JSON, json.dumps(document).encode()))


def status(reply: Reply | None) -> int:
    return 0 if reply is None else reply.status


@pytest.mark.parametrize("control", CONTROLS)
def test_texts_are_not_held_against_patterns_unless_the_policy_asks(
    control: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="ostiary.guard"):
        assert posted(control, "/notes", {"text": ATTACK[control]}) is None
        assert ask(policy(control), exchange("GET", f"/notes?{urlencode({'q': ATTACK[control]})}")) is None
    assert caplog.records == []


@pytest.mark.parametrize("control", CONTROLS)
def test_what_is_suspected_is_logged_with_its_place_and_without_the_text(
    control: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="ostiary.guard"):
        assert posted(control, "/notes", {"text": ATTACK[control], "name": "fine"}, fields=["text", "name"]) is None
    [line] = [json.loads(each.getMessage()) for each in caplog.records]
    assert (line["event"], line["control"], line["operation"], line["places"]) == (
        "suspect",
        control,
        "POST /notes",
        ["/text"],
    )
    assert ATTACK[control] not in json.dumps(line)


@pytest.mark.parametrize("control", CONTROLS)
def test_it_is_refused_only_where_the_policy_says_so(control: str) -> None:
    said = {"fields": ["text", "q"], "found": "refuse"}
    reply = posted(control, "/notes", {"text": ATTACK[control]}, **said)
    assert reply is not None
    assert (reply.status, json.loads(reply.body)["errors"]) == (422, [{"pointer": "/text", "rule": "looks like code"}])
    assert posted(control, "/notes", {"text": "O'Brien said: 5 > 3", "name": ATTACK[control]}, **said) is None
    form = exchange("POST", "/notes", FORM, urlencode({"text": ATTACK[control]}).encode())
    assert status(ask(policy(control, **said), form)) == 422
    assert status(ask(policy(control, **said), exchange("GET", f"/notes?{urlencode({'q': ATTACK[control]})}"))) == 400
    assert status(ask(policy(control, **said), exchange("GET", "/notes?q=select+a+lamp"))) == 0


@pytest.mark.parametrize("control", CONTROLS)
def test_free_text_is_what_the_document_says_nothing_of(control: str) -> None:
    said = {"free_text": True, "found": "refuse"}
    for name, found in (("text", 422), ("name", 422), ("mail", 0), ("code", 0), ("sku", 0), ("sort", 0)):
        assert status(posted(control, "/notes", {name: ATTACK[control]}, **said)) == found, name
    with pytest.raises(ConfigError, match="found"):
        policy(control, found="maybe")


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"a": {"__proto__": {"isAdmin": True}}}, 422),
        ({"constructor": {"prototype": {}}}, 422),
        ({"py/object": "os.system"}, 422),
        ({"@type": "com.sun.rowset.JdbcRowSetImpl"}, 422),
        ({"x": "rO0ABXNyABFqYXZhLnV0aWwuSGFzaE1hcAUH2sHDFmDRAwAC"}, 422),
        ({"@type": "Person", "constructor": "x", "text": "__proto__", "$ref": "#/a"}, 0),
        ({"price": {"$gt": 10}}, 0),
    ],
)
def test_data_that_builds_something_is_refused(document: Any, found: int) -> None:
    assert status(posted(RCE, "/free", document)) == found
    assert status(posted(RCE, "/free", document, structure=False)) == 0


def test_an_escaped_name_is_the_same_name() -> None:
    made = exchange("POST", "/free", JSON, rb'{"\u005f\u005fproto\u005f\u005f": {"x": 1}}')
    assert status(ask(policy(RCE), made)) == 422


def test_names_of_queries_and_forms_reach_no_prototype() -> None:
    for target in (
        "/notes?__proto__[x]=1",
        "/plain?a%5B__proto__%5D%5Bb%5D=1",
        "/notes?constructor[prototype][x]=1",
        "/notes?%5f_proto__.x=1",
    ):
        assert status(ask(policy(RCE), exchange("GET", target))) == 400, target
    assert status(ask(policy(RCE), exchange("GET", "/notes?q=__proto__&proto=1&a%5Bb%5D=%20"))) == 0
    assert status(ask(policy(RCE), exchange("POST", "/notes", FORM, b"__proto__[x]=1"))) == 422
    assert status(ask(policy(RCE), exchange("POST", "/notes", FORM, b"text=__proto__"))) == 0


def test_no_operator_stands_for_a_secret() -> None:
    assert status(posted(SQL, "/login", {"user": "a", "password": {"$ne": None}})) == 422
    assert status(posted(SQL, "/login", {"user": {"$regex": "^a"}, "password": "x"})) == 422
    assert status(ask(policy(SQL), exchange("POST", "/login", JSON, rb'{"password": {"\u0024ne": 1}}'))) == 422
    assert status(ask(policy(SQL), exchange("POST", "/login", FORM, b"user=a&password%5B%24ne%5D=x"))) == 422
    assert status(ask(policy(SQL), exchange("POST", "/login?user[$ne]=x", JSON, b"{}"))) == 400
    assert status(posted(SQL, "/login", {"user": "a", "password": "$ne {$gt: 1} ' OR 1=1 --"})) == 0
    assert status(posted(SQL, "/free", {"price": {"$gt": 10}})) == 0, "a filter where a filter may be"
    assert status(posted(SQL, "/login", {"password": {"$ne": None}}, structure=False)) == 0


def left(target: str, headers: Pairs, **settings: Any) -> str | None:
    made: Exchange = exchange("GET", target)
    return head(answer(policy(XSS, **settings), made, 200, headers, b"<x/>"), "content-disposition")


def test_active_files_are_saved_instead_of_shown() -> None:
    for media in ("text/html; charset=utf-8", "image/svg+xml", "application/xhtml+xml", "text/xml"):
        assert left("/files/1", [("content-type", media)]) == "attachment"
    inline = [("content-type", "text/html"), ("content-disposition", 'inline; filename="a.html"')]
    assert left("/files/1", inline) == 'attachment; filename="a.html"'
    saved = [("content-type", "text/html"), ("content-disposition", "attachment; filename=b")]
    assert left("/files/1", saved) == "attachment; filename=b"
    assert left("/files/1", [("content-type", "text/html")], attach=False) is None


def test_what_is_meant_to_be_shown_is_shown() -> None:
    assert left("/files/1", [("content-type", "image/png")]) is None
    assert left("/files/1", [("content-type", "application/pdf"), ("content-disposition", "inline")]) == "inline"
    assert left("/reports/1", [("content-type", "text/html")]) is None, "declared by its name"
    assert left("/plain", [("content-type", "text/html")]) is None


# Replies of file servers written by others, as they leave for an uploaded page.
FOREIGN: list[Pairs] = [
    [
        ("Server", "nginx/1.22.1"),
        ("Content-Type", "text/html"),
        ("Content-Length", "4"),
        ("ETag", '"6560f1a3-4"'),
        ("Accept-Ranges", "bytes"),
    ],
    [
        ("content-type", "text/html; charset=utf-8"),
        ("content-length", "4"),
        ("last-modified", "Sun, 22 Nov 2026 07:00:00 GMT"),
        ("etag", '"a"'),
    ],
    [
        ("Content-Disposition", "inline; filename=evil.svg"),
        ("Content-Type", "image/svg+xml; charset=utf-8"),
        ("Cache-Control", "no-cache"),
    ],
]


@pytest.mark.parametrize("headers", FOREIGN, ids=["nginx", "starlette", "flask"])
def test_replies_of_common_file_servers_are_made_safe(headers: Pairs) -> None:
    assert (left("/files/1", headers) or "").startswith("attachment")


def test_no_stage_where_nothing_is_asked() -> None:
    plan, _ = policy(XSS).route(exchange("GET", "/plain"))
    assert plan.controls == ()
    plan, _ = policy(SQL).route(exchange("GET", "/plain"))
    assert plan.controls == ()
