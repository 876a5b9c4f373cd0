"""Passwords are hashed slowly, whole and keyed, by a few threads with a bounded queue, and for nobody at the same cost.

What is kept is the PHC form of the hash behind the mark of the pepper it was made with: ``p1f0c2d3a$2b$12$...``. The
password goes through HMAC-SHA-256 under the pepper first and is hashed as 44 characters of base64: so bcrypt, which stops
at 72 bytes, sees all of it, a NUL byte ends nothing, and a copy of the database alone is not enough to guess.

A hash without a mark (``$2b$...``, ``$2a$...``, ``$2y$...``, ``$argon2id$...``) was brought along from another system. It
is verified as that system did it, and is stale: sign-in replaces it. Those systems saw 72 bytes of a password where they
used bcrypt, so that is what is compared, once. Hashes of other schemes are verified by functions given as `foreign`, by
the name between the first two dollar signs::

    Hasher(settings, pepper, foreign={"pbkdf2-sha256": lambda password, kept: ...})

They are called in the hashing threads with the password as it was typed (UTF-8), and must compare in constant time;
`identity.opening.open_services` takes them. Ask `recognises` before a hash is imported (`storage.users.create` keeps it).

While a hash of another scheme, or of a higher cost than today's, waits to be replaced, its account can be told from others
by the time that a wrong password takes. bcrypt hashes of a lower cost cannot: the rest of the work is done besides.
"""

from __future__ import annotations

import asyncio
import base64
import math
import os
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, NamedTuple, TypeVar

import bcrypt

from ostiary.errors import ConfigError, Denied
from ostiary.parts.identity_settings import Passwords
from ostiary.parts.password_argon import Argon
from ostiary.parts.password_rules import as_bytes

__all__ = ["Foreign", "Hasher", "Verified", "calibrated", "recognises"]

_T = TypeVar("_T")
_LOWEST_COST: Final = 10  # OWASP's floor for bcrypt
_HIGHEST_COST: Final = 16  # an imported row must not hold a thread for a minute
_MEASURED_COST: Final = 10  # each step doubles the work, so the least that is ever kept is enough to know
_SMALLEST_STEP: Final = 4  # the lowest cost that bcrypt takes
_LONGEST_SEEN: Final = 72  # bytes: bcrypt's block
_MARK: Final = 9  # "p" and eight hexadecimal digits
_BCRYPT: Final = re.compile(r"\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}")
_SHORTEST_EVER: Final = 8  # characters; NIST SP 800-63B-4 section 3.1.1.2
_MUST_BE_ALLOWED: Final = 64  # characters, as there; UTF-8 takes up to four bytes for each
_MOST_BYTES: Final = 4096
_MOST_WORKERS: Final = 64
_LONGEST_QUEUE: Final = 10_000

Pepper = Callable[[bytes], bytes]
Foreign = Callable[[bytes, str], bool]


class Verified(NamedTuple):
    """`good`: the password is the one that is kept. `stale`: what is kept should be replaced by a new hash of it."""

    good: bool
    stale: bool


class Hasher:
    """Makes and checks passwords' hashes.

    :param settings: scheme, cost, memory, threads and queue.
    :param pepper: a keyed digest (HMAC-SHA-256 under a key that is kept apart from the database).
    :param former: peppers that older hashes were made with; such hashes are stale.
    :param foreign: verifies hashes of other schemes, by their name.
    :param cheapest: below this cost a bcrypt hash is not made, however slow the machine.
    :raises ConfigError: when the settings ask for less than is safe.
    """

    def __init__(
        self,
        settings: Passwords,
        pepper: Pepper,
        *,
        former: Sequence[Pepper] = (),
        foreign: Mapping[str, Foreign] | None = None,
        cheapest: int = _LOWEST_COST,
        where: str = "[identity] passwords",
    ) -> None:
        _check(settings, cheapest, where)
        self._pepper = pepper
        self._peppers = {_mark_of(each): each for each in (*former, pepper)}
        self._mark = _mark_of(pepper)
        self._foreign = dict(foreign or {})
        self._bcrypt = settings.scheme == "bcrypt"
        self._wanted = settings.cost
        self.cost = calibrated(settings.cost, float(settings.longest_time), cheapest)
        self._argon = Argon(settings.memory, settings.passes)
        workers = settings.workers or max(1, (os.cpu_count() or 1) - 1)
        self._places = workers + settings.queue
        self._taken = 0
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(workers, "passwords")
        began = time.thread_time()
        self._dummy = self._made(os.urandom(32))
        self._seconds = max(time.thread_time() - began, 1e-6)  # of one hash
        self._retry = max(1, math.ceil(self._seconds * self._places / workers))

    async def hash(self, password: str) -> str:
        """A new hash, as it is kept.

        :raises Denied: 503 with Retry-After while too many are waiting.
        :raises ValueError: for text that is no Unicode (a lone surrogate); `password_rules.faults` says so first.
        """
        text = as_bytes(password)
        return await self._run(lambda: self._made(text))

    async def verify(self, password: str, kept: str | None) -> Verified:
        """Whether this password is the one that is kept.

        :param kept: None where there is no account, or one without a password: the same work is done, for a no.
        :raises Denied: 503 with Retry-After while too many are waiting.
        """
        try:
            text, typed = as_bytes(password), password.encode()
        except ValueError:
            text, typed, kept = b"", b"", None
        return await self._run(lambda: self._judge(text, typed, kept))

    def close(self) -> None:
        """End the threads; what waits is not begun any more."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def _run(self, work: Callable[[], _T]) -> _T:
        with self._lock:
            if self._taken >= self._places:
                raise Denied(503, "too many are signing in, try again in a moment", {"retry-after": str(self._retry)})
            self._taken += 1
        try:
            begun = self._threads.submit(work)
        except BaseException:
            self._leave()
            raise
        begun.add_done_callback(self._leave)  # of the thread, not of the caller: one who hangs up frees nothing early
        return await asyncio.wrap_future(begun)

    def _leave(self, _done: Future[_T] | None = None) -> None:
        with self._lock:
            self._taken -= 1

    def _made(self, text: bytes) -> str:
        secret = _keyed(self._pepper, text)
        made = bcrypt.hashpw(secret, bcrypt.gensalt(self.cost)).decode() if self._bcrypt else self._argon.make(secret)
        return self._mark + made

    def _judge(self, text: bytes, typed: bytes, kept: str | None) -> Verified:
        if kept is None:
            self._fits(text, typed, self._dummy)
            return Verified(good=False, stale=False)
        self._keep_up_with(kept)
        began = time.thread_time()
        if not self._fits(text, typed, kept):
            self._spend_rest(kept, time.thread_time() - began)
            return Verified(good=False, stale=False)
        return Verified(good=True, stale=self._is_stale(kept))

    def _fits(self, text: bytes, typed: bytes, kept: str) -> bool:
        mark, dollar, _ = kept.partition("$")
        found = kept[len(mark) :]
        if not dollar or (mark and mark not in self._peppers):
            return self._fits(text, typed, self._dummy) and False
        secret = _keyed(self._peppers[mark], text) if mark else typed
        if _cost_of(found) is not None:
            return _bcrypt_fits(secret[:_LONGEST_SEEN], found)
        if found.startswith("$argon2id$"):
            return self._argon.fits(secret, found)
        verify = self._foreign.get(found.split("$")[1])
        return not mark and verify is not None and verify(secret, found)

    def _is_stale(self, kept: str) -> bool:
        if kept[:_MARK] != self._mark:
            return True
        if not self._bcrypt:
            return not kept.startswith("$argon2id$", _MARK) or self._argon.is_stale(kept[_MARK:])
        return _cost_of(kept[_MARK:]) != self.cost

    def _keep_up_with(self, kept: str) -> None:
        """The machine was faster when this was made: what once was affordable stays, and the dummy becomes as slow.

        Otherwise a start on a busy day would make every account known by its time.
        """
        cost = _cost_of(kept[_MARK:])
        if self._bcrypt and kept[:_MARK] == self._mark and cost is not None and self.cost < cost <= self._wanted:
            self.cost = cost
            self._dummy = f"{self._dummy[:_MARK]}$2b${cost:02}{self._dummy[_MARK + 6 :]}"

    def _spend_rest(self, kept: str, spent: float) -> None:
        """Do the rest of the work that a hash of today takes, so that an account is not known by its cheap old hash.

        bcrypt's rounds are powers of two, and so what is missing is a sum of them. Where new hashes are Argon2id's, or the
        old one costs more than a new one, nothing can be done: such accounts are told apart by time until they sign in.
        """
        if not self._bcrypt:
            return
        whole = 1 << self.cost
        cost = _cost_of(kept[kept.find("$") :])
        share = min(1.0, spent / self._seconds)
        missing = whole - ((1 << cost) if cost is not None else round(whole * share))
        for step in range(_SMALLEST_STEP, self.cost):
            if missing > 0 and missing >> step & 1:
                bcrypt.hashpw(b"", bcrypt.gensalt(step))


def recognises(kept: str, foreign: Mapping[str, Foreign] | None = None) -> bool:
    """Whether a hash from another system is one that sign-in will be able to verify: ask before it is imported."""
    cost = _cost_of(kept)
    if cost is not None:
        return _SMALLEST_STEP <= cost <= _HIGHEST_COST
    if kept.startswith("$argon2id$"):
        return Argon.is_sane(kept)
    return kept.startswith("$") and kept.count("$") > 1 and kept.split("$")[1] in (foreign or {})


def calibrated(wanted: int, seconds: float, lowest: int) -> int:
    """The highest cost up to `wanted` at which one hash takes no more than `seconds` of this processor, not under `lowest`.

    The thread's own time is measured, so that a busy machine does not make weak hashes.
    """
    if wanted <= lowest:
        return wanted
    salt = bcrypt.gensalt(_MEASURED_COST)
    taken = []
    for _ in range(3):
        began = time.thread_time()
        bcrypt.hashpw(b"calibration", salt)
        taken.append(time.thread_time() - began)
    for cost in range(wanted, lowest, -1):
        if min(taken) * 2 ** (cost - _MEASURED_COST) <= seconds:
            return cost
    return lowest


def _check(settings: Passwords, cheapest: int, where: str) -> None:
    """Settings that would keep passwords badly are refused.

    :raises ConfigError: with the place of the first.
    """
    if not cheapest <= settings.cost <= _HIGHEST_COST:
        raise ConfigError(f"{where} cost", f"is not from {cheapest} to {_HIGHEST_COST}", "write 12")
    mebibytes = settings.memory / 2**20
    if (settings.passes < 2 or mebibytes < 19) and (settings.passes < 1 or mebibytes < 46):  # noqa: PLR2004 - OWASP's pairs
        raise ConfigError(f"{where} memory", "is less than Argon2id needs", 'write memory = "19MiB" and passes = 2')
    if not _SHORTEST_EVER <= settings.shortest <= _MUST_BE_ALLOWED:
        raise ConfigError(f"{where} shortest", "is not from 8 to 64 (NIST SP 800-63B-4 section 3.1.1.2)", "write 15")
    if not 4 * _MUST_BE_ALLOWED <= settings.longest <= _MOST_BYTES:
        raise ConfigError(f"{where} longest", f"is not from 256 to {_MOST_BYTES} bytes", "write 1024")
    if not 0 <= settings.workers <= _MOST_WORKERS:
        raise ConfigError(
            f"{where} workers", f"is not from 0 to {_MOST_WORKERS}", "write 0: one less than there are cores"
        )
    if not 1 <= settings.queue <= _LONGEST_QUEUE:
        raise ConfigError(f"{where} queue", f"is not from 1 to {_LONGEST_QUEUE}", "write 32")


def _keyed(pepper: Pepper, text: bytes) -> bytes:
    return base64.b64encode(pepper(b"password:" + text))


def _mark_of(pepper: Pepper) -> str:
    return "p" + pepper(b"mark:").hex()[: _MARK - 1]


def _cost_of(found: str) -> int | None:
    match = _BCRYPT.fullmatch(found)
    return int(match[1]) if match else None


def _bcrypt_fits(secret: bytes, found: str) -> bool:
    if not _SMALLEST_STEP <= int(found[4:6]) <= _HIGHEST_COST:
        return False
    try:
        return bcrypt.checkpw(secret, found.encode("ascii"))
    except ValueError:  # a salt that cannot be one
        return False
