"""The demo's day with an account: a real server of accounts, a real gateway, and a step that goes wrong is said."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from mortal import mortal
from ostiary.demo import accounts, loop, people
from ostiary.demo.people import Step
from ostiary.gateway.server import Gateway

HELD = [
    ("Ann registers", 202),
    ("the link in her mail proves the address", 204),
    ("she signs in", 201),
    ("a client gets tokens by her consent, code and PKCE", 200),
    ("GET /me of the API through the gateway, without", 401),
    ("the same with the access token", 200),
    ("the password is reset by a mailed link", 204),
    ("her session afterwards", 401),
    ("the client's refresh token", 400),
    ("the access token at the gateway", 401),
]


def day(*, shared: bool) -> list[Step]:
    """A whole day, at a gateway that shares the accounts' store or has one of its own."""

    async def through(house: accounts.House, subject: loop.Subject) -> list[Step]:
        issuers = {**subject.config.issuers, "people": house.issuer}
        store = house.store if shared else "memory"
        config = loop._changed(subject.config, listen="127.0.0.1:0", issuers=issuers, store=store)
        async with Gateway(config, subject.api) as gateway:
            steps = await asyncio.to_thread(people.day, house, gateway.url)
            await gateway.stop(1)
        return steps

    with accounts.rising() as rising, loop.shop() as url:
        return asyncio.run(through(rising.house(), loop.bundled(url)))


def test_a_reset_ends_the_session_the_refresh_token_and_the_access_token_at_the_gateway() -> None:
    steps = day(shared=True)
    assert [(each.what, each.status) for each in steps] == HELD
    assert all(each.held for each in steps)


def test_a_gateway_that_is_not_told_of_the_reset_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "SOON", 1.0)
    steps = day(shared=False)
    assert [each for each in steps if not each.held] == [Step("the access token at the gateway", 200, held=False)]
    assert people.table(steps).splitlines()[-1].endswith("200  WRONG")


def test_the_table_is_narrow_and_aligned() -> None:
    lines = people.table([Step(what, status, held=True) for what, status in HELD]).splitlines()
    assert len(lines) == 11
    assert max(map(len, lines)) <= 80
    assert {line[:-3].rstrip() for line in lines[1:]} == {what for what, _ in HELD}


def test_accounts_end_with_whoever_started_them_and_leave_nothing() -> None:
    with accounts.rising() as rising:
        house = rising.house()
        assert (house.folder / "store.db").exists()
        with urllib.request.urlopen(f"{house.url}/.well-known/openid-configuration", timeout=10) as reply:
            assert reply.status == 200
    assert not house.folder.exists()
    with pytest.raises(OSError, match=r"refused|reset"):
        urllib.request.urlopen(f"{house.url}/.well-known/openid-configuration", timeout=5)


def test_accounts_that_are_orphaned_end_by_themselves(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ostiary.demo.accounts", "--port", "0"]
    pipe = subprocess.PIPE
    with mortal(
        subprocess.Popen(command, cwd=tmp_path, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert any(" accounts: " in line for line in process.stdout)
        process.stdin.close()
        process.wait(20)


def test_accounts_that_cannot_start_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "_POLICY", "[identity]\nalgorithm = 'HS256'\n# {audience}\n")
    with (
        accounts.rising() as rising,
        pytest.raises(TimeoutError, match=r"(?s)did not start: .*(?:algorithm|HS256|ES256)"),
    ):
        rising.house()
