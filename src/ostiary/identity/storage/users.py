"""Accounts as rows: found by keyed digests, personal fields sealed; each change of a password names the one it replaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, Update, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from ostiary.identity.storage.database import AsyncConnection
from ostiary.identity.storage.schema import users
from ostiary.parts.email_addresses import email_address
from ostiary.parts.sealing import KeyRing

__all__ = [
    "MOST_FAILURES", "Taken", "User", "by_email", "by_id", "clear_failures", "count_failure", "create",
    "drop_password", "email_key", "page", "replace_password", "require_new_password", "set_disabled", "set_email", "set_email_verified", "set_name",
    "set_password", "set_phone", "set_role",
]  # fmt: skip

MOST_FAILURES: Final = 100  # of the password in a row; then it is disabled (NIST SP 800-63B-4 section 3.2.2)
_SEALED: Final = ("email", "phone", "name")


class Taken(Exception):  # noqa: N818 - what it is, not that it happened
    """The address or number belongs to another account."""


@dataclass(frozen=True, slots=True)
class User:
    """An account, personal fields readable.

    :param email: as it was written; "" where there is none.
    :param phone: E.164; "" where there is none.
    :param password_hash: None: passkeys alone.
    :param failures: wrong passwords in a row.
    :param tokens_not_before: what was issued earlier is dead.
    """

    id: str
    email: str
    email_verified_at: float | None
    phone: str
    phone_verified_at: float | None
    name: str
    password_hash: str | None
    password_changed_at: float | None
    must_change_password: bool
    role: str
    failures: int
    created_at: float
    disabled_at: float | None
    tokens_not_before: float

    @property
    def password_disabled(self) -> bool:
        """Whether its password was guessed wrongly too often to be taken any more."""
        return self.failures >= MOST_FAILURES


_COLUMNS: Final = [users.c[name] for name in User.__dataclass_fields__]


def email_key(ring: KeyRing, email: str) -> bytes:
    """By what an address is found. What is no address is nobody's, and found no faster."""
    try:
        key = email_address(email).key
    except ValueError:
        key = "\0"
    return ring.digest(key.encode(), "users.email")


async def by_email(connection: AsyncConnection, ring: KeyRing, email: str) -> User | None:
    """The account with this address, proven or not."""
    found = await connection.execute(select(*_COLUMNS).where(users.c.email_key == email_key(ring, email)))
    return _user(ring, found.first())


async def by_id(connection: AsyncConnection, ring: KeyRing, id: str) -> User | None:  # noqa: A002 - the column's name
    """The account of this id."""
    return _user(ring, (await connection.execute(select(*_COLUMNS).where(users.c.id == id))).first())


async def any_with_role(connection: AsyncConnection, role: str) -> bool:
    """Whether an account has this role and is not closed."""
    statement = select(users.c.id).where(users.c.role == role, users.c.disabled_at.is_(None)).limit(1)
    return (await connection.execute(statement)).first() is not None


async def page(connection: AsyncConnection, ring: KeyRing, *, after: str = "", most: int = 50) -> list[User]:
    """Accounts in the order of their ids, those behind `after`: for operators."""
    rows = await connection.execute(select(*_COLUMNS).where(users.c.id > after).order_by(users.c.id).limit(most))
    return [user for row in rows if (user := _user(ring, row)) is not None]


async def create(
    connection: AsyncConnection,
    ring: KeyRing,
    *,
    id: str,  # noqa: A002 - the column's name
    email: str,
    password_hash: str | None,
    now: float,
    name: str = "",
    role: str = "user",
    email_verified_at: float | None = None,
    must_change_password: bool = False,
) -> bool:
    """Make an account; of any number of callers with one address exactly one makes it.

    :param email: a valid address.
    :returns: whether it was made; if not, there is one already.
    """
    written = email_address(email)
    row = {
        "id": id, "email_key": ring.digest(written.key.encode(), "users.email"),
        "email": _sealed(ring, "email", id, written.written), "name": _sealed(ring, "name", id, name) if name else None,
        "email_verified_at": email_verified_at, "password_hash": password_hash,
        "password_changed_at": now if password_hash else None, "must_change_password": must_change_password, "role": role,
        "failures": 0, "created_at": now, "tokens_not_before": now,
    }  # fmt: skip
    made = await connection.execute(_insert_once(connection, row))
    return made.first() is not None


def _insert_once(connection: AsyncConnection, row: Mapping[str, Any]) -> Any:
    flavour = sqlite if connection.dialect.name == "sqlite" else postgresql
    once = flavour.insert(users).values(row).on_conflict_do_nothing(index_elements=["email_key"])
    return once.returning(users.c.id)


async def set_password(
    connection: AsyncConnection,
    user_id: str,
    password_hash: str,
    *,
    now: float,
    must_change: bool = False,
) -> bool:
    """Set a password whatever there was: a reset, or an operator's word. Its failures are forgotten.

    :returns: whether there is such an account, and it is not disabled.
    """
    changed = update(users).where(users.c.id == user_id, users.c.disabled_at.is_(None))
    return await _took(connection, changed.values(**_fresh(password_hash, now, must_change=must_change)))


async def replace_password(
    connection: AsyncConnection, user_id: str, was: str | None, password_hash: str, *, now: float
) -> bool:
    """Put a new password in the place of the one that was verified.

    :param was: the hash that was verified, or None where there was none; a reset meanwhile has won.
    """
    changed = update(users).where(users.c.id == user_id, users.c.password_hash == was, users.c.disabled_at.is_(None))
    return await _took(connection, changed.values(**_fresh(password_hash, now, must_change=False)))


def _fresh(password_hash: str, now: float, *, must_change: bool) -> dict[str, Any]:
    return {
        "password_hash": password_hash, "password_changed_at": now, "must_change_password": must_change, "failures": 0,
    }  # fmt: skip


async def clear_failures(
    connection: AsyncConnection, user_id: str, was: str, *, rehashed: str = "", must_change: bool = False
) -> bool:
    """Take a right password: its failures are forgotten, if it is still the account's and was not disabled meanwhile.

    :param was: the hash that was verified.
    :param rehashed: a newer hash of the same password, to be kept instead.
    :param must_change: whether the account has to choose another.
    :returns: whether the password counts; if not, nothing was changed.
    """
    values: dict[str, Any] = {"failures": 0, "password_hash": rehashed or was}
    if must_change:
        values["must_change_password"] = True
    counts = update(users).where(
        users.c.id == user_id,
        users.c.password_hash == was,
        users.c.failures < MOST_FAILURES,
        users.c.disabled_at.is_(None),
    )
    return await _took(connection, counts.values(**values))


async def count_failure(connection: AsyncConnection, user_id: str) -> int:
    """One more wrong password in a row; how many there are now. 0 where there is no such account: the work is the same."""
    counted = update(users).where(users.c.id == user_id).values(failures=users.c.failures + 1)
    row = (await connection.execute(counted.returning(users.c.failures))).first()
    return 0 if row is None else int(row.failures)


async def drop_password(connection: AsyncConnection, user_id: str) -> bool:
    """The password counts no more, and there is none until a reset sets one."""
    values = {"password_hash": None, "must_change_password": True, "failures": 0}
    return await _took(connection, update(users).where(users.c.id == user_id).values(**values))


async def require_new_password(connection: AsyncConnection, user_id: str) -> bool:
    """The account has to choose another password before anything else."""
    return await _took(connection, update(users).where(users.c.id == user_id).values(must_change_password=True))


async def set_email_verified(connection: AsyncConnection, user_id: str, *, now: float) -> bool:
    """The address proved itself; whether it had not before."""
    unproven = update(users).where(users.c.id == user_id, users.c.email_verified_at.is_(None))
    return await _took(connection, unproven.values(email_verified_at=now))


async def set_email(connection: AsyncConnection, ring: KeyRing, user_id: str, email: str, *, now: float) -> None:
    """Another address, which proved itself.

    :raises Taken: when it is another account's; nothing was changed.
    """
    written = email_address(email)
    values = {
        "email_key": ring.digest(written.key.encode(), "users.email"),
        "email": _sealed(ring, "email", user_id, written.written),
        "email_verified_at": now,
    }
    await _unique(connection, update(users).where(users.c.id == user_id).values(**values))


async def set_phone(connection: AsyncConnection, ring: KeyRing, user_id: str, phone: str, *, now: float | None) -> None:
    """Another telephone number, which proved itself at `now`; "" for none.

    :raises Taken: when it is another account's; nothing was changed.
    """
    values = {
        "phone_key": ring.digest(phone.encode(), "users.phone") if phone else None,
        "phone": _sealed(ring, "phone", user_id, phone) if phone else None,
        "phone_verified_at": now if phone else None,
    }
    await _unique(connection, update(users).where(users.c.id == user_id).values(**values))


async def set_name(connection: AsyncConnection, ring: KeyRing, user_id: str, name: str) -> bool:
    """What the person wants to be called; "" for nothing."""
    sealed = _sealed(ring, "name", user_id, name) if name else None
    return await _took(connection, update(users).where(users.c.id == user_id).values(name=sealed))


async def set_role(connection: AsyncConnection, user_id: str, role: str) -> bool:
    """Make it "user" or "operator"; whether there is such an account."""
    return await _took(connection, update(users).where(users.c.id == user_id).values(role=role))


async def set_disabled(connection: AsyncConnection, user_id: str, *, at: float | None, why: str = "") -> bool:
    """Close an account, or open it again (`at` None)."""
    changed = update(users).where(users.c.id == user_id).values(disabled_at=at, disabled_why=why or None)
    return await _took(connection, changed)


async def _took(connection: AsyncConnection, statement: Update) -> bool:
    return (await connection.execute(statement.returning(users.c.id))).first() is not None


async def _unique(connection: AsyncConnection, statement: Update) -> None:
    try:
        async with connection.begin_nested():
            await connection.execute(statement)
    except IntegrityError as error:
        raise Taken from error


def _sealed(ring: KeyRing, field: str, user_id: str, text: str) -> bytes:
    return ring.seal(text.encode(), f"users.{field}:{user_id}")


def _user(ring: KeyRing, row: Row[Any] | None) -> User | None:
    if row is None:
        return None
    given = dict(row._mapping)  # noqa: SLF001 - its public name in SQLAlchemy
    for field in _SEALED:
        given[field] = ring.open(given[field], f"users.{field}:{row.id}").decode() if given[field] else ""
    return User(**given)
