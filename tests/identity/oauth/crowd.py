"""One of several processes that ask the same token endpoint: `crowd.py folder URL clock client fields number`.

Prints status and body of each reply, as JSON; `crowd(...)` starts several and gathers that.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from identity.house import Clock, house_in
from identity.oauth.parties import World
from mortal import mortal
from ostiary.identity.storage import clients
from ostiary.identity.storage.clients import Client


def main(arguments: list[str]) -> None:
    folder, url, now, client_id, fields, number = arguments
    with house_in(Path(folder), url, clock=Clock(float(now))) as house:
        world = World(house)

        async def ask() -> list[tuple[int, Any]]:
            async with house.services.database.read() as connection:
                client = await clients.by_id(connection, client_id)
            assert client is not None
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            await asyncio.to_thread(sys.stdin.readline)  # until all are
            given = json.loads(fields)
            replies = await asyncio.gather(*(world.token_later(client, given) for _ in range(int(number))))
            return [(each.status_code, each.json()) for each in replies]

        sys.stdout.write(json.dumps(house.run(ask())))


def crowd(world: World, client: Client, fields: Mapping[str, str | None], processes: int, each: int) -> list[Any]:
    """What so many processes heard who sent the same, each so many times at once."""
    settings = world.services.settings
    command = [
        sys.executable, str(Path(__file__)), str(Path(settings.keys).parent), settings.database, str(world.house.clock.now),
        client.id, json.dumps(dict(fields)), str(each),
    ]  # fmt: skip
    with ExitStack() as stack:
        children = [
            stack.enter_context(
                mortal(
                    subprocess.Popen(
                        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={"PYTHONPATH": str(Path(__file__).parents[2])}
                    )
                )
            )
            for _ in range(processes)
        ]  # fmt: skip
        for child in children:
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n", child.communicate()[1].decode()[-3000:]
        for child in children:
            assert child.stdin is not None
            child.stdin.write(b"go\n")
            child.stdin.flush()
        found: list[Any] = []
        for child in children:
            out, err = child.communicate(timeout=90)
            assert child.returncode == 0, err.decode()[-3000:]
            found += json.loads(out)
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
