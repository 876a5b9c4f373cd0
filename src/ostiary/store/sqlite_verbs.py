"""Each verb as statements inside one transaction; whoever calls it holds the lock."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Sequence

from ostiary.store.jail import Cells, Record
from ostiary.store.keys import decoded, encoded, searched
from ostiary.store.leases import Granted
from ostiary.store.ports import Attempt, Ban, Begun, Count, Prisoner, Rate, Taken

DRIFT = 1e-6  # seconds: sums of float steps since the epoch drift by less

SCHEMA = """
CREATE TABLE IF NOT EXISTS counters (key BLOB PRIMARY KEY, until REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS quotas
    (key BLOB, ends REAL, spent INTEGER NOT NULL, until REAL NOT NULL, PRIMARY KEY (key, ends)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS strikes
    (key BLOB PRIMARY KEY, failed INTEGER NOT NULL, pending INTEGER NOT NULL, latest REAL NOT NULL,
     jailed REAL NOT NULL, step INTEGER NOT NULL, until REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS vouchers (key BLOB PRIMARY KEY, until REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS once (key BLOB PRIMARY KEY, until REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS replies (key BLOB PRIMARY KEY, fingerprint BLOB NOT NULL, until REAL NOT NULL, reply BLOB);
CREATE TABLE IF NOT EXISTS orders (what BLOB PRIMARY KEY, until REAL NOT NULL, why BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS versions (name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
"""
PERISHABLE = ("counters", "quotas", "strikes", "vouchers", "once", "replies")  # tables whose rows are over at `until`

_PUT_STRIKES = """INSERT INTO strikes VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET
    failed = excluded.failed, pending = excluded.pending, latest = excluded.latest, jailed = excluded.jailed,
    step = excluded.step, until = excluded.until"""
_PUT = "INSERT INTO {} VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET until = excluded.until"
_PUT_COUNTER, _PUT_VOUCHER, _PUT_ONCE = (_PUT.format(table) for table in ("counters", "vouchers", "once"))


def _until(db: sqlite3.Connection, query: str, key: bytes) -> float:
    found = db.execute(query, (key,)).fetchone()
    return found[0] if found is not None else 0.0


def take(db: sqlite3.Connection, key: str, rate: Rate, least: int, most: int, *, now: float) -> Granted:
    """See `leases.Ask`."""
    raw = encoded(key)
    step = rate.per / rate.amount
    room = step * rate.burst
    debt = max(0.0, _until(db, "SELECT until FROM counters WHERE key = ?", raw) - now)
    if debt > room:  # a clock was set back, or the rate is another: nobody owes more than a burst
        debt = room
        db.execute(_PUT_COUNTER, (raw, now + debt))
    fits = int((room - debt + DRIFT) / step)
    if fits < least:
        return Granted(0, debt + step * least - room, fits)
    units = min(most, fits)
    if units:
        db.execute(_PUT_COUNTER, (raw, now + debt + step * units))
    return Granted(units, 0.0, fits - units)


def give(db: sqlite3.Connection, key: str, rate: Rate, units: int) -> None:
    """See `leases.Give`."""
    db.execute("UPDATE counters SET until = until - ? WHERE key = ?", (units * rate.per / rate.amount, encoded(key)))


def spend(db: sqlite3.Connection, key: str, limit: int, until: float, cost: int, *, now: float, skew: float) -> Taken:
    """See `Quotas.spend`."""
    raw = encoded(key)
    found = db.execute("SELECT spent FROM quotas WHERE key = ? AND ends = ?", (raw, until)).fetchone()
    spent: int = found[0] if found is not None else 0
    if spent + cost > limit:
        return Taken(max(until - now, DRIFT), max(0, limit - spent))
    db.execute(
        "INSERT INTO quotas VALUES (?, ?, ?, ?) ON CONFLICT (key, ends) DO UPDATE SET spent = excluded.spent",
        (raw, until, spent + cost, until + skew),
    )
    return Taken(0.0, limit - spent - cost)


def _read(db: sqlite3.Connection, key: str) -> Record | None:
    query = "SELECT failed, pending, latest, jailed, step FROM strikes WHERE key = ?"
    found = db.execute(query, (encoded(key),)).fetchone()
    return None if found is None else Record(*found)


def _write(db: sqlite3.Connection, key: str, record: Record, until: float) -> None:
    values = (record.failed, record.pending, record.latest, record.jailed, record.step, until)
    db.execute(_PUT_STRIKES, (encoded(key), *values))


def _drop(db: sqlite3.Connection, key: str) -> None:
    db.execute("DELETE FROM strikes WHERE key = ?", (encoded(key),))


def _cells(db: sqlite3.Connection) -> Cells:
    return Cells(functools.partial(_read, db), functools.partial(_write, db), functools.partial(_drop, db))


def attempt(db: sqlite3.Connection, made: Attempt, now: float) -> float:
    """See `Strikes.attempt`."""
    query = "SELECT until FROM vouchers WHERE key = ?"
    vouched = bool(made.good) and _until(db, query, encoded(made.good)) > now
    return _cells(db).attempt(made, now, vouched=vouched)


def settle(db: sqlite3.Connection, made: Attempt, now: float, *, good: bool) -> None:
    """See `Strikes.settle`."""
    _cells(db).settle(made.counts, now, good=good)
    if good and made.good:
        db.execute(_PUT_VOUCHER, (encoded(made.good), now + made.good_for))


def take_back(db: sqlite3.Connection, counts: Sequence[Count], now: float) -> None:
    """See `Strikes.drop`."""
    _cells(db).take_back(counts, now)


def prisoners(db: sqlite3.Connection, prefix: str, most: int, now: float) -> list[Prisoner]:
    """See `Strikes.prisoners`."""
    start = searched(prefix)
    query = """SELECT key, jailed, step FROM strikes WHERE jailed > ? AND substr(key, 1, ?) = ?
        ORDER BY jailed DESC LIMIT ?"""
    found = db.execute(query, (now, len(start), start, most))
    return [Prisoner(decoded(key), jailed, step) for key, jailed, step in found]


def free(db: sqlite3.Connection, prefix: str, now: float) -> int:
    """See `Strikes.free`."""
    start = searched(prefix)
    return db.execute(
        "DELETE FROM strikes WHERE jailed > ? AND substr(key, 1, ?) = ?", (now, len(start), start)
    ).rowcount


def first(db: sqlite3.Connection, key: str, seconds: float, now: float) -> bool:
    """See `Once.first`."""
    raw = encoded(key)
    if _until(db, "SELECT until FROM once WHERE key = ?", raw) > now:
        return False
    db.execute(_PUT_ONCE, (raw, now + seconds))
    return True


def begin(db: sqlite3.Connection, key: str, fingerprint: str, lock: float, now: float) -> Begun:
    """See `Replies.begin`."""
    raw, printed = encoded(key), encoded(fingerprint)
    found = db.execute("SELECT fingerprint, until, reply FROM replies WHERE key = ?", (raw,)).fetchone()
    if found is not None and found[1] > now:
        if found[0] != printed:
            return Begun("other")
        return Begun("busy") if found[2] is None else Begun("done", found[2])
    db.execute("INSERT OR REPLACE INTO replies VALUES (?, ?, ?, NULL)", (raw, printed, now + lock))
    return Begun("new")


def finish(db: sqlite3.Connection, key: str, fingerprint: str, reply: bytes, until: float) -> None:
    """See `Replies.finish`."""
    db.execute(
        "UPDATE replies SET reply = ?, until = ? WHERE key = ? AND fingerprint = ? AND reply IS NULL",
        (reply, until, encoded(key), encoded(fingerprint)),
    )


def give_back(db: sqlite3.Connection, key: str, fingerprint: str) -> None:
    """See `Replies.drop`."""
    where = (encoded(key), encoded(fingerprint))
    db.execute("DELETE FROM replies WHERE key = ? AND fingerprint = ? AND reply IS NULL", where)


def _changed(db: sqlite3.Connection) -> None:
    db.execute("INSERT INTO versions VALUES ('orders', 1) ON CONFLICT (name) DO UPDATE SET number = number + 1")


def order(db: sqlite3.Connection, ban: Ban, most: int, now: float) -> bool:
    """See `Bans.order`; whether there was room."""
    db.execute("DELETE FROM orders WHERE until <= ?", (now,))
    what = ban.what.encode("utf-8", "surrogatepass")
    others = db.execute("SELECT count(*) FROM orders WHERE what <> ?", (what,)).fetchone()[0]
    if others >= most:
        return False
    db.execute(
        "INSERT OR REPLACE INTO orders VALUES (?, ?, ?)", (what, ban.until, ban.why.encode("utf-8", "surrogatepass"))
    )
    _changed(db)
    return True


def lift(db: sqlite3.Connection, what: str) -> bool:
    """See `Bans.lift`."""
    there = db.execute("DELETE FROM orders WHERE what = ?", (what.encode("utf-8", "surrogatepass"),)).rowcount > 0
    if there:
        _changed(db)
    return there


def orders(db: sqlite3.Connection, version: str) -> tuple[str, dict[str, Ban] | None]:
    """The version of the orders, and all of them if it is another one than `version`."""
    found = db.execute("SELECT number FROM versions WHERE name = 'orders'").fetchone()
    current = str(found[0]) if found is not None else "0"
    if current == version:
        return current, None
    rows = [Ban(decoded(what), until, decoded(why)) for what, until, why in db.execute("SELECT * FROM orders")]
    return current, {ban.what: ban for ban in rows}
