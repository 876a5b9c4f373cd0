"""Services beside an API, recognised by one harmless question each; nothing is read from them and no login is guessed."""

from __future__ import annotations

import ipaddress
import struct
from typing import Final, NamedTuple

from ostiary.errors import Unanswerable
from ostiary.evidence import Http

SECONDS: Final = 1.0  # for an answer
RISKY: Final = {  # ports that no caller of an API needs
    21: "FTP", 23: "Telnet", 111: "rpcbind", 135: "MSRPC", 139: "NetBIOS", 445: "SMB", 873: "rsync", 1433: "SQL Server",
    1521: "Oracle", 2049: "NFS", 2375: "Docker", 2379: "etcd", 3306: "MySQL", 3389: "RDP", 4444: "Selenium",
    5005: "Java debugger", 5432: "PostgreSQL", 5601: "Kibana", 5672: "AMQP", 5900: "VNC", 5984: "CouchDB", 6379: "Redis",
    6443: "Kubernetes", 8086: "InfluxDB", 8500: "Consul", 9000: "PHP-FPM", 9042: "Cassandra", 9092: "Kafka",
    9200: "Elasticsearch", 9229: "Node debugger", 10250: "kubelet", 11211: "memcached", 15672: "RabbitMQ",
    27017: "MongoDB",
}  # fmt: skip


class Store(NamedTuple):
    """A data store: its usual port, the one question, and how an answer reads where it opens or asks for credentials."""

    name: str
    port: int
    question: bytes
    opens: tuple[bytes, ...]
    asks: tuple[bytes, ...]


def _mongo() -> bytes:
    """OP_MSG with ``{listDatabases: 1, nameOnly: true, "$db": "admin"}``: names of none are kept or shown."""
    name = b"\x10listDatabases\x00" + struct.pack("<i", 1) + b"\x08nameOnly\x00\x01"
    inner = name + b"\x02$db\x00" + struct.pack("<i", 6) + b"admin\x00"
    document = struct.pack("<i", len(inner) + 5) + inner + b"\x00"
    body = struct.pack("<I", 0) + b"\x00" + document
    return struct.pack("<iiii", len(body) + 16, 1, 0, 2013) + body


def _postgres() -> bytes:
    """A startup message for the user that every installation has; only "trust" needs nothing more."""
    words = b"user\x00postgres\x00database\x00postgres\x00\x00"
    return struct.pack("!ii", len(words) + 8, 196608) + words


STORES: Final = (
    Store("Redis", 6379, b"PING\r\n", (b"+PONG",), (b"-NOAUTH", b"-DENIED", b"-WRONGPASS", b"-ERR AUTH")),
    Store("MongoDB", 27017, _mongo(), (b"totalSize", b"databases\x00"), (b"requires authentication", b"Unauthorized")),
    Store("memcached", 11211, b"version\r\n", (b"VERSION ",), (b"CLIENT_ERROR unauthenticated",)),
    Store(
        "Elasticsearch",
        9200,
        b"GET / HTTP/1.0\r\n\r\n",
        (b'"cluster_name"',),
        (b" 401 ", b"missing authentication"),
    ),
    Store("CouchDB", 5984, b"GET /_all_dbs HTTP/1.0\r\n\r\n", (b'["', b"[]"), (b" 401 ",)),
    Store(
        "PostgreSQL", 5432, _postgres(), (b"R\x00\x00\x00\x08\x00\x00\x00\x00",), (b"R\x00\x00\x00", b"E\x00\x00\x00")
    ),
)


async def told(http: Http, port: int, question: bytes = b"", *, seconds: float = SECONDS) -> bytes | None:
    """What a port of the target's host answers; None: nobody listens there."""
    try:
        return await http.raw(question, tls=False, port=port, seconds=seconds)
    except Unanswerable:
        return None


def opens(store: Store, answer: bytes) -> bool | None:
    """Whether an answer is that of a store that asks for no credentials; None: it is not of this store."""
    if any(each in answer for each in store.opens):
        return True
    return False if any(each in answer for each in store.asks) else None


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, where what is open need not be open to anybody else."""
    host = host.strip("[]").rstrip(".").lower()
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
