"""Stores that speak HTTP are asked one thing that they tell nobody where signing in is on."""

from __future__ import annotations

import base64
import re
from typing import Final, NamedTuple

from ostiary.audit.gather.machines.stores.line import line_to
from ostiary.errors import Unanswerable
from ostiary.evidence.machine import Database
from ostiary.parts.printable import on_one_line

_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3})")
_VERSION: Final = re.compile(rb'"(?:number|etcdserver|version)"\s*:\s*"([^"]{1,40})"')
_RANGE: Final = (
    b'{"key":"AA==","range_end":"AA==","count_only":true,"limit":1}'  # how many keys there are, and none of them
)


class _Reply(NamedTuple):
    status: int
    head: bytes
    body: bytes


async def web_store(address: str, port: int) -> Database | None:
    """Elasticsearch, OpenSearch, CouchDB, etcd or InfluxDB, by what it answers first; None: it is none of them.

    :raises Unanswerable: when it speaks no HTTP.
    """
    root, tls = await _root(address, port)
    body = root.body.lower()
    if b'"cluster_name"' in body and b'"tagline"' in body:
        engine = "opensearch" if b"opensearch" in body else "elasticsearch"
        return _made(engine, address, port, "without a password", root, tls=tls)
    realm = next((each for each in root.head.lower().split(b"\r\n") if each.startswith(b"www-authenticate")), b"")
    if root.status == 401 and b"opensearch" in realm:  # noqa: PLR2004 - RFC 9110 section 15.5.2
        return await _default(address, port, "opensearch", ("admin", "admin"), tls=tls)
    if root.status == 401 and (b"security" in realm or b"elastic" in body):  # noqa: PLR2004 - as above
        return await _default(address, port, "elasticsearch", ("elastic", "changeme"), tls=tls)
    if b'"couchdb"' in body:
        listed = await _get(address, port, "/_all_dbs", tls=tls)
        opened = "without a password" if listed.status == 200 and listed.body.startswith(b"[") else ""  # noqa: PLR2004
        return _made("couchdb", address, port, opened, root, tls=tls)
    return await _etcd(address, port, tls=tls) or await _influxdb(address, port, root, tls=tls)


async def _root(address: str, port: int) -> tuple[_Reply, bool]:
    """The answer to GET /, and whether it takes TLS to get one."""
    try:
        plain = await _get(address, port, "/", tls=False)
    except Unanswerable:
        plain = None
    if plain is None or (plain.status == 400 and b"HTTPS" in plain.body.upper()):  # noqa: PLR2004 - sent to a port for TLS
        return await _get(address, port, "/", tls=True), True
    return plain, False


async def _default(address: str, port: int, engine: str, account: tuple[str, str], *, tls: bool) -> Database:
    """The account that older releases were delivered with, once."""
    user, password = account
    answer = await _get(address, port, "/", tls=tls, account=f"{user}:{password}")
    opened = f"as {user} with the password of older releases" if b'"cluster_name"' in answer.body else ""
    return _made(engine, address, port, opened, answer, tls=tls, also=f"{user} with its old default")


async def _etcd(address: str, port: int, *, tls: bool) -> Database | None:
    told = await _get(address, port, "/version", tls=tls)
    if b'"etcdserver"' not in told.body:
        return None
    opened, undecided = "", "no version of its API answered"
    for api in ("v3", "v3beta", "v3alpha"):
        answer = await _get(address, port, f"/{api}/kv/range", tls=tls, body=_RANGE)
        if answer.status == 404:  # noqa: PLR2004 - of another version
            continue
        undecided = ""
        if answer.status == 200 and b'"header"' in answer.body:  # noqa: PLR2004 - RFC 9110 section 15.3.1
            opened = "without a password"
        elif b"user name is empty" not in answer.body and b"permission denied" not in answer.body:
            undecided = f"etcd answered {answer.status}"
        break
    return _made("etcd", address, port, opened, told, tls=tls, undecided=undecided)


async def _influxdb(address: str, port: int, root: _Reply, *, tls: bool) -> Database | None:
    if b"x-influxdb-version" not in root.head.lower():
        root = await _get(address, port, "/ping", tls=tls)
    head = root.head.lower()
    if b"x-influxdb-version" not in head:
        return None
    asked = await _get(address, port, "/query?q=SHOW%20DATABASES", tls=tls)
    opened = "without a password" if asked.status == 200 and b'"results"' in asked.body else ""  # noqa: PLR2004
    setup = await _get(address, port, "/api/v2/setup", tls=tls)
    if not opened and setup.status == 200 and re.search(rb'"allowed"\s*:\s*true', setup.body):  # noqa: PLR2004
        opened = "by its first set-up, which whoever comes first may do"
    found = re.search(rb"x-influxdb-version: *([\w.-]{1,40})", head)
    made = _made("influxdb", address, port, opened, root, tls=tls)
    version = found[1].decode() if found else made.version
    return Database(
        engine="influxdb", address=address, port=port, opened=opened, tried=made.tried, version=version, tls=tls
    )


def _made(
    engine: str,
    address: str,
    port: int,
    opened: str,
    reply: _Reply,
    *,
    tls: bool,
    also: str = "",
    undecided: str = "",
) -> Database:
    found = _VERSION.search(reply.body)
    return Database(
        engine=engine,
        address=address,
        port=port,
        opened=opened,
        tried=("no password", also) if also else ("no password",),
        version=on_one_line(found[1].decode("utf-8", "replace")) if found else "",
        tls=tls,
        undecided=undecided,
    )


async def _get(address: str, port: int, path: str, *, tls: bool, account: str = "", body: bytes = b"") -> _Reply:
    host = f"[{address}]" if ":" in address else address
    head = f"{'POST' if body else 'GET'} {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: application/json\r\nConnection: close\r\n"
    if account:
        head += f"Authorization: Basic {base64.b64encode(account.encode()).decode()}\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    async with line_to(address, port, tls=tls) as line:
        data = await line.send(head.encode() + b"\r\n" + body).rest()
    found = _STATUS.match(data)
    if found is None:
        raise Unanswerable(f"port {port} does not speak HTTP")
    top, _, rest = data.partition(b"\r\n\r\n")
    return _Reply(int(found[1]), top, rest)
