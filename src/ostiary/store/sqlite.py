"""State in a file: shared by the processes of one host, and there again after a crash."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from ostiary.errors import StoreError
from ostiary.store import orders
from ostiary.store import sqlite_verbs as verbs
from ostiary.store.leases import SHARE, Done, LeasedCounters
from ostiary.store.ports import Attempt, Ban, Begun, Prisoner, Rate, Taken
from ostiary.store.sqlite_file import File

TIMEOUT = 0.25  # seconds until a verb has taken too long
SKEW = 3600.0  # seconds that a quota's window outlives its end: a clock may be set back


def read_url(url: str) -> tuple[Path, float]:
    """The file and the timeout of ``sqlite:///relative`` or ``sqlite:////absolute``, with ``?timeout=seconds``.

    :raises ValueError: for anything else.
    """
    rest, _, query = url.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)))
    scheme, _, path = rest.partition(":///")
    if scheme != "sqlite" or not path or options.keys() - {"timeout"}:
        raise ValueError('write "sqlite:///file" or "sqlite:////folder/file", and no option but timeout')
    file = Path(unquote(path)).absolute()
    if not file.parent.is_dir():
        raise ValueError(f"there is no folder {file.parent}")
    timeout = float(options.get("timeout", TIMEOUT))
    if not 0.001 <= timeout <= 60:  # noqa: PLR2004 - as the message says
        raise ValueError("timeout is not between 0.001 and 60 seconds")
    return file, timeout


class SharedCounts:
    """What `LeasedCounters` asks."""

    def __init__(self, file: File, now: Callable[[], float]) -> None:
        self._file = file
        self._now = now

    def ask(self, key: str, rate: Rate, least: int, most: int, done: Done) -> None:
        """Take between `least` and `most` units, or none."""
        now = self._now
        self._file.submit(lambda db: verbs.take(db, key, rate, least, most, now=now()), done)

    def give(self, key: str, rate: Rate, units: int) -> None:
        """Give units back."""
        self._file.post(lambda db: verbs.give(db, key, rate, units))


class SqliteQuotas:
    """`Quotas`; each window is counted by itself."""

    def __init__(self, file: File, now: Callable[[], float]) -> None:
        self._file = file
        self._now = now

    def spend(self, key: str, limit: int, until: float, cost: int = 1) -> Taken | Awaitable[Taken]:
        """See `Quotas.spend`."""
        found: Taken | Awaitable[Taken] = self._file.ask(
            lambda db: verbs.spend(db, key, limit, until, cost, now=self._now(), skew=SKEW)
        )
        return found


class SqliteStrikes:
    """`Strikes`."""

    def __init__(self, file: File, now: Callable[[], float]) -> None:
        self._file = file
        self._now = now

    def attempt(self, attempt: Attempt) -> float | Awaitable[float]:
        """See `Strikes.attempt`."""
        found: float | Awaitable[float] = self._file.ask(lambda db: verbs.attempt(db, attempt, self._now()))
        return found

    def settle(self, attempt: Attempt, *, good: bool) -> None:
        """See `Strikes.settle`."""
        self._file.post(lambda db: verbs.settle(db, attempt, self._now(), good=good))

    def drop(self, attempt: Attempt) -> None:
        """See `Strikes.drop`."""
        self._file.post(lambda db: verbs.take_back(db, attempt.counts, self._now()))

    def prisoners(self, prefix: str = "", most: int = 1000) -> list[Prisoner] | Awaitable[list[Prisoner]]:
        """See `Strikes.prisoners`."""
        found: list[Prisoner] | Awaitable[list[Prisoner]]
        found = self._file.ask(lambda db: verbs.prisoners(db, prefix, most, self._now()))
        return found

    def free(self, prefix: str) -> int | Awaitable[int]:
        """See `Strikes.free`."""
        found: int | Awaitable[int] = self._file.ask(lambda db: verbs.free(db, prefix, self._now()))
        return found


class SqliteOnce:
    """`Once`."""

    def __init__(self, file: File, now: Callable[[], float]) -> None:
        self._file = file
        self._now = now

    def first(self, key: str, seconds: float) -> bool | Awaitable[bool]:
        """See `Once.first`."""
        found: bool | Awaitable[bool] = self._file.ask(lambda db: verbs.first(db, key, seconds, self._now()))
        return found


class SqliteReplies:
    """`Replies`."""

    def __init__(self, file: File, now: Callable[[], float]) -> None:
        self._file = file
        self._now = now

    def begin(self, key: str, fingerprint: str, seconds: float, lock: float) -> Begun | Awaitable[Begun]:  # noqa: ARG002 - for stores that keep it from the start
        """See `Replies.begin`."""
        found: Begun | Awaitable[Begun]
        found = self._file.ask(lambda db: verbs.begin(db, key, fingerprint, lock, self._now()))
        return found

    def finish(self, key: str, fingerprint: str, reply: bytes, seconds: float) -> None:
        """See `Replies.finish`."""
        self._file.post(lambda db: verbs.finish(db, key, fingerprint, reply, self._now() + seconds))

    def drop(self, key: str, fingerprint: str) -> None:
        """See `Replies.drop`."""
        self._file.post(lambda db: verbs.give_back(db, key, fingerprint))


class Orders:
    """What `CopiedBans` asks."""

    def __init__(self, file: File, now: Callable[[], float]) -> None:
        self._file = file
        self._now = now

    async def order(self, ban: Ban) -> bool:
        """Put an order in force, if there is room."""
        made = self._file.ask(lambda db: verbs.order(db, ban, orders.MOST, self._now()))
        return made if isinstance(made, bool) else bool(await made)

    async def lift(self, what: str) -> bool:
        """End an order."""
        found = self._file.ask(lambda db: verbs.lift(db, what))
        return found if isinstance(found, bool) else bool(await found)

    def fetch(self, version: str, heard: orders.Heard) -> None:
        """Tell all orders, if they are others than those of the version."""

        def told(found: tuple[str, dict[str, Ban] | None] | StoreError) -> None:
            heard(*((None, None) if isinstance(found, StoreError) else found))

        self._file.submit(functools.partial(verbs.orders, version=version), told)


class SqliteStore:
    """`Store` in a file.

    :param url: see `read_url`.
    :param clock: monotonic seconds, for leases.
    :param now: seconds since the epoch, the same for all processes of the host.
    :raises ValueError: for a URL that cannot work.
    """

    shared = True

    def __init__(self, url: str, *, clock: Callable[[], float], now: Callable[[], float]) -> None:
        path, self._timeout = read_url(url)
        self._file = file = File(path, self._timeout)
        counts = SharedCounts(file, now)
        self.counters = LeasedCounters(counts.ask, counts.give, clock=clock, share=SHARE)
        self.exact = LeasedCounters(counts.ask, counts.give, clock=clock, share=0.0)
        self.quotas = SqliteQuotas(file, now)
        self.strikes = SqliteStrikes(file, now)
        self.once = SqliteOnce(file, now)
        self.replies = SqliteReplies(file, now)
        self.bans = orders.CopiedBans(Orders(file, now), now=now, clock=clock)

    async def start(self) -> None:
        """See `Store.start`."""
        await self._file.start()
        await self.bans.start(self._timeout)

    async def stop(self) -> None:
        """See `Store.stop`."""
        self.bans.stop()
        self.counters.stop()
        self.exact.stop()
        await self._file.stop()
