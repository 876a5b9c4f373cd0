"""Our own guard around the pages: nonces stay, mailed links arrive, and elsewhere a token in an address is refused."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from identity.house import House, settings_in
from ostiary.cli.serve_accounts import around
from ostiary.config import Config

ISSUER = "http://localhost:8600"


@pytest.fixture
def guarded(house: House, tmp_path: Path) -> tuple[House, object]:
    settings = settings_in(tmp_path, issuer=ISSUER)
    app, guard, _ = around(Config(identity=settings, profile="development"))
    app._services = house.services  # opened by the test's own loop, at the lowest cost
    return house, guard


async def ask(app: object, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 5))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
        return await client.get(path)


@pytest.mark.parametrize("path", ["/", "/sign-in", "/register", "/reset"])
def test_pages_keep_the_policy_that_lets_them_work(guarded: tuple[House, object], path: str) -> None:
    house, app = guarded
    reply = house.run(ask(app, path))
    assert reply.status_code == 200
    policies = reply.headers.get_list("content-security-policy")
    assert len(policies) == 1
    assert "script-src 'nonce-" in policies[0]
    assert "style-src 'self'" in policies[0]
    assert "form-action 'self'" in policies[0]


def test_what_is_no_page_may_load_nothing(guarded: tuple[House, object]) -> None:
    house, app = guarded
    reply = house.run(ask(app, "/openapi.json"))
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert "script-src" not in reply.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/verify", "/reset", "/account/email", "/undo"])
def test_mailed_links_arrive(guarded: tuple[House, object], path: str) -> None:
    house, app = guarded
    assert house.run(ask(app, f"{path}?token={'t' * 43}")).status_code == 303


@pytest.mark.parametrize("path", ["/", "/sign-in", "/me", "/account"])
def test_elsewhere_a_token_in_an_address_is_refused(guarded: tuple[House, object], path: str) -> None:
    house, app = guarded
    assert house.run(ask(app, f"{path}?token={'t' * 43}")).status_code == 400
