"""Stores that Debian does not have are played; what speaks nonsense, nothing, or only to itself is no store and no crash."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator

import pytest

from ostiary.audit.gather.machines import machine, stores
from ostiary.audit.gather.machines.rights import account
from ostiary.audit.gather.machines.service import addresses_of
from ostiary.audit.gather.machines.stores.line import line_to
from ostiary.audit.gather.machines.stores.mongo import members_of, mongodb
from ostiary.audit.gather.machines.stores.mysql import mysql
from ostiary.audit.gather.machines.stores.plain import memcached, redis
from ostiary.audit.gather.machines.stores.postgres import postgres
from ostiary.audit.gather.machines.stores.web import web_store
from ostiary.audit.recognise import recognise
from ostiary.errors import ConfigError, Unanswerable
from ostiary.evidence.machine import Database

Reply = Callable[[bytes], bytes]
NOISE = bytes((7 * each * each + 3) % 251 for each in range(1, 54))


@contextlib.contextmanager
def playing(reply: Reply, *, first: bytes = b"") -> Iterator[int]:
    """A server that says `first`, and answers each piece that it gets; gives its port."""
    ended = threading.Event()

    def talk(peer: socket.socket) -> None:
        with peer, contextlib.suppress(OSError):
            peer.settimeout(0.3)
            peer.sendall(first)
            while piece := peer.recv(65_536):
                answer = reply(piece)
                if not answer:
                    return
                peer.sendall(answer)
                if answer.startswith(b"HTTP/"):
                    return

    def serve() -> None:
        while not ended.is_set():
            with contextlib.suppress(TimeoutError, OSError):
                peer = listener.accept()[0]
                threading.Thread(target=talk, args=(peer,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.03)
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            ended.set()
            thread.join(3)


def asked(reply: Reply, *, first: bytes = b"") -> Database | None:
    with playing(reply, first=first) as port:
        return asyncio.run(stores.recognised("127.0.0.1", port))


def mongo(*, locked: bool) -> Reply:
    def document(*members: bytes) -> bytes:
        inner = b"".join(members)
        return struct.pack("<i", len(inner) + 5) + inner + b"\0"

    def message(body: bytes) -> bytes:
        whole = struct.pack("<I", 0) + b"\0" + body
        return struct.pack("<iiii", len(whole) + 16, 1, 1, 2013) + whole

    ok, version = b"\x01ok\0" + struct.pack("<d", 1.0), b"\x02version\0" + struct.pack("<i", 6) + b"7.0.5\0"
    nested = b"\x04databases\0" + document(
        b"\x03" + b"0\0" + document(b"\x02name\0" + struct.pack("<i", 5) + b"shop\0")
    )
    refused = document(b"\x01ok\0" + struct.pack("<d", 0.0), b"\x10code\0" + struct.pack("<i", 13))

    def reply(asked: bytes) -> bytes:
        if len(asked) < 16 or struct.unpack("<i", asked[12:16])[0] != 2013:
            return b""
        if b"buildInfo" in asked:
            return message(document(version, ok))
        return message(refused if locked else document(nested, ok))

    return reply


def http(pages: dict[str, tuple[int, bytes]], head: bytes = b"") -> Reply:
    def reply(asked: bytes) -> bytes:
        words = asked.split(b" ")
        path = words[1].decode() if len(words) > 1 else ""
        secret = next((each for each in asked.split(b"\r\n") if each.startswith(b"Authorization")), b"")
        status, body = pages.get(f"{path} {secret.decode()[21:]}".strip(), pages.get(path, (404, b"{}")))
        return b"HTTP/1.1 %d X\r\n%sContent-Length: %d\r\n\r\n%s" % (status, head, len(body), body)

    return reply


CLUSTER = b'{"cluster_name":"shop","version":{"number":"7.17.0"},"tagline":"You Know, for Search"}'
ETCD = (200, b'{"etcdserver":"3.4.23","etcdcluster":"3.4.0"}')
CASES: dict[str, tuple[Reply, str, str]] = {
    "mongo open": (mongo(locked=False), "mongodb", "without a password"),
    "mongo shut": (mongo(locked=True), "mongodb", ""),
    "elastic open": (http({"/": (200, CLUSTER)}), "elasticsearch", "without a password"),
    "elastic shut": (http({"/": (401, b"{}")}, b'WWW-Authenticate: Basic realm="security"\r\n'), "elasticsearch", ""),
    "elastic default": (
        http({"/": (401, b"{}"), "/ ZWxhc3RpYzpjaGFuZ2VtZQ==": (200, CLUSTER)}, b'WWW-Authenticate: Basic realm="security"\r\n'),
        "elasticsearch", "as elastic with the password of older releases",
    ),
    "opensearch default": (
        http({"/": (401, b""), "/ YWRtaW46YWRtaW4=": (200, CLUSTER)}, b'WWW-Authenticate: Basic realm="OpenSearch Security"\r\n'),
        "opensearch", "as admin with the password of older releases",
    ),
    "couch open": (http({"/": (200, b'{"couchdb":"Welcome","version":"3.3"}'), "/_all_dbs": (200, b'["shop"]')}), "couchdb", "without a password"),
    "couch shut": (http({"/": (200, b'{"couchdb":"Welcome","version":"3.3"}'), "/_all_dbs": (401, b"{}")}), "couchdb", ""),
    "etcd open": (http({"/version": ETCD, "/v3/kv/range": (200, b'{"header":{},"count":"3"}')}), "etcd", "without a password"),
    "etcd shut": (http({"/version": ETCD, "/v3/kv/range": (400, b'{"error":"etcdserver: user name is empty","code":3}')}), "etcd", ""),
    "influx open": (
        http({"/query?q=SHOW%20DATABASES": (200, b'{"results":[{}]}')}, b"X-Influxdb-Version: 1.6.7\r\n"), "influxdb", "without a password",
    ),
    "influx shut": (
        http({"/query?q=SHOW%20DATABASES": (401, b"{}"), "/api/v2/setup": (200, b'{"allowed": false}')}, b"X-Influxdb-Version: v2.7\r\n"),
        "influxdb", "",
    ),
    "influx to be set up": (
        http({"/api/v2/setup": (200, b'{"allowed": true}')}, b"X-Influxdb-Version: v2.7\r\n"), "influxdb", "by its first set-up",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_store_is_recognised_on_any_port_and_tried(name: str) -> None:
    reply, engine, opened = CASES[name]
    found = asked(reply)
    assert found is not None
    assert (found.engine, found.undecided) == (engine, "")
    assert found.opened.startswith(opened) if opened else not found.opened
    assert "shop" not in repr(found), "what is in it is nobody's business"


@pytest.mark.parametrize(
    ("reply", "first"),
    [
        (http({"/": (200, b"<html>")}), b""),
        (lambda _: b"", b"SSH-2.0-OpenSSH_9.2p1\r\n"),
        (lambda _: b"", b"220 mail.test ESMTP\r\n"),
        (lambda _: b"", b""),
        (lambda _: b"\x00" * 5_000, b""),
        (lambda _: b"+" * 70_000, b""),
        (lambda _: NOISE * 40, NOISE),
    ],
)
def test_what_is_no_store_is_none(reply: Reply, first: bytes) -> None:
    assert asked(reply, first=first) is None


@pytest.mark.parametrize("ask", [redis, memcached, postgres, mysql, mongodb, web_store])
@pytest.mark.parametrize(
    "said",
    [
        b"", b"\xff" * 400, b"N" + b"\xff" * 90, b"NR\x7f\xff\xff\xff\x00\x00\x00\x0a", b"NR\x00\x00\x00\x00", b"S" * 40,
        b"\xff\xff\xff\x00\x0a", b"\x0a\x00\x00\x00\x0a1\x00", b"\x10\x00\x00\x00" * 8, b"+PONG\r\n:\r\n$-5\r\n", b"HTTP/1.1 200 OK\r\n\r\n" + b"{" * 9_000,
    ],
)  # fmt: skip
def test_hostile_answers_end_in_words(ask: Callable[[str, int], object], said: bytes) -> None:
    async def run(port: int) -> None:
        with contextlib.suppress(Unanswerable):
            found = await ask("127.0.0.1", port)  # type: ignore[misc]  # each of them is a coroutine
            assert found is None or isinstance(found, Database)

    with playing(lambda _: said) as port:
        asyncio.run(run(port))


@pytest.mark.parametrize(
    "document",
    [b"", b"\x05\0\0\0\0", b"\xff\xff\xff\x7f\x01", b"\x10\0\0\0\x99a\0", b"\x20\0\0\0\x02a\0\xff\xff\xff\xff"],
)
def test_broken_bson_ends(document: bytes) -> None:
    with contextlib.suppress(Unanswerable):
        members_of(document)


def test_a_connection_to_itself_is_no_listener(monkeypatch: pytest.MonkeyPatch) -> None:
    """On loopback TCP may connect a port that nobody listens on to itself."""

    class Writer:
        transport = type("T", (), {"abort": lambda self: None})()

        def get_extra_info(self, name: str) -> tuple[str, int]:
            return ("127.0.0.1", 40_001)

    async def opened(*_: object, **__: object) -> tuple[None, Writer]:
        return None, Writer()

    async def run() -> None:
        async with line_to("127.0.0.1", 40_001):
            pass

    monkeypatch.setattr(asyncio, "open_connection", opened)
    with pytest.raises(Unanswerable, match="met itself"):
        asyncio.run(run())


def test_nobody_who_listens_is_unanswerable() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        there = machine(recognise(f"127.0.0.1:{held.getsockname()[1]}"), authorized=False, stop=threading.Event())
        with pytest.raises(Unanswerable, match="connection refused"):
            asyncio.run(there.databases())


def test_public_addresses_need_a_word() -> None:
    with pytest.raises(ConfigError, match="public address"):
        addresses_of("192.88.99.1", 5432, authorized=False)
    assert addresses_of("192.88.99.1", 5432, authorized=True) == ("192.88.99.1",)
    with pytest.raises(ConfigError, match="public address"):
        account("postgresql://app:pw@192.88.99.1/shop", authorized=False)


@pytest.mark.parametrize(
    "url", ["", "shop", "oracle://a:b@127.0.0.1/x", "postgresql:///shop", "postgresql://a:b@127.0.0.1:99999/x"]
)
def test_what_is_no_address_of_a_database_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ConfigError, match=r"\[audit\] database") as told:
        account(url.replace("a:b", "a:verysecret"), authorized=False)
    assert "verysecret" not in str(told.value)
    found = account("postgresql+asyncpg://app:very%40secret@127.0.0.1/shop", authorized=False)
    assert (found.user, found.password, found.port, found.database) == ("app", "very@secret", 5432, "shop")
    assert "very" not in repr(found)
