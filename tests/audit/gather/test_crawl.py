"""Without a document: what links, pages, scripts, Allow and usual names lead to becomes operations, and nothing that is not there."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from audit.listening import serving
from ostiary.audit.gather.budget import Budget
from ostiary.audit.gather.crawl import MOST_READ, crawl
from ostiary.audit.gather.http import LiveHttp
from ostiary.audit.gather.live import Live
from ostiary.audit.gather.wire import Wire
from ostiary.audit.run import audit
from ostiary.audit.target import parse, pin
from ostiary.model import Api, Kind, Outcome
from ostiary.parts.seen.routes import routes_of
from recorded import said

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


DJANGO_1 = """<p>Using the URLconf defined in <code>shop.urls</code>, Django tried these URL patterns, in this order:</p><ol>
<li>^admin/</li><li>^$ [name='index']</li>
<li>^api/v1/ ^books/(?P&lt;ISBN&gt;[0-9-A-Za-z]+)/$ [name='books']</li>
<li>^api/v1/ ^books/(?P&lt;ISBN&gt;[0-9-A-Za-z]+)\\.(?P&lt;format&gt;[a-z0-9]+)/?$ [name='books']</li>
<li>^api/v1/ ^months/?$</li><li>^api/v1/ ^(?:a|b)/$</li><li>^api/v1/ ^files/(\\d{4})/([^/.]+)/$</li>
<li>^api/v1/ ^notes\\.json$</li></ol>"""
DJANGO_5 = """<p>Using the URLconf defined in <code>shop.urls</code>, Django tried these URL patterns, in this order:</p><ol>
<li><code></code></li><li><code>health</code></li><li><code>api/</code></li>
<li><code>api/</code><code>books/&lt;int:pk&gt;/ [name=&#x27;book&#x27;]</code></li>
<li><code>api/</code><code>&lt;slug:shop&gt;/notes/</code></li>
<li><code>api/</code><code>books&lt;drf_format_suffix:format&gt; [name=&#x27;books&#x27;]</code></li></ol>"""


def test_a_page_of_a_missing_path_tells_the_routes() -> None:
    """As Django 1.11 and 5.2 write them."""
    page = [("content-type", "text/html; charset=utf-8")]
    old, new = (routes_of(said(404, page, text)) for text in (DJANGO_1, DJANGO_5))
    assert old.paths == (
        "/", "/api/v1/books/{ISBN}/", "/api/v1/months", "/api/v1/files/{id}/{id}/", "/api/v1/notes.json",
    )  # fmt: skip
    assert old.below == ("/admin/",)
    assert new.paths == ("/", "/health", "/api/", "/api/books/{pk}/", "/api/{shop}/notes/")
    assert new.below == ("/", "/api/")
    assert routes_of(said(200, page, DJANGO_1)).paths == routes_of(said(404, page, "<ol><li>x</li></ol>")).paths == ()


def test_what_a_development_server_routes_is_found() -> None:
    """Nothing links there and no usual name leads there: the page of a 404 names it, below what it names first."""
    asked: list[str] = []

    def answer(method: str, path: str, query: str) -> Reply:
        if path == "/":
            return 200, HTML, "<h1>hello</h1>"
        if path == "/shelves/v1/volumes":
            return 405, {**JSON, "allow": "POST, OPTIONS"}, "{}"
        if path.startswith("/shelves/v1/volumes/"):
            return (401, {**JSON, "allow": "GET, PATCH, OPTIONS"}, "{}")
        told = "<li>^shelves/v1/</li><li>^logout/$</li><li>^shelves/v1/drop-all/$</li>"
        if path.startswith("/shelves/v1/"):
            told = "<li>^shelves/v1/ ^volumes$</li><li>^shelves/v1/ ^volumes/(?P&lt;pk&gt;[0-9]+)$</li>"
        return 404, HTML, f"Django tried these URL patterns, in this order:<ol>{told}</ol>"

    api, _ = walked(answer, asked)
    assert {"POST /shelves/v1/volumes", "GET /shelves/v1/volumes/{pk}", "PATCH /shelves/v1/volumes/{pk}"} <= keys(api)
    assert not [each for each in asked if "logout" in each or "drop-all" in each]
    writes = {each for each in asked if each.split()[0] not in {"GET", "OPTIONS"}}
    assert writes == {"POST /shelves/v1/volumes"}, "an empty object, to read what is missing"


@pytest.mark.parametrize("envelope", ["", "person"])
def test_what_a_post_misses_becomes_its_schema(envelope: str) -> None:
    """What is asked for is inside of an object that no reply names: Rails and RealWorld wrap so."""
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        raw = (await receive()).get("body", b"")
        status, text = 404, '{"error":"not found"}'
        if scope["path"] == "/":
            status, text = 200, '{"people": "/persons", "reset": "/persons/reset"}'
        elif scope["path"].startswith("/persons") and scope["method"] != "POST":
            status, text = 405, "{}"
        elif scope["path"] == "/persons":
            sent.append(json.loads(raw))
            inside = (sent[-1].get(envelope) or {}) if envelope else sent[-1]
            words = {
                name: ["may not be null" if name in inside else "This field is required."]
                for name in ("email", "password")
            }
            status, text = 400, json.dumps({"errors": words})
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(text))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text.encode()})

    async def main(base: str) -> Api | None:
        wire = Wire(await pin(parse(base)), timeout=5)
        try:
            return (await crawl(LiveHttp(Live(await pin(parse(base)), wire, Budget(1000)), "x"), ""))[0]
        finally:
            await wire.close()

    with serving(app) as base:
        api = asyncio.run(main(base))
    assert api is not None
    made = next(each for each in api.operations if each.key == "POST /persons").consumes["application/json"].schema
    assert made is not None
    found: Any = made.fragment
    found = found["properties"][envelope] if envelope else found
    assert set(found["properties"]) == {"email", "password"}
    assert {} in sent
    assert len(sent) <= 3
    assert not [each for each in sent if any(value for value in each.values() if not isinstance(value, dict))]


SERVICES = """
class a{http=i(H);hostServer=e.hostServer;host=this.hostServer+"/api/Cards";
get(){return this.http.get(this.host)}del(r){return this.http.delete(`${this.host}/${r}`)}save(r){return this.http.post(this.host+"/",r)}}
class b{hostServer=e.hostServer;host=this.hostServer+"/rest/memories";all(){return this.http.get(this.host)}
login(r){return this.http.post(this.hostServer+"/rest/login",r)}cart(r){return this.http.get(`${this.hostServer}/rest/cart/${r}`)}
track(r){return this.http.get(this.hostServer+"/rest/track/"+r)}cached(k){return this.map.get(k)}}
"""


def scripted(method: str, path: str, query: str) -> Reply:
    """A page whose program joins its paths of a base and a rest, as services of Angular do."""
    if path == "/":
        return 200, HTML, '<script src="main.js"></script>'
    if path == "/main.js":
        return 200, {"content-type": "application/javascript"}, SERVICES
    if path in {"/api/Cards", "/rest/memories"}:
        return 401, JSON, '{"error":"who?"}'
    return MISSING


def test_calls_that_a_program_joins_of_a_base_and_a_rest_are_read() -> None:
    api, _ = walked(scripted)
    found = keys(api)
    assert found >= {
        "GET /api/Cards",
        "POST /api/Cards/",
        "DELETE /api/Cards/{r}",
        "GET /rest/memories",
        "POST /rest/login",
        "GET /rest/cart/{r}",
        "GET /rest/track/{id}",
    }
    assert not any("{host" in each for each in found)
    assert "GET /" + "k" not in found


def corner(method: str, path: str, query: str) -> Reply:
    """A whole of which one corner is documented: people join and sign in outside of it, by their address."""
    if path == "/openapi.json":
        order = {"post": {"responses": {"200": {"description": "ok"}}}}
        return (
            200,
            JSON,
            json.dumps({"openapi": "3.0.0", "info": {"title": "B2B", "version": "1"}, "paths": {"/b2b/orders": order}}),
        )
    return scripted(method, path, query)


def test_beside_a_document_of_one_corner_links_are_followed() -> None:
    with serving(app_of(corner)) as base:
        report = asyncio.run(audit(base, only=["beyond.pagination-caps"]))
        alone = asyncio.run(audit(base, api=f"{base}/openapi.json", only=["beyond.pagination-caps"]))
    assert report.operations > 5
    assert any("It describes 1 operations" in each for each in report.notes)
    assert alone.operations == 1, "who names a document gets that one"


def joining() -> Any:
    """People join in a collection, and sign in with their address though nothing says so."""
    people: dict[str, str] = {}

    def token_of(address: str) -> str:
        return hashlib.sha256(address.encode()).hexdigest()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        sent = (await receive()).get("body", b"")
        body = json.loads(sent) if sent[:1] == b"{" else {}
        who = dict(scope["headers"]).get(b"authorization", b"").decode().removeprefix("Bearer ")
        status, fields, text = 404, JSON, "{}"
        if scope["path"] == "/":
            status, fields, text = 200, HTML, '<script src="main.js"></script>'
        elif scope["path"] == "/main.js":
            fields = {"content-type": "application/javascript"}
            status, text = (
                200,
                'x.post(this.h+"/api/Users",r);x.post(this.h+"/rest/login",r);x.get(this.h+"/rest/cards")',
            )
        elif (scope["method"], scope["path"]) == ("POST", "/api/Users") and body.get("email"):
            people[body["email"]] = body.get("password", "")
            status, text = 201, json.dumps({"email": body["email"]})
        elif (scope["method"], scope["path"]) == ("POST", "/rest/login"):
            right = bool(body.get("password")) and people.get(str(body.get("email"))) == body["password"]
            status, text = (200, json.dumps({"token": token_of(body["email"])})) if right else (401, "{}")
        elif scope["path"] == "/rest/cards":
            status, text = (200, json.dumps({"owner": who})) if who in map(token_of, people) else (401, "{}")
        pairs = [(name.encode(), value.encode()) for name, value in fields.items()]
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [*pairs, (b"content-length", str(len(text)).encode())],
            }
        )
        await send({"type": "http.response.body", "body": text.encode()})

    return app


def test_people_join_and_sign_in_where_only_a_program_names_the_paths() -> None:
    with serving(joining()) as base:
        report = asyncio.run(audit(base, only=["output.nosniff"], seed=7))
    assert report.identities == ("alice", "bob"), report.notes
