"""Nobody guesses for free: a try is reserved before anything is looked at, and who fails waits, then works, then waits longer."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

from ostiary.errors import Denied
from ostiary.identity.limits import CLIENTS, GUESSES, PEOPLE, WHERE, Kind, check, pepper_of
from ostiary.identity.services import Visit
from ostiary.parts.attempts import account_digest, key, source_of
from ostiary.parts.attempts_flow import CLIENT_TRIES, ladder_of, too_many
from ostiary.parts.attempts_sends import Pace, spend
from ostiary.parts.attempts_steps import Verdict, walk
from ostiary.parts.captcha_altcha import Altcha
from ostiary.parts.identity_settings import Identity
from ostiary.parts.sealing import KeyRing
from ostiary.store.ports import Attempt, Count, Counters, Ladder, Rate, Store
from ostiary.strict import Duration, Secret

__all__ = ["Gate", "Guess", "pepper_of"]

logger = logging.getLogger("ostiary.identity")

_DAY: Final = 86400.0  # seconds
_GOOD_FOR: Final = 30 * _DAY  # how long a source is known for an account that was signed in to from there
_HOUR: Final = 3600.0
_MINUTE: Final = 60.0
_LONGEST: Final = 1024  # characters of an account's name
_TOLD: Final = 5  # jailings that one source may have written into the audit log in a quarter of an hour
_COST, _TRIALS, _EXPIRES = 1000, 4000, 300.0  # of a proof of work: iterations, trials, seconds


class _Try(NamedTuple):
    """A guess that is about to be made."""

    kind: str
    what: Kind
    visit: Visit
    account: str
    digest: str
    source: str


class Guess:
    """One try: a failure unless `good` is called."""

    __slots__ = ("_right",)

    def __init__(self) -> None:
        self._right = False

    def good(self) -> None:
        """It was right."""
        self._right = True

    @property
    def right(self) -> bool:
        """Whether it was."""
        return self._right


class Gate:
    """Limits of guesses, messages and visits, over the store that the policy shares.

    :param now: seconds since the epoch.
    :param entropy: gives that many random bytes.
    :raises ConfigError: for limits that would hold nobody.
    """

    def __init__(
        self,
        settings: Identity,
        *,
        store: Store,
        ring: KeyRing,
        now: Callable[[], float],
        entropy: Callable[[int], bytes],
    ) -> None:
        jail = settings.jail
        del entropy  # puzzles are made by the library of its own
        check(settings.jail)
        self._jail = jail
        self._store = store
        self._now = now
        self._pepper = pepper_of(ring)
        forget = Duration(max([_DAY, *jail.terms]))
        by_pair = ladder_of(jail.tries, jail.window, jail.terms, forget, WHERE)
        self._ladders = {
            "pair": by_pair,
            "source": by_pair._replace(tries=jail.source_tries),
            "wide": by_pair._replace(tries=jail.account_tries),
            "tight": by_pair,
            "client": by_pair._replace(tries=CLIENT_TRIES),
            "clients": by_pair._replace(tries=10 * CLIENT_TRIES),
        }
        self._asked = Ladder(max(1, jail.captcha_after), float(jail.window), (float(jail.window),), float(jail.window))
        key_ = Secret(ring.digest(b"", "gate.captcha").hex())
        self._captcha = Altcha(
            key_, cost=_COST, trials=_TRIALS, seconds=_EXPIRES, first=store.once.first, where="[identity] captcha"
        ) if settings.captcha else None  # fmt: skip
        self._pace = Pace(float(jail.pause), jail.sends, _HOUR, jail.source_sends)
        self.told: Callable[[str, str, Visit], Awaitable[None]] | None = None  # hears of jailings: kind, account, visit

    # guesses

    @asynccontextmanager
    async def guess(self, visit: Visit, kind: str, account: str = "") -> AsyncIterator[Guess]:
        """Reserve a try before anything is looked at; it failed unless `Guess.good` is called inside.

        A fault of ours (any exception but a refusal of the 400s) takes the try back. Given up in the middle, it failed.

        :param kind: what is guessed at, one of the table above.
        :param account: at whose: the name as it was typed, whether it exists or not; an id; a client's id.
        :raises Denied: 429 while it is jailed, whatever the guess would be; 403 with a ``challenge`` where a proof of work
            is asked for.
        :raises StoreError: when nobody can tell.
        """
        what = GUESSES[kind]
        digest = self._digest(account, what) if account else ""
        attempts = await self._reserve(_Try(kind, what, visit, account, digest, source_of(visit.source)))
        guess = Guess()
        settle = self._store.strikes.settle
        try:
            yield guess
        except Exception as error:
            ours = not isinstance(error, Denied) or error.status >= 500  # noqa: PLR2004 - our fault, not the caller's
            for each in attempts:
                if ours:
                    self._store.strikes.drop(each)
                else:
                    settle(each, good=guess.right)
            raise
        except BaseException:  # they hung up: what they would have learnt counts all the same
            for each in attempts:
                settle(each, good=guess.right)
            raise
        for each in attempts:
            settle(each, good=guess.right)

    async def _reserve(self, tried: _Try) -> list[Attempt]:
        attempt = self._attempt(tried)
        wait = await _answer(self._store.strikes.attempt(attempt))
        if wait > 0:
            await self._tell(tried, wait)
            raise too_many(wait)
        if self._captcha is None or not tried.what.captcha:
            return [attempt]
        try:
            asked = await self._ask(tried)
        except BaseException:
            self._store.strikes.drop(attempt)
            raise
        return [attempt, asked]

    def _attempt(self, tried: _Try) -> Attempt:
        """What a try counts against: the pair, the account wherever it comes from, the source whomever it is at.

        A client's secret is too long to be guessed from many places, and whoever tried that would lock the client out.
        """
        _, what, _, _, digest, source = tried
        group, ladders, counts = f"identity-{what.group}", self._ladders, []
        machine, wide = what.account == "client", what.account == "wide"
        if digest and what.account:
            pair = key(group, "pair", digest, source)
            counts.append(Count(pair, ladders["client" if machine else "pair"], clears=True))
            if not machine:
                counts.append(Count(key(group, "account", digest), ladders[what.account], clears=True, spares=wide))
        if source:
            counts.append(Count(key(group, "source", source), ladders["clients" if machine else "source"], spares=wide))
        return Attempt(
            tuple(counts), key("good", group, digest, source) if wide and digest and source else "", _GOOD_FOR
        )

    async def _ask(self, tried: _Try) -> Attempt:
        """Have a proof of work made where failures call for one; a try that was paid for so is counted by the jail alone.

        A source that is known for an account need not work off what others did to that account.
        """
        digest, source, counts = tried.digest, tried.source, []
        if digest:
            counts.append(Count(key("identity-captcha", "account", digest), self._asked, clears=True, spares=True))
        if source:
            counts.append(Count(key("identity-captcha", "source", source), self._asked))
        good = key("good", f"identity-{tried.what.group}", digest, source) if digest and source else ""
        suspicion = Attempt(tuple(counts), good, _GOOD_FOR)
        if self._jail.captcha_after and await _answer(self._store.strikes.attempt(suspicion)) <= 0:
            return suspicion
        await self.prove(tried.visit, tried.what.group)
        return Attempt(())

    async def _tell(self, tried: _Try, wait: float) -> None:
        """Have a jailing written down: once per term, and so often that nobody fills the log by being refused."""
        if self.told is None or wait <= 1:
            return
        name = key("identity-told", tried.what.group, tried.digest, tried.source)
        if not await _answer(self._store.once.first(name, wait)):
            return
        rate = Rate(_TOLD, 900, _TOLD)
        if not (await _answer(self._store.exact.take(key("identity-told", tried.source), rate))).wait:
            await self.told(tried.kind, tried.account, tried.visit)

    # proofs of work

    def challenge(self, what: str) -> dict[str, Any]:
        """A puzzle for a page or a program; {} where none is ever asked."""
        return {} if self._captcha is None else self._captcha.challenge(what, self._now())

    async def prove(self, visit: Visit, what: str) -> None:
        """Refuse who has not solved a puzzle for this, or has used its answer before.

        :raises Denied: 403; its member ``challenge`` is what has to be solved.
        """
        if self._captcha is None:
            return
        if visit.captcha and await _walked(self._captcha.check(visit.captcha, what, self._now())):
            return
        headers = {"x-captcha-required": "altcha", "cache-control": "no-store"}
        reason = "solve the challenge and send its answer along"
        raise Denied(403, reason, headers, members={"challenge": self.challenge(what)})

    # paces

    async def send(self, visit: Visit, to: str, kind: str = "message") -> None:
        """Take one message to a destination from its allowance, and from that of whoever causes it.

        It is asked for every destination alike, whether there is an account or not.

        :param to: an address or a number, as it was typed.
        :param kind: messages of one kind do not use up another's allowance.
        :raises Denied: 429.
        """
        names = [account_digest(to[:_LONGEST], self._pepper)]
        later = walk(spend(self._store, self._pace, f"identity-{kind}", source_of(visit.source), names))
        if later is not None:
            await later

    async def knock(self, visit: Visit, kind: str) -> None:
        """Take one visit of a kind from its source's allowance, before anything else is done.

        Registrations after a source's first in an hour cost a proof of work.

        :raises Denied: 429, or 403 with a ``challenge``.
        """
        jail = self._jail
        if kind in CLIENTS:
            await self._take(visit, kind, Rate(jail.calls, _MINUTE, max(1, jail.calls // 6)), self._store.counters)
            return
        if kind not in PEOPLE:
            msg = f"nobody knocks for {kind!r}"
            raise ValueError(msg)
        await self._take(visit, kind, Rate(jail.knocks, _MINUTE, jail.knocks), self._store.exact)
        if kind == "register":
            await self._register(visit)

    async def _register(self, visit: Visit) -> None:
        first = key("identity-first", source_of(visit.source) or "-")
        free = bool(self._jail.captcha_after) and await _answer(self._store.once.first(first, _HOUR))
        if not free:
            await self.prove(visit, "register")
        most = self._jail.registrations
        await self._take(visit, "registered", Rate(most, _HOUR, most), self._store.exact)

    async def _take(self, visit: Visit, kind: str, rate: Rate, counters: Counters) -> None:
        source = source_of(visit.source) or "-"  # those without an address have one allowance together
        taken = await _answer(counters.take(key("identity-knock", kind, source), rate))
        if taken.wait:
            raise too_many(taken.wait)

    def _digest(self, account: str, what: Kind) -> str:
        return account_digest(account[:_LONGEST], self._pepper, kind="client" if what.account == "client" else "")


async def _answer(asked: Any) -> Any:
    """What a verb of the store says, at once or later."""
    return await asked if isinstance(asked, Awaitable) else asked


async def _walked(verdict: Verdict) -> bool:
    """A provider's verdict: what it asks for is waited for."""
    try:
        asked = next(verdict)
        while True:
            asked = verdict.send(await _answer(asked))
    except StopIteration as end:
        return bool(end.value)
