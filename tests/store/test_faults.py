"""A store that dies costs errors in time, never a wrong yes; when it is back, so are the verbs, and what was counted."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from ostiary.errors import StoreError
from ostiary.store.opening import open_store
from ostiary.store.ports import Attempt, Ban, Count, Ladder, Rate, Store
from ostiary.store.postgres import session
from store import servers
from store.crowd import told
from store.places import LIVE

TEN = Rate(10, 3600.0, 10)
LADDER = Ladder(3, 600.0, (600.0,), 600.0)
GUESS = Attempt((Count("account:ann", LADDER),))
IN_TIME = 0.6  # seconds: the timeout, and what a busy machine adds


@contextlib.contextmanager
def durable(kind: str) -> Iterator[servers.Server]:
    with servers.redis_server(durable=True) if kind == "redis" else servers.postgres_server() as server:
        yield server


def opened(url: str) -> Store:
    return open_store(url, where="test", clock=time.monotonic, now=time.time)


async def verbs(store: Any) -> list[Callable[[], Awaitable[Any]]]:
    until = time.time() + 600
    return [
        lambda: told(store.counters.take("k", TEN)),
        lambda: told(store.exact.take("k", TEN)),
        lambda: told(store.quotas.spend("k", 10, until)),
        lambda: told(store.strikes.attempt(GUESS)),
        lambda: told(store.strikes.prisoners()),
        lambda: told(store.strikes.free("x")),
        lambda: told(store.once.first("k", 60.0)),
        lambda: told(store.replies.begin("k", "f", 60.0, 60.0)),
        lambda: told(store.bans.order(Ban("x", until, ""))),
        lambda: told(store.bans.lift("x")),
    ]


async def fails(verb: Callable[[], Awaitable[Any]]) -> float:
    """How long a verb took to say that it cannot."""
    began = time.monotonic()
    with pytest.raises(StoreError):
        await verb()
    return time.monotonic() - began


async def recovers(store: Any, seconds: float = 10.0) -> None:
    """Wait until the store answers again."""
    until = time.monotonic() + seconds
    while True:
        try:
            await told(store.once.first(f"{time.monotonic()}", 60.0))
        except StoreError:
            assert time.monotonic() < until, "it did not come back"
            await asyncio.sleep(0.02)
        else:
            return


@pytest.mark.live
@pytest.mark.parametrize("kind", ["redis", "postgres"])
def test_a_store_that_dies_fails_every_verb_in_time_and_serves_again_when_it_is_back(kind: str) -> None:
    async def play(server: servers.Server) -> None:
        store = opened(server.url)
        await store.start()
        for verb in await verbs(store):
            await verb()
        server.kill()
        first = [await fails(verb) for verb in await verbs(store)]
        again = [await fails(verb) for _ in range(20) for verb in await verbs(store)]
        assert max(first) < IN_TIME
        assert sum(again) / len(again) < 0.01, "a store that is known to be down is not waited for"
        for _ in range(5000):  # nobody waits for these, and they are not many for long
            store.strikes.settle(GUESS, good=False)
            store.replies.finish("k", "f", b"x" * 1000, 60.0)
            store.replies.drop("k", "f")
        server.start()
        await recovers(store)
        for verb in await verbs(store):
            await verb()
        await store.stop()

    with durable(kind) as server:
        asyncio.run(play(server))


@pytest.mark.live
def test_a_redis_that_hangs_is_not_waited_for() -> None:
    async def play(server: servers.Server) -> None:
        store = opened(server.url)
        await store.start()
        for verb in await verbs(store):
            await verb()
        server.pause()
        try:
            assert max([await fails(verb) for verb in await verbs(store)]) < IN_TIME
            await asyncio.sleep(0.6)
            assert max([await fails(verb) for verb in await verbs(store)]) < 0.05
        finally:
            server.resume()
        await recovers(store)
        await store.stop()

    with servers.redis_server() as server:
        asyncio.run(play(server))


@pytest.mark.live
@pytest.mark.parametrize("kind", ["redis", "postgres"])
def test_a_store_that_is_not_there_yet_does_not_keep_the_host_from_starting(kind: str) -> None:
    async def play(server: servers.Server) -> None:
        server.kill()
        store: Any = opened(server.url)
        began = time.monotonic()
        await store.start()
        assert time.monotonic() - began < 2 * IN_TIME
        assert not store.bans.fresh
        for verb in await verbs(store):
            await fails(verb)
        server.start()
        await recovers(store)
        for _ in range(200):
            if store.bans.fresh:
                break
            await asyncio.sleep(0.02)
        assert store.bans.fresh
        await store.stop()

    with durable(kind) as server:
        asyncio.run(play(server))


@pytest.mark.live
@pytest.mark.parametrize("kind", ["redis", "postgres"])
def test_a_server_that_dies_under_load_is_missed_no_longer_than_it_is_away(kind: str) -> None:
    """Four processes spend all the time; the server dies and is restarted twice."""
    with durable(kind) as server:
        start = time.time() + 1.5
        program = Path(__file__).parent / "crowd.py"
        command = [sys.executable, str(program), server.url, "steady", str(start), json.dumps({"seconds": 4.0})]
        children = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
        time.sleep(2.5)
        for _ in range(2):
            server.kill()
            time.sleep(0.3)
            server.start()
            time.sleep(1.0)
        found = []
        for child in children:
            out, err = child.communicate(timeout=30)
            assert child.returncode == 0, err.decode()[-2000:]
            found.append(json.loads(out))
    for each in found:
        assert each["failed"] > 0
        assert each["worked"] > 100
        assert each["longest"] < 2 * IN_TIME


@pytest.mark.live
@pytest.mark.parametrize("kind", ["redis", "postgres"])
def test_jail_and_quota_survive_the_death_of_a_durable_server(kind: str) -> None:
    until = time.time() + 600

    async def before(url: str) -> None:
        store = opened(url)
        await store.start()
        await fill(store, until)
        await store.stop()

    async def after(url: str) -> None:
        store = opened(url)
        await store.start()
        await recovers(store)
        await still_full(store, until)
        await store.stop()

    with durable(kind) as server:
        asyncio.run(before(server.url))
        server.kill()
        server.start()
        asyncio.run(after(server.url))


async def fill(store: Any, until: float) -> None:
    for _ in range(3):
        assert await told(store.strikes.attempt(GUESS)) == 0.0
        store.strikes.settle(GUESS, good=False)
    assert (await told(store.quotas.spend("k", 10, until, 10))).wait == 0.0
    assert await told(store.once.first("k", 600.0)) is True
    await told(store.replies.begin("k", "f", 600.0, 600.0))
    store.replies.finish("k", "f", b"stored", 600.0)
    await told(store.bans.order(Ban("identity:eve", until, "reported")))
    assert await told(store.strikes.attempt(GUESS)) > 500


async def still_full(store: Any, until: float) -> None:
    assert await told(store.strikes.attempt(GUESS)) > 500
    assert [each.key for each in await told(store.strikes.prisoners())] == ["account:ann"]
    assert (await told(store.quotas.spend("k", 10, until))).wait > 0
    assert await told(store.once.first("k", 600.0)) is False
    assert (await told(store.replies.begin("k", "f", 600.0, 600.0))).reply == b"stored"
    assert set(store.bans.current()) == {"identity:eve"}


SUICIDE = """
import asyncio, os, signal, sys
sys.path[:0] = {path!r}
from store.test_faults import fill, opened
async def main():
    store = opened({url!r})
    await store.start()
    await fill(store, {until!r})
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""


@pytest.mark.parametrize("kind", ["sqlite", *LIVE])
def test_jail_and_quota_survive_the_death_of_the_process_that_counted(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path}/state.db"
    if kind == "redis":
        url = f"{request.getfixturevalue('redis').url}?prefix={os.urandom(4).hex()}:"
    elif kind == "postgres":
        url = f"{request.getfixturevalue('postgres').url}?schema=s{os.urandom(4).hex()}&timeout=2"
    until = time.time() + 600
    program = SUICIDE.format(path=[str(Path(__file__).parents[1])], url=url, until=until)
    child = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, timeout=30)
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()[-2000:]

    async def play() -> None:
        store = opened(url)
        await store.start()
        await still_full(store, until)
        await store.stop()

    asyncio.run(play())


# --- Redis


@pytest.mark.live
def test_scripts_that_somebody_flushed_are_loaded_again(redis: servers.Server) -> None:
    async def play() -> None:
        store: Any = opened(f"{redis.url}?prefix=flushed:")
        await store.start()
        assert (await told(store.exact.take("k", TEN))).left == 9
        await store._wire.ask(("SCRIPT", "FLUSH"), bool)
        assert (await told(store.exact.take("k", TEN))).left == 8
        await store.stop()

    asyncio.run(play())


@pytest.mark.live
def test_every_key_in_redis_has_a_time_to_live_and_a_bounded_name() -> None:
    async def play(url: str) -> None:
        store: Any = opened(url)
        await store.start()
        long = "x" * 10_000
        await told(store.counters.take(long, TEN))
        await fill(store, time.time() + 600)
        await told(store.quotas.spend(long, 10, time.time() + 600))
        await told(store.once.first(long, 60.0))
        await told(store.replies.begin(long, "f" * 1000, 60.0, 60.0))
        keys = await store._wire.ask(("KEYS", "*"), list)
        lives = [await store._wire.ask(("PTTL", key), int) for key in keys]
        assert len(keys) >= 9
        assert min(lives) > 0
        assert max(map(len, keys)) < 200
        await store.stop()

    with servers.redis_server() as server:
        asyncio.run(play(server.url))


@pytest.mark.live
def test_a_unix_socket_a_password_and_another_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(url: str) -> int:
        store: Any = opened(url)
        await store.start()
        left: int = (await told(store.exact.take("k", TEN))).left
        await store.stop()
        return left

    with servers.redis_server() as server:
        path = f"unix://{server.folder}/redis.sock"
        assert asyncio.run(play(path)) == 9
        assert asyncio.run(play(path + "?db=3")) == 9
        assert asyncio.run(play(server.url[:-1] + "3")) == 8

        async def protect() -> None:
            store: Any = opened(server.url)
            await store._wire.ask(("CONFIG", "SET", "requirepass", "p@ss/wörd"), bool)
            await store.stop()

        asyncio.run(protect())
        with pytest.raises(StoreError, match="NOAUTH"):
            asyncio.run(play(server.url))
        monkeypatch.setenv("REDIS_PASSWORD", "p@ss/wörd")
        assert asyncio.run(play(server.url + "?password-env=REDIS_PASSWORD")) == 8
        (tmp_path / "secret").write_text("p@ss/wörd\n")
        assert asyncio.run(play(f"{server.url}?password-file={tmp_path}/secret")) == 7
        assert asyncio.run(play(server.url.replace("redis://", "redis://:p%40ss%2Fw%C3%B6rd@"))) == 6


@pytest.mark.live
def test_a_full_redis_refuses_and_says_so() -> None:
    async def play(url: str) -> None:
        store: Any = opened(url)
        await store.start()
        await store._wire.ask(("CONFIG", "SET", "maxmemory", "1"), bool)
        for verb in (store.exact.take("k", TEN), store.once.first("k", 60.0), store.strikes.attempt(GUESS)):
            with pytest.raises(StoreError, match="OOM"):
                await told(verb)
        await store.stop()

    with servers.redis_server() as server:
        asyncio.run(play(server.url))


def test_what_is_no_redis_is_not_believed() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await reader.read(100)
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            await writer.drain()
        writer.close()

    async def play() -> None:
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        async with server:
            store: Any = opened(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}")
            await store.start()
            for verb in await verbs(store):
                assert await fails(verb) < IN_TIME
            await store.stop()

    asyncio.run(play())


# --- PostgreSQL


@pytest.mark.live
def test_a_row_that_is_locked_is_not_waited_for(postgres: servers.Server) -> None:
    async def play() -> None:
        url = f"{postgres.url}?schema=locked"
        store: Any = opened(url)
        await store.start()
        until = time.time() + 60
        await told(store.quotas.spend("k", 10, until))
        holder = await asyncpg.connect(postgres.url)
        await holder.execute("BEGIN")
        await holder.fetch("SELECT * FROM locked.quotas FOR UPDATE")
        assert await fails(lambda: told(store.quotas.spend("k", 10, until))) < IN_TIME
        assert (await told(store.quotas.spend("other", 10, until))).wait == 0.0
        await holder.execute("ROLLBACK")
        await holder.close()
        assert (await told(store.quotas.spend("k", 10, until))).left in {7, 8}  # the one that failed may have been done
        await store.stop()

    asyncio.run(play())


@pytest.mark.live
@pytest.mark.parametrize("back", [False, True])
def test_a_server_that_hangs_while_the_schema_is_made_is_given_up(
    postgres: servers.Server, monkeypatch: pytest.MonkeyPatch, *, back: bool
) -> None:
    """Behind a pipe that lets the connection be made, and then nothing through; afterwards new ones, or the store stops."""
    monkeypatch.setattr(session, "SLOW", 0.3 if back else 60.0)
    port = int(postgres.url.rpartition(":")[2].partition("/")[0])
    make_schema = session._make_schema
    shut = asyncio.Event()
    hangs = True

    async def shutting(db: Any, name: str) -> None:
        if hangs:
            async with db.transaction():  # whoever gives up rolls back
                shut.set()
                await make_schema(db, name)
        await make_schema(db, name)

    async def through(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if shut.is_set():
                await asyncio.sleep(60)
            writer.write(data)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection("127.0.0.1", port)
        try:
            await asyncio.gather(through(reader, ours), through(theirs, writer))
        finally:
            ours.transport.abort()
            writer.transport.abort()

    async def play() -> None:
        nonlocal hangs
        pipe = await asyncio.start_server(serve, "127.0.0.1", 0)
        between = postgres.url.replace(f":{port}/", f":{pipe.sockets[0].getsockname()[1]}/")
        store: Any = opened(f"{between}?schema=hung&timeout=1&connections=1")
        async with asyncio.timeout(20):
            starting = asyncio.create_task(store.start())
            await shut.wait()
            await asyncio.sleep(0.1)
            if back:
                hangs = False
                shut.clear()
                await recovers(store)
            await store.stop()
        starting.cancel()
        pipe.close()

    monkeypatch.setattr(session, "_make_schema", shutting)
    asyncio.run(play())


@pytest.mark.live
def test_many_processes_make_the_schema_once(postgres: servers.Server) -> None:
    async def play() -> None:
        stores: list[Any] = [opened(f"{postgres.url}?schema=together&connections=1&timeout=5") for _ in range(8)]
        await asyncio.gather(*(store.start() for store in stores))
        found = await asyncio.gather(*(told(store.exact.take("k", TEN)) for store in stores))
        assert sorted(each.left for each in found) == list(range(2, 10))
        await asyncio.gather(*(store.stop() for store in stores))

    asyncio.run(play())


@pytest.mark.live
def test_a_schema_that_is_dropped_is_made_again(postgres: servers.Server) -> None:
    async def play() -> None:
        store: Any = opened(f"{postgres.url}?schema=dropped&timeout=2")
        await store.start()
        await told(store.exact.take("k", TEN))
        await store._wire.ask("DROP SCHEMA dropped CASCADE", (), lambda _: True)
        await recovers(store)
        assert (await told(store.exact.take("k", TEN))).left == 9
        await store.stop()

    asyncio.run(play())


@pytest.mark.live
def test_rows_that_are_over_are_swept_away(postgres: servers.Server) -> None:
    async def play() -> None:
        store: Any = opened(f"{postgres.url}?schema=swept&timeout=2")
        await store.start()
        for number in range(20):
            await told(store.once.first(f"k{number}", 0.001))
            await told(store.exact.take(f"k{number}", Rate(1, 0.001, 1)))
        await told(store.once.first("kept", 600.0))
        await store._wire.ask("UPDATE swept.once SET until = until - 100 RETURNING 1", (), bool)
        await store._wire.ask("UPDATE swept.counters SET until = until - 100 RETURNING 1", (), bool)
        assert await store._wire.ask("SELECT swept.clean(1000)", (), lambda row: row[0]) == 40
        assert await told(store.once.first("kept", 600.0)) is False
        await store.stop()

    asyncio.run(play())
