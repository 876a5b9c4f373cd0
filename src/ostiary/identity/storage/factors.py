"""Second factors as rows: a step, a count and a code are spent by single statements, so that no two callers share one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import Row, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ostiary.identity.storage.database import AsyncConnection
from ostiary.identity.storage.schema import passkeys, recovery_codes, totp, users
from ostiary.parts.sealing import KeyRing

__all__ = [
    "MOST_FAILURES", "Passkey", "SetUp", "Totp", "add_passkey", "add_totp", "confirm_totp", "count_failure", "hold",
    "passkey", "passkeys_of", "remove_passkey", "remove_totp", "rename_passkey", "replace_codes", "set_up", "take_code",
    "take_count", "take_step", "totp_of", "waiting_totp",
]  # fmt: skip

MOST_FAILURES: Final = 100  # in a row of one authenticator, then it is disabled (NIST SP 800-63B-4 section 3.2.2)


class SetUp(NamedTuple):
    """What an account has."""

    password: bool
    totp: bool
    passkeys: int
    codes: int  # recovery codes that were not used yet


@dataclass(frozen=True, slots=True)
class Totp:
    """An authenticator app."""

    id: str
    secret: bytes
    created_at: float
    failures: int


@dataclass(frozen=True, slots=True)
class Passkey:
    """A WebAuthn credential."""

    id: bytes
    user_id: str
    public_key: bytes
    sign_count: int
    name: str
    transports: tuple[str, ...]
    backed_up: bool
    created_at: float
    used_at: float | None


async def hold(connection: AsyncConnection, user_id: str) -> SetUp:
    """What the account has, and will have until the transaction ends: nobody else adds or removes meanwhile."""
    await connection.execute(select(users.c.id).where(users.c.id == user_id).with_for_update())
    return await set_up(connection, user_id)


async def set_up(connection: AsyncConnection, user_id: str) -> SetUp:
    """What the account has set up; nothing of what waits for its confirmation."""
    password = select(func.count()).where(users.c.id == user_id, users.c.password_hash.is_not(None))
    apps = select(func.count()).where(totp.c.user_id == user_id, totp.c.confirmed_at.is_not(None))
    keys = select(func.count()).where(passkeys.c.user_id == user_id)
    left = select(func.count()).where(recovery_codes.c.user_id == user_id, recovery_codes.c.used_at.is_(None))
    statement = select(*(each.scalar_subquery() for each in (password, apps, keys, left)))
    row = (await connection.execute(statement)).one()
    return SetUp(password=bool(row[0]), totp=bool(row[1]), passkeys=int(row[2]), codes=int(row[3]))


async def add_totp(
    connection: AsyncConnection, ring: KeyRing, totp_id: str, user_id: str, secret: bytes, *, now: float
) -> None:
    """An app that waits for its first code; one that waited before is dropped."""
    await connection.execute(delete(totp).where(totp.c.user_id == user_id, totp.c.confirmed_at.is_(None)))
    sealed = ring.seal(secret, f"totp.secret:{totp_id}")
    await connection.execute(
        insert(totp).values(id=totp_id, user_id=user_id, secret=sealed, created_at=now, last_step=-1, failures=0)
    )


async def totp_of(connection: AsyncConnection, ring: KeyRing, user_id: str) -> Totp | None:
    """The app that counts."""
    statement = select(totp).where(totp.c.user_id == user_id, totp.c.confirmed_at.is_not(None))
    return _totp(ring, (await connection.execute(statement)).first())


async def waiting_totp(
    connection: AsyncConnection, ring: KeyRing, totp_id: str, user_id: str, *, since: float
) -> Totp | None:
    """The app that waits for its first code, if it was begun after `since`."""
    statement = select(totp).where(
        totp.c.id == totp_id, totp.c.user_id == user_id, totp.c.confirmed_at.is_(None), totp.c.created_at > since
    )
    return _totp(ring, (await connection.execute(statement)).first())


def _totp(ring: KeyRing, row: Row[tuple[object, ...]] | None) -> Totp | None:
    if row is None:
        return None
    return Totp(row.id, ring.open(row.secret, f"totp.secret:{row.id}"), row.created_at, row.failures)


async def confirm_totp(connection: AsyncConnection, totp_id: str, user_id: str, step: int, *, now: float) -> bool:
    """The app counts from now on, in place of any other; the step of its first code is spent. Whether it still waited."""
    statement = (
        update(totp)
        .where(totp.c.id == totp_id, totp.c.user_id == user_id, totp.c.confirmed_at.is_(None))
        .values(confirmed_at=now, last_step=step, failures=0)
        .returning(totp.c.id)
    )
    if (await connection.execute(statement)).first() is None:
        return False
    await connection.execute(delete(totp).where(totp.c.user_id == user_id, totp.c.id != totp_id))
    return True


async def take_step(connection: AsyncConnection, totp_id: str, step: int) -> bool:
    """Spend a time step (RFC 6238 section 5.2): whether neither it nor a later one was spent before."""
    statement = (
        update(totp)
        .where(
            totp.c.id == totp_id,
            totp.c.confirmed_at.is_not(None),
            totp.c.last_step < step,
            totp.c.failures < MOST_FAILURES,
        )
        .values(last_step=step, failures=0)
        .returning(totp.c.id)
    )
    return (await connection.execute(statement)).first() is not None


async def count_failure(connection: AsyncConnection, totp_id: str) -> int:
    """One more wrong code in a row; how many there are."""
    statement = update(totp).where(totp.c.id == totp_id).values(failures=totp.c.failures + 1).returning(totp.c.failures)
    row = (await connection.execute(statement)).first()
    return 0 if row is None else int(row.failures)


async def remove_totp(connection: AsyncConnection, user_id: str) -> bool:
    """Remove the app, and one that waits; whether there was one that counted."""
    statement = delete(totp).where(totp.c.user_id == user_id).returning(totp.c.confirmed_at)
    return any(row.confirmed_at is not None for row in (await connection.execute(statement)).all())


async def add_passkey(connection: AsyncConnection, ring: KeyRing, made: Passkey) -> bool:
    """Keep a passkey; False where its id is known already, to whomever it belongs."""
    row = {
        "id": made.id, "user_id": made.user_id, "public_key": made.public_key, "sign_count": made.sign_count,
        "name": ring.seal(made.name.encode(), _place(made.id)), "transports": " ".join(made.transports),
        "backed_up": made.backed_up, "created_at": made.created_at,
    }  # fmt: skip
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(passkeys).values(row).on_conflict_do_nothing().returning(passkeys.c.id)
    return (await connection.execute(statement)).first() is not None


async def passkeys_of(connection: AsyncConnection, ring: KeyRing, user_id: str) -> list[Passkey]:
    """The account's passkeys, the oldest first."""
    statement = select(passkeys).where(passkeys.c.user_id == user_id).order_by(passkeys.c.created_at)
    return [_passkey(ring, row) for row in await connection.execute(statement)]


async def passkey(connection: AsyncConnection, ring: KeyRing, credential_id: bytes) -> Passkey | None:
    """The passkey with this credential id."""
    row = (await connection.execute(select(passkeys).where(passkeys.c.id == credential_id))).first()
    return None if row is None else _passkey(ring, row)


def _passkey(ring: KeyRing, row: Row[tuple[object, ...]]) -> Passkey:
    name = ring.open(row.name, _place(row.id)).decode() if row.name is not None else ""
    ways = tuple(row.transports.split())
    return Passkey(
        bytes(row.id), row.user_id, bytes(row.public_key), row.sign_count, name, ways, row.backed_up, row.created_at, row.used_at
    )  # fmt: skip


def _place(credential_id: bytes) -> str:
    return f"passkeys.name:{credential_id.hex()}"


async def take_count(
    connection: AsyncConnection, credential_id: bytes, sign_count: int, now: float, *, backed_up: bool
) -> bool:
    """Keep the count of a signature: False where it goes back although the authenticator counts (WebAuthn L3 section 7.2)."""
    ahead = (
        or_(passkeys.c.sign_count < sign_count, passkeys.c.sign_count == 0)
        if sign_count
        else passkeys.c.id == credential_id
    )
    statement = (
        update(passkeys)
        .where(passkeys.c.id == credential_id, ahead)
        .values(sign_count=sign_count or passkeys.c.sign_count, backed_up=backed_up, used_at=now)
        .returning(passkeys.c.id)
    )
    return (await connection.execute(statement)).first() is not None


async def rename_passkey(
    connection: AsyncConnection, ring: KeyRing, credential_id: bytes, user_id: str, name: str
) -> bool:
    """Call it something else; whether it is there."""
    sealed = ring.seal(name.encode(), _place(credential_id))
    statement = (
        update(passkeys).where(passkeys.c.id == credential_id, passkeys.c.user_id == user_id).values(name=sealed)
    )
    return bool((await connection.execute(statement)).rowcount)


async def remove_passkey(connection: AsyncConnection, credential_id: bytes, user_id: str) -> bool:
    """Remove it; whether it was there."""
    statement = delete(passkeys).where(passkeys.c.id == credential_id, passkeys.c.user_id == user_id)
    return bool((await connection.execute(statement)).rowcount)


async def replace_codes(connection: AsyncConnection, user_id: str, macs: Iterable[bytes], now: float) -> None:
    """A new set of recovery codes; no MACs: none. All earlier ones are dead."""
    await connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
    rows = [{"mac": each, "user_id": user_id, "created_at": now} for each in macs]
    if rows:
        await connection.execute(insert(recovery_codes), rows)


async def take_code(connection: AsyncConnection, mac: bytes, user_id: str, now: float) -> bool:
    """Use up a recovery code; whether it was there and nobody had."""
    statement = (
        update(recovery_codes)
        .where(recovery_codes.c.mac == mac, recovery_codes.c.user_id == user_id, recovery_codes.c.used_at.is_(None))
        .values(used_at=now)
        .returning(recovery_codes.c.mac)
    )
    return (await connection.execute(statement)).first() is not None
