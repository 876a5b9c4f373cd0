"""Data stores are recognised by what they say, and tried by what a stranger would try first; nothing in them is read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from ostiary.audit.gather.machines.stores.line import line_to
from ostiary.audit.gather.machines.stores.mongo import mongodb
from ostiary.audit.gather.machines.stores.mysql import mysql
from ostiary.audit.gather.machines.stores.plain import memcached, redis
from ostiary.audit.gather.machines.stores.postgres import postgres
from ostiary.audit.gather.machines.stores.web import web_store
from ostiary.errors import Unanswerable
from ostiary.evidence.machine import Database

Ask = Callable[[str, int], Awaitable[Database | None]]
PORTS: Final[Mapping[int, tuple[str, Ask]]] = {
    6379: ("redis", redis),
    6380: ("redis", redis),
    5432: ("postgresql", postgres),
    3306: ("mysql", mysql),
    27017: ("mongodb", mongodb),
    11211: ("memcached", memcached),
    2379: ("etcd", web_store),
    9200: ("elasticsearch", web_store),
    5984: ("couchdb", web_store),
    8086: ("influxdb", web_store),
}
PROGRAMS: Final[Mapping[str, tuple[str, Ask]]] = {
    "redis-server": PORTS[6379],
    "valkey-server": PORTS[6379],
    "keydb-server": PORTS[6379],
    "postgres": PORTS[5432],
    "mysqld": PORTS[3306],
    "mariadbd": PORTS[3306],
    "mongod": PORTS[27017],
    "mongos": PORTS[27017],
    "memcached": PORTS[11211],
    "etcd": PORTS[2379],
    "influxd": PORTS[8086],
}
_PATIENCE: Final = 0.4  # seconds for who speaks first
_SIGNS: Final[tuple[tuple[tuple[bytes, ...], tuple[Ask, ...]], ...]] = (
    ((b"+PONG", b"-NOAUTH", b"-DENIED", b"-NOPERM"), (redis,)),
    ((b"ERROR", b"CLIENT_ERROR"), (memcached,)),
    ((b"HTTP/",), (web_store,)),
    ((b"\x15\x03",), (redis, web_store)),  # an alert of TLS
)


async def recognised(address: str, port: int) -> Database | None:
    """What speaks on a port, when it is a store; None: it is something else.

    Few greetings tell them apart: some speak first, PING makes others talk, and the rest know their own handshake.

    :raises Unanswerable: when nobody takes the connection.
    """
    if port in PORTS:
        try:
            return await PORTS[port][1](address, port)
        except Unanswerable:
            pass  # something else may be at home on a usual port
    spoken = await _spoken(address, port)
    for ask in _askers(spoken):
        try:
            found = await ask(address, port)
        except Unanswerable:
            continue
        if found is not None:
            return found
    return None


def _askers(spoken: bytes) -> tuple[Ask, ...]:
    """Who could be meant by what was said first."""
    if len(spoken) > 4 and spoken[4] in {0x0A, 0xFF} and spoken[3] == 0:  # noqa: PLR2004 - a packet of MySQL, version 10
        return (mysql,)
    for signs, asks in _SIGNS:
        if spoken.startswith(signs):
            return asks
    return () if spoken else (postgres, mongodb, redis)  # these say nothing to what they do not understand


async def _spoken(address: str, port: int) -> bytes:
    """What a port says by itself, or else to PING."""
    try:
        async with line_to(address, port, seconds=_PATIENCE) as line:
            first = await line.some()
            if first:
                return first
    except Unanswerable as error:
        if "did not answer within" not in str(error):
            raise
    try:
        async with line_to(address, port, seconds=1.0) as line:
            return await line.send(b"PING\r\n").some()
    except Unanswerable:
        return b""
