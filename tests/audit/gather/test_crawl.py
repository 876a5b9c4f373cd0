"""Without a document: what links, pages, scripts, Allow and usual names lead to becomes operations, and nothing that is not there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from audit.listening import serving
from ostiary.audit.gather.budget import Budget
from ostiary.audit.gather.crawl import MOST_READ, crawl
from ostiary.audit.gather.http import LiveHttp
from ostiary.audit.gather.live import Live
from ostiary.audit.gather.wire import Wire
from ostiary.audit.run import audit
from ostiary.audit.target import parse, pin
from ostiary.model import Api, Kind, Outcome

Reply = tuple[int, dict[str, str], str]
JSON = {"content-type": "application/json"}
HTML = {"content-type": "text/html"}
MISSING: Reply = (404, JSON, '{"error":"not found"}')


def app_of(answer: Callable[[str, str, str], Reply], asked: list[str] | None = None) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if asked is not None:
            asked.append(f"{scope['method']} {scope['path']}")
        status, fields, text = answer(scope["method"], scope["path"], scope["query_string"].decode())
        pairs = [(name.encode(), value.encode()) for name, value in fields.items()]
        pairs.append((b"content-length", str(len(text.encode())).encode()))
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": text.encode()})

    return app


def walked(answer: Callable[[str, str, str], Reply], asked: list[str] | None = None) -> tuple[Api | None, list[str]]:
    async def main(base: str) -> tuple[Api | None, list[str]]:
        target = await pin(parse(base))
        wire = Wire(target, timeout=5)
        try:
            return await crawl(LiveHttp(Live(target, wire, Budget(1000)), "x"), target.prefix)
        finally:
            await wire.close()

    with serving(app_of(answer, asked)) as base:
        return asyncio.run(main(base))


def keys(api: Api | None) -> set[str]:
    return {each.key for each in api.operations} if api is not None else set()


def hal(method: str, path: str, query: str) -> Reply:
    """A hypermedia API, in the manner of HAL."""
    if path == "/":
        links = {"orders": {"href": "/orders"}, "find": {"href": "/orders/search{?q}", "templated": True}, "other": {"href": "https://elsewhere.test/x"}}  # fmt: skip
        return 200, JSON, json.dumps({"_links": links})
    if path == "/orders" and method == "OPTIONS":
        return 204, {"allow": "GET, HEAD, POST, OPTIONS"}, ""
    if path == "/orders":
        listed = [{"id": 17, "total": 3, "note": "x", "created_at": "2026-01-15T12:00:00Z"}]
        return (
            200,
            {**JSON, "link": f'</orders?page={2 if "page" not in query else 3}>; rel="next"'},
            json.dumps({"items": listed}),
        )
    if path == "/orders/17" and method == "OPTIONS":
        return 204, {"allow": "GET, PUT, DELETE"}, ""
    if path.startswith("/orders/") and path.removeprefix("/orders/").isdigit():
        return 200, JSON, json.dumps({"id": int(path[8:]), "total": 3, "customer": "/customers/9"})
    if path == "/customers/9":
        return 200, JSON, '{"id":9,"name":"x"}'
    if path == "/orders/search":
        return 200, JSON, "[]"
    return MISSING


def test_hypermedia_is_followed_and_ids_become_parameters() -> None:
    api, notes = walked(hal)
    assert keys(api) >= {
        "GET /",
        "GET /orders",
        "POST /orders",
        "GET /orders/{order_id}",
        "PUT /orders/{order_id}",
        "DELETE /orders/{order_id}",
        "GET /customers/{customer_id}",
    }
    assert api is not None
    assert api.inferred
    assert "inferred from links" in notes[0]
    orders = next(each for each in api.operations if each.key == "GET /orders")
    assert [each.name for each in orders.parameters] == ["page"]
    created = next(each for each in api.operations if each.key == "POST /orders")
    schema = created.consumes["application/json"].schema
    assert schema is not None
    assert isinstance(schema.fragment, dict)
    assert set(schema.fragment["properties"]) == {"total", "note"}, "not what the server makes"


def test_other_origins_and_what_destroys_are_left_alone() -> None:
    asked: list[str] = []

    def answer(method: str, path: str, query: str) -> Reply:
        if path == "/":
            links = [
                "http://127.0.0.1:1/out",
                "//elsewhere.test/a",
                "/admin/reset-database",
                "/logout",
                "/things",
                "/users/7/delete-all-data",
            ]
            return 200, JSON, json.dumps({f"url{at}": each for at, each in enumerate(links)})
        return (200, JSON, "{}") if path == "/things" else MISSING

    api, notes = walked(answer, asked)
    assert "GET /things" in keys(api)
    assert not {"GET /admin/reset-database", "GET /logout", "GET /users/7/delete-all-data"} & set(asked)
    assert "could do harm" in notes[0]


def test_pages_forms_scripts_robots_and_sitemaps_lead_on() -> None:
    page = (
        '<html><a href="/catalog?sort=up">c</a><script src="/static/app.js"></script>'
        '<form method="post" action="/contact"><input name="email"><textarea name="text"></textarea></form></html>'
    )
    script = (
        'const api={load:()=>fetch("/api/carts/mine"),put:(id)=>axios.put(`/api/carts/${id}`,{}),x:"/static/logo.png"}'
    )

    def answer(method: str, path: str, query: str) -> Reply:
        host = "127.0.0.1"
        files: dict[str, Reply] = {
            "/": (200, HTML, page),
            "/static/app.js": (200, {"content-type": "text/javascript"}, script),
            "/robots.txt": (200, {"content-type": "text/plain"}, "User-agent: *\nDisallow: /private-list\n"),
            "/sitemap.xml": (200, {"content-type": "application/xml"}, f"<urlset><url><loc>http://{host}/nowhere</loc></url></urlset>"),
            "/private-list": (200, JSON, '[{"a":1}]'),
            "/api/carts/mine": (200, JSON, '{"id":3}'),
            "/catalog": (200, JSON, '{"a":1}'),
        }  # fmt: skip
        return files.get(path, (404, HTML, "<h1>nothing</h1>"))

    api, _ = walked(answer)
    assert keys(api) >= {
        "GET /catalog",
        "POST /contact",
        "GET /api/carts/mine",
        "PUT /api/carts/{id}",
        "GET /private-list",
    }
    assert not any("static" in each for each in keys(api))


def test_a_framework_that_describes_its_fields_is_believed() -> None:
    fields = {
        "name": {"type": "string", "required": True, "read_only": False, "max_length": 20},
        "id": {"type": "integer", "read_only": True},
    }

    def answer(method: str, path: str, query: str) -> Reply:
        if path == "/":
            return 200, JSON, '{"teams":"/teams/"}'
        if path != "/teams/":
            return MISSING
        if method == "OPTIONS":
            return 200, {**JSON, "allow": "GET, POST, HEAD, OPTIONS"}, json.dumps({"actions": {"POST": fields}})
        return 200, JSON, "[]"

    api, _ = walked(answer)
    assert api is not None
    created = next(each for each in api.operations if each.key == "POST /teams/")
    schema = created.consumes["application/json"].schema
    assert schema is not None
    assert schema.fragment == {
        "type": "object",
        "properties": {"name": {"type": "string", "maxLength": 20}},
        "required": ["name"],
    }


def test_usual_names_are_guessed_and_405_tells_of_other_methods() -> None:
    def answer(method: str, path: str, query: str) -> Reply:
        if path == "/api/users":
            return 200, JSON, '[{"id":"3f2b8c1e-5d4a-4b6f-9a7e-0c1d2e3f4a5b","name":"x"}]'
        if path == "/api/auth/login":
            return 405, {**JSON, "allow": "POST"}, "{}"
        if path.startswith("/api/users/3f2b"):
            return 200, JSON, '{"id":"3f2b8c1e-5d4a-4b6f-9a7e-0c1d2e3f4a5b","name":"x"}'
        return MISSING

    api, _ = walked(answer)
    assert keys(api) >= {"GET /api/users", "GET /api/users/{user_id}", "POST /api/auth/login"}


def test_an_app_that_answers_everything_has_nothing() -> None:
    for reply in (
        (200, HTML, "<html><div id=root></div></html>"),
        (200, JSON, '{"ok":true}'),
        (401, JSON, '{"error":"who"}'),
    ):
        asked: list[str] = []
        api, _ = walked(lambda *_, reply=reply: reply, asked)
        assert len(keys(api)) <= 1, reply
        assert len(asked) <= MOST_READ + 40


def test_endless_links_end() -> None:
    asked: list[str] = []

    def answer(method: str, path: str, query: str) -> Reply:
        return (
            200,
            JSON,
            json.dumps(
                {"a": f"{path.rstrip('/')}/x", "b": f"{path}?page={len(asked)}", "c": f"/n/{len(asked)}", "path": path}
            ),
        )

    walked(answer, asked)
    assert len(asked) < MOST_READ + 60


def test_checks_of_documents_do_not_judge_what_was_inferred() -> None:
    with serving(app_of(hal)) as base:
        report = asyncio.run(audit(base, only=["input.method-405", "input.validation-schema", "beyond.api-inventory"]))
    assert report.operations
    assert "(links)" in report.document
    for each in report.results:
        assert not any(one.kind is Kind.SPEC and one.outcome in {Outcome.PASS, Outcome.FAIL} for one in each.findings)
    assert next(each for each in report.results if each.id == "beyond.api-inventory").outcome is Outcome.ATTEST
