"""A small document that many tests share: a list, a creation, one thing, and an upload."""

from __future__ import annotations

from typing import Any

from exchanges import api_of
from ostiary.model import Api

OK: dict[str, Any] = {"200": {"description": "fine", "content": {"application/json": {"schema": {}}}}}
ITEM = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}


def shop(**rest: Any) -> Api:
    return api_of(
        {
            "/items": {
                "get": {"operationId": "listItems", "responses": OK},
                "post": {
                    "operationId": "createItem",
                    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
                    "responses": OK,
                },
            },
            "/items/{id}": {"parameters": [ITEM], "get": {"operationId": "getItem", "responses": OK}},
        },
        **rest,
    )


def taking(*media: str) -> Api:
    """A document whose only operation takes these body types."""
    content: dict[str, Any] = {each: {"schema": {}} for each in media}
    return api_of({"/things": {"post": {"operationId": "put", "requestBody": {"content": content}, "responses": OK}}})
