"""State in Redis: shared by every process and host that uses it, one script for each verb, one connection for each process."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable

from ostiary.errors import StoreError
from ostiary.store import orders
from ostiary.store.keys import decoded, encoded, searched
from ostiary.store.leases import SHARE, Done, Granted, LeasedCounters
from ostiary.store.ports import Attempt, Ban, Begun, Prisoner, Rate, Taken
from ostiary.store.redis import scripts
from ostiary.store.redis.address import read_url
from ostiary.store.redis.link import Part
from ostiary.store.redis.wire import Wire

SKEW = 3600.0  # seconds that a quota's window outlives its end, for gateways whose clocks are behind


class _Verbs:
    """What all have: a connection, and names for keys. `now` is for tests; without it Redis looks at its own clock."""

    def __init__(self, wire: Wire, prefix: str, now: Callable[[], float] | None) -> None:
        self._wire = wire
        self._prefix = prefix.encode()
        self._now = now

    def _name(self, kind: bytes, key: str) -> bytes:
        return self._prefix + kind + encoded(key)

    def _time(self) -> Part:
        return "" if self._now is None else f"{self._now() - scripts.ORIGIN:.6f}"


def _evalsha(text: str) -> bytes:
    return scripts.sha(text)


_TAKE, _GIVE, _SPEND = _evalsha(scripts.TAKE), _evalsha(scripts.GIVE), _evalsha(scripts.SPEND)
_BEGIN, _FINISH, _RETURN = _evalsha(scripts.BEGIN), _evalsha(scripts.FINISH), _evalsha(scripts.RETURN)
_ATTEMPT, _SETTLE = _evalsha(scripts.ATTEMPT), _evalsha(scripts.SETTLE)
_PRISONERS, _FREE = _evalsha(scripts.PRISONERS), _evalsha(scripts.FREE)
_ORDERS, _ORDER, _LIFT = _evalsha(scripts.ORDERS), _evalsha(scripts.ORDER), _evalsha(scripts.LIFT)


class SharedCounts(_Verbs):
    """What `LeasedCounters` asks."""

    def ask(self, key: str, rate: Rate, least: int, most: int, done: Done) -> None:
        """Take between `least` and `most` units, or none."""
        step = rate.per / rate.amount

        def heard(reply: list[bytes | int] | StoreError) -> None:
            if isinstance(reply, StoreError):
                done(reply)
            else:
                done(Granted(int(reply[0]), float(reply[1]), int(reply[2])))

        parts = (b"EVALSHA", _TAKE, 1, self._name(b"c:", key), self._time(), step, step * rate.burst, least, most)
        self._wire.session().send(parts, heard)

    def give(self, key: str, rate: Rate, units: int) -> None:
        """Give units back."""
        parts = (b"EVALSHA", _GIVE, 1, self._name(b"c:", key), self._time(), rate.per / rate.amount, units)
        self._wire.session().post(parts)


class RedisQuotas(_Verbs):
    """`Quotas`; each window is counted by itself, so gateways whose clocks differ do not begin each other's anew."""

    def __init__(self, wire: Wire, prefix: str, now: Callable[[], float]) -> None:
        super().__init__(wire, prefix, None)
        self._ours = now

    def spend(self, key: str, limit: int, until: float, cost: int = 1) -> Awaitable[Taken]:
        """See `Quotas.spend`."""
        wait = max(until - self._ours(), 1e-6)
        name = self._name(b"q:", key) + b":%d" % round(until * 1000)

        def read(reply: list[int]) -> Taken:
            return Taken(0.0 if reply[0] else wait, reply[1])

        return self._wire.ask((b"EVALSHA", _SPEND, 1, name, limit, cost, math.ceil(wait + SKEW)), read)


class RedisStrikes(_Verbs):
    """`Strikes`; what one attempt counts against is in one slot of a cluster, by the hash tag."""

    def __init__(self, wire: Wire, prefix: str, now: Callable[[], float] | None) -> None:
        super().__init__(wire, "{" + prefix + "}", now)
        self._jail = self._prefix + b"jail"

    def attempt(self, attempt: Attempt) -> Awaitable[float]:
        """See `Strikes.attempt`."""
        keys = [self._name(b"s:", count.key) for count in attempt.counts]
        values: list[Part] = [self._time(), int(bool(attempt.good))]
        if attempt.good:
            keys.append(self._name(b"g:", attempt.good))
        for count in attempt.counts:
            values += (count.ladder.tries, count.ladder.window, count.ladder.forget, int(count.spares))
        return self._wire.ask((b"EVALSHA", _ATTEMPT, len(keys), *keys, *values), float)

    def settle(self, attempt: Attempt, *, good: bool) -> None:
        """See `Strikes.settle`."""
        self._end(attempt, "good" if good else "bad")

    def drop(self, attempt: Attempt) -> None:
        """See `Strikes.drop`."""
        self._end(attempt, "dropped")

    def prisoners(self, prefix: str = "", most: int = 1000) -> Awaitable[list[Prisoner]]:
        """See `Strikes.prisoners`."""

        def read(reply: list[tuple[bytes, bytes, int]]) -> list[Prisoner]:
            return [Prisoner(decoded(key), float(until) + scripts.ORIGIN, step) for key, until, step in reply]

        parts = (b"EVALSHA", _PRISONERS, 1, self._jail, self._time(), searched(prefix), most, self._prefix + b"s:")
        return self._wire.ask(parts, read)

    def free(self, prefix: str) -> Awaitable[int]:
        """See `Strikes.free`."""
        return self._wire.ask(
            (b"EVALSHA", _FREE, 1, self._jail, self._time(), searched(prefix), self._prefix + b"s:"), int
        )

    def _end(self, attempt: Attempt, how: str) -> None:
        keys = [self._name(b"s:", count.key) for count in attempt.counts]
        keys += (self._jail, self._name(b"g:", attempt.good))
        values: list[Part] = [self._time(), how, attempt.good_for if attempt.good else 0]
        for count in attempt.counts:
            ladder = count.ladder
            terms = " ".join(map(repr, ladder.terms))
            values += (ladder.tries, ladder.window, ladder.forget, int(count.clears), terms, encoded(count.key))
        self._wire.session().post((b"EVALSHA", _SETTLE, len(keys), *keys, *values))


class RedisOnce(_Verbs):
    """`Once`."""

    def first(self, key: str, seconds: float) -> Awaitable[bool]:
        """See `Once.first`."""
        return self._wire.ask(("SET", self._name(b"o:", key), "1", "NX", "PX", _milliseconds(seconds)), _is_ok)


class RedisReplies(_Verbs):
    """`Replies`."""

    def begin(self, key: str, fingerprint: str, seconds: float, lock: float) -> Awaitable[Begun]:  # noqa: ARG002 - for stores that keep it from the start
        """See `Replies.begin`."""

        def read(reply: tuple[bytes, bytes]) -> Begun:
            return Begun(reply[0].decode(), reply[1])

        parts = (b"EVALSHA", _BEGIN, 1, self._name(b"r:", key), encoded(fingerprint), _milliseconds(lock))
        return self._wire.ask(parts, read)

    def finish(self, key: str, fingerprint: str, reply: bytes, seconds: float) -> None:
        """See `Replies.finish`."""
        name = self._name(b"r:", key)
        self._wire.session().post((b"EVALSHA", _FINISH, 1, name, encoded(fingerprint), reply, _milliseconds(seconds)))

    def drop(self, key: str, fingerprint: str) -> None:
        """See `Replies.drop`."""
        self._wire.session().post((b"EVALSHA", _RETURN, 1, self._name(b"r:", key), encoded(fingerprint)))


class Orders(_Verbs):
    """What `CopiedBans` asks: one hash."""

    def __init__(self, wire: Wire, prefix: str, now: Callable[[], float] | None) -> None:
        super().__init__(wire, prefix, now)
        self._key = self._prefix + b"orders"

    async def order(self, ban: Ban) -> bool:
        """Put an order in force, if there is room."""
        until = f"{ban.until - scripts.ORIGIN:.6f}"
        what = ban.what.encode("utf-8", "surrogatepass")
        why = ban.why.encode("utf-8", "surrogatepass")
        parts = (b"EVALSHA", _ORDER, 1, self._key, self._time(), what, until, why, orders.MOST)
        done: bool = await self._wire.ask(parts, bool)
        return done

    async def lift(self, what: str) -> bool:
        """End an order."""
        parts = (b"EVALSHA", _LIFT, 1, self._key, self._time(), what.encode("utf-8", "surrogatepass"))
        there: bool = await self._wire.ask(parts, bool)
        return there

    def fetch(self, version: str, heard: orders.Heard) -> None:
        """Tell all orders, if they are others than those of the version."""

        def told(reply: list[bytes | list[bytes]] | StoreError) -> None:
            if isinstance(reply, StoreError):
                heard(None, None)
            elif len(reply) == 1:
                heard(version, None)
            else:
                pairs = list(reply[1])
                found = dict(zip(pairs[::2], pairs[1::2], strict=True))
                found.pop(b"", None)
                heard(bytes(reply[0]).decode(), dict(_order(what, told) for what, told in found.items()))  # type: ignore[arg-type]  # bytes

        self._wire.session().send((b"EVALSHA", _ORDERS, 1, self._key, self._time(), version or "none"), told)


def _order(what: bytes, told: bytes) -> tuple[str, Ban]:
    until, _, why = told.partition(b" ")
    name = decoded(what)
    return name, Ban(name, float(until) + scripts.ORIGIN, decoded(why))


def _milliseconds(seconds: float) -> int:
    return max(1, math.ceil(seconds * 1000))


def _is_ok(reply: bytes | None) -> bool:
    return reply is not None


class RedisStore:
    """`Store` in Redis.

    :param url: see `read_url`.
    :param clock: monotonic seconds, for leases.
    :param now: seconds since the epoch, for the windows of quotas, which their callers compute with it too.
    :param time: what scripts take for the time instead of Redis's own clock; for tests.
    :raises ValueError: for a URL that cannot work.
    """

    shared = True

    def __init__(
        self, url: str, *, clock: Callable[[], float], now: Callable[[], float], time: Callable[[], float] | None = None
    ) -> None:
        target = read_url(url)
        self._timeout = target.timeout
        self._wire = wire = Wire(target)
        counts = SharedCounts(wire, target.prefix, time)
        self.counters = LeasedCounters(counts.ask, counts.give, clock=clock, share=SHARE)
        self.exact = LeasedCounters(counts.ask, counts.give, clock=clock, share=0.0)
        self.quotas = RedisQuotas(wire, target.prefix, now)
        self.strikes = RedisStrikes(wire, target.prefix, time)
        self.once = RedisOnce(wire, target.prefix, None)
        self.replies = RedisReplies(wire, target.prefix, None)
        self.bans = orders.CopiedBans(Orders(wire, target.prefix, time), now=now, clock=clock)

    async def start(self) -> None:
        """See `Store.start`."""
        await self._wire.session().ready()
        await self.bans.start(self._timeout)

    async def stop(self) -> None:
        """See `Store.stop`."""
        self.bans.stop()
        self.counters.stop()
        self.exact.stop()
        await self._wire.stop()
