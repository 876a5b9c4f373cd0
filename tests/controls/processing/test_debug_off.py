from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from exchanges import answer, api_of, ask, compiled, exchange, head
from inside import audited, loop, replying
from ostiary.controls.processing.debug_off.live import audit_live
from ostiary.controls.processing.debug_off.spec import audit_spec
from ostiary.evidence import Answer, Asked, Spec
from ostiary.model import Api, Finding, Outcome, Severity
from ostiary.parts.seen.traces import console_at, trace_in
from ostiary.parts.traces import is_debugger, is_trace
from recorded import Recorded, said
from samples import every, sample, servers, situations

HTML = ("content-type", "text/html")
JSON = ("content-type", "application/json")
TEST = {"name": "test", "in": "path", "required": True, "schema": {"type": "string"}}
API = api_of({"/items": {"get": {"responses": {}}}})

# Error bodies of software that is not among the recorded servers, in the form that it writes them.
TRACES = {
    "Rails 7.1": json.dumps({"status": 500, "error": "Internal Server Error", "traces": {"Application Trace": [
        {"id": 1, "trace": "app/controllers/items_controller.rb:7:in `show'"}], "Framework Trace": []}}),
    "Ruby 3.4, Sinatra 4": "NoMethodError: undefined method\n\t/srv/app.rb:12:in 'block in <class:App>'",
    "ASP.NET Core 8": "System.InvalidOperationException: boom\n   at Shop.Items.Get(Int32 id) in /src/Items.cs:line 42\n"
                      "   at Microsoft.AspNetCore.Mvc.Infrastructure.ActionMethodExecutor.Execute(IActionResultTypeMapper mapper)",
    "ASP.NET 4.8": "<h1>Server Error in '/' Application.<hr></h1><b>Stack Trace:</b><pre>   at System.Web.UI.Page.Load(Object o)</pre>",
    "Laravel 11, JSON": json.dumps({"message": "boom", "exception": "RuntimeException", "file": "/srv/routes/api.php", "line": 9,
                                    "trace": [{"file": "/srv/vendor/laravel/x.php", "line": 1}]}),
    "Symfony 7": '<title>boom (500 Internal Server Error)</title><div class="exception-summary">x</div><span class="sf-dump">Symfony</span>',
    "Go 1.22, net/http": "panic: boom\n\ngoroutine 7 [running]:\nmain.handler({0x7f})\n\t/src/main.go:12 +0x45\n",
    "Gin 1.9, JSON": json.dumps({"error": "runtime error", "stack": "goroutine 34 [running]:\nruntime/debug.Stack()\n\t/usr/lib/go/stack.go:24 +0x5e"}),
    "NestJS 10 on Node 20": json.dumps({"statusCode": 500, "stack": "Error: boom\n    at Shop.find (/app/dist/shop.js:10:11)\n    at process.processTicks (node:internal/x:95:5)"}),
    "Quarkus 3": json.dumps({"details": "Error id 7", "stack": "java.lang.NullPointerException\n\tat org.acme.Items.get(Items.java:21)\n\tat java.base/java.lang.Thread.run(Thread.java:840)"}),
    "Rust, Actix": "thread 'actix-rt|system:0|arbiter:0' panicked at src/main.rs:14:9:\nboom",
    "SQLAlchemy 2": json.dumps({"error": '(sqlite3.OperationalError) near "x": syntax error\n[SQL: select x]\n(Background on this error at: https://sqlalche.me/e/20/e3q8) sqlalchemy.exc.OperationalError'}),
    "MySQL 8": "You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version",
    "PDO": "SQLSTATE[42S02]: Base table or view not found: 1146 Table 'shop.x' doesn't exist",
    "Django 4.2, JSON by a handler": json.dumps({"error": "Traceback (most recent call last):\n  File \"/srv/x.py\", line 3, in get\n    boom()\nKeyError: 'x'"}),
}  # fmt: skip
HARMLESS = {
    "problem": json.dumps(
        {"type": "about:blank", "title": "Not Found", "status": 404, "detail": "no item at /items/7"}
    ),
    "validation": json.dumps(
        {"detail": [{"loc": ["body", "line"], "msg": "Input should be a valid integer", "type": "int_parsing"}]}
    ),
    "prose": "Warning: the file in your cart could not be found. Look at line 3 of your order at https://shop.example:8443/x",
    "nginx": "<html><head><title>404 Not Found</title></head><body><center><h1>404 Not Found</h1></center><hr><center>nginx</center></body></html>",
    "time": json.dumps({"error": "meet at (10:30:00)", "at": "2026-01-01T10:30:00"}),
    "python name": json.dumps({"error": "upload main.py first", "path": "/uploads"}),
    "graphql": json.dumps({"errors": [{"message": "x", "locations": [{"line": 2, "column": 3}], "path": ["a"]}]}),
}


def test_guard_closes_what_the_audit_finds() -> None:
    def careless(asked: Asked) -> tuple[int, list[tuple[str, str]], bytes]:
        if asked.target == "/actuator":
            return 200, [JSON], b'{"_links": {"self": {"href": "x"}}}'
        return (200, [JSON], b"[]") if asked.target == "/items" else (500, [HTML], TRACES["Go 1.22, net/http"].encode())

    assert loop("processing.debug-off", replying(careless), API) == ["FAIL", "PASS"]


@pytest.mark.parametrize("software", TRACES)
def test_both_halves_know_traces(software: str) -> None:
    assert trace_in(said(500, [HTML], TRACES[software])), "audit"
    assert is_trace(TRACES[software].encode()), "guard"


@pytest.mark.parametrize("name", HARMLESS)
def test_neither_half_takes_an_ordinary_error_for_one(name: str) -> None:
    assert not trace_in(said(400, [HTML], HARMLESS[name])), "audit"
    assert not is_trace(HARMLESS[name].encode()), "guard"


def shown(server: str, situation: str) -> bool:
    """What a person sees when looking at the recording."""
    plain = {
        ("django-5.2.19", "debug-csrf-missing"),
        ("flask-3.1.3", "debug-bad-json"),
        ("flask-3.1.3", "debug-not-found"),
    }
    if (server, situation) == ("django-5.2.19", "debug-csrf-missing"):
        return True
    if server.startswith("express"):
        return situation in {"bad-escape", "bad-json", "debug-error-page", "text-labelled-json", "unhandled-error"}
    if (server, situation) in {
        ("spring-boot-3.3.5", "error-page"),
        ("go-1.26.8", "error-with-path"),
        ("php-8.2.36", "warning-in-json"),
        ("php-8.2.36", "version-page"),
    }:
        return True
    return situation.startswith("debug-") and (server, situation) not in plain


@pytest.mark.parametrize("server", servers())
def test_the_audit_judges_every_recording_as_a_person_would(server: str) -> None:
    for situation in situations(server):
        if any(name == server for name, _ in every(situation)):
            assert bool(trace_in(sample(server, situation))) is shown(server, situation), situation


@pytest.mark.parametrize("server", servers())
def test_the_guard_lets_none_of_them_leave_and_touches_no_other(server: str) -> None:
    policy = compiled(API, only=["processing.debug-off"])
    for situation in situations(server):
        if not any(name == server for name, _ in every(situation)) or situation == "warning-in-json":
            continue  # JSON by its label and 200: what breaks it is output.content-type-forced's business
        came = sample(server, situation)
        reply = answer(policy, exchange("GET", "/items"), came.status, came.headers, came.body)
        if shown(server, situation):
            assert reply.body != came.body, situation
            assert reply.status == (came.status if came.status >= 400 else 404)
            assert head(reply, "content-type") == "application/problem+json"
        else:
            assert reply.body == came.body, situation


def test_documentation_may_quote_traces() -> None:
    page = f"<h1>Errors</h1><pre>{TRACES['Quarkus 3']}</pre>".encode()
    reply = answer(compiled(API, only=["processing.debug-off"]), exchange("GET", "/items"), 200, [HTML], page)
    assert reply.body == page
    assert not trace_in(said(200, [HTML], page))
    assert not is_debugger(page)


@pytest.mark.parametrize(
    "path", ["/actuator", "/actuator/env", "/Console/", "/debug/pprof/heap", "/_profiler", "/server-status"]
)
def test_consoles_are_shut_where_nothing_is_declared(path: str) -> None:
    bare = compiled(None, only=["processing.debug-off"])
    reply = ask(bare, exchange("GET", path))
    assert reply is not None
    assert reply.status == 404


@pytest.mark.parametrize(
    "path", ["/", "/items", "/consoles", "/debugger", "/metricsx", "/environment", "/items/console"]
)
def test_other_paths_are_open(path: str) -> None:
    assert ask(compiled(None, only=["processing.debug-off"]), exchange("GET", path)) is None


def test_a_declared_path_is_open_whatever_its_name() -> None:
    api = api_of({"/console": {"get": {"responses": {}}}})
    assert ask(compiled(api, only=["processing.debug-off"]), exchange("GET", "/console")) is None


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/actuator", '{"_links":{"self":{"href":"http://x/actuator","templated":false}}}'),  # Spring Boot 3.3
        ("/debug/pprof/", "<html><head><title>/debug/pprof/</title></head><body>Types of profiles available:"),
        ("/metrics", "# HELP go_goroutines Number of goroutines.\n# TYPE go_goroutines gauge\ngo_goroutines 7\n"),
        ("/server-status", "<title>Apache Status</title><h1>Apache Server Status for localhost</h1>"),
        ("/phpinfo.php", "<title>PHP 8.2.36 - phpinfo()</title>"),
        ("/console", "<h1>Interactive Console</h1> EVALEX = true"),
    ],
)
def test_consoles_are_known_by_their_words_and_not_by_a_200(path: str, body: str) -> None:
    assert console_at(path, said(200, [HTML], body))
    assert not console_at(path, said(200, [HTML], "<title>Shop</title><div id=root></div>"))  # a page for every path
    assert not console_at(path, said(404, [HTML], body))


def test_a_development_target_is_a_remark() -> None:
    trace = said(500, [HTML], TRACES["MySQL 8"])
    for development, severity in ((True, Severity.INFO), (False, Severity.HIGH)):
        found = asyncio.run(audit_live(Recorded([trace], development=development)))
        assert (found.outcome, found.severity) == (Outcome.FAIL, severity)


def test_without_an_error_nothing_is_proved() -> None:
    def fine(asked: Asked) -> Answer:
        return said(200, [JSON], "{}")

    assert asyncio.run(audit_live(Recorded(answering=fine))).outcome is Outcome.UNKNOWN


def test_mistakes_are_harmless_and_few() -> None:
    sent: list[tuple[str, str]] = []
    ident: Any = {"name": "id", "in": "path", "required": True, "schema": {}}
    json_body: dict[str, Any] = {"requestBody": {"content": {"application/json": {"schema": {}}}}}
    api = api_of({
        "/items": {"get": {"responses": {}}, "post": {"responses": {}, **json_body}},
        "/items/{id}": {"get": {"responses": {}, "parameters": [ident]}, "delete": {"responses": {}, "parameters": [ident]}},
    })  # fmt: skip

    def app(asked: Asked) -> tuple[int, list[tuple[str, str]], bytes]:
        sent.append((asked.method, asked.target))
        return 404, [JSON], b"{}"

    assert audited("processing.debug-off", replying(app), api).outcome is Outcome.PASS
    assert {method for method, _ in sent} <= {"GET", "POST", "TRACE"}
    assert len(sent) < 30


DEBUGGED = api_of(
    {"/users/_debug": {"get": {"responses": {}}}, "/test": {"get": {"responses": {}}}, "/contest": {"get": {}}}
)


def knocked(body: str, *, closed: bool = False, status: int = 200) -> Any:
    def answering(asked: Asked) -> Answer:
        if asked.target == "/users/_debug" and not (closed and not asked.identity):
            return said(status, [JSON], body, target=asked.target)
        return said(401 if closed else 404, [JSON], "{}", target=asked.target)

    http = Recorded(answering=answering, api=DEBUGGED, identities=["alice"])
    return asyncio.run(audit_live(http))


def test_a_documented_debug_operation_that_answers_is_debugging_left_on() -> None:
    finding = knocked('{"users": [{"name": "admin"}]}')
    assert (finding.outcome, finding.severity) == (Outcome.FAIL, Severity.HIGH)
    assert finding.places == ("GET /users/_debug",)


@pytest.mark.parametrize(("body", "status"), [('{"success": false}', 200), ("[]", 200), ('{"error": "no"}', 403)])
def test_one_that_refuses_or_has_nothing_to_say_is_none(body: str, status: int) -> None:
    assert knocked(body, status=status).outcome is Outcome.PASS


def test_a_document_names_what_is_for_debugging_or_tests() -> None:
    def read(api: Api) -> Finding:
        return asyncio.run(audit_spec(Spec(api=api)))

    worse = read(DEBUGGED)
    assert (worse.outcome, worse.severity, worse.places) == (
        Outcome.FAIL,
        Severity.MEDIUM,
        ("GET /users/_debug", "GET /test"),
    )
    assert read(api_of({"/internal/x": {"get": {}}})).severity is Severity.LOW
    assert read(api_of({"/a": {"get": {"x-internal": True}}})).severity is Severity.LOW
    assert (
        read(api_of({"/contest": {"get": {}}, "/debuggers-guide/{test}": {"get": {"parameters": [TEST]}}})).outcome
        is Outcome.PASS
    )
