"""One of several processes on the same accounts' database: `crowd.py URL verb [arguments as JSON]`.

Prints what it saw, as JSON; `crowd(...)` starts several and gathers that.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from subprocess import PIPE
from typing import Any

from sqlalchemy import select, text

from mortal import mortal
from ostiary.identity.storage import once, sweeping
from ostiary.identity.storage.database import Database
from ostiary.identity.storage.migrations import migrate
from ostiary.identity.storage.schema import once as table

FAR = 9e9


async def firsts(database: Database, tasks: int, keys: int) -> dict[str, int]:
    """How often each of the keys was called new, asked by so many tasks at once."""
    won = dict.fromkeys((f"key{each}" for each in range(keys)), 0)

    async def one(key: str) -> None:
        async with database.write() as connection:
            new = await once.first(connection, key, FAR, time.time())
        won[key] += new

    await asyncio.gather(*(one(key) for key in won for _ in range(tasks)))
    return won


async def counts(database: Database, turns: int) -> int:
    """Read a number and write it plus one, so often; what is read must be what is there when it is written."""
    for _ in range(turns):
        async with database.write("the number") as connection:
            here = table.c.hash == b"number"
            kept = (await connection.execute(select(table.c.expires_at).where(here))).scalar_one()
            await asyncio.sleep(0)
            await connection.execute(table.update().where(here).values(expires_at=kept + 1))
    return turns


async def migrates(database: Database) -> str:
    """Bring a new database up, all at the same moment."""
    await migrate(database)
    async with database.read() as connection:
        version: str = (await connection.execute(text("SELECT version_num FROM ostiary_version"))).scalar_one()
    return version


async def sweeps(database: Database, batch: int) -> int:
    """Delete what is over; how many rows that were."""
    return sum((await sweeping.sweep(database, time.time(), batch=batch, pause=0.0)).values())


async def hogs(database: Database, seconds: float) -> list[float]:
    """Take turn after turn; how long each was waited for."""
    waited = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        asked = time.monotonic()
        async with database.write() as connection:
            waited.append(time.monotonic() - asked)
            await connection.execute(text("UPDATE once SET expires_at = expires_at + 1 WHERE hash = 'number'"))
    return waited


VERBS: dict[str, Callable[..., Awaitable[Any]]] = {
    "firsts": firsts, "counts": counts, "migrates": migrates, "sweeps": sweeps, "hogs": hogs,
}  # fmt: skip


async def main(url: str, verb: str, arguments: dict[str, Any]) -> None:
    database = Database(url)
    try:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        sys.stdout.write(json.dumps(await VERBS[verb](database, **arguments)))
    finally:
        await database.close()


def _environment() -> dict[str, str]:
    there = os.environ.get("PYTHONPATH", "")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, [there])])}


def crowd(number: int, url: str, verb: str, **arguments: Any) -> list[Any]:
    """What each of so many processes printed; none begins before all are there."""
    command = [sys.executable, str(Path(__file__)), url, verb, json.dumps(arguments)]
    with ExitStack() as stack:
        children = [
            stack.enter_context(
                mortal(subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=_environment()))
            )
            for _ in range(number)
        ]
        for child in children:
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
        for child in children:
            assert child.stdin is not None
            child.stdin.write(b"go\n")
            child.stdin.flush()
        found = []
        for child in children:
            out, err = child.communicate(timeout=90)
            assert child.returncode == 0, err.decode()[-3000:]
            found.append(json.loads(out))
    return found


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3])))
