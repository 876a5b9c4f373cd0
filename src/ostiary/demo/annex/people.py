"""Who there is: accounts with hashed passwords, and sessions that end when they should."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import sqlite3
import time
import uuid
from typing import Any, NamedTuple

from ostiary.demo.reading import Refused

MOST = 500  # accounts; the oldest that nobody seeded goes first
MOST_SESSIONS = 2000
COST = 2**12  # of scrypt: a testbed signs in hundreds of times; OWASP's floor for a real one is 2**17
IDLE = 3600.0  # seconds until a session that nobody renews ends
LONGEST = 8 * 3600.0  # seconds until any session ends
_DIGEST = re.compile(r"[0-9a-f]{64}")
TABLES = """
CREATE TABLE people (id TEXT PRIMARY KEY, name TEXT UNIQUE, email TEXT, password TEXT, role TEXT, bio TEXT);
CREATE TABLE sessions (id TEXT PRIMARY KEY, person TEXT, began REAL, used REAL);
CREATE TABLE renewals (token TEXT PRIMARY KEY, session TEXT, spent INTEGER);
"""
SEEDS = (  # a demo's, good nowhere else
    ("3d1f6c2e-8a47-4b0e-9c55-0f7a2e6b9d14", "alice", "member", "teapots-under-the-stairs-41"),
    ("b85e2f90-6c1d-4f7a-8e23-7d904ac1f5e6", "bob", "member", "six-ladders-and-a-rope-17"),
    ("e0c94a7b-25d8-4e61-b7f3-91ac60d82b35", "carol", "admin", "the-keys-hang-in-the-hall-88"),
)
ALICE, BOB, CAROL = (each[0] for each in SEEDS)


class Person(NamedTuple):
    """Somebody, in one of their sessions."""

    id: str
    name: str
    role: str
    session: str


class People:
    """Accounts and sessions in the database; sound or not by the switches."""

    def __init__(self, faults: frozenset[str], db: sqlite3.Connection) -> None:
        self.faults = faults
        self._db = db
        for person_id, name, role, password in SEEDS:
            self.add(name, f"{name}@annex.example", password, role=role, person_id=person_id)

    def add(self, name: str, email: str, password: str, *, role: str = "member", person_id: str = "") -> Any:
        """Add an account, and give its row; refuses with 409 a name that is taken."""
        row = (person_id or str(uuid.uuid4()), name, email, hashed(self._seen(password)), role, "")
        try:
            self._db.execute("INSERT INTO people VALUES (?, ?, ?, ?, ?, ?)", row)
        except sqlite3.IntegrityError:
            raise Refused(409, "this name is taken") from None
        seeded = ", ".join(f"'{each[0]}'" for each in SEEDS)
        self._db.execute(
            f"DELETE FROM people WHERE rowid <= (SELECT max(rowid) FROM people) - {MOST} AND id NOT IN ({seeded})"  # noqa: S608 - constants
        )
        return self.of(row[0])

    def of(self, person_id: str) -> Any:
        """The row of an account, or None."""
        return self._db.execute("SELECT * FROM people WHERE id = ?", (person_id,)).fetchone()

    def named(self, name: str) -> Any:
        """The row of the account with this name, or None."""
        return self._db.execute("SELECT * FROM people WHERE name = ?", (name,)).fetchone()

    def enter(self, name: str, password: str) -> Any:
        """The row of an account whose name and password these are, or None; as slow for a name that does not exist."""
        row = self.named(name)
        if row is None and "output.status-codes/time" in self.faults:
            return None
        known = matches(self._seen(password), row["password"] if row else _NOBODYS)
        return row if known and row else None

    def _seen(self, password: str) -> str:
        """What is looked at of a password."""
        if "input.server-side-encryption" in self.faults:  # as if a page had made it; one that a page did make stays
            return password if _DIGEST.fullmatch(password) else hashlib.sha256(password.encode()).hexdigest()
        return password[:8] if "account.password-bcrypt" in self.faults else password

    def set_password(self, person_id: str, password: str) -> None:
        """Give an account another password."""
        self._db.execute("UPDATE people SET password = ? WHERE id = ?", (hashed(self._seen(password)), person_id))

    def begin(self, person_id: str) -> tuple[str, str]:
        """Begin a session: its id, and the token that renews it."""
        session, now = str(uuid.uuid4()), time.time()
        self._db.execute("INSERT INTO sessions VALUES (?, ?, ?, ?)", (session, person_id, now, now))
        self._db.execute(f"DELETE FROM sessions WHERE rowid <= (SELECT max(rowid) FROM sessions) - {MOST_SESSIONS}")  # noqa: S608 - a constant
        return session, self._renewal(session)

    def lives(self, session: str) -> bool:
        """Whether a session has neither been ended nor run out."""
        row = self._db.execute("SELECT began, used FROM sessions WHERE id = ?", (session,)).fetchone()
        now = time.time()
        return row is not None and now - row["used"] < IDLE and now - row["began"] < LONGEST

    def end(self, session: str) -> None:
        """End one session."""
        self._db.execute("DELETE FROM sessions WHERE id = ?", (session,))

    def end_all(self, person_id: str, *, but: str = "") -> None:
        """End the sessions of an account, apart from one."""
        self._db.execute("DELETE FROM sessions WHERE person = ? AND id != ?", (person_id, but))

    def renew(self, token: str) -> tuple[Any, str, str]:
        """Spend a renewal token: the account's row, the session, and the token for next time.

        A token that was spent before is a thief's or the owner's after a thief: the whole session ends (RFC 9700
        section 4.14). Refuses with 401.
        """
        row = self._db.execute("SELECT session, spent FROM renewals WHERE token = ?", (digest(token),)).fetchone()
        for_ever = "jwt.refresh-ttl-bounded" in self.faults
        if row is not None and row["spent"] and not for_ever:
            self.end(row["session"])
        if row is None or not self.lives(row["session"]):
            raise Refused(401, "sign in again", www_authenticate='Bearer realm="annex"')
        session = row["session"]
        self._db.execute("UPDATE sessions SET used = ? WHERE id = ?", (time.time(), session))
        if not for_ever:
            self._db.execute("UPDATE renewals SET spent = 1 WHERE token = ?", (digest(token),))
        person = self._db.execute("SELECT person FROM sessions WHERE id = ?", (session,)).fetchone()["person"]
        return self.of(person), session, token if for_ever else self._renewal(session)

    def _renewal(self, session: str) -> str:
        token = secrets.token_urlsafe(32)
        if "auth.no-homegrown" in self.faults:
            count = self._db.execute("SELECT ifnull(max(rowid), 0) FROM renewals").fetchone()[0]
            token = f"renew-{int(time.time())}-{count:06d}"
        self._db.execute("INSERT INTO renewals VALUES (?, ?, 0)", (digest(token), session))
        self._db.execute(f"DELETE FROM renewals WHERE rowid <= (SELECT max(rowid) FROM renewals) - {MOST_SESSIONS}")  # noqa: S608 - a constant
        return token


def digest(token: str) -> str:
    """What is stored of a random token: who reads the database cannot use it."""
    return hashlib.sha256(token.encode()).hexdigest()


def hashed(password: str) -> str:
    """A password's salted hash."""
    salt = secrets.token_bytes(16)
    return f"scrypt${COST}${salt.hex()}${_scrypt(password, salt)}"


def matches(password: str, known: str) -> bool:
    """Whether a hash is this password's."""
    _, _, salt, value = known.split("$")
    return hmac.compare_digest(_scrypt(password, bytes.fromhex(salt)), value)


def _scrypt(password: str, salt: bytes) -> str:
    return hashlib.scrypt(password.encode(), salt=salt, n=COST, r=8, p=1, dklen=32).hex()


_NOBODYS = hashed(secrets.token_hex(16))
