"""State in PostgreSQL: shared by every process and host that uses it, one function of the database for each verb."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ostiary.errors import StoreError
from ostiary.store import orders
from ostiary.store.keys import decoded, encoded, searched
from ostiary.store.leases import SHARE, Done, Granted, LeasedCounters
from ostiary.store.ports import Attempt, Ban, Begun, Prisoner, Rate, Taken
from ostiary.store.postgres.schema import ORIGIN
from ostiary.store.postgres.session import Target
from ostiary.store.postgres.wire import Wire

SKEW = 3600.0  # seconds that a quota's window outlives its end, for gateways whose clocks are behind
CLEAN = 30.0  # seconds between two searches for rows that are over
AT_ONCE = 2_000  # rows deleted of a table in one transaction
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


def read_url(url: str) -> Target:
    """Where a URL points: ``postgresql://user@host/name``, as libpq writes it; a password may stand in PGPASSWORD.

    Options of ours: ``timeout`` (seconds), ``schema``, ``connections``.

    :raises ValueError: for what cannot be read.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    timeout = float(options.pop("timeout", "0.25"))
    schema = options.pop("schema", "ostiary")
    connections = int(options.pop("connections", "4"))
    if not 0.001 <= timeout <= 60:  # noqa: PLR2004 - as the message says
        raise ValueError("timeout is not between 0.001 and 60 seconds")
    if not _NAME.fullmatch(schema):
        raise ValueError("schema is not a name of small letters, digits and underscores")
    if not 1 <= connections <= 64:  # noqa: PLR2004 - as the message says
        raise ValueError("connections is not between 1 and 64")
    return Target(urlunsplit(parts._replace(query=urlencode(options))), timeout, schema, connections)


class _Verbs:
    """What all have. `now` is for tests; without it PostgreSQL looks at its own clock."""

    def __init__(self, wire: Wire, target: Target, now: Callable[[], float] | None = None) -> None:
        self._wire = wire
        self._now = now
        self._schema = target.schema

    def _call(self, function: str, values: int) -> str:
        places = ", ".join(f"${number}" for number in range(1, values + 1))
        return f"SELECT * FROM {self._schema}.{function}({places})"  # noqa: S608 - a name of letters

    def _time(self) -> float | None:
        return None if self._now is None else self._now() - ORIGIN


class SharedCounts(_Verbs):
    """What `LeasedCounters` asks."""

    def __init__(self, wire: Wire, target: Target, now: Callable[[], float] | None) -> None:
        super().__init__(wire, target, now)
        self._take, self._give = self._call("take", 6), self._call("give", 2)

    def ask(self, key: str, rate: Rate, least: int, most: int, done: Done) -> None:
        """Take between `least` and `most` units, or none."""
        step = rate.per / rate.amount

        def heard(row: Any) -> None:
            done(row if isinstance(row, StoreError) else Granted(row[0], row[1], row[2]))

        values = (encoded(key), step, step * rate.burst, least, most, self._time())
        self._wire.session().free.call(self._take, values, heard)

    def give(self, key: str, rate: Rate, units: int) -> None:
        """Give units back."""
        self._wire.session().post(self._give, (encoded(key), units * rate.per / rate.amount))


class PostgresQuotas(_Verbs):
    """`Quotas`; each window is counted by itself, so gateways whose clocks differ do not begin each other's anew."""

    def __init__(self, wire: Wire, target: Target, now: Callable[[], float]) -> None:
        super().__init__(wire, target)
        self._ours = now
        self._spend = self._call("spend", 5)

    def spend(self, key: str, limit: int, until: float, cost: int = 1) -> Awaitable[Taken]:
        """See `Quotas.spend`."""
        wait = max(until - self._ours(), 1e-6)

        def read(row: tuple[bool, int]) -> Taken:
            return Taken(0.0 if row[0] else wait, row[1])

        return self._wire.ask(self._spend, (encoded(key), until, limit, cost, wait + SKEW), read)


class PostgresStrikes(_Verbs):
    """`Strikes`; in the order in which they were said, so that a success is known before the next attempt."""

    def attempt(self, attempt: Attempt) -> Awaitable[float]:
        """See `Strikes.attempt`."""
        spares = [count.spares for count in attempt.counts]
        values = (*_counts(attempt), spares, _voucher(attempt), self._time())
        return self._wire.ask(self._call("attempt", 7), values, _only, ordered=True)

    def settle(self, attempt: Attempt, *, good: bool) -> None:
        """See `Strikes.settle`."""
        self._end(attempt, "good" if good else "bad")

    def drop(self, attempt: Attempt) -> None:
        """See `Strikes.drop`."""
        self._end(attempt, "dropped")

    def prisoners(self, prefix: str = "", most: int = 1000) -> Awaitable[list[Prisoner]]:
        """See `Strikes.prisoners`."""
        listed = f"SELECT array(SELECT ROW(p.*) FROM {self._schema}.prisoners($1, $2, $3) p)"  # noqa: S608 - a name of letters

        def read(row: tuple[list[tuple[bytes, float, int]]]) -> list[Prisoner]:
            return [Prisoner(decoded(key), jailed + ORIGIN, step) for key, jailed, step in row[0]]

        return self._wire.ask(listed, (searched(prefix), most, self._time()), read, ordered=True)

    def free(self, prefix: str) -> Awaitable[int]:
        """See `Strikes.free`."""
        return self._wire.ask(self._call("free", 2), (searched(prefix), self._time()), _only, ordered=True)

    def _end(self, attempt: Attempt, how: str) -> None:
        clears = [count.clears for count in attempt.counts]
        terms = [" ".join(map(repr, count.ladder.terms)) for count in attempt.counts]
        values = (*_counts(attempt), clears, terms, _voucher(attempt), attempt.good_for, how, self._time())
        self._wire.session().post(self._call("settle", 10), values)


def _counts(attempt: Attempt) -> tuple[list[bytes], list[int], list[float], list[float]]:
    counts = attempt.counts
    return (
        [encoded(count.key) for count in counts],
        [count.ladder.tries for count in counts],
        [count.ladder.window for count in counts],
        [count.ladder.forget for count in counts],
    )


def _voucher(attempt: Attempt) -> bytes | None:
    return encoded(attempt.good) if attempt.good else None


class PostgresOnce(_Verbs):
    """`Once`."""

    def first(self, key: str, seconds: float) -> Awaitable[bool]:
        """See `Once.first`."""
        return self._wire.ask(self._call("first", 2), (encoded(key), seconds), _only)


class PostgresReplies(_Verbs):
    """`Replies`."""

    def begin(self, key: str, fingerprint: str, seconds: float, lock: float) -> Awaitable[Begun]:  # noqa: ARG002 - for stores that keep it from the start
        """See `Replies.begin`."""

        def read(row: tuple[str, bytes | None]) -> Begun:
            return Begun(row[0], row[1] or b"")

        return self._wire.ask(self._call("claim", 3), (encoded(key), encoded(fingerprint), lock), read, ordered=True)

    def finish(self, key: str, fingerprint: str, reply: bytes, seconds: float) -> None:
        """See `Replies.finish`."""
        values = (encoded(key), encoded(fingerprint), reply, seconds)
        self._wire.session().post(self._call("finish", 4), values)

    def drop(self, key: str, fingerprint: str) -> None:
        """See `Replies.drop`."""
        self._wire.session().post(self._call("give_back", 2), (encoded(key), encoded(fingerprint)))


class Orders(_Verbs):
    """What `CopiedBans` asks."""

    async def order(self, ban: Ban) -> bool:
        """Put an order in force, if there is room."""
        values = (_whole(ban.what), ban.until - ORIGIN, _whole(ban.why), orders.MOST, self._time())
        done: bool = await self._wire.ask(self._call("put_order", 5), values, _only)
        return done

    async def lift(self, what: str) -> bool:
        """End an order."""
        there: bool = await self._wire.ask(self._call("lift", 1), (_whole(what),), _only)
        return there

    def fetch(self, version: str, heard: orders.Heard) -> None:
        """Tell all orders, if they are others than those of the version."""
        # the version is read first, by the same snapshot: all orders of a statement are of one moment
        asked = f"""SELECT v.value, CASE WHEN v.value <> $1 THEN array(SELECT ROW(o.*) FROM {self._schema}.orders o) END
            FROM (SELECT coalesce((SELECT value FROM {self._schema}.versions WHERE name = 'orders'), 'none') AS value) v"""  # noqa: S608 - a name of letters

        def told(row: Any) -> None:
            if isinstance(row, StoreError):
                heard(None, None)
            elif row[1] is None:
                heard(version, None)
            else:
                found = [Ban(decoded(what), until + ORIGIN, decoded(why)) for what, until, why in row[1]]
                heard(row[0], {ban.what: ban for ban in found})

        self._wire.session().free.call(asked, (version,), told)


def _whole(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _only(row: tuple[Any, ...]) -> Any:
    return row[0]


class PostgresStore:
    """`Store` in PostgreSQL.

    :param url: see `read_url`.
    :param clock: monotonic seconds, for leases.
    :param now: seconds since the epoch, for the windows of quotas, which their callers compute with it too.
    :param time: what functions take for the time instead of the server's own clock; for tests.
    :raises ValueError: for a URL that cannot work.
    """

    shared = True

    def __init__(
        self, url: str, *, clock: Callable[[], float], now: Callable[[], float], time: Callable[[], float] | None = None
    ) -> None:
        target = read_url(url)
        self._target = target
        self._wire = wire = Wire(target)
        self._tidy: asyncio.TimerHandle | None = None
        counts = SharedCounts(wire, target, time)
        self.counters = LeasedCounters(counts.ask, counts.give, clock=clock, share=SHARE)
        self.exact = LeasedCounters(counts.ask, counts.give, clock=clock, share=0.0)
        self.quotas = PostgresQuotas(wire, target, now)
        self.strikes = PostgresStrikes(wire, target, time)
        self.once = PostgresOnce(wire, target)
        self.replies = PostgresReplies(wire, target)
        self.bans = orders.CopiedBans(Orders(wire, target, time), now=now, clock=clock)

    async def start(self) -> None:
        """See `Store.start`."""
        await self._wire.session().ready()
        await self.bans.start(self._target.timeout)
        self._clean_later()

    async def stop(self) -> None:
        """See `Store.stop`."""
        self.bans.stop()
        self.counters.stop()
        self.exact.stop()
        if self._tidy is not None:
            self._tidy.cancel()
            self._tidy = None
        await self._wire.stop()

    def _clean_later(self, seconds: float = CLEAN) -> None:
        pause = seconds * random.uniform(0.5, 1.5)  # noqa: S311 - many processes must not clean at once
        self._tidy = self._wire.session().loop.call_later(pause, self._clean)

    def _clean(self) -> None:
        def done(row: Any) -> None:
            if self._tidy is None:  # stopped meanwhile
                return
            more = not isinstance(row, StoreError) and row[0] >= AT_ONCE
            self._clean_later(1.0 if more else CLEAN)

        self._wire.session().free.call(f"SELECT {self._target.schema}.clean($1)", (AT_ONCE,), done)
