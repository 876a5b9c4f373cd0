from __future__ import annotations

import json
from typing import Any

import pytest

from exchanges import api_of, ask, compiled, exchange
from ostiary.controls.account.block_script_schemes.guard import Settings, guard
from ostiary.model import Operation, Site
from ostiary.store.memory import MemoryStore

ID = "account.block-script-schemes"
TEXT = {"type": "string"}
PROFILE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "website": TEXT, "link": {"type": "string", "format": "uri"}, "avatarUrl": TEXT, "title": TEXT, "image": TEXT,
        "links": {"type": "array", "items": {"type": "string", "format": "uri"}}, "bio": TEXT, "kind": {"enum": ["data:x,"]},
        "isbn": {"type": "string", "format": "uri", "example": "isbn:0-13-110362-8"}, "password": TEXT, "display_name": TEXT,
    },
}  # fmt: skip
CONTENT = {name: {"schema": PROFILE} for name in ("application/json", "application/x-www-form-urlencoded")}
API = api_of(
    {
        "/profile": {"put": {"requestBody": {"content": CONTENT}}},
        "/join": {"post": {"x-ostiary-role": "register", "requestBody": {"content": CONTENT}}},
        "/go": {"get": {"parameters": [{"name": "next_url", "in": "query", "schema": TEXT}, {"name": "q", "in": "query", "schema": TEXT}]}},
        "/plain": {"get": {}},
    }
)  # fmt: skip


def sent(method: str, target: str, document: Any = None, **settings: Any) -> tuple[int, list[str]]:
    """The status of the refusal (0: let through) and the places it names."""
    body = b"" if document is None else json.dumps(document).encode()
    policy = compiled(API, only=(ID,), controls={ID: settings})
    reply = ask(policy, exchange(method, target, [("content-type", "application/json")], body))
    if reply is None:
        return 0, []
    assert not any(str(each).encode() in reply.body for each in (document or {}).values())
    return reply.status, [each["pointer"] for each in json.loads(reply.body)["errors"]]


SCRIPTS = [
    "javascript:alert(1)", "JAVASCRIPT:x", " java\tscript:x", "\x00javascript:x", "java\nscript:x", "javascript&colon;x",
    "vbscript:x", "data:text/html,<script>x</script>", "data:text/html;base64,PHNj", "data:image/svg+xml,<svg/>",
    "file:///etc/passwd", "blob:https://a.example/x", "&#106;avascript:x",
]  # fmt: skip


@pytest.mark.parametrize("text", SCRIPTS)
def test_a_link_that_runs_something_is_refused_wherever_links_stand(text: str) -> None:
    for document, at in (
        ({"website": text}, "/website"),
        ({"link": text}, "/link"),
        ({"avatarUrl": text}, "/avatarUrl"),
        ({"links": ["https://a.example", text]}, "/links/1"),
    ):
        assert sent("PUT", "/profile", document) == (422, [at])


HONEST: dict[str, Any] = {
    "website": "a.example/JavaScript:TheGoodParts", "link": "https://a.example/?q=javascript:x", "avatarUrl": "",
    "title": "JavaScript: The Good Parts", "bio": "javascript:alert(1) is the textbook example", "image": "nginx:1.21",
    "links": ["mailto:a@b.example", "com.example.app:/cb", "tel:+4420", "/relative", "urn:uuid:x", "HTTP://A.EXAMPLE"],
    "isbn": "isbn:0-7475-3269-9", "password": "javascript:x", "display_name": "data:text/html, I am",
}  # fmt: skip


def test_honest_links_and_other_texts_pass() -> None:
    assert sent("PUT", "/profile", HONEST) == (0, [])
    for picture in ("data:image/png;base64,iVBORw0KGgo=", "data:image/webp;base64,UklGRg=="):
        assert sent("PUT", "/profile", {"avatarUrl": picture, "link": picture}) == (0, [])


def test_a_declared_link_keeps_to_the_schemes_of_the_policy_and_the_document() -> None:
    assert sent("PUT", "/profile", {"link": "gopher://a.example"}) == (422, ["/link"])
    assert sent("PUT", "/profile", {"link": "isbn:x"}) == (422, ["/link"])
    assert sent("PUT", "/profile", {"website": "gopher://a.example"}) == (0, [])
    assert sent("PUT", "/profile", {"link": "gopher://a.example"}, schemes=["gopher"]) == (0, [])
    assert sent("PUT", "/profile", {"link": "http://a.example"}, schemes=["https"]) == (422, ["/link"])
    assert sent("PUT", "/profile", {"avatarUrl": "data:image/png,x"}, images=[]) == (422, ["/avatarUrl"])


def test_every_text_of_a_sign_up_is_looked_at_but_its_secrets() -> None:
    assert sent("POST", "/join", {"display_name": "javascript:alert(1)"}) == (422, ["/display_name"])
    assert sent("POST", "/join", {"display_name": "Data: Science & File: Systems", "title": "file: x"}) == (0, [])
    assert sent("POST", "/join", {"password": "javascript:x"}) == (0, [])
    assert sent("PUT", "/profile", {"display_name": "javascript:alert(1)"}) == (0, [])


def test_forms_and_parameters_are_looked_at_too() -> None:
    policy = compiled(API, only=(ID,))
    form = [("content-type", "application/x-www-form-urlencoded")]
    refusal = ask(policy, exchange("PUT", "/profile", form, b"website=java%09script%3Ax"))
    assert refusal is not None
    assert (
        ask(policy, exchange("PUT", "/profile", form, b"title=javascript%3Ax&website=https%3A%2F%2Fa.example")) is None
    )
    assert sent("GET", "/go?next_url=%6Aavascript:x")[0] == 400
    assert sent("GET", "/go?q=javascript:x&next_url=/home") == (0, [])


def test_names_can_be_added_and_left_out() -> None:
    assert sent("PUT", "/profile", {"bio": "javascript:x"}, fields=["bio"]) == (422, ["/bio"])
    assert sent("PUT", "/profile", {"website": "javascript:x"}, skip=["website"]) == (0, [])


def test_no_stage_without_links() -> None:
    store = MemoryStore(clock=lambda: 0.0, now=lambda: 0.0)
    site = Site(api=API, store=store, counters=store.counters, clock=lambda: 0.0, now=lambda: 0.0)
    assert guard(Settings(), next(each for each in API.operations if each.path == "/plain"), site) is None
    assert guard(Settings(), Operation(method="*", path="*"), site) is None
