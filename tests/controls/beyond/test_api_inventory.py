"""What the document does not name is not there, and what it retires says so and goes."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest

from exchanges import answer, api_of, ask, compiled, exchange, head
from ostiary.config import Config
from ostiary.controls.beyond.api_inventory.live import audit_live
from ostiary.controls.beyond.api_inventory.shadow import candidates, declared, siblings
from ostiary.controls.beyond.api_inventory.spec import audit_spec
from ostiary.errors import ConfigError
from ostiary.evidence import Answer, Asked, Spec
from ostiary.guard.site import Compiled
from ostiary.model import Api, Finding, Operation, Outcome, Severity
from ostiary.parts.openapi import from_plain
from recorded import Recorded, said
from samples import sample

ONLY = ("beyond.api-inventory",)
OK: dict[str, Any] = {"responses": {"200": {"description": "d"}}}
API = api_of({"/v1/items": {"get": OK}, "/v1/items/{id}": {"get": OK}, "/v1/old": {"get": {**OK, "deprecated": True}}})
LARGE = api_of({"/v1/items": {"get": OK}, **{f"/v1/things{each}/{{id}}": {"get": OK} for each in range(50)}})
PROBLEM = [("content-type", "application/problem+json")]
JSON = [("content-type", "application/json")]
NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC).timestamp()


def at(now: float, **settings: Any) -> Compiled:
    return Compiled(Config(only=ONLY, controls={ONLY[0]: settings}), API, now=lambda: now)


def status(policy: Compiled, method: str, path: str) -> int | None:
    refusal = ask(policy, exchange(method, path))
    return refusal.status if refusal else None


def test_an_api_keeps_its_own_security_txt_though_no_document_names_it() -> None:
    policy = compiled(API, only=ONLY)
    assert status(policy, "GET", "/.well-known/security.txt") is None
    assert status(policy, "POST", "/.well-known/security.txt") == 404
    assert status(policy, "GET", "/.well-known/other") == 404


def test_what_nothing_declares_is_not_found_and_counted() -> None:
    policy = compiled(API, only=ONLY)
    for path in ("/", "/v2/items", "/V1/items", "/docs", "/v1/items/1/2", "//v1/items"):
        assert status(policy, "GET", path) == 404
    assert policy.journal.refusals[ONLY[0], "* *", 404, "enforce"] == 6


def test_what_is_declared_passes_and_methods_are_anothers_business() -> None:
    policy = compiled(API, only=ONLY)
    assert [status(policy, each, "/v1/items/7") for each in ("GET", "HEAD", "DELETE", "OPTIONS")] == [None] * 4


def test_the_policy_may_serve_more() -> None:
    policy = Compiled(Config(only=ONLY, also=("GET /docs", "GET /files/{name}")), API)
    assert [status(policy, "GET", each) for each in ("/docs", "/files/a", "/redoc")] == [None, None, 404]


def test_without_a_document_nothing_can_be_known() -> None:
    assert status(compiled(only=ONLY), "GET", "/anything") is None


def test_a_deprecated_operation_says_so_by_a_date() -> None:
    reply = answer(at(NOON), exchange("GET", "/v1/old"), 200, [])
    assert head(reply, "deprecation") == f"@{int(NOON - 12 * 3600)}"
    assert head(reply, "sunset") is None
    assert head(answer(at(NOON), exchange("GET", "/v1/items"), 200, []), "deprecation") is None


def test_dates_of_the_policy_are_sent_and_kept() -> None:
    settings = {"deprecated-since": "2026-01-01", "sunset": "2026-12-31"}
    before, after = at(NOON, **settings), at(NOON + 40 * 86400, **settings)
    reply = answer(before, exchange("GET", "/v1/old"), 200, [])
    assert head(reply, "deprecation") == "@1767225600"
    assert head(reply, "sunset") == "Thu, 31 Dec 2026 00:00:00 GMT"
    assert (status(before, "GET", "/v1/old"), status(after, "GET", "/v1/old")) == (None, 410)
    assert status(after, "GET", "/v1/items") is None


def test_one_operation_may_be_retired_by_the_policy_alone() -> None:
    api = api_of(
        {"/a": {"get": {**OK, "x-ostiary-beyond-api-inventory": {"deprecated": True, "sunset": "2020-01-01"}}}}
    )
    assert status(compiled(api, only=ONLY), "GET", "/a") == 410


@pytest.mark.parametrize("settings", [{"sunset": "soon"}, {"sunset": "2026-02-30"}, {"deprecated-since": "01.02.2026"}])
def test_what_is_no_date_is_refused_at_start(settings: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="is not a date"):
        at(NOON, **settings)


def test_an_end_before_the_beginning_is_refused_at_start() -> None:
    with pytest.raises(ConfigError, match="before"):
        at(NOON, **{"sunset": "2026-01-01", "deprecated-since": "2026-02-01"})


def live(answering: Callable[[Asked], Answer | None], api: Api = API) -> Finding:
    """The finding about an API that serves what it declares, and else what `answering` says."""

    def whole(asked: Asked) -> Answer | None:
        if asked.method == "GET" and asked.target in {"/v1/items", "/v1/items/1", "/v1/old"}:
            return said(200, JSON, '{"a": 1}', target=asked.target)
        return answering(asked)

    return asyncio.run(audit_live(Recorded(answering=whole, api=api)))


def serving(*paths: str, status: int = 200, body: str = '{"a": 1}') -> Callable[[Asked], Answer]:
    def answering(asked: Asked) -> Answer:
        if asked.target in paths:
            return said(status, [("content-type", "application/json")], body, target=asked.target)
        return said(404, [("content-type", "application/json")], '{"detail":"Not Found"}', target=asked.target)

    return answering


def test_nothing_beside_the_document_passes() -> None:
    assert live(serving("/v1/items")).outcome is Outcome.PASS


@pytest.mark.parametrize("path", ["/v2/items", "/v0/items", "/actuator/env", "/metrics", "/debug/vars", "/graphql"])
def test_a_forgotten_place_fails(path: str) -> None:
    finding = live(serving(path))
    assert finding.outcome is Outcome.FAIL
    assert f"1 undocumented place answers: {path}" in finding.why
    assert f"GET {path}" in finding.places
    assert path in finding.facts["undocumented"]


def test_a_retired_version_behind_a_login_is_still_there() -> None:
    assert live(serving("/v0/items", status=401)).outcome is Outcome.FAIL


def test_a_wall_in_front_of_everything_proves_nothing_there() -> None:
    assert live(lambda asked: said(401, target=asked.target)).outcome is Outcome.PASS


def test_refused_internal_paths_are_not_offered() -> None:
    assert live(serving("/admin", "/server-status", status=403)).outcome is Outcome.PASS


def test_an_api_that_answers_200_to_everything_is_not_accused() -> None:
    def page(asked: Asked) -> Answer:
        html = f"<html><body><div id=root></div><!-- {asked.target} --></body></html>"
        return said(200, [("content-type", "text/html")], html, target=asked.target)

    assert live(page).outcome is Outcome.PASS


def test_a_real_page_among_soft_404s_is_found() -> None:
    soft = '{"status": "error", "message": "route not found", "data": null, "code": 40400}'
    env = (
        '{"activeProfiles": [], "propertySources": [{"name": "server.ports", "properties": {"local.server.port": 1}}]}'
    )

    def answering(asked: Asked) -> Answer:
        body = env if asked.target == "/actuator/env" else soft
        return said(200, [("content-type", "application/json")], body, target=asked.target)

    assert live(answering).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    "server", ["express-5.3.0", "spring-boot-3.3.5", "django-5.2.19", "flask-3.1.3", "nginx-1.22.1"]
)
def test_the_404_of_real_servers_is_nothing(server: str) -> None:
    missing = sample(server, "not-found")
    assert live(lambda _: missing).outcome is Outcome.PASS


def test_documentation_for_everybody_is_told_but_no_fault() -> None:
    finding = live(serving("/docs", "/openapi.json"))
    assert finding.outcome is Outcome.PASS
    assert "/docs" in finding.why


def test_documented_places_are_not_asked_for() -> None:
    api = api_of({"/v1/metrics": {"get": {**OK, "x": 1}}, "/{anything}": {"get": OK}, "/{a}/{b}": {"get": OK}})
    http = Recorded(answering=lambda _: said(200), api=api)
    assert asyncio.run(audit_live(http)).outcome is Outcome.PASS
    assert "/admin" not in [each.target for each in http.sent]


def test_without_a_document_a_person_is_asked() -> None:
    assert asyncio.run(audit_live(Recorded(answering=lambda _: said(200)))).outcome is Outcome.ATTEST


def test_what_was_inferred_is_no_document_to_compare_with() -> None:
    api = dataclasses.replace(API, dialect="links")
    assert live(serving("/admin"), api).outcome is Outcome.ATTEST


def test_how_bad_a_forgotten_place_is_depends_on_what_it_is() -> None:
    assert live(serving("/healthz"), LARGE).outcome is Outcome.PASS, "that it lives is no secret"
    assert live(serving("/healthz"), LARGE).why.endswith("/healthz only says that the service lives")
    assert live(serving("/tenants"), LARGE).severity is Severity.MEDIUM
    assert live(serving("/v0/items")).severity is Severity.HIGH
    assert live(serving("/v0/items", status=401)).severity is Severity.MEDIUM
    assert live(serving("/v1/old/_debug")).severity is Severity.HIGH


def test_a_page_for_people_at_a_usual_name_is_no_operation() -> None:
    def page(asked: Asked) -> Answer:
        if asked.target == "/reports":
            return said(200, [("content-type", "text/html")], "<html><h1>Reports</h1></html>", target=asked.target)
        return said(404, JSON, "{}", target=asked.target)

    assert live(page).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ('<head><title>App</title></head><body><div id="app"></div><script src="/a.js"></script></body>', Outcome.PASS),
        ('<form><input name="p" type="password"></form><script src="/a.js"></script>' + "text " * 50, Outcome.PASS),
        ("<h1>All users</h1><table><tr><td>alice@example.com</td></tr></table>", Outcome.FAIL),
        ("<script>run()</script><table>" + "<tr><td>alice</td><td>owes 20</td></tr>" * 9 + "</table>", Outcome.FAIL),
    ],
)
def test_an_administrators_page_that_lets_nobody_in_is_no_operation(body: str, outcome: Outcome) -> None:
    """Directus serves the shell of its application at /admin; what stands in it is asked of the API."""

    def page(asked: Asked) -> Answer:
        if asked.target == "/admin":
            return said(200, [("content-type", "text/html")], f"<html>{body}</html>", target=asked.target)
        return said(404, JSON, "{}", target=asked.target)

    assert live(page).outcome is outcome


def test_one_reply_at_many_places_is_one_place() -> None:
    finding = live(serving("/tenants", "/roles", "/jobs"), LARGE)
    assert finding.why.startswith("1 undocumented place")


def test_a_small_api_is_asked_for_fewer_places_than_a_large_one() -> None:
    """Guessing must not cost more than all that is known."""

    def guessed(api: Api) -> int:
        http = Recorded(answering=serving("/v1/items"), api=api)
        asyncio.run(audit_live(http))
        return len({each.target for each in http.sent})

    assert guessed(API) < 80 < guessed(LARGE)


TYPED = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
REPLIES = {"200": {"description": "d", "content": {"application/json": {"schema": TYPED}}}}
LYING = api_of(
    {
        "/v1/items": {"get": {"responses": REPLIES, "security": [{"key": []}]}},
        "/v1/gone": {"get": OK, "post": OK},
        "/v1/open": {"get": OK},
    },
    components={"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
)


def lying(answering: Callable[[Asked], Answer | None], *, identities: tuple[str, ...] = ("alice",)) -> Finding:
    def whole(asked: Asked) -> Answer | None:
        found = answering(asked)
        if found is not None:
            return found
        if asked.target == "/v1/items" and not asked.identity:
            return said(401, JSON, "{}")
        return said(200, JSON, '{"id": 7}', method=asked.method, target=asked.target)

    return asyncio.run(audit_live(Recorded(answering=whole, api=LYING, identities=identities)))


def paths_404(*paths: str) -> Callable[[Asked], Answer | None]:
    return lambda asked: (
        said(404, JSON, '{"error": "no"}', method=asked.method, target=asked.target) if asked.target in paths else None
    )


def only_known(asked: Asked) -> Answer | None:
    known = {"/v1/items", "/v1/gone", "/v1/open"}
    return None if asked.target in known else said(404, JSON, '{"error": "no"}', target=asked.target)


def told(first: Callable[[Asked], Answer | None]) -> Callable[[Asked], Answer | None]:
    return lambda asked: first(asked) or only_known(asked)


def test_a_document_that_says_what_is_there_passes() -> None:
    assert lying(only_known).outcome is Outcome.PASS


def test_declared_operations_that_are_not_there_are_low() -> None:
    finding = lying(told(paths_404("/v1/gone")))
    assert (finding.outcome, finding.severity) == (Outcome.FAIL, Severity.LOW)
    assert finding.facts["missing"] == ["GET /v1/gone", "POST /v1/gone"]


def test_what_is_an_administrators_may_be_hidden_from_others() -> None:
    def answering(asked: Asked) -> Answer | None:
        return said(404 if asked.target != "/v1/items" else 200, JSON, '{"error": "no"}', target=asked.target)

    class Knowing(Recorded):
        def purpose(self, operation: Operation) -> str:
            return "admin" if "admin" in operation.path else ""

    def missing(*paths: str) -> object:
        api = api_of({path: {"get": OK} for path in ("/v1/items", *paths)})
        return asyncio.run(audit_live(Knowing(answering=answering, api=api, identities=("alice",)))).facts.get(
            "missing"
        )

    assert missing("/v1/admin/users", "/v1/gone") == ["GET /v1/gone"]
    assert not missing("/v1/admin/users")


def test_a_404_of_its_own_is_no_missing_operation() -> None:
    def empty(asked: Asked) -> Answer | None:
        return (
            said(404, JSON, '{"message": "the cart is empty, add something"}') if asked.target == "/v1/gone" else None
        )

    assert lying(told(empty)).outcome is Outcome.PASS


BODY: dict[str, Any] = {"application/json": {"schema": {}}}


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [("the 'ostiary-7b50aa' kernel is not available", Outcome.PASS), ("not implemented", Outcome.FAIL)],
)
def test_a_501_about_a_value_is_no_missing_operation(reason: str, outcome: Outcome) -> None:
    def chosen(asked: Asked) -> Answer | None:
        if asked.target != "/v1/sessions":
            return said(200 if asked.target == "/v1/items" else 404, JSON, "{}")
        return said(501, JSON, json.dumps({"message": reason}))

    class Naming(Recorded):
        def body_of(self, operation: Operation) -> tuple[str, bytes] | None:
            body = b'{"kernel": {"names": ["ostiary-7b50aa"]}}'
            return ("application/json", body) if operation.consumes else None

    api = api_of({"/v1/items": {"get": OK}, "/v1/sessions": {"post": {**OK, "requestBody": {"content": BODY}}}})
    assert asyncio.run(audit_live(Naming(answering=chosen, api=api, identities=("alice",)))).outcome is outcome


@pytest.mark.parametrize(
    ("gone", "nothing", "outcome"),
    [
        ("there is no picture", "no such resource", Outcome.PASS),
        ("no such resource", "no such resource", Outcome.FAIL),
        ("/v1/gone is not known", "/v1/no-such-place-7f3a9c52 is not known", Outcome.FAIL),
    ],
)
def test_a_problem_with_a_reason_of_its_own_is_no_missing_operation(gone: str, nothing: str, outcome: Outcome) -> None:
    numbers = iter(range(10**6))

    def problem(asked: Asked) -> Answer | None:
        if asked.target in {"/v1/items", "/v1/open"}:
            return None
        detail = gone if asked.target == "/v1/gone" else nothing
        body = {"title": "Not Found", "status": 404, "detail": detail, "instance": f"urn:uuid:{next(numbers)}"}
        return said(404, PROBLEM, json.dumps(body), method=asked.method, target=asked.target)

    assert lying(problem).outcome is outcome


def test_a_reply_that_breaks_its_own_schema_is_low() -> None:
    def wrong(asked: Asked) -> Answer | None:
        return said(200, JSON, '{"id": "7"}') if asked.target == "/v1/items" and asked.identity else None

    finding = lying(told(wrong))
    assert (finding.outcome, finding.severity) == (Outcome.FAIL, Severity.LOW)
    assert "'type integer'" in finding.why
    assert finding.facts["schema"] == ["GET /v1/items"]


def test_declared_closed_and_open_is_a_lie_of_the_document_and_no_hole() -> None:
    def optional(asked: Asked) -> Answer | None:
        return said(200, JSON, '{"id": 7}') if asked.target == "/v1/items" else None

    finding = lying(told(optional))
    assert (finding.outcome, finding.severity) == (Outcome.FAIL, Severity.INFO)
    assert finding.facts["open"] == ["GET /v1/items"]


def test_nothing_at_all_is_no_answer_to_nobody() -> None:
    """vAPI answers 200 without a body where a credential is missing."""

    def empty(asked: Asked) -> Answer | None:
        return said(200, JSON, "" if not asked.identity else '{"id": 7}') if asked.target == "/v1/items" else None

    assert lying(told(empty)).outcome is Outcome.PASS


def test_closed_without_saying_so_is_a_lie_too() -> None:
    def closed(asked: Asked) -> Answer | None:
        return said(401, JSON, "{}") if asked.target == "/v1/open" and not asked.identity else None

    finding = lying(told(closed))
    assert finding.facts["closed"] == ["GET /v1/open"]
    assert finding.severity is Severity.INFO

    def refusing_everybody(asked: Asked) -> Answer | None:
        return said(401, JSON, "{}") if asked.target == "/v1/open" else None

    assert lying(told(refusing_everybody)).outcome is Outcome.PASS, "a wrong code of a callback is refused likewise"


@pytest.mark.parametrize(
    ("servers", "outcome"),
    [
        ([{"url": "/api"}], Outcome.FAIL),
        ([{"url": "http://api.test/api"}], Outcome.FAIL),
        ([{"url": "/"}], Outcome.PASS),
        ([{"url": ""}], Outcome.PASS),
        ([{"url": "https://production.test/api"}], Outcome.PASS),  # of another server it may well be true
        ([{"url": "https://{region}.api.test/v7", "variables": {"region": {"default": "eu"}}}], Outcome.PASS),
    ],
)
def test_a_base_path_that_is_not_there_is_a_lie(servers: list[dict[str, Any]], outcome: Outcome) -> None:
    api = api_of({"/v1/items": {"get": OK}}, servers=servers)
    moved = tuple(dataclasses.replace(each, path="/v1/items") for each in api.operations)
    finding = live(lambda asked: said(404, JSON, "{}", target=asked.target), dataclasses.replace(api, operations=moved))
    assert finding.outcome is outcome, finding.why


def test_methods_that_a_path_says_it_has_are_compared() -> None:
    def allows(asked: Asked) -> Answer | None:
        return said(204, [("allow", "GET, HEAD, DELETE, OPTIONS")]) if asked.method == "OPTIONS" and asked.target == "/v1/open" else None  # fmt: skip

    finding = lying(told(allows))
    assert "DELETE" in finding.why
    assert finding.severity is Severity.LOW

    def cors(asked: Asked) -> Answer | None:
        fields = [("allow", "GET, DELETE"), ("access-control-allow-methods", "GET, DELETE")]
        return said(200, fields) if asked.method == "OPTIONS" else None

    assert lying(told(cors)).outcome is Outcome.PASS


def spec(**document: Any) -> Finding:
    plain = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": OK}}, **document}
    api = from_plain(plain, source="d")
    return asyncio.run(audit_spec(Spec(api=api)))


def test_a_document_with_a_version_and_no_endless_retirement_passes() -> None:
    assert spec().outcome is Outcome.PASS
    assert spec(servers=[{"url": "http://localhost:8000"}]).outcome is Outcome.PASS, "a developer's document"


@pytest.mark.parametrize(
    "document",
    [
        {"info": {"title": "t", "version": ""}},
        {"paths": {"/a": {"get": {**OK, "deprecated": True}}}},
        {"servers": [{"url": "https://api.example.org"}, {"url": "http://10.0.0.7/api"}]},
    ],
)
def test_a_document_that_cannot_be_kept_in_step_is_low(document: dict[str, Any]) -> None:
    finding = spec(**document)
    assert (finding.outcome, finding.severity) == (Outcome.FAIL, Severity.LOW)


def test_retirement_with_a_date_is_announced() -> None:
    assert spec(paths={"/a": {"get": {**OK, "deprecated": True, "x-sunset": "2027-01-31"}}}).outcome is Outcome.PASS


def test_no_answer_at_all_is_unknown() -> None:
    assert live(lambda _: None).outcome is Outcome.UNKNOWN


def test_the_list_is_short_and_versions_have_neighbours() -> None:
    paths = [path for path, _ in siblings(API.operations)]
    assert {"/v2/items", "/v0/items"} <= set(paths)
    known = [each.path for each in API.operations]
    assert len(candidates(Recorded(api=API), known)) <= 160
    assert declared("/v1/items/7", ["/v1/items/{id}"])
    assert not declared("/v1/items/7/x", ["/v1/items/{id}"])
