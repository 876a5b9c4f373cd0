"""A parser that fetches what an entity names is found by its call, also where the reply shows nothing."""

from __future__ import annotations

import io
import xml.sax
import xml.sax.handler

import pytest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asked import asked
from ostiary.model import Api, Outcome
from ostiary.parts import openapi

XXE = "processing.xml-no-external-entities"


def api(media: str = "application/xml") -> Api:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}}
    if media.startswith("multipart"):
        schema["properties"]["file"] = {"type": "string", "format": "binary"}  # type: ignore[index]
    post = {"requestBody": {"content": {media: {"schema": schema}}}, "responses": {"200": {"description": ""}}}
    return openapi.from_plain({"openapi": "3.1.0", "info": {}, "paths": {"/items": {"post": post}}}, source="x")


def parsed(data: bytes, *, external: bool) -> None:
    parser = xml.sax.make_parser()
    parser.setFeature(xml.sax.handler.feature_external_ges, external)
    parser.setContentHandler(xml.sax.ContentHandler())
    parser.parse(io.BytesIO(data))


def app(*, external: bool) -> Starlette:
    async def items(request: Request) -> Response:
        data = await request.body()
        if request.headers["content-type"].startswith("multipart"):
            data = data.partition(b"image/svg+xml\r\n\r\n")[2].partition(b"\r\n--")[0] or b"<x/>"
        try:
            await run_in_threadpool(parsed, data, external=external)
        except xml.sax.SAXException:
            return JSONResponse({"error": "xml"}, 400)
        return JSONResponse({"ok": True})

    return Starlette(routes=[Route("/items", items, methods=["POST"])])


@pytest.mark.parametrize("media", ["application/xml", "multipart/form-data"])
def test_a_call_proves_that_an_external_entity_was_fetched(media: str) -> None:
    result = asked(XXE, app(external=True), api(media))
    assert result.outcome is Outcome.FAIL
    assert result.findings[0].facts["places"][0]["how"] == "external"
    assert result.findings[0].places == ("POST /items",)


def test_a_parser_that_leaves_entities_alone_passes() -> None:
    assert asked(XXE, app(external=False), api()).outcome is Outcome.PASS
