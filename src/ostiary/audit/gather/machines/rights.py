"""The application's own account asks its database what it may do; the address is the operator's, and never shown."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from ostiary.audit.gather.machines.service import addresses_of
from ostiary.audit.gather.machines.stores.mysql import rights as of_mysql
from ostiary.audit.gather.machines.stores.postgres import rights as of_postgres
from ostiary.errors import ConfigError
from ostiary.evidence.machine_facts import Rights

WHERE: Final = "[audit] database"
_PORTS: Final = {"postgresql": 5432, "postgres": 5432, "mysql": 3306, "mariadb": 3306}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whom to be, and where."""

    engine: str
    address: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str = ""


def account(url: str, *, authorized: bool) -> Account:
    """Read an address such as ``postgresql://app:...@127.0.0.1/shop``; drivers after ``+`` are passed over.

    :raises ConfigError: when it is none, of another engine, or far away and nobody is authorized.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise ConfigError(WHERE, "is no address of a database", "postgresql://user:password@host/database") from None
    engine = parts.scheme.partition("+")[0].lower()
    if engine not in _PORTS or not parts.hostname:
        raise ConfigError(WHERE, "is not of PostgreSQL, MySQL or MariaDB", "postgresql://user:password@host/database")
    port = port or _PORTS[engine]
    try:
        addresses = addresses_of(parts.hostname, port, authorized=authorized)
    except ConfigError as error:
        raise ConfigError(WHERE, error.problem, error.hint) from None
    user = unquote(parts.username or "") or os.environ.get("USER", "")
    return Account(
        engine="mysql" if engine in {"mysql", "mariadb"} else "postgresql",
        address=addresses[0],
        port=port,
        user=user,
        password=unquote(parts.password or ""),
        database=unquote(parts.path.lstrip("/")) or user,
    )


async def of(whom: Account) -> Rights:
    """What the account may do.

    :raises Unanswerable: when it cannot sign in or is not told.
    """
    if whom.engine == "mysql":
        return await of_mysql(whom.address, whom.port, whom.user, whom.password)
    return await of_postgres(whom.address, whom.port, whom.user, whom.password, whom.database)
