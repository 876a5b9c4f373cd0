"""A small API behind our guard, as a team would write it: whose tokens it believes comes from the environment (`SHELF`)."""

from __future__ import annotations

import json
import os
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from ostiary.config import from_plain
from ostiary.guard.app import Guard
from ostiary.parts import openapi

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Shelf", "version": "1"},
    "components": {"securitySchemes": {"token": {"type": "oauth2", "flows": {}}}},
    "paths": {
        "/books": {
            "get": {
                "security": [{"token": ["books:read"]}],
                "responses": {"200": {"description": "Books", "content": {"application/json": {"schema": {}}}}},
            }
        }
    },
}


async def books(_request: Request) -> JSONResponse:
    """Whoever gets here, the guard let in."""
    return JSONResponse({"books": ["Dubliners"]})


def main() -> None:
    """Serve it."""
    given = json.loads(os.environ["SHELF"])
    os.environ["SHELF_SECRET"] = given["client_secret"]
    issuer = {
        "issuer": given["issuer"],
        "audience": [given["audience"]],
        "discovery": f"{given['issuer']}/.well-known/oauth-authorization-server",
        "introspection": f"{given['issuer']}/oauth/introspect",
        "prefix": "at_",
        "client": given["client"],
        "client-secret": {"env": "SHELF_SECRET"},
    }
    proofs = {"origins": [f"http://localhost:{given['port']}"], "nonce": True}
    policy = from_plain({
        "store": given["store"], "profile": "development", "issuers": {"ours": issuer},
        "beyond": {"sender-constrained-tokens": proofs},
    })  # fmt: skip
    app = Guard(Starlette(routes=[Route("/books", books)]), policy, api=openapi.from_plain(DOCUMENT, source="shelf"))
    uvicorn.run(app, host="127.0.0.1", port=given["port"], log_level="warning", server_header=False)


if __name__ == "__main__":
    main()
