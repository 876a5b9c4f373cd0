"""Bound tokens through real sockets: certificates in real handshakes, proofs in real requests, and ASGI's TLS extension."""

# ruff: noqa: SIM117 - an upstream, a gateway, a client: one a line reads best
from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from authorities import Authority, nobody
from exchanges import tiny
from gateway.raw import Upstream, connected, gateway_to, get, run
from holders import Holder, issuer, token
from ostiary.config import Config, Tls
from ostiary.guard.app import Guard
from shop import shop

SENDER = "beyond.sender-constrained-tokens"
ONLY = ("jwt.verify-before-use", SENDER, "processing.all-endpoints-authenticated")


def bearing(text: str) -> bytes:
    return get("/items", f"Authorization: Bearer {text}")


def test_a_stolen_token_is_nothing_without_the_certificate_of_its_connection(tmp_path: Path) -> None:
    authority = Authority()
    client, thief = authority.client(), authority.client("thief")
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    tls = Tls(self_made=True, client_authorities=str(tmp_path / "ca.pem"), client_certificate="optional")
    text = token(cnf={"x5t#S256": client.thumbprint})

    async def body() -> None:
        async with Upstream().running() as upstream:
            config: dict[str, Any] = {"issuers": {"main": issuer()}, "tls": tls}
            async with gateway_to(upstream.url, api=shop(), only=ONLY, **config) as gateway:
                for context, status in (
                    (client.context(tmp_path / "client.pem"), 200),
                    (thief.context(tmp_path / "thief.pem"), 401),
                    (nobody(), 401),
                ):
                    async with connected(gateway, ssl=context) as connection:
                        for _ in range(2):  # the second is a token that is known already
                            assert (await connection.ask(bearing(text))).status == status
                        assert (await connection.ask(bearing(token()))).status == 200
            assert len(upstream.requests) == 5

    run(body)


def test_a_proof_goes_through_once_and_for_its_own_request() -> None:
    holder = Holder()
    text = holder.token()

    def request(target: str, uri: str, proof: str = "") -> bytes:
        proof = proof or holder.proof("GET", uri, text)
        return get(target, f"Authorization: DPoP {text}", f"DPoP: {proof}")

    async def body() -> None:
        async with Upstream().running() as upstream:
            config: dict[str, Any] = {
                "issuers": {"main": issuer()},
                "controls": {SENDER: {"origins": ["https://api.test"], "demand": "dpop", "nonce": True}},
            }
            async with gateway_to(upstream.url, api=shop(), only=ONLY, **config) as gateway:
                async with connected(gateway) as client:
                    first = await client.ask(request("/items", "https://api.test/items"))
                    assert first.status == 401
                    assert "use_dpop_nonce" in (first.head("www-authenticate") or "")
                    nonce = first.head("dpop-nonce")
                    proof = holder.proof("GET", "https://api.test/items", text, nonce=nonce)
                    assert (await client.ask(request("/items?page=2", "", proof))).status == 200
                    assert (await client.ask(request("/items", "", proof))).status == 401
                    other = holder.proof("GET", "https://api.test/items/1", text, nonce=nonce)
                    assert (await client.ask(request("/items", "", other))).status == 401
                    assert (await client.ask(bearing(text))).status == 401
                    assert (await client.ask(bearing(token()))).status == 401
            assert len(upstream.requests) == 1

    run(body)


def test_in_process_the_server_says_which_certificate_was_shown() -> None:
    authority = Authority()
    client = authority.client()
    text = token(cnf={"x5t#S256": client.thumbprint})
    guard = Guard(tiny(), Config(only=ONLY, issuers={"main": issuer()}), api=shop())

    async def status(extensions: dict[str, Any]) -> int:
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http", "method": "GET", "raw_path": b"/items", "path": "/items", "query_string": b"", "scheme": "https",
            "headers": [(b"host", b"api.test"), (b"authorization", f"Bearer {text}".encode())], "client": ("192.0.2.7", 1),
            "extensions": extensions,
        }  # fmt: skip
        await guard(scope, receive, send)
        return int(sent[0]["status"])

    def shown(*chain: bytes, **more: Any) -> dict[str, Any]:
        return {"tls": {"client_cert_chain": [each.decode() for each in chain], **more}}

    async def body() -> None:
        assert await status(shown(client.pem, authority.pem)) == 200
        wrongs: list[dict[str, Any]] = [
            {}, {"tls": None}, {"tls": {}}, shown(), shown(authority.pem, client.pem), shown(b"junk"),
            shown(client.pem, client_cert_error="unknown authority"),
        ]  # fmt: skip
        for wrong in wrongs:
            assert await status(wrong) == 401

    asyncio.run(body())
