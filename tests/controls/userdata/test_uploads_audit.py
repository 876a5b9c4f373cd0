"""What becomes of files is found on servers that keep them in careless ways, and nowhere on servers that do not."""

from __future__ import annotations

import io
import posixpath
import re
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asked import asked
from ostiary.audit.result import Result
from ostiary.model import Api, Outcome, Severity
from ostiary.parts import openapi
from ostiary.parts.seen import pictures
from recorded import said

NAME, OFF, CDN, EXIF = (
    "userdata.upload-filename",
    "userdata.upload-off-server",
    "processing.upload-cdn",
    "userdata.strip-exif",
)
SAFE = {"content-disposition": "attachment", "x-content-type-options": "nosniff"}


def api(path: str = "/uploads") -> Api:
    form = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
    post = {
        "requestBody": {"content": {"multipart/form-data": {"schema": form}}},
        "responses": {"201": {"description": ""}},
    }
    hole = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
    get = {"parameters": [hole], "responses": {"200": {"description": ""}}}
    paths = {path: {"post": post}, f"{path}/{{name}}": {"get": get}}
    return openapi.from_plain({"openapi": "3.1.0", "info": {}, "paths": paths}, source="x")


Named = Callable[[str], str]


def app(
    *,
    path: str = "/uploads",
    named: Named = lambda _: uuid.uuid4().hex,
    headers: dict[str, str] | None = None,
    typed: bool = True,
    runs: bool = False,
    cleans: Callable[[bytes], bytes] = lambda data: data,
    refuses: frozenset[str] = frozenset(),
    host: str = "",
    everything: bool = False,
) -> Starlette:
    kept: dict[str, tuple[str, bytes]] = {}

    async def put(request: Request) -> Response:
        async with request.form() as form:
            file = form["file"]
            assert isinstance(file, UploadFile)
            name, media, data = file.filename or "", file.content_type or "", await file.read()
        if media in refuses:
            return JSONResponse({"error": "type"}, 415)
        place = posixpath.normpath(f"{path}/{named(name)}")
        kept[place] = (media, cleans(data))
        return JSONResponse({"url": f"{host}{place}"}, 201)

    async def get(request: Request) -> Response:
        if everything:
            return Response(f"<html>nothing at {request.url.path}</html>", media_type="text/html")
        media, data = kept.get(unquote(request.url.path), ("", b""))
        if not data:
            return JSONResponse({"error": "none"}, 404)
        if runs and b"<?php" in data:
            data = "".join(re.findall(r"'([^']*)'", data.decode())).encode()
        return Response(data, media_type=media if typed else "application/octet-stream", headers=headers)

    return Starlette(routes=[Route(path, put, methods=["POST"]), Route("/{rest:path}", get)])


def result(control: str, path: str = "/uploads", **how: Any) -> Result:
    return asked(control, app(path=path, **how), api(path))


def test_a_name_that_leads_up_is_found() -> None:
    found = result(NAME, named=lambda name: name)
    assert found.outcome is Outcome.FAIL
    assert found.severity is Severity.HIGH or "took the place" in found.why
    assert found.findings[0].places == ("POST /uploads",)


def test_names_that_are_places_are_found_though_they_are_cleaned() -> None:
    found = result(NAME, named=lambda name: re.sub(r"[^\w.]", "_", posixpath.basename(name)))
    assert found.outcome is Outcome.FAIL
    assert "took the place" in found.why
    assert found.severity is Severity.MEDIUM, "nobody else was there to overwrite it"


def test_names_of_the_servers_own_pass() -> None:
    assert result(NAME).outcome is Outcome.PASS


def test_one_place_for_everything_is_not_kept_by_name() -> None:
    assert result(NAME, named=lambda _: "portrait").outcome is Outcome.PASS


def test_pages_that_repeat_what_was_asked_for_prove_nothing() -> None:
    for control in (NAME, OFF, CDN):
        assert result(control, everything=True).outcome is Outcome.UNKNOWN, control


def test_active_files_are_found_and_harmless_ones_are_not() -> None:
    found = result(OFF)
    assert found.outcome is Outcome.FAIL
    assert (found.severity, found.findings[0].facts["types"]) == (Severity.MEDIUM, ["text/html"])
    assert result(OFF, refuses=frozenset({"text/html"})).findings[0].facts["types"] == ["image/svg+xml"]
    assert result(OFF, typed=False).outcome is Outcome.PASS
    assert result(OFF, headers=SAFE).outcome is Outcome.PASS
    assert result(OFF, headers={"content-security-policy": "sandbox"}).outcome is Outcome.PASS


def test_pages_whose_scripts_cannot_run_are_graded_low() -> None:
    assert result(OFF, headers={"content-security-policy": "default-src 'none'"}).severity is Severity.LOW


def test_a_server_that_runs_what_is_handed_in_is_critical() -> None:
    found = result(OFF, runs=True, refuses=frozenset({"text/html", "image/svg+xml"}))
    assert (found.outcome, found.severity) == (Outcome.FAIL, Severity.CRITICAL)


def test_refusals_prove_something_beside_a_file_that_is_taken() -> None:
    active = frozenset({"text/html", "image/svg+xml", "application/x-php"})
    assert result(OFF, refuses=active).outcome is Outcome.PASS
    assert result(OFF, refuses=active | {"text/plain", "image/jpeg"}).outcome is Outcome.UNKNOWN


def test_files_from_the_apis_own_origin_are_found() -> None:
    found = result(CDN)
    assert (found.outcome, found.severity) == (Outcome.FAIL, Severity.LOW)
    assert result(CDN, headers=SAFE).outcome is Outcome.ATTEST
    assert result(CDN, host="https://cdn.example").outcome is Outcome.PASS


def without_exif(data: bytes) -> bytes:
    start = data.find(b"\xff\xe1")
    size = int.from_bytes(data[start + 2 : start + 4], "big")
    return data[:start] + data[start + 2 + size :] if start > 0 else data


def test_metadata_of_pictures_is_found_where_it_stays() -> None:
    found = result(EXIF, path="/avatars")
    assert found.outcome is Outcome.FAIL
    assert found.findings[0].facts["left"] == ["coordinates", "the description"]
    assert result(EXIF, path="/avatars", cleans=without_exif).outcome is Outcome.PASS


def test_a_png_is_tried_where_jpeg_is_refused() -> None:
    assert result(EXIF, path="/avatars", refuses=frozenset({"image/jpeg"})).outcome is Outcome.FAIL


def test_stores_of_any_file_may_keep_files_as_they_are() -> None:
    assert result(EXIF).outcome is Outcome.NOT_APPLICABLE


def test_without_uploads_there_is_nothing_to_look_at() -> None:
    bare = openapi.from_plain({"openapi": "3.1.0", "info": {}, "paths": {"/a": {"get": {"responses": {}}}}}, source="x")
    for control in (NAME, OFF, CDN, EXIF):
        assert asked(control, app(), bare).outcome is Outcome.NOT_APPLICABLE
        assert asked(control, app(), api(), intrusive=False).findings[0].outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("picture", [pictures.jpeg("a-mark"), pictures.png("a-mark")])
def test_pictures_decode_and_hold_what_is_looked_for(picture: bytes) -> None:
    assert pictures.is_picture(picture)
    assert pictures.remains(said(200, [], picture), "a-mark") == ["coordinates", "the description"]
    assert not pictures.remains(said(200, [], b"\xff\xd8\xff\xd9"), "a-mark")


def test_pictures_decode_with_a_library_where_there_is_one() -> None:
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    for picture in (pictures.jpeg("a-mark"), pictures.png("a-mark")):
        opened = image.open(io.BytesIO(picture))
        opened.load()
        assert opened.getexif()[0x010E] == "a-mark"
        assert opened.getexif().get_ifd(0x8825)[2][0] == 48
