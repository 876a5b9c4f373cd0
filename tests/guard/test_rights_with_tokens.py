"""Rights rest on verified tokens: a whole policy in front of a careless shop, with tokens that an issuer signed."""

from __future__ import annotations

import asyncio
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from exchanges import api_of
from minting import issuer, mint
from orders import BODY, Got, Shop, bare, op, send
from ostiary.config import Config, Override
from ostiary.guard.app import Guard

OWNERSHIP = "userdata.ownership-check"
SCOPED = {"securitySchemes": {"oauth": {"type": "oauth2", "flows": {}}}}


@cache
def shop() -> tuple[Shop, Guard]:
    reads, writes = [{"oauth": ["orders:read"]}], [{"oauth": ["orders:write"]}]
    api = api_of(
        {
            "/orders": {"get": op(security=reads)},
            "/orders/{id}": {"get": op(security=reads), "patch": op(security=writes, requestBody=BODY)},
            "/users/{user_id}": {"get": op()},
            "/admin/stats": {"get": op(**{"x-roles": ["admin"]})},
            "/settle": {"get": op(**{"x-audience": "server"})},
        },
        components=SCOPED,
    )
    rules = {
        "GET /orders": {"owner": "response.items[*].owner_id == token.sub"},
        "GET /orders/{id}": {"owner": "response.owner_id == token.sub"},
        "PATCH /orders/{id}": {"object": "GET /orders/{id}", "owner": "object.owner_id == token.sub"},
    }
    made = Shop()
    made.orders["stats"] = {"id": 0, "owner_id": 1}
    config = Config(
        issuers={"main": issuer(Path(mkdtemp()))},
        operations={name: Override(controls={OWNERSHIP: rule}) for name, rule in rules.items()},
        controls={
            "beyond.host-and-proxy-trust": {"hosts": ["api.test"]},
            "processing.me-not-user-id": {"aliases": {"/me": "/users/{token.sub}"}},
            "mobile.no-server-to-server-calls": {"confidential": ["billing"]},
        },
    )
    return made, Guard(bare(made), config, api=api)


def ask(method: str, target: str, body: Any = None, token: str = "", **claims: Any) -> Got:
    _, guard = shop()
    return asyncio.run(
        send(guard, token or mint(**{"sub": "7", **claims}), method, target, body, ("accept", "application/json"))
    )


def test_the_owner_reads_writes_and_lists_his_own() -> None:
    assert ask("GET", "/orders/2").plain["id"] == 2
    assert ask("PATCH", "/orders/2", {"price": 1}).status == 200
    assert [each["id"] for each in ask("GET", "/orders").plain["items"]] == [2, 4, 6]
    assert ask("GET", "/me").plain == {"user": "7"}


def test_nobody_reads_or_writes_what_is_anothers() -> None:
    made, _ = shop()
    before = list(made.changed)
    foreign, missing = ask("GET", "/orders/1"), ask("GET", "/orders/999")
    assert {**foreign.plain, "instance": ""} == {**missing.plain, "instance": ""}
    # what is counted per request is different from request to request
    counted = {"ratelimit", "ratelimit-policy"}
    assert [pair for pair in foreign.headers if pair[0] not in counted] == [
        pair for pair in missing.headers if pair[0] not in counted
    ]
    assert ask("PATCH", "/orders/1", {"price": 1}).status == 404
    assert ask("GET", "/users/8").status == 404
    assert made.changed == before


def test_a_forged_subject_is_nobody() -> None:
    head, _, tail = mint(sub="7").split(".")
    forged = ".".join([head, mint(sub="8").split(".")[1], tail])
    assert ask("GET", "/orders/1", token=forged).status == 401
    assert ask("GET", "/orders/1", token=mint(number=1, sub="8")).status == 401


def test_scopes_and_roles_are_those_of_the_token() -> None:
    refused = ask("PATCH", "/orders/2", {"price": 1}, scope="orders:read")
    assert refused.status == 403
    assert 'scope="orders:write"' in (refused.head("www-authenticate") or "")
    assert ask("GET", "/orders/2", scope="orders:read").status == 200
    assert ask("GET", "/admin/stats").status == 404
    assert ask("GET", "/admin/stats", roles=["admin"]).status == 200
    assert ask("GET", "/ADMIN/stats", roles=["admin"]).status == 404
    assert ask("GET", "/settle").status == 403
    assert ask("GET", "/settle", client_id="billing").status == 200


def test_a_claim_of_another_kind_is_not_the_subject() -> None:
    assert ask("GET", "/orders/2", sub="2", owner_id="7").status == 404
