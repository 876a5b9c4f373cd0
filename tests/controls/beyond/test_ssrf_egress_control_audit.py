"""Who fetches what a caller says is found by being called, whatever the reply tells; who only stores it is not."""

from __future__ import annotations

import json
import re
import urllib.request
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asked import asked
from ostiary.model import Api, Outcome, Severity
from ostiary.parts import openapi

SSRF = "beyond.ssrf-egress-control"
TEXT = {"type": "string"}


def api(name: str = "imageUrl", **schema: Any) -> Api:
    body = {"content": {"application/json": {"schema": {"type": "object", "properties": {name: {**TEXT, **schema}}}}}}
    post = {"requestBody": body, "responses": {"200": {"description": ""}}}
    get = {"parameters": [{"name": "url", "in": "query", "schema": TEXT}], "responses": {"200": {"description": ""}}}
    paths = {"/items": {"post": post}, "/preview": {"get": get}}
    return openapi.from_plain({"openapi": "3.1.0", "info": {}, "paths": paths}, source="x")


def only(of: Api, path: str) -> Api:
    return openapi.from_plain({**of.document, "paths": {path: of.document["paths"][path]}}, source="x")


def fetched(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=3) as reply:
            return bytes(reply.read(10_000))
    except (OSError, ValueError):
        return b""


def app(how: str, check: Any = None) -> Starlette:
    async def items(request: Request) -> Response:
        document = json.loads(await request.body() or b"{}")
        url = str(document.get("imageUrl", ""))
        if check is not None and not check(url):
            return JSONResponse({"error": "url"}, 422)
        if how == "later":
            return JSONResponse({"ok": True}, background=BackgroundTask(fetched, url))
        if how == "fetches":
            await run_in_threadpool(fetched, url)
        return JSONResponse({"ok": True, "imageUrl": url})

    async def preview(request: Request) -> Response:
        content = await run_in_threadpool(fetched, request.query_params.get("url", ""))
        return JSONResponse({"content": content.decode("utf-8", "replace")})

    return Starlette(routes=[Route("/items", items, methods=["POST"]), Route("/preview", preview)])


@pytest.mark.parametrize("how", ["fetches", "later"])
def test_a_blind_fetch_is_found_by_the_call(how: str) -> None:
    result = asked(SSRF, app(how), only(api(), "/items"))
    assert result.outcome is Outcome.FAIL
    found = result.findings[0]
    assert found.places == ("POST /items",)
    assert found.facts["places"][0]["name"] == "imageUrl"
    assert found.facts["places"][0]["content"] is False


def test_a_fetch_whose_content_comes_back_weighs_more() -> None:
    result = asked(SSRF, app("stores"), only(api(), "/preview"))
    assert result.outcome is Outcome.FAIL
    assert result.severity is Severity.CRITICAL
    assert result.findings[0].facts["places"][0]["file"] is True


def test_one_that_is_stored_is_no_fetch() -> None:
    assert asked(SSRF, app("stores"), only(api(), "/items")).outcome is Outcome.PASS


def test_a_look_at_the_text_is_seen_through() -> None:
    def check(url: str) -> bool:
        return "127.0.0.1" not in url

    assert asked(SSRF, app("fetches", check), only(api(), "/items")).outcome is Outcome.FAIL


def test_a_list_of_hosts_holds() -> None:
    def check(url: str) -> bool:
        return re.match(r"https://(?:images|cdn)\.example\.com/", url) is not None or not url.startswith("http")

    assert asked(SSRF, app("fetches", check), only(api(), "/items")).outcome is not Outcome.FAIL


def test_a_list_of_hosts_passes_where_the_document_shows_one_of_them() -> None:
    def check(url: str) -> bool:
        return url.startswith("https://images.example.com/")

    known = only(api(example="https://images.example.com/a.png"), "/items")
    result = asked(SSRF, app("stores", check), known)
    assert result.outcome is Outcome.PASS, result.why
    assert "in every spelling" in result.why
    assert (
        asked(SSRF, app("stores", lambda _: False), known).outcome is Outcome.UNKNOWN
    )  # what refuses all proves nothing


def test_no_url_nothing_to_ask() -> None:
    of = api("colour")
    assert asked(SSRF, app("stores"), only(of, "/items")).outcome is Outcome.NOT_APPLICABLE


def test_a_url_of_the_document_that_nobody_answers_keeps_ours_from_nothing() -> None:
    """The valid request fails where the server cannot reach what the document's example names; ours is reached."""

    def check(url: str) -> bool:
        return bool(fetched(url))

    known = only(api(example="http://127.0.0.1:9/image.png"), "/items")
    result = asked(SSRF, app("stores", check), known)
    assert result.outcome is Outcome.FAIL, result.why


def test_a_file_that_is_handed_in_is_no_place_for_a_url() -> None:
    body = {
        "content": {
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"picture": {**TEXT, "format": "binary"}}}
            }
        }
    }
    post = {"requestBody": body, "responses": {"200": {"description": ""}}}
    uploads = openapi.from_plain({"openapi": "3.1.0", "info": {}, "paths": {"/items": {"post": post}}}, source="x")
    assert asked(SSRF, app("stores"), uploads).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("with_port", [True, False])
def test_an_address_in_parts_is_put_together(*, with_port: bool) -> None:
    async def imports(request: Request) -> Response:
        given = json.loads(await request.body() or b"{}")
        port = f":{given['port']}" if with_port and "port" in given else ""
        url = f"{given.get('scheme')}://{given.get('host')}{port}{given.get('path')}"
        content = await run_in_threadpool(fetched, url)
        return JSONResponse({"content": content.decode("utf-8", "replace")})

    members = {"host": TEXT, "path": TEXT, "scheme": TEXT, **({"port": {"type": "integer"}} if with_port else {})}
    body = {"content": {"application/json": {"schema": {"type": "object", "properties": members}}}}
    post = {"requestBody": body, "responses": {"200": {"description": ""}}}
    of = openapi.from_plain({"openapi": "3.1.0", "info": {}, "paths": {"/import": {"post": post}}}, source="x")
    result = asked(SSRF, Starlette(routes=[Route("/import", imports, methods=["POST"])]), of)
    assert result.outcome is Outcome.FAIL
    assert "came back in the reply" in result.findings[0].proof
