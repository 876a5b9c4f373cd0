"""Devices that wait to be let in: a device code is used once, by its client, with its key; a user code is decided once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, delete, insert, or_, select, update

from ostiary.identity.storage.database import AsyncConnection
from ostiary.identity.storage.schema import devices

__all__ = ["Device", "add", "by_code", "by_user_code", "decide", "forget", "is_taken", "noted", "place", "use"]


@dataclass(frozen=True, slots=True)
class Device:
    """An authorization that a device asked for.

    :param hash: of the device code.
    :param user_code: the MAC of what the person types.
    :param jkt: the key that the device proved; only it may have the tokens.
    :param state: "pending", "allowed" or "denied".
    :param interval: seconds that must lie between two questions.
    :param source: where it asked from, and `agent` with what: sealed for `place`.
    """

    hash: bytes
    user_code: bytes
    client_id: str
    scopes: tuple[str, ...]
    audience: str
    jkt: str | None
    interval: float
    created_at: float
    expires_at: float
    state: str = "pending"
    family_id: str | None = None
    source: bytes | None = None
    agent: bytes | None = None
    polled_at: float | None = None
    used_at: float | None = None


def place(column: str, code_hash: bytes) -> str:
    """What a column of a device is sealed for."""
    return f"devices.{column}:{code_hash.hex()}"


def _device(row: RowMapping) -> Device:
    values: dict[str, Any] = {name: row[name] for name in Device.__slots__}
    for name in ("hash", "user_code", "source", "agent"):
        values[name] = None if values[name] is None else bytes(values[name])
    return Device(**values | {"scopes": tuple(values["scopes"].split())})


async def add(connection: AsyncConnection, device: Device) -> None:
    """Keep an authorization that waits."""
    values = {name: getattr(device, name) for name in Device.__slots__} | {"scopes": " ".join(device.scopes)}
    await connection.execute(insert(devices).values(values))


def _waits(now: float) -> tuple[ColumnElement[bool], ...]:
    return (devices.c.state == "pending", devices.c.used_at.is_(None), devices.c.expires_at > now)


async def by_user_code(connection: AsyncConnection, mac: bytes, now: float) -> Device | None:
    """The authorization that waits for a decision under this code."""
    found = await connection.execute(select(devices).where(devices.c.user_code == mac, *_waits(now)))
    row = found.mappings().first()
    return None if row is None else _device(row)


async def is_taken(connection: AsyncConnection, mac: bytes) -> bool:
    """Whether a user code is in use, or was a moment ago."""
    return (await connection.execute(select(devices.c.hash).where(devices.c.user_code == mac))).first() is not None


async def decide(connection: AsyncConnection, mac: bytes, now: float, state: str, family_id: str | None) -> bool:
    """Decide, once; whether there was something left to decide."""
    done = await connection.execute(
        update(devices).where(devices.c.user_code == mac, *_waits(now)).values(state=state, family_id=family_id)
    )
    return done.rowcount == 1


async def use(
    connection: AsyncConnection, code_hash: bytes, client_id: str, jkt: str | None, now: float
) -> Device | None:
    """Spend a device code that was allowed; of all who try, one gets it, and only with the key that the device proved."""
    done = await connection.execute(
        update(devices)
        .where(devices.c.hash == code_hash, devices.c.client_id == client_id, devices.c.state == "allowed")
        .where(devices.c.used_at.is_(None), devices.c.expires_at > now)
        .where(or_(devices.c.jkt.is_(None), devices.c.jkt == (jkt or "")))
        .values(used_at=now)
        .returning(*devices.c)
    )
    row = done.mappings().first()
    return None if row is None else _device(row)


async def by_code(connection: AsyncConnection, code_hash: bytes, client_id: str) -> Device | None:
    """A client's own device code, in whatever state."""
    wanted = select(devices).where(devices.c.hash == code_hash, devices.c.client_id == client_id)
    row = (await connection.execute(wanted)).mappings().first()
    return None if row is None else _device(row)


async def noted(connection: AsyncConnection, code_hash: bytes, now: float, interval: float) -> None:
    """Note that a device asked, and how long it has to wait until it asks again."""
    await connection.execute(
        update(devices).where(devices.c.hash == code_hash).values(polled_at=now, interval=interval)
    )


async def forget(connection: AsyncConnection, before: float) -> int:
    """Delete what lapsed before that time; how many."""
    return (await connection.execute(delete(devices).where(devices.c.expires_at < before))).rowcount
