"""Everything is checked and made here, once, before a port opens; what is wrong is a ConfigError that says where."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from ostiary.errors import ConfigError
from ostiary.identity.keyfolder import open_ring
from ostiary.identity.services import Services
from ostiary.identity.storage.database import Database
from ostiary.identity.storage.migrations import migrate
from ostiary.parts.identity_settings import Identity
from ostiary.store.ports import Store

__all__ = ["close_services", "open_services"]

_LOOPBACK: Final = {"127.0.0.1", "::1", "localhost"}


async def open_services(
    settings: Identity,
    *,
    profile: str,
    store: Store,
    now: Callable[[], float],
    entropy: Callable[[int], bytes],
    where: str = "[identity]",
    hasher: Any = None,
) -> Services:
    """Check the settings, bring the tables up to date, open the key ring, and make what flows need.

    :param profile: "production" or "development": the latter allows an issuer on http, on loopback.
    :param store: started, and stopped by whoever made it.
    :param now: seconds since the epoch.
    :param entropy: gives that many random bytes.
    :param where: the place of the settings, for messages.
    :param hasher: instead of the one that the settings ask for.
    :raises ConfigError: when a setting cannot be obeyed.
    :raises StoreError: when the database cannot be reached.
    """
    issuer = _issuer(settings.issuer, profile, f"{where} issuer")
    ring = open_ring(Path(settings.keys), entropy, where=f"{where} keys")
    database = Database(settings.database, where=f"{where} database")
    try:
        await migrate(database)
        services = _made(settings, issuer, database, ring, store, now, entropy, hasher)
        await services.signing.start()
        return services
    except BaseException:
        await database.close()
        raise


async def close_services(services: Services) -> None:
    """Give back what `open_services` took; the store is its maker's."""
    close = getattr(services.hasher, "close", None)
    if close is not None:
        close()
    await services.signing.stop()
    await services.database.close()


def _made(
    settings: Identity, issuer: str, database: Database, ring: Any, store: Store, now: Any, entropy: Any, hasher: Any
) -> Services:
    """For minutes only: what its owner has not brought yet is left out."""
    import contextlib

    gate: Any = None
    outgoing: Any = None
    signing: Any = None
    with contextlib.suppress(ImportError):
        from ostiary.parts.passwords import Hasher

        hasher = hasher or Hasher(settings.passwords, lambda password: ring.digest(password, "users.password"))
    with contextlib.suppress(ImportError):
        from ostiary.identity.gate import Gate

        gate = Gate(settings, store=store, ring=ring, now=now, entropy=entropy)
    with contextlib.suppress(ImportError):
        from ostiary.identity.outgoing import Outgoing

        outgoing = Outgoing(settings, issuer=issuer, database=database, ring=ring, now=now, entropy=entropy)
    with contextlib.suppress(ImportError):
        from ostiary.identity.signing import Signing

        signing = Signing(settings, issuer=issuer, database=database, ring=ring, now=now, entropy=entropy)
    return Services(
        settings=settings, issuer=issuer, database=database, ring=ring, store=store, hasher=hasher, gate=gate,
        outgoing=outgoing, signing=signing, now=now, entropy=entropy,
    )  # fmt: skip


def _issuer(issuer: str, profile: str, where: str) -> str:
    """The issuer, an https URL of which everything that is sent out begins (RFC 8414 section 2: no query, no fragment)."""
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
