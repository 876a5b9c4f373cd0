"""What a document closes and nobody is refused is accused where it shows something; what only looks open is not."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from closing import InProcess, Request, Response, app_of, audited
from exchanges import api_of
from ostiary import catalogue
from ostiary.evidence import Spec
from ostiary.model import Finding, Kind, Outcome
from shop import OK

ID = "processing.all-endpoints-authenticated"
SECURED: dict[str, Any] = {"security": [{"bearer": []}], "responses": OK}
BEARER = {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}}
CREDENTIALS = {"me": ("authorization", "Bearer good")}
OWN = '{"order": {"customer_id": 7, "total": 3}}'


def judged(
    nobody: Response,
    *,
    rubbish: Response | None = None,
    own: str = OWN,
    method: str = "get",
    elsewhere: Response | None = None,
    **rest: Any,
) -> Finding:
    """A server with one closed operation that answers so to nobody, and to a token that is none."""
    operation = {**SECURED, **rest}
    api = api_of({"/orders": {method: operation}, "/me": {"get": SECURED}}, components=BEARER)

    def respond(request: Request) -> Response:
        given = request.headers.get("authorization", "")
        if given == "Bearer good":
            return Response(200, own)
        if request.path not in {"/me", "/orders"}:
            return elsewhere or Response(404, "{}")
        if request.path == "/me":
            return Response(401, "{}")
        return (rubbish or Response(401, "{}")) if given else nobody

    return audited(ID, InProcess(app_of(respond), api, credentials=CREDENTIALS))


def test_what_is_shut_to_nobody_passes() -> None:
    assert judged(Response(401, "{}")).outcome is Outcome.PASS
    assert judged(Response(302, "", [("location", "/login")])).outcome is Outcome.PASS


def test_what_shows_nobody_somebodys_data_fails() -> None:
    assert judged(Response(200, OWN)).outcome is Outcome.FAIL
    assert judged(Response(401, "{}"), rubbish=Response(200, OWN)).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    "reply",
    [
        Response(200, '{"success": false, "message": "log in"}'),
        Response(200, "<!doctype html><html><body>app</body></html>", [("content-type", "text/html")]),
        Response(200, "[]"),
        Response(200, '{"orders": []}'),
        Response(503, "{}"),
    ],
)
def test_what_only_looks_open_is_not_accused(reply: Response) -> None:
    assert judged(reply).outcome is not Outcome.FAIL


def test_what_is_open_and_shows_nothing_private_is_asked_about() -> None:
    finding = judged(Response(200, '{"article": {"title": "x", "author": {"username": "bob"}}}'))
    assert (finding.outcome, len(finding.evidence)) == (Outcome.UNKNOWN, 1)


def test_a_change_carried_out_for_nobody_fails() -> None:
    body = {"content": {"application/json": {"schema": {"type": "object"}}}}
    assert judged(Response(201, '{"id": 1}'), method="post", requestBody=body).outcome is Outcome.FAIL
    assert judged(Response(401, "{}"), method="post", requestBody=body).outcome is Outcome.PASS


def test_a_server_that_says_yes_to_every_path_is_not_accused_of_one() -> None:
    body = {"content": {"application/json": {"schema": {"type": "object"}}}}
    yes = Response(201, '{"ok": true}')
    assert judged(yes, method="put", requestBody=body, elsewhere=yes).outcome is not Outcome.FAIL


def test_without_credentials_refusals_prove_little() -> None:
    api = api_of({"/orders": {"get": SECURED}}, components=BEARER)
    http = InProcess(app_of(lambda _: Response(401, "{}")), api)
    assert audited(ID, http).outcome is Outcome.UNKNOWN
    public = api_of({"/news": {"get": {"security": [], "responses": OK}}}, components=BEARER)
    assert audited(ID, InProcess(app_of(lambda _: Response()), public)).outcome is Outcome.NOT_APPLICABLE


def written(paths: dict[str, Any], control: str = ID, **rest: Any) -> Outcome:
    spec = Spec(api=api_of(paths, **{"components": BEARER, **rest}))
    finding: Finding = asyncio.run(catalogue.control(control).audits[Kind.SPEC](spec))  # type: ignore[arg-type]  # coroutines
    return finding.outcome


def test_documents() -> None:
    open_write = {"/things": {"post": {"responses": OK}}, "/orders": {"get": SECURED}}
    assert written(open_write) is Outcome.FAIL
    assert (
        written({"/things": {"post": {"security": [], "responses": OK}}, "/orders": {"get": SECURED}}) is Outcome.PASS
    )
    assert written({"/login": {"post": {"responses": OK}}, "/orders": {"get": SECURED}}) is Outcome.PASS
    assert written({"/things": {"post": {"responses": OK}}}) is Outcome.UNKNOWN
    assert written({"/things": {"post": {"responses": OK}}}, components={}) is Outcome.UNKNOWN


def test_documents_where_a_stranger_chooses_a_password() -> None:
    fields = {each: {"type": "string"} for each in ("username", "password", "passwordconf")}
    body = {"content": {"application/json": {"schema": {"type": "object", "properties": fields}}}}
    paths = {"/orders": {"get": SECURED}, "/create": {"post": {"requestBody": body, "responses": OK}}}
    spec = Spec(api=api_of(paths, components=BEARER))
    finding: Finding = asyncio.run(catalogue.control(ID).audits[Kind.SPEC](spec))  # type: ignore[arg-type]  # coroutines
    assert finding.outcome is Outcome.PASS


def test_documents_that_name_users_by_id() -> None:
    control = "processing.me-not-user-id"
    assert written({"/users/{id}/orders": {"get": SECURED}}, control) is Outcome.FAIL
    assert written({"/users/{id}/orders": {"get": SECURED}, "/me/orders": {"get": SECURED}}, control) is Outcome.PASS
    assert written({"/users/{id}": {"get": SECURED}}, control) is Outcome.UNKNOWN
    assert written({"/admin/users/{id}": {"delete": SECURED}}, control) is Outcome.NOT_APPLICABLE
    managed = {"/security/users/": {"post": SECURED}, "/security/users/{pk}": {"put": SECURED, "delete": SECURED}}
    assert written(managed, control) is Outcome.NOT_APPLICABLE, "who may make users looks after them"
    registered = managed | {"/security/users/": {"post": {"responses": OK, "security": []}}}
    assert written(registered, control) is Outcome.FAIL
    assert written({"/profiles/{username}/follow": {"post": SECURED}}, control) is Outcome.NOT_APPLICABLE


def test_documents_without_scopes() -> None:
    control = "oauth.scope-per-client"
    flows = {"clientCredentials": {"tokenUrl": "/token", "scopes": {"a:read": "read"}}}
    schemes = {"securitySchemes": {"oauth": {"type": "oauth2", "flows": flows}}}
    named = {"get": {"security": [{"oauth": ["a:read"]}], "responses": OK}}
    bare = {"get": {"security": [{"oauth": []}], "responses": OK}}
    assert written({"/a": named}, control, components=schemes) is Outcome.PASS
    assert written({"/a": named, "/b": bare}, control, components=schemes) is Outcome.FAIL
    assert written({"/orders": {"get": SECURED}}, control) is Outcome.NOT_APPLICABLE
    flows = {"password": {"tokenUrl": "/token", "scopes": {}}}
    schemes = {"securitySchemes": {"oauth": {"type": "oauth2", "flows": flows}}}
    assert written({"/b": bare}, control, components=schemes) is Outcome.NOT_APPLICABLE


def walled(page: str, media: str, *, alone: bool = False) -> Finding:
    """A server that answers nobody's calls with 200 and the same text, and does for others what they ask."""
    body = {"content": {"application/json": {"schema": {"type": "object"}}}}
    paths = {"/game": {"post": {**SECURED, "requestBody": body}}}
    if not alone:
        paths |= {"/statistics": {"get": SECURED}, "/user": {"get": SECURED}}

    def respond(request: Request) -> Response:
        if request.path not in paths:
            return Response(404, "{}")
        if request.headers.get("authorization") != "Bearer good":
            return Response(200, page, [("content-type", media)])
        return Response(200, json.dumps({"wins": 3, "of": request.path}))

    return audited(ID, InProcess(app_of(respond), api_of(paths, components=BEARER), credentials=CREDENTIALS))


def test_a_page_that_turns_away_everywhere_is_no_success() -> None:
    """As secDevLabs' tic-tac-toe, which sends nobody its error page with 200, whatever is asked."""
    page = "<!doctype html><html><body>You are not logged in</body></html>"
    assert walled(page, "text/html").outcome is not Outcome.FAIL
    assert walled("Sessao expirada", "text/plain").outcome is not Outcome.FAIL
    assert walled("done", "text/plain", alone=True).outcome is Outcome.FAIL
