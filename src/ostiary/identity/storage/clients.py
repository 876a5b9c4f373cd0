"""Clients: what was registered of each, read whole; a disabled one is not found by those who would serve it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import RowMapping, delete, insert, select, update

from ostiary.identity.storage.database import AsyncConnection
from ostiary.identity.storage.schema import clients, families

__all__ = ["Client", "add", "by_id", "disable", "enable", "every", "remove", "replace", "set_secret"]


@dataclass(frozen=True, slots=True)
class Client:
    """A client as it was registered.

    :param method: "none", "client_secret_basic", "client_secret_post" or "private_key_jwt".
    :param secret_hash: SHA-256 of the secret that we made; None where it has none.
    :param jwks: its public keys, for "private_key_jwt".
    :param audience: resources it may ask tokens for; empty: the first of the settings'.
    :param dpop: whether its tokens must be bound to a key.
    :param pushed_only: whether its authorization requests must be pushed.
    :param first_party: whether people are not asked for consent.
    :param introspects: whether it is a resource server that may ask about tokens.
    """

    id: str
    name: str
    method: str
    redirect_uris: tuple[str, ...] = ()
    grants: tuple[str, ...] = ("authorization_code",)
    scopes: tuple[str, ...] = ()
    default_scopes: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    logout_uris: tuple[str, ...] = ()
    uri: str | None = None
    secret_hash: bytes | None = None
    jwks: tuple[dict[str, Any], ...] = ()
    token_format: str = "jwt"  # noqa: S105 - a format
    dpop: bool = False
    pushed_only: bool = False
    first_party: bool = False
    introspects: bool = False
    created_at: float = 0.0
    disabled_at: float | None = None

    @property
    def public(self) -> bool:
        """Whether it cannot keep a secret: its id alone is no proof."""
        return self.method == "none"


_LISTS: Final = ("redirect_uris", "logout_uris", "grants", "scopes", "default_scopes", "audience")


def _values(client: Client) -> dict[str, Any]:
    values = {name: getattr(client, name) for name in Client.__slots__}
    for name in _LISTS:
        values[name] = json.dumps(list(values[name]))
    values["jwks"] = json.dumps({"keys": list(client.jwks)}) if client.jwks else None
    return values


def _client(row: RowMapping) -> Client:
    values: dict[str, Any] = {name: row[name] for name in Client.__slots__}
    for name in _LISTS:
        values[name] = tuple(json.loads(values[name]))
    values["jwks"] = tuple(json.loads(values["jwks"])["keys"]) if values["jwks"] else ()
    values["secret_hash"] = None if values["secret_hash"] is None else bytes(values["secret_hash"])
    return Client(**values)


async def by_id(connection: AsyncConnection, client_id: str, *, disabled: bool = False) -> Client | None:
    """A client.

    :param disabled: whether one that was disabled counts too.
    """
    asked = select(clients).where(clients.c.id == client_id)
    if not disabled:
        asked = asked.where(clients.c.disabled_at.is_(None))
    row = (await connection.execute(asked)).mappings().first()
    return None if row is None else _client(row)


async def every(connection: AsyncConnection, *, after: str = "", most: int = 100) -> Sequence[Client]:
    """Clients in the order of their ids, disabled ones too.

    :param after: the id behind which to begin.
    """
    rows = await connection.execute(select(clients).where(clients.c.id > after).order_by(clients.c.id).limit(most))
    return [_client(row) for row in rows.mappings()]


async def add(connection: AsyncConnection, client: Client) -> None:
    """Keep a new client; what it may be was judged by `oauth.clients.faults`."""
    await connection.execute(insert(clients).values(_values(client)))


async def replace(connection: AsyncConnection, client: Client) -> bool:
    """Write a client anew, but for its secret and when it was made; whether there was one."""
    values = _values(client)
    for name in ("id", "secret_hash", "created_at"):
        del values[name]
    done = await connection.execute(update(clients).where(clients.c.id == client.id).values(values))
    return done.rowcount == 1


async def set_secret(connection: AsyncConnection, client_id: str, secret_hash: bytes | None) -> bool:
    """Give a client another secret; the former one is dead with the commit."""
    done = await connection.execute(update(clients).where(clients.c.id == client_id).values(secret_hash=secret_hash))
    return done.rowcount == 1


async def disable(connection: AsyncConnection, client_id: str, now: float) -> bool:
    """Serve a client no more; what was granted to it is dead at once."""
    await connection.execute(
        update(families)
        .where(families.c.client_id == client_id, families.c.revoked_at.is_(None))
        .values(revoked_at=now, revoked_why="client disabled")
    )
    done = await connection.execute(
        update(clients).where(clients.c.id == client_id, clients.c.disabled_at.is_(None)).values(disabled_at=now)
    )
    return done.rowcount == 1


async def enable(connection: AsyncConnection, client_id: str) -> bool:
    """Serve a client again."""
    done = await connection.execute(
        update(clients).where(clients.c.id == client_id, clients.c.disabled_at.is_not(None)).values(disabled_at=None)
    )
    return done.rowcount == 1


async def remove(connection: AsyncConnection, client_id: str) -> bool:
    """Delete a client with all that was granted to it; access tokens have to be revoked before."""
    return (await connection.execute(delete(clients).where(clients.c.id == client_id))).rowcount == 1
