"""Killed in the middle of writing, again and again: what was said to be kept is, and nothing is half there."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from identity.house import House, house_in
from mortal import mortal
from ostiary.identity.storage import copying
from ostiary.identity.storage.schema import events, once

WRITER = """
import asyncio, sys
from ostiary.identity.storage.database import Database
from ostiary.identity.storage.schema import events, once

async def main():
    database = Database(sys.argv[1])
    async def write(name):
        async with database.write() as connection:
            for half in ("a", "b"):
                await connection.execute(once.insert().values(hash=f"{name}{half}".encode(), expires_at=9e9))
            await connection.execute(events.insert().values(at=1.0, actor="system", what=name, details="{}"))
        sys.stdout.write(name + "\\n")
        sys.stdout.flush()
    async def line(number):
        turn = 0
        while True:
            await write(f"{sys.argv[2]}.{number}.{turn}.")
            turn += 1
    await asyncio.gather(*(line(number) for number in range(4)))

asyncio.run(main())
"""
TURNS = 8


def killed(url: str, turn: int, seconds: float) -> set[str]:
    """What a process said that it had written, before it was killed."""
    command = [sys.executable, "-c", WRITER, url, str(turn)]
    with mortal(subprocess.Popen(command, stdout=subprocess.PIPE, text=True), 60) as child:
        assert child.stdout is not None
        first = child.stdout.readline()
        time.sleep(seconds)
        child.kill()
        rest = child.stdout.read()
    whole = (first + rest).rpartition("\n")[0]  # its last line may have been cut
    return set(whole.split())


async def kept(house: House) -> tuple[set[str], set[str], set[str]]:
    async with house.services.database.read() as connection:
        halves = {row.hash.decode() for row in await connection.execute(select(once.c.hash))}
        told = {row.what for row in await connection.execute(select(events.c.what))}
    return {each[:-1] for each in halves if each[-1] == "a"}, {each[:-1] for each in halves if each[-1] == "b"}, told


def whole(house: House, said: set[str]) -> None:
    first, second, told = house.run(kept(house))
    assert first == second, "half a transaction"
    assert first <= told
    assert said <= first, "it was said to be kept"


@pytest.mark.live
def test_killed_in_the_middle_of_writing(any_house: House) -> None:
    chance = random.Random(11)
    said: set[str] = set()
    for turn in range(TURNS):
        said |= killed(any_house.services.settings.database, turn, chance.uniform(0.0, 0.25))
        whole(any_house, said)
    assert len(said) > TURNS


@pytest.mark.live
def test_a_file_is_sound_after_its_last_process_was_killed(tmp_path: Path) -> None:
    """Nobody else has it open: the next to open it finds the log of the dead one."""
    with house_in(tmp_path) as house:
        url = house.services.settings.database
    chance = random.Random(12)
    said: set[str] = set()
    for turn in range(TURNS):
        said |= killed(url, turn, chance.uniform(0.0, 0.25))
        assert copying.fault(tmp_path / "identity.db") == ""
        with sqlite3.connect(tmp_path / "identity.db") as plain:
            there = {row[0] for row in plain.execute("SELECT hash FROM once")}
        plain.close()
        assert {each[:-1] for each in there if each.endswith(b"a")} == {
            each[:-1] for each in there if each.endswith(b"b")
        }
    with house_in(tmp_path) as house:
        whole(house, said)
    assert len(said) > TURNS
