"""Orders are given, shown and lifted by one command, wherever their state is."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from banning import ban
from gateway.processes import fetch, policy
from gateway.raw import Upstream, run
from ostiary.cli import main as cli


def test_an_order_reaches_the_gateway_that_runs_here() -> None:
    async def body() -> None:
        loop = asyncio.get_running_loop()
        async with Upstream().running() as upstream:
            entered = policy(upstream.url, 2, only=["infra.abuse-readiness"])
            running = await loop.run_in_executor(None, entered.__enter__)
            admin = running.admin.removeprefix("http://")

            async def command(*arguments: str) -> tuple[int, str, str]:
                return await loop.run_in_executor(None, lambda: ban(*arguments, "--admin", admin))

            try:
                assert await command("list") == (0, "no order is in force\n", "")
                why = "credential stuffing from a whole provider, " * 4
                code, out, err = await command(
                    "add", "source", "127.0.0.0/8", "--for", "90m", "--why", why, "--by", "ann"
                )
                assert (code, err) == (0, "")
                assert out.startswith("source 127.0.0.0/8  ends in 90 m\n    credential stuffing")
                assert (await loop.run_in_executor(None, fetch, running.url + "/"))[0] == 403
                code, out, _ = await command("list", "--json")
                assert [(each["kind"], each["by"]) for each in json.loads(out)] == [("source", "ann")]
                assert (await command("lift", "source", "127.0.0.0/8"))[:2] == (0, "lifted\n")
                assert (await command("lift", "source", "127.0.0.0/8"))[0] == 1
                assert (await loop.run_in_executor(None, fetch, running.url + "/"))[0] == 200
                code, _, err = await command("add", "source", "10.0.0.1/8", "--for", "1h", "--why", "x")
                assert (code, "did you mean '10.0.0.0/8'?" in err) == (2, True)
                code, _, err = await command("add", "source", "10.0.0.0/8", "--for", "soon", "--why", "x")
                assert (code, err.startswith("ostiary: for: expected a duration")) == (2, True)
            finally:
                entered.__exit__(None, None, None)

    run(body)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "source", "nowhere", "--for", "1h", "--why", "x"), "is not an address or a network"),
        (("add", "operation", "GET", "--for", "1h", "--why", "x"), "is no operation"),
        (("list", "--admin", "192.0.2.1:9901"), "is not on the loopback interface"),
        (("list", "--admin", "here"), "is not an address and port"),
        (("list", "--admin", "127.0.0.1:1"), "does the gateway run on this machine?"),
        (("list", "--config", "/nowhere.toml"), "cannot be read"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["ban", *arguments]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_a_policy_without_an_admin_port_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "ostiary.toml"
    file.write_text('admin = ""\n')
    assert cli.main(["ban", "list", "--config", str(file)]) == 2
    assert "name a shared store" in capsys.readouterr().err


def test_an_order_that_nobody_can_obey_says_so(tmp_path: Path) -> None:
    file = tmp_path / "ostiary.toml"
    file.write_text(f'store = "sqlite:///{tmp_path}/state.db"\n', encoding="utf-8")
    order = ("add", "challenge", "login", "--for", "5m", "--why", "a wave", "--config", str(file))
    code, _, err = ban(*order)
    assert (code, "nobody will be asked" in err) == (0, True)
    with file.open("a", encoding="utf-8") as more:
        more.write('[account.captcha-challenge]\nkey = { env = "CAPTCHA_KEY" }\n')
    assert ban(*order, CAPTCHA_KEY="q8Zk2vX1rT9sLw4mN7bC3dF6gH0jPyAaQZZ")[::2] == (0, "")
