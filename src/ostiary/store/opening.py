"""A URL says where state lives: memory, sqlite:///path, redis://host:port/0, postgresql://host/name."""

from __future__ import annotations

from collections.abc import Callable

from ostiary.errors import ConfigError
from ostiary.store.memory import MemoryStore
from ostiary.store.ports import Store


def open_store(url: str, *, where: str, clock: Callable[[], float], now: Callable[[], float]) -> Store:
    """Make the store of a policy; it connects when `Store.start` is called, not before.

    :param where: the place of the setting, for messages.
    :raises ConfigError: for a URL that no store has, or one whose library is not installed.
    """
    scheme = url.partition(":")[0]
    try:
        if url == "memory":
            return MemoryStore(clock=clock, now=now)
        if scheme == "sqlite":
            from ostiary.store.sqlite import SqliteStore  # noqa: PLC0415 - only where it is used

            return SqliteStore(url, clock=clock, now=now)
        if scheme in {"redis", "rediss", "unix"}:
            from ostiary.store.redis import RedisStore  # noqa: PLC0415 - an optional library

            return RedisStore(url, clock=clock, now=now)
        if scheme in {"postgresql", "postgres"}:
            from ostiary.store.postgres import PostgresStore  # noqa: PLC0415 - an optional library

            return PostgresStore(url, clock=clock, now=now)
    except ImportError as error:
        missing = "redis" if scheme.startswith("redis") or scheme == "unix" else "postgres"
        raise ConfigError(where, f"{scheme} needs a library", f"pip install 'ostiary[{missing}]'") from error
    except ValueError as error:
        raise ConfigError(where, f"cannot be used: {error}") from error
    raise ConfigError(
        where, f"no store is called {scheme!r}", 'write "memory", "sqlite:///path", "redis://..." or "postgresql://..."'
    )
