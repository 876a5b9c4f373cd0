"""Documents alone decide little: their halves say what concerns them and what has to be tried, and never pass or fail."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ostiary import catalogue
from ostiary.evidence import Spec
from ostiary.model import Finding, Kind, Outcome
from ostiary.parts import openapi

BODY = {"content": {"application/json": {"schema": {"type": "object", "properties": {"name": {"type": "string"}}}}}}
CLOSED = {
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"name": {"type": "string", "maxLength": 9}},
            }
        }
    }
}
REPLY = {"200": {"description": "", "content": {"*/*": {"schema": {"type": "object"}}}}}
NAMED = {"200": {"description": "", "content": {"application/json": {"schema": {"type": "object"}}}}}
HOLE = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
FORM = {
    "content": {"multipart/form-data": {"schema": {"properties": {"file": {"type": "string", "format": "binary"}}}}}
}

# control -> an operation that concerns it, and a word of what is said about it
CONCERNED: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "userdata.ownership-check": (
        "/a/{id}",
        "get",
        {"parameters": [HOLE], "security": [{"k": []}]},
        "1 with credentials",
    ),
    "beyond.mass-assignment": ("/a", "post", {"requestBody": BODY}, "may hold more than is declared"),
    "beyond.graphql-limits": ("/graphql", "post", {"requestBody": BODY}, "takes GraphQL"),
    "beyond.cache-no-store": ("/a", "get", {"security": [{"k": []}], "x-cache": True}, "may be kept by caches"),
    "beyond.payload-limits": ("/a", "post", {"requestBody": BODY}, "have no bound (first name)"),
    "output.content-type-forced": ("/a", "get", {"responses": REPLY}, "any type by the document"),
    "input.accept-406": ("/a", "get", {"responses": NAMED}, "has to be tried"),
    "processing.no-entity-expansion": (
        "/a",
        "post",
        {"requestBody": {"content": {"application/xml": {"schema": {"type": "object"}}}}},
        "little can stand for much",
    ),
    "userdata.upload-filename": ("/files", "post", {"requestBody": FORM}, "take files"),
    "processing.upload-cdn": ("/files", "post", {"requestBody": FORM}, "take files"),
    "userdata.strip-exif": ("/avatars", "post", {"requestBody": FORM}, "take pictures"),
}


def read(control: str, paths: dict[str, Any]) -> Finding:
    keys = {"k": {"type": "apiKey", "in": "header", "name": "x"}}
    plain = {"openapi": "3.1.0", "info": {}, "components": {"securitySchemes": keys}, "paths": paths}
    api = openapi.from_plain(plain, source="x")

    async def reading() -> Finding:
        return await catalogue.control(control).audits[Kind.SPEC](Spec(api=api))

    return asyncio.run(reading())


@pytest.mark.parametrize("control", CONCERNED)
def test_a_document_says_what_has_to_be_tried(control: str) -> None:
    path, method, operation, word = CONCERNED[control]
    finding = read(control, {path: {method: {"responses": {"204": {"description": ""}}, **operation}}})
    assert finding.outcome is Outcome.UNKNOWN
    assert word in finding.why, finding.why


@pytest.mark.parametrize("control", CONCERNED)
def test_a_document_without_any_of_it_is_not_concerned(control: str) -> None:
    plain = {"/": {"get": {"responses": {"204": {"description": ""}}}}}
    assert read(control, plain).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("control", ["beyond.mass-assignment", "beyond.payload-limits"])
def test_a_closed_and_bounded_body_is_said_to_be_one_and_still_tried(control: str) -> None:
    finding = read(control, {"/a": {"post": {"requestBody": CLOSED, "responses": {}}}})
    assert finding.outcome is Outcome.UNKNOWN
    assert "live" in finding.why
