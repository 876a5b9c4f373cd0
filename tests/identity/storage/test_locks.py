"""Commands that come and go beside the server leave its write-ahead log alone: what was written stays written."""

from __future__ import annotations

from sqlalchemy import func, select

from identity.house import House
from ostiary.identity.storage.database import Database
from ostiary.identity.storage.schema import once as table
from store.test_new_file import visited


def test_a_visitor_does_not_take_the_log_away(house: House) -> None:
    ours = house.services.database
    path = ours.path
    assert path is not None

    async def add(name: bytes) -> None:
        async with ours.write() as connection:
            await connection.execute(table.insert().values(hash=name, expires_at=0.0))

    async def play() -> int:
        await add(b"before")
        other = ours.patient(60.0)  # as migrations do, in the process that serves
        await other.close()
        visited(path)
        assert path.with_name(f"{path.name}-wal").exists(), "the log was removed under those who write to it"
        await add(b"after")
        fresh = Database(ours.url)
        async with fresh.read() as connection:
            found = await connection.execute(select(func.count()).select_from(table))
            number: int = found.scalar_one()
        await fresh.close()
        return number

    assert house.run(play()) == 2
