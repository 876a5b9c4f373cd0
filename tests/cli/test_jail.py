"""Who is jailed is listed and freed by one command: in the gateway that runs here, or in the store that all share."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from gateway.processes import policy
from gateway.raw import Upstream, run
from ostiary.cli import main as cli

WRONG = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\nno"
RIGHT = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "paths": {"/login": {"post": {"responses": {"200": {"description": "in"}}}}},
}


def jail(*arguments: str) -> tuple[int, str, str]:
    """The command, in a terminal of 80 columns."""
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        code = cli.main(["jail", *arguments])
    assert "--json" in arguments or all(len(line) <= 80 for line in out.getvalue().splitlines())
    return code, out.getvalue(), err.getvalue()


async def sign_in(port: int, user: str) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        body = json.dumps({"username": user, "password": "x"}).encode()
        head = b"POST /login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nconnection: close\r\n"
        writer.write(head + b"content-length: %d\r\n\r\n" % len(body) + body)
        return int((await asyncio.wait_for(reader.read(), 8)).split(b" ")[1])
    finally:
        writer.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "openapi.json").write_text(json.dumps(DOCUMENT))
    return tmp_path / "ostiary.toml"


@pytest.mark.parametrize("store", ["memory", "sqlite"])
def test_prisoners_are_listed_and_freed(store: str, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = store if store == "memory" else f"sqlite:///{file.parent}/state.db"
    plain: dict[str, Any] = {"only": ["auth.login-jail", "auth.login-max-retry"], "store": url}
    plain["auth"] = {"pepper": {"env": "PEPPER"}}
    plain["operations"] = {"POST /login": {"role": "login"}}
    only = '["auth.login-jail", "auth.login-max-retry"]'
    file.write_text(
        f'upstream = "http://127.0.0.1:9"\nstore = "{url}"\nonly = {only}\n[auth]\npepper = {{ env = "PEPPER" }}\n'
    )

    async def body() -> None:
        loop = asyncio.get_running_loop()
        async with Upstream(WRONG).running() as upstream:
            entered = policy(upstream.url, 2, api=str(file.parent / "openapi.json"), **plain)
            running = await loop.run_in_executor(None, entered.__enter__)
            port = int(running.url.rpartition(":")[2])
            reach = ["--config", str(file)]
            if store == "memory":
                reach += ["--admin", running.admin.removeprefix("http://")]

            async def command(*arguments: str) -> tuple[int, str, str]:
                return await loop.run_in_executor(None, lambda: jail(*arguments, *reach))

            try:
                assert await command("list") == (0, "nobody is in jail\n", "")
                for user in ("alice@example.com", "bob@example.com"):
                    while await sign_in(port, user) != 429:  # each process has a memory of its own
                        pass
                code, out, err = await command("list")
                assert (code, err) == (0, "")
                assert "sign-in, account" in out
                assert "127.0.0.1" in out
                assert "alice" not in out
                code, out, _ = await command("list", "--json", "--account", "Alice@example.com")
                found = json.loads(out)
                assert {each["kind"] for each in found} >= {"jail:pair"}
                assert len({each["account"] for each in found}) == 1
                upstream.answer = RIGHT
                assert (await command("free"))[0] == 2, "somebody in particular must be meant"
                assert await sign_in(port, "bob@example.com") in {200, 429}
                code, out, _ = await command("free", "--account", " ALICE@example.com")
                assert (code, out.split()[1]) == (0, "freed")
                for _ in range(6):
                    assert await sign_in(port, "alice@example.com") == 200
                assert "127.0.0.1" in (await command("list"))[1], "bob is still there"
                assert (await command("free", "--source", "127.0.0.1"))[0] == 0
                assert (await command("free", "--all"))[0] in {0, 1}
                assert await command("free", "--all") == (1, "nobody of that description is in jail\n", "")
                for _ in range(6):
                    assert await sign_in(port, "bob@example.com") == 200
            finally:
                entered.__exit__(None, None, None)

    monkeypatch.setenv("PEPPER", "of this test")
    monkeypatch.setenv("COLUMNS", "80")
    run(body)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("free",), "who is to be freed?"),
        (("list", "--admin", "127.0.0.1:1"), "does the gateway run on this machine?"),
        (("list", "--admin", "192.0.2.1:9901"), "is not on the loopback interface"),
        (("list", "--config", "/nowhere.toml"), "cannot be read"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["jail", *arguments]) == 2
    assert said in capsys.readouterr().err
