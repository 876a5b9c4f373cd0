"""One request of a client is one request of the upstream, and the policy has seen what the upstream sees."""

# ruff: noqa: SIM117 - an upstream, a gateway, a client: one a line reads best
from __future__ import annotations

from typing import Any

import pytest

from exchanges import api_of
from gateway.raw import Upstream, connected, gateway_to, get, run
from minting import mint, shared

INSIDE = b"GET /inside HTTP/1.1\r\nHost: a\r\n\r\n"
HANDSHAKE = b"GET /outside HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Length: %d\r\n\r\n%b" % (len(INSIDE), INSIDE),
        b"Content-Type: image/unknown\r\nContent-Length: %d\r\n\r\n%b" % (len(INSIDE), INSIDE),
        b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(INSIDE), INSIDE),
    ],
)
def test_the_body_of_a_websocket_handshake_is_never_a_request_to_the_upstream(rest: bytes) -> None:
    async def body() -> None:
        async with Upstream().running() as upstream, gateway_to(upstream.url) as gateway, connected(gateway) as client:
            await client.ask(HANDSHAKE + rest)
            await client.ask(get("/after"))
            assert [each.line for each in upstream.requests] == [b"GET /outside HTTP/1.1", b"GET /after HTTP/1.1"]
            assert upstream.requests[0].body == INSIDE
            assert not upstream.requests[0].all(b"upgrade")

    run(body)


def test_http_1_0_asks_for_no_upgrade() -> None:
    async def body() -> None:
        async with Upstream().running() as upstream, gateway_to(upstream.url) as gateway, connected(gateway) as client:
            await client.ask(HANDSHAKE.replace(b"HTTP/1.1", b"HTTP/1.0") + b"\r\n")
            assert not upstream.requests[0].all(b"upgrade")

    run(body)


def test_a_header_that_connection_takes_off_does_not_satisfy_the_document() -> None:
    tenant = {"name": "X-Tenant", "in": "header", "required": True, "schema": {"type": "integer"}}
    api = api_of({"/": {"get": {"parameters": [tenant], "responses": {"200": {"description": "fine"}}}}})

    async def body() -> None:
        async with Upstream().running() as upstream:
            async with gateway_to(upstream.url, api=api, only=("input.validation-schema",)) as gateway:
                async with connected(gateway) as client:
                    assert (await client.ask(get("/", "X-Tenant: 5"))).status == 200
                    assert (await client.ask(get("/", "X-Tenant: 5", "Connection: X-Tenant"))).status == 400
                    assert len(upstream.requests) == 1

    run(body)


@pytest.mark.parametrize("more", [("Connection: x-user-id",), ("Connection: X-USER-ID, close", "X-User-Id: admin")])
def test_connection_takes_nothing_from_the_application_that_the_policy_says(more: tuple[str, ...]) -> None:
    config: dict[str, Any] = {
        "issuers": {"main": shared(algorithms=("HS256",))},
        "controls": {"jwt.verify-before-use": {"pass": {"x-user-id": "sub"}}},
    }

    async def body() -> None:
        async with Upstream().running() as upstream:
            async with gateway_to(upstream.url, only=("jwt.verify-before-use",), **config) as gateway:
                async with connected(gateway) as client:
                    answer = await client.ask(get("/", f"Authorization: Bearer {mint('HS256')}", *more))
                    assert answer.status == 200
            assert upstream.requests[0].all(b"x-user-id") == [b"user-1"]

    run(body)
