"""Accounts under measurement, in one process: `accounts_served.py '{"database": ..., "folder": ..., "guarded": false, ...}'`.

Prints what a client needs to know as JSON; then each line on stdin is a question: `mint N` makes N refresh tokens, `lag`
says how late the loop was since the last time. It ends with stdin. HTTP is read by h11, as `ostiary serve` does it.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import threading
from pathlib import Path
from typing import Any

import uvicorn

from ostiary.cli.policy import changed
from ostiary.cli.serve_accounts import around
from ostiary.config import Config
from ostiary.identity.ids import new_id, new_secret
from ostiary.identity.oauth.issuing import access_token
from ostiary.identity.services import Services
from ostiary.identity.storage import clients, grants, users
from ostiary.parts.identity_settings import Identity, Jail, Passwords
from ostiary.parts.sealing import hashed
from ostiary.strict import Duration

API = "https://api.example.test"
PASSWORD = "violet kettle 94 marsh under the quay"
SECRET = "a secret of a client's, which is long enough"
PEOPLE = 64
MANY = 1_000_000_000  # what is measured is what work costs, not how little of it is allowed
TICK = 0.005  # seconds; how late the loop wakes up after them is its lag


def _config(told: dict[str, Any], port: int) -> Config:
    jail = Jail(source_tries=MANY, account_tries=100, knocks=MANY, calls=MANY)
    settings = Identity(
        issuer=f"http://localhost:{port}", database=told["database"], keys=f"{told['folder']}/keys", audience=(API,),
        captcha=False, unproven=True, jail=jail,
        passwords=Passwords(cost=told["cost"], workers=told["workers"], longest_time=Duration("10s")),
    )  # fmt: skip
    wide = {"requests": 1_000_000, "per": "1s", "burst": 100_000}
    return changed(Config(), profile="development", identity=settings, controls={"access.throttling": wide})


async def _seed(services: Services) -> dict[str, Any]:
    """People with one password, and clients: a shop, and APIs that ask about opaque tokens."""
    kept, now = await services.hasher.hash(PASSWORD), services.now()
    secret = hashed(SECRET.encode())
    shop = clients.Client(
        id="shop", name="Shop", method="client_secret_basic", grants=("authorization_code", "refresh_token", "client_credentials"),
        scopes=("read",), default_scopes=("read",), audience=(API,), secret_hash=secret, created_at=now,
    )  # fmt: skip
    opaque = clients.Client(
        id="opaque", name="Other shop", method="client_secret_basic", grants=("client_credentials",), scopes=("read",),
        audience=(API,), secret_hash=secret, token_format="opaque", created_at=now,
    )  # fmt: skip
    people = []
    async with services.database.write() as connection:
        for each in (shop, opaque):
            await clients.add(connection, each)
        for number in range(PEOPLE):
            people.append(new_id(services.entropy))
            await users.create(
                connection, services.ring, id=people[-1], email=f"person{number}@example.com", password_hash=kept, now=now,
                email_verified_at=now,
            )  # fmt: skip
        text, _ = await access_token(
            services, connection, client=opaque, user_id=None, family_id=None, scopes=("read",), audience=API, jkt=None,
            session=None,
        )  # fmt: skip
    return {"people": people, "opaque": text}


async def _mint(services: Services, people: list[str], count: int) -> list[str]:
    """Refresh tokens, each of a family of its own."""
    secrets, now = [], services.now()
    async with services.database.write() as connection:
        for number in range(count):
            family, secret = new_id(services.entropy), new_secret(services.entropy)
            await grants.add_family(connection, grants.Family(
                family, "shop", people[number % len(people)], None, ("read",), API, now, now + 86400, offline=True
            ))  # fmt: skip
            await grants.add_refresh(connection, grants.Refresh(hashed(secret.encode()), family, now, now + 86400))
            secrets.append(secret)
    return secrets


async def _watch(late: list[float]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + TICK
        await asyncio.sleep(TICK)
        late.append(max(0.0, loop.time() - due) * 1000)


def _percentiles(late: list[float]) -> dict[str, float]:
    seen = sorted(late) or [0.0]
    late.clear()
    return {"p50": seen[len(seen) // 2], "p99": seen[int(len(seen) * 0.99)], "max": seen[-1]}


async def _answered(services: Services, people: list[str], late: list[float], line: str) -> Any:
    word, _, count = line.partition(" ")
    return await _mint(services, people, int(count)) if word == "mint" else _percentiles(late)


def _listen(loop: asyncio.AbstractEventLoop, asked: asyncio.Queue[str]) -> None:
    for line in sys.stdin:
        loop.call_soon_threadsafe(asked.put_nowait, line.strip())
    loop.call_soon_threadsafe(asked.put_nowait, "")


def _say(what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


async def main(told: dict[str, Any]) -> None:
    """Serve until stdin ends."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    port = listening.getsockname()[1]
    made: tuple[Any, ...] = around(_config(told, port))
    app, guarded = made[:2]
    services = await app.services()
    seeded = await _seed(services)
    config = uvicorn.Config(
        guarded if told["guarded"] else app,
        http="h11",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
    )
    server = uvicorn.Server(config)
    late: list[float] = []
    asked: asyncio.Queue[str] = asyncio.Queue()
    watching = asyncio.create_task(_watch(late))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started and not serving.done():  # noqa: ASYNC110 - the server has no such event
        await asyncio.sleep(0.01)
    threading.Thread(target=_listen, args=(asyncio.get_running_loop(), asked), daemon=True).start()
    _say({"port": port, "opaque": seeded["opaque"], "client": "shop", "secret": SECRET, "cost": services.hasher.cost})
    while line := await asked.get():
        _say(await _answered(services, seeded["people"], late, line))
    watching.cancel()
    server.should_exit = True
    await serving


if __name__ == "__main__":
    os.umask(0o077)
    arguments = json.loads(sys.argv[1])
    Path(arguments["folder"]).mkdir(parents=True, exist_ok=True)
    with asyncio.Runner(loop_factory=uvicorn.Config("").get_loop_factory()) as runner:
        runner.run(main(arguments))
