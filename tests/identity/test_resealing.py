"""Keys rotate while everything runs: nothing is lost, whenever it is ended, and no key goes that something needs."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from identity.house import House, house_in
from identity.storage.filling import fill, numbers_by_key, opened
from mortal import mortal
from ostiary.errors import ConfigError
from ostiary.identity import keyfolder, resealing
from ostiary.identity.resealing import LEAD, let_go, reseal, rotate
from ostiary.identity.storage import sealed
from ostiary.identity.storage.schema import users


def test_every_sealed_value_is_renewed_and_says_what_it_said(any_house: House) -> None:
    services = any_house.services
    any_house.run(fill(services, 25))
    before = any_house.run(opened(services))
    assert min(before.values()) >= 25
    assert any_house.run(rotate(services)) == 2
    assert set(any_house.run(numbers_by_key(services))) == {1}
    done = any_house.run(reseal(services, batch=10))
    assert done.broken == 0
    assert set(any_house.run(numbers_by_key(services))) == {2}
    assert any_house.run(opened(services)) == before
    assert done.renewed == sum(before.values())
    assert any_house.run(reseal(services)).renewed == 0, "there is nothing more to do"


def test_a_value_that_changes_meanwhile_is_not_overwritten(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    services = house.services
    [number] = house.run(fill(services, 1))
    key = f"users id {number}"
    house.run(rotate(services))
    old = sealed.old
    changed: list[bytes] = []

    async def overtaken(*given: Any, **more: Any) -> Any:
        rows = await old(*given, **more)
        if rows and given[1].name == "users.email" and not changed:
            changed.append(services.ring.seal(b"the new address", f"users.email:{key}"))
            await asyncio.create_task(change())
        return rows

    async def change() -> None:
        async with services.database.write() as connection:
            await connection.execute(update(users).where(users.c.id == key).values(email=changed[0]))

    async def address() -> bytes:
        async with services.database.read() as connection:
            found: bytes = (await connection.execute(users.select().where(users.c.id == key))).one().email
            return found

    monkeypatch.setattr(sealed, "old", overtaken)
    house.run(reseal(services))
    assert changed
    assert house.run(address()) == changed[0]


def test_a_value_that_no_key_opens_is_left_and_told_of(house: House, caplog: pytest.LogCaptureFixture) -> None:
    services = house.services
    [number, other] = house.run(fill(services, 2))

    async def spoil() -> None:
        async with services.database.write() as connection:
            row = (await connection.execute(users.select().where(users.c.id == f"users id {number}"))).one()
            moved = update(users).where(users.c.id == f"users id {other}").values(email=row.email)
            await connection.execute(moved)

    house.run(spoil())
    house.run(rotate(services))
    done = house.run(reseal(services, batch=1))
    assert done.broken == 1
    assert "users.email cannot be renewed" in caplog.text
    assert f"users id {other}" not in caplog.text
    house.clock.now += LEAD
    assert house.run(reseal(services)).free == (), "whatever seals it may still be wanted"


def test_an_old_key_goes_only_when_nothing_needs_it_and_everybody_has_the_new_one(house: House) -> None:
    services = house.services
    house.run(fill(services, 3))
    house.run(rotate(services))
    with pytest.raises(ConfigError, match="may still be needed"):
        house.run(let_go(services, 1))
    assert house.run(reseal(services)).free == (), "other processes may still seal with it"
    house.clock.now += LEAD - 1
    with pytest.raises(ConfigError, match="may still be needed"):
        house.run(let_go(services, 1))
    house.clock.now += 1
    assert house.run(reseal(services)).free == (1,)
    for number in (0, 2, 3):
        with pytest.raises(ConfigError):
            house.run(let_go(services, number))
    house.run(let_go(services, 1))
    assert keyfolder.numbers(Path(services.settings.keys)) == (2,)
    house.run(opened(services))


def test_what_is_sealed_with_the_old_key_after_all_keeps_it(house: House) -> None:
    """A process that did not look for the new key in time."""
    services = house.services
    late = services.ring.seal(b"secret", "users.name:late")
    house.run(fill(services, 1))
    house.run(rotate(services))
    house.run(reseal(services))
    house.clock.now += LEAD

    async def write() -> None:
        async with services.database.write() as connection:
            await connection.execute(update(users).values(name=late))

    house.run(write())
    assert house.run(reseal(services)).free == ()


def test_another_process_finds_the_new_key_when_it_meets_it(any_house: House, tmp_path: Path) -> None:
    with house_in(tmp_path, any_house.services.settings.database) as other:
        any_house.run(fill(any_house.services, 2))
        any_house.run(rotate(any_house.services))
        any_house.run(reseal(any_house.services))
        assert other.services.ring.newest == 1
        assert min(other.run(opened(other.services)).values()) >= 2
        assert other.services.ring.newest == 2


@pytest.mark.parametrize("name", ["pepper", "key-001"])
def test_a_folder_of_other_keys_is_refused_at_start(tmp_path: Path, name: str) -> None:
    with house_in(tmp_path):
        pass
    (tmp_path / "keys" / name).write_text("5a" * 32 + "\n")
    with pytest.raises(ConfigError, match="is not the one that the database was written with"), house_in(tmp_path):
        pass


def test_a_folder_that_is_gone_is_refused_and_not_made_anew(tmp_path: Path) -> None:
    with house_in(tmp_path):
        pass
    shutil.rmtree(tmp_path / "keys")
    with pytest.raises(ConfigError, match="the database needs it"), house_in(tmp_path):
        pass
    assert not (tmp_path / "keys").exists()


def test_a_key_that_is_gone_is_refused_at_start(tmp_path: Path) -> None:
    with house_in(tmp_path) as house:
        house.run(rotate(house.services))
    (tmp_path / "keys" / "key-001").unlink()
    with pytest.raises(ConfigError, match="key 1 is missing"), house_in(tmp_path):
        pass


KILLED = """
import asyncio, os, sys, time
sys.path.insert(0, sys.argv[3])
from pathlib import Path
from identity.house import settings_in
from ostiary.identity import resealing
from ostiary.identity.keyfolder import open_ring
from ostiary.identity.storage.database import Database

class Services:
    settings = settings_in(Path(sys.argv[1]), sys.argv[2])
    database = Database(settings.database)
    ring = open_ring(Path(settings.keys), os.urandom)
    now = staticmethod(time.time)
    entropy = staticmethod(os.urandom)

print("begins", flush=True)
asyncio.run(resealing.reseal(Services(), batch=2))
print("over", flush=True)
"""


@pytest.mark.live
def test_killed_again_and_again_nothing_is_lost(any_house: House, tmp_path: Path) -> None:
    services = any_house.services
    any_house.run(fill(services, 30))
    before = any_house.run(opened(services))
    any_house.run(rotate(services))
    command = [sys.executable, "-c", KILLED, str(tmp_path), services.settings.database, str(Path(__file__).parents[1])]
    partly = 0
    for turn in range(60):
        with mortal(subprocess.Popen(command, stdout=subprocess.PIPE), 60) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"begins\n"
            if turn >= 8:  # then it may finish
                assert child.stdout.readline() == b"over\n"
                break
            any_house.run(asyncio.sleep(0.04 * (turn + 1)))
            child.kill()
        kept = any_house.run(numbers_by_key(services))
        partly += len(kept) == 2
        assert any_house.run(opened(services)) == before
    assert partly, "it was to be killed in the middle"
    assert set(any_house.run(numbers_by_key(services))) == {2}
    assert any_house.run(opened(services)) == before


def test_the_ring_of_the_services_is_named_in_what_is_refused(house: House) -> None:
    with pytest.raises(ConfigError, match="no old key"):
        keyfolder.forget(Path(house.services.settings.keys), 7)
    assert resealing.LEAD >= 120, "longer than the minute after which every process looks again"
