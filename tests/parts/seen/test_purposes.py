"""What operations are for, on the paths that real APIs have."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from ostiary.model import Operation
from ostiary.parts import openapi
from ostiary.parts.roles import recognised
from ostiary.parts.seen.purposes import purpose


def made(key: str, *, fields: tuple[str, ...] = (), media: str = "application/json", beside: str = "", reply: Any = None) -> Operation:  # fmt: skip
    method, _, path = key.partition(" ")
    schema = {"type": "object", "properties": {each: {"type": "string"} for each in fields}}
    said: dict[str, Any] = {"responses": {"200": {"description": "done"}}}
    if fields:
        said["requestBody"] = {"content": {media: {"schema": schema}}}
    if reply is not None:
        said["responses"]["200"]["content"] = {"application/json": {"schema": reply}}
    paths: dict[str, Any] = {path: {method.lower(): said}}
    if beside:
        paths[path][beside] = {"responses": {"200": {"description": "done"}}}
    for each in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
        paths[path].setdefault("parameters", []).append(
            {"name": each, "in": "path", "required": True, "schema": {"type": "string"}}
        )
    api = openapi.from_plain(
        {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}, source="a test"
    )
    found = next(each for each in api.operations if each.key == key)
    return dataclasses.replace(found, role=recognised(found))


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("POST /logout", "logout"),
        ("GET /auth/sign-out", "logout"),
        ("DELETE /sessions", "logout"),
        ("POST /auth/refresh", "refresh"),
        ("POST /api/token/refresh", "refresh"),
        ("POST /cache/refresh", ""),
        ("GET /me", "me"),
        ("GET /users/me", "me"),
        ("GET /api/user", "me"),
        ("GET /auth/whoami", "me"),
        ("GET /users", "list"),
        ("GET /users/{id}", "read"),
        ("PUT /users/{id}", "replace"),
        ("PATCH /users/{id}", "update"),
        ("DELETE /users/{id}", "delete"),
        ("PUT /users/{id}/password", "change-password"),
        ("GET /products/search", "search"),
        ("GET /_debug", "debug"),
        ("GET /actuator/env", "debug"),
        ("GET /admin/stats", "admin"),
        ("POST /graphql", "graphql"),
        ("GET /oauth/authorize", "authorize"),
        ("GET /health", ""),
        ("GET /", ""),
    ],
)
def test_by_path(key: str, expected: str) -> None:
    assert purpose(made(key)) == expected


def test_by_fields_and_replies() -> None:
    assert purpose(made("POST /account", fields=("current_password", "new_password"))) == "change-password"
    assert purpose(made("POST /connect", fields=("refresh_token",))) == "refresh"
    assert purpose(made("POST /connect", fields=("refresh_token", "device"))) == ""
    assert purpose(made("POST /oauth/token", fields=("grant_type", "client_id"))) == "token"
    assert purpose(made("POST /token", fields=("grant_type", "username", "password"))) == "login"
    assert purpose(made("POST /login", fields=("username", "password"))) == "login"
    assert purpose(made("POST /avatar", fields=("file",), media="multipart/form-data")) == "upload"
    assert purpose(made("POST /letter", fields=("text",), media="multipart/form-data")) == ""


def test_a_collection_is_told_by_its_reply_its_name_or_what_stands_beside() -> None:
    things = {"type": "object", "properties": {"data": {"type": "array", "items": {"type": "object"}}}}
    assert purpose(made("GET /stock", reply={"type": "array", "items": {"type": "object"}})) == "list"
    assert purpose(made("GET /stock", reply=things)) == "list"
    assert purpose(made("GET /stock", reply={"type": "object", "properties": {"left": {"type": "integer"}}})) == ""
    assert purpose(made("GET /stock", beside="post")) == "list"
    assert purpose(made("POST /stock", fields=("name",), beside="get")) == "create"
    assert purpose(made("POST /stock", fields=("name",))) == ""
    assert purpose(made("GET /profile", reply={"type": "array", "items": {"type": "object"}})) == "list"


def test_what_nothing_declares_has_no_purpose() -> None:
    assert purpose(Operation(method="*", path="/users")) == ""
    assert purpose(Operation(method="*", path="*")) == ""
