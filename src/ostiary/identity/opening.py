"""Everything is checked and made here, once, before a port opens; what is wrong is a ConfigError that says where."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

from ostiary.errors import ConfigError
from ostiary.identity.events import jailings
from ostiary.identity.gate import Gate
from ostiary.identity.keyfolder import open_ring
from ostiary.identity.outgoing import Outgoing
from ostiary.identity.resealing import agree, must_be_new
from ostiary.identity.services import Services
from ostiary.identity.signing import Signing
from ostiary.identity.storage.database import Database
from ostiary.identity.storage.migrations import migrate
from ostiary.parts.identity_settings import Identity
from ostiary.parts.passwords import Foreign, Hasher
from ostiary.parts.sealing import KeyRing
from ostiary.store.ports import Store

__all__ = ["check_issuer", "close_services", "open_services"]

OUTBOX: Final = "ostiary-identity.outbox"  # beside the keys, in the development profile alone: files with live links
_LOOPBACK: Final = {"127.0.0.1", "::1", "localhost"}


async def open_services(
    settings: Identity,
    *,
    profile: str,
    store: Store,
    now: Callable[[], float],
    entropy: Callable[[int], bytes],
    where: str = "[identity]",
    cheapest: int = 10,
    foreign: Mapping[str, Foreign] | None = None,
) -> Services:
    """Check the settings, bring the tables up to date, open the key ring, and make what flows need.

    :param profile: "production" or "development": the latter allows an issuer on http, on loopback.
    :param store: started, and stopped by whoever made it.
    :param now: seconds since the epoch.
    :param entropy: gives that many random bytes.
    :param where: the place of the settings, for messages.
    :param cheapest: no bcrypt hash costs less; 10 is OWASP's floor, and tests alone go below it.
    :param foreign: verifies imported hashes of other schemes, by the name between their first two dollar signs; see
        `parts.passwords`.
    :raises ConfigError: when a setting cannot be obeyed.
    :raises StoreError: when the database cannot be reached.
    """
    issuer = check_issuer(settings.issuer, profile, f"{where} issuer")
    _check_link(settings.database, profile, f"{where} database")
    async with AsyncExitStack() as undo:
        database = Database(settings.database, where=f"{where} database")
        undo.push_async_callback(database.close)
        await migrate(database)
        ring = await _ring(settings, database, now, entropy, f"{where} keys")
        hasher = Hasher(
            settings.passwords, lambda text: ring.digest(text, "users.password"), cheapest=cheapest, foreign=foreign,
            where=f"{where} passwords",
        )  # fmt: skip
        undo.callback(hasher.close)
        signing = Signing(settings, issuer=issuer, database=database, ring=ring, now=now, entropy=entropy)
        await signing.start()
        undo.push_async_callback(signing.stop)
        outgoing = Outgoing(
            settings, issuer=issuer, database=database, ring=ring, now=now, entropy=entropy, where=where,
            folder=Path(settings.keys).parent / OUTBOX if profile == "development" else None,
        )  # fmt: skip
        services = Services(
            settings=settings, issuer=issuer, database=database, ring=ring, store=store, hasher=hasher,
            gate=Gate(settings, store=store, ring=ring, now=now, entropy=entropy), outgoing=outgoing, signing=signing,
            now=now, entropy=entropy,
        )  # fmt: skip
        services.gate.told = jailings(services)
        undo.pop_all()
        return services


async def close_services(services: Services) -> None:
    """Give back what `open_services` took; the store is its maker's."""
    services.hasher.close()
    await services.signing.stop()
    await services.database.close()


async def _ring(
    settings: Identity, database: Database, now: Callable[[], float], entropy: Callable[[int], bytes], where: str
) -> KeyRing:
    """The ring that this database was written with; only a database without values gets a new one."""
    folder = Path(settings.keys)
    if not await asyncio.to_thread(folder.exists):
        await must_be_new(database, where=where)
    ring = open_ring(folder, entropy, where=where)
    await agree(database, ring, now(), where=where)
    return ring


def _check_link(url: str, profile: str, where: str) -> None:
    """A way over a network is encrypted, unless somebody wrote that it is not to be: libpq's default would not tell."""
    if profile == "development" or not url.startswith(("postgresql:", "postgres:")):
        return
    try:
        parts = urlsplit(url)
        hosts = {parts.hostname or ""} | set(parse_qs(parts.query).get("host", ()))
        modes = parse_qs(parts.query).get("sslmode", [])
    except ValueError as error:
        raise ConfigError(where, "is not a URL") from error
    if modes or all(not host or host in _LOOPBACK or host.startswith("/") for host in hosts):
        return
    raise ConfigError(where, "is reached over a network, and does not say how", "add ?sslmode=verify-full")


def check_issuer(issuer: str, profile: str, where: str) -> str:
    """The issuer, an https URL of which everything that is sent out begins (RFC 8414 section 2: no query, no fragment).

    :raises ConfigError: when it is none, or not written as clients compare it.
    """
    if not issuer:
        raise ConfigError(where, "is not set", 'write the public URL: "https://accounts.example.com"')
    try:
        parts = urlsplit(issuer)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ConfigError(where, "is not a URL") from error
    plain = not issuer.isascii() or any(each <= " " or each in "\\<>\"'^`{|}%" or each == "\x7f" for each in issuer)
    if plain or not host or parts.username is not None or "?" in issuer or "#" in issuer or port == 0:
        raise ConfigError(where, "is not a URL with a host and nothing behind its path")
    if issuer.endswith("/") or issuer != issuer[: len(parts.scheme) + 3].lower() + issuer[len(parts.scheme) + 3 :]:
        raise ConfigError(where, "must be written as it is compared", "scheme in lower case, no slash at its end")
    if parts.netloc != parts.netloc.lower():
        raise ConfigError(where, "must be written as it is compared", "host in lower case")
    if parts.path:
        raise ConfigError(where, "has a path", "cookies called __Host- belong to a whole host: give it one of its own")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK and profile == "development"):
        raise ConfigError(where, "must be https", "http is for loopback, in the development profile")
    return issuer
