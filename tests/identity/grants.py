"""What an application was granted, for tests of what ends it: a client, a family, a code, a refresh and an access token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from identity.house import House
from ostiary.identity.ids import new_id, new_secret
from ostiary.identity.sessions import Session
from ostiary.identity.storage import grants, schema, tokens
from ostiary.identity.storage.grants import Code, Family, Refresh
from ostiary.parts.sealing import hashed


@dataclass
class Grant:
    """Secrets in plain, to use them."""

    family: str
    code: bytes
    refresh: bytes
    jti: str
    name: str  # as orders call the access token


CLIENT = "shop"


def granted(house: House, session: Session, *, offline: bool = False, access: str = "") -> Grant:
    """A grant that was given in a session."""
    services = house.services
    now, family = services.now(), new_id(services.entropy)
    code, refresh = (hashed(new_secret(services.entropy).encode()) for _ in range(2))
    access = access or new_secret(services.entropy)
    made = Grant(family, code, refresh, new_id(services.entropy), hashed(access.encode()).hex())
    issued = tokens.Issued(
        made.jti, hashed(access.encode()), family, CLIENT, session.user_id, ("openid",), "https://api.example.test", None,
        now, now + 300,
    )  # fmt: skip

    async def make() -> None:
        async with services.database.write() as connection:
            there = await connection.execute(select(schema.clients.c.id).where(schema.clients.c.id == CLIENT))
            if there.first() is None:
                await connection.execute(insert(schema.clients).values(id=CLIENT, created_at=now, **_CLIENT))
            await grants.add_family(
                connection,
                Family(
                    family, CLIENT, session.user_id, session.id, ("openid",), "https://api.example.test", now, now + 1e6,
                    offline=offline,
                ),
            )  # fmt: skip
            await grants.add_code(
                connection, Code(code, family, CLIENT, "https://shop.test/back", "x" * 43, now, now + 60)
            )
            await grants.add_refresh(connection, Refresh(refresh, family, now, now + 1000, answer=b"sealed"))
            await tokens.add(connection, issued)

    house.run(make())
    return made


_CLIENT: dict[str, Any] = {
    "name": "Shop", "method": "none", "redirect_uris": "[]", "logout_uris": "[]", "grants": "[]", "scopes": "[]",
    "default_scopes": "[]", "audience": "[]", "token_format": "jwt", "dpop": False, "pushed_only": False,
    "first_party": False, "introspects": False,
}  # fmt: skip


@dataclass
class Alive:
    """What of a grant can still be used."""

    family: bool
    code: bool
    refresh: bool
    access: bool

    def __bool__(self) -> bool:
        return self.family or self.code or self.refresh or self.access


def alive(house: House, grant: Grant) -> Alive:
    """Ask each of its parts, as the endpoints do, without using it up."""
    services = house.services
    now = services.now()

    async def ask() -> Alive:
        async with services.database.read() as connection:
            family = await grants.standing(connection, grant.family, now)
            access = await tokens.living(connection, now, jti=grant.jti)
            spent = []
            for table, name in ((schema.codes, grant.code), (schema.refresh_tokens, grant.refresh)):
                good = select(table.c.hash).where(
                    table.c.hash == name, table.c.used_at.is_(None), table.c.expires_at > now
                )
                spent.append((await connection.execute(good)).first() is not None)
        return Alive(family is not None, spent[0], spent[1], access is not None)

    return house.run(ask())
