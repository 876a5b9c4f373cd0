"""Ports that become reachable from other machines, and which of them nobody else needs."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ostiary.evidence.deployment import Unknown

RISKY: Final[Mapping[int, str]] = {
    22: "SSH", 23: "Telnet", 111: "rpcbind", 135: "Windows RPC", 139: "NetBIOS", 445: "SMB", 512: "rexec", 513: "rlogin",
    514: "rsh", 873: "rsync", 1433: "SQL Server", 1434: "SQL Server", 1521: "Oracle", 2049: "NFS", 2181: "ZooKeeper",
    2375: "Docker without TLS", 2376: "Docker", 2379: "etcd", 2380: "etcd", 3306: "MySQL", 3389: "remote desktop",
    4369: "Erlang's port mapper", 5005: "a Java debugger", 5432: "PostgreSQL", 5433: "PostgreSQL", 5555: "adb",
    5601: "Kibana", 5678: "a Python debugger", 5672: "RabbitMQ", 5900: "VNC", 5984: "CouchDB", 5985: "WinRM",
    5986: "WinRM", 6379: "Redis", 6380: "Redis", 7000: "Cassandra", 7001: "Cassandra", 7199: "JMX", 8086: "InfluxDB",
    8500: "Consul", 9000: "MinIO or PHP-FPM", 9042: "Cassandra", 9092: "Kafka", 9160: "Cassandra", 9200: "Elasticsearch",
    9229: "a Node debugger", 9300: "Elasticsearch", 10250: "kubelet", 10255: "kubelet", 11211: "memcached",
    15672: "RabbitMQ's console", 27017: "MongoDB", 27018: "MongoDB", 27019: "MongoDB", 28017: "MongoDB", 50000: "Db2",
}  # fmt: skip
AMBIGUOUS: Final = frozenset([7000, 7001, 9000, 5555, 5678, 50000, 5005, 2376])  # also what ordinary services use
DATABASES: Final = frozenset(
    [1433, 1521, 2379, 3306, 5432, 5433, 5984, 6379, 6380, 8086, 9042, 9200, 9300, 11211, 27017, 27018, 27019]
)
WEB: Final = frozenset([80, 443, 8080, 8443])
HIGHEST: Final = 65_535
EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - what configuration says, nothing is bound here
_LARGE: Final = 4  # bits of a prefix: so few leave a large part of the internet
_LONG: Final = re.compile(
    r"(?:(?P<host>\[[^\]]*\]|[^:\[\]]*):)?(?:(?P<outer>[0-9-]*):)?(?P<inner>[0-9-]+)(?:/(?P<protocol>\w+))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A port of a host that leads to one of a container; ``port`` 0 is one that is chosen when it starts."""

    host: str
    port: int
    inner: int
    place: str

    @property
    def everywhere(self) -> bool:
        """Whether it listens on more than loopback."""
        return not is_loopback(self.host)


def of_compose(value: Any, place: str) -> Iterator[Published]:
    """What one entry of ``ports`` publishes; nothing where a variable decides it."""
    if isinstance(value, dict):
        inner, outer = _number(value.get("target")), value.get("published")
        host = value.get("host_ip", EVERYWHERE)
        if inner and not isinstance(outer, Unknown) and isinstance(host, str):
            yield Published(host=host, port=_number(outer), inner=inner, place=place)
        return
    found = _LONG.fullmatch(value.strip("\"' ")) if isinstance(value, str) else None
    if isinstance(value, int):
        yield Published(host=EVERYWHERE, port=0, inner=value, place=place)
    if found is None:
        return
    host, outer = found["host"], found["outer"]
    if outer is None and host is not None and host.replace("-", "").isdigit():
        host, outer = None, host
    for at, inner in enumerate(_range(found["inner"])):
        first = _range(outer or "")
        port = first[at] if at < len(first) else (first[0] if first else 0)
        yield Published(host=(host or EVERYWHERE).strip("[]"), port=port, inner=inner, place=place)


def _number(value: Any) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(HIGHEST)) else 0


def _range(text: str) -> list[int]:
    first, _, last = text.partition("-")
    low, high = _number(first), _number(last or first)
    return list(range(low, min(high, low + 100) + 1)) if low else []


def is_loopback(host: str) -> bool:
    """Whether only the machine itself reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_everybody(block: Any) -> bool:
    """Whether a block of addresses is the whole internet or a large part of it: ``0.0.0.0/0``, ``::/0``, ``*``, ``0.0.0.0/1``."""
    text = str(block).strip().lower()
    if text in {"*", "any", "internet", EVERYWHERE, "::"}:
        return True
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return not network.prefixlen or (network.prefixlen <= _LARGE and not network.is_private)
