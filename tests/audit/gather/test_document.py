"""Documents are found where frameworks put them and where pages, headers and catalogues point; GraphQL tells its schema."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from audit.gather.test_crawl import HTML, JSON, MISSING, Reply, app_of
from audit.listening import serving
from ostiary.audit.gather import document, graphql
from ostiary.audit.gather.budget import Budget
from ostiary.audit.gather.http import LiveHttp
from ostiary.audit.gather.live import Live
from ostiary.audit.gather.spec import spec_of
from ostiary.audit.gather.wire import Wire
from ostiary.audit.target import parse, pin
from ostiary.errors import ConfigError
from ostiary.model import Api
from ostiary.parts import openapi
from parts.openapi.test_recordings import SCHEMA_ANSWER

PLAIN = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/things": {"get": {"responses": {}}}}}
TEXT = json.dumps(PLAIN)


def found(
    files: dict[str, Reply], asked: list[str] | None = None, *, otherwise: Reply = MISSING
) -> tuple[Api | None, str]:
    async def main(base: str) -> tuple[Api | None, str]:
        target = await pin(parse(base))
        wire = Wire(target, timeout=5)
        try:
            return await document.found(LiveHttp(Live(target, wire, Budget(1000)), "x"), "")
        finally:
            await wire.close()

    with serving(app_of(lambda method, path, query: files.get(path, otherwise), asked)) as base:
        return asyncio.run(main(base))


PAGE = "<html><body><div id=app></div>%s</body></html>"
WAYS: dict[str, dict[str, Reply]] = {
    "link header": {"/": (200, {**JSON, "link": '</my/spec>; rel="service-desc"'}, "{}"), "/my/spec": (200, JSON, TEXT)},
    "catalogue": {
        "/.well-known/api-catalog": (200, {"content-type": "application/linkset+json"}, json.dumps({"linkset": [{"anchor": "/", "service-desc": [{"href": "/my/spec"}]}]})),
        "/my/spec": (200, JSON, TEXT),
    },
    "swagger ui": {"/docs": (200, HTML, PAGE % "<script>SwaggerUIBundle({url: '/my/spec', dom_id:'#x'})</script>"), "/my/spec": (200, JSON, TEXT)},
    "redoc": {"/redoc": (200, HTML, PAGE % '<redoc spec-url="../my/spec"></redoc>'), "/my/spec": (200, JSON, TEXT)},
    "initializer": {
        "/swagger-ui/index.html": (200, HTML, PAGE % '<script src="./swagger-initializer.js"></script>'),
        "/swagger-ui/swagger-initializer.js": (200, {"content-type": "text/javascript"}, 'window.ui = SwaggerUIBundle({ url: "/my/spec" })'),
        "/my/spec": (200, JSON, TEXT),
    },
    "swagger-ui-express": {
        "/api-docs/": (200, HTML, PAGE % '<script src="./swagger-ui-init.js"> </script>'),
        "/api-docs/swagger-ui-init.js": (200, {"content-type": "application/javascript"}, "window.onload = function() { var options = " + json.dumps({"swaggerDoc": PLAIN, "customOptions": {}}) + ";}"),
    },
    "swagger config": {"/v3/api-docs/swagger-config": (200, JSON, '{"configUrl":"/x","url":"/my/spec"}'), "/my/spec": (200, JSON, TEXT)},
    "root": {"/": (200, JSON, '{"name":"x","openapi_url":"/my/spec"}'), "/my/spec": (200, JSON, TEXT)},
    "yaml": {"/openapi.yaml": (200, {"content-type": "text/yaml"}, "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /things:\n    get: {responses: {}}\n")},
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_document_is_found_where_it_is_or_where_something_points(way: str) -> None:
    asked: list[str] = []
    api, sentence = found(WAYS[way], asked)
    assert api is not None
    assert [each.key for each in api.operations] == ["GET /things"]
    assert sentence.startswith("The document was found at ")
    assert len(asked) <= document.MOST_ASKED


def test_pages_for_everything_are_no_document() -> None:
    asked: list[str] = []
    page: Reply = (200, HTML, PAGE % "<script>load({url: '/openapi.json'})</script> openapi paths swagger")
    api, sentence = found({}, asked, otherwise=page)
    assert api is None
    assert "none was found" in sentence
    assert len(asked) <= document.MOST_ASKED


def test_a_broken_document_is_said_to_be_there() -> None:
    api, sentence = found({"/openapi.json": (200, JSON, '{"openapi":"3.1.0","paths":{"/a": 7},"info":{}}')})
    assert api is None
    assert "/openapi.json cannot be used" in sentence


def looked(answer: Any, api: Api | None = None) -> tuple[Live, list[str]]:
    async def main(base: str) -> tuple[Live, list[str]]:
        target = await pin(parse(base))
        wire = Wire(target, timeout=5)
        try:
            live = Live(target, wire, Budget(1000), api=api)
            return live, await graphql.look(live, LiveHttp(live, "x"))
        finally:
            await wire.close()

    with serving(app_of(answer)) as base:
        return asyncio.run(main(base))


def endpoint(path: str, *, introspects: bool = True) -> Any:
    turns = [0]

    def answer(method: str, at: str, query: str) -> Reply:
        if at != path or method != "POST":
            return MISSING
        turns[0] += 1
        if turns[0] == 1:
            return 200, JSON, '{"data":{"__typename":"Query"}}'
        return (
            200,
            JSON,
            json.dumps(SCHEMA_ANSWER if introspects else {"errors": [{"message": "introspection is off"}]}),
        )

    return answer


def test_graphql_is_found_without_a_document_and_keeps_its_fields() -> None:
    live, notes = looked(endpoint("/api/graphql"))
    assert [each.key for each in live.operations] == ["POST /api/graphql"]
    assert "user" in live.operations[0].extensions["x-graphql"]["query"]
    assert "shows its schema" in notes[0]
    assert live.api is not None
    assert live.api.inferred


def test_graphql_beside_a_document_is_used_and_not_taken_for_declared() -> None:
    live, notes = looked(endpoint("/graphql", introspects=False), openapi.from_plain(PLAIN, source="d"))
    assert [each.key for each in live.operations] == ["GET /things", "POST /graphql"]
    assert notes == ["GraphQL answers at /graphql."]
    assert live.api is not None
    assert not live.api.inferred
    spec = spec_of(live.api)
    assert spec is not None
    assert [each.key for each in spec.api.operations] == ["GET /things"]


@pytest.mark.parametrize(
    "reply",
    [
        (200, JSON, '{"ok":true}'),
        (404, JSON, '{"errors":[{"message":"Route /graphql does not exist","extensions":{"code":"ROUTE_NOT_FOUND"}}]}'),
        (401, JSON, '{"error":"who are you"}'),
        (200, HTML, "<html>graphql</html>"),
    ],
)
def test_what_is_no_graphql_is_not_taken_for_it(reply: Reply) -> None:
    live, notes = looked(lambda *_: reply)
    assert (live.api, notes) == (None, [])


@pytest.mark.parametrize("text", ["<html>", "[1]", '{"a":1}', '{"openapi":"9"}', ""])
def test_a_bad_file_is_one_sentence(text: str, tmp_path: Any) -> None:
    file = tmp_path / "api.json"
    file.write_text(text)

    async def main() -> None:
        await document.given(str(file), None)  # type: ignore[arg-type]  # a file needs no target

    with pytest.raises(ConfigError) as caught:
        asyncio.run(main())
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)
