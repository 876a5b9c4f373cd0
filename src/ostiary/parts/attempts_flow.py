"""A try is reserved before it is made and settled by its reply: guesses that run side by side cannot outrun the count."""

from __future__ import annotations

import functools
import math
from collections.abc import Awaitable, Callable, Sequence

from ostiary.errors import ConfigError, Denied
from ostiary.model import Exchange, Hooks
from ostiary.parts.attempts import source_of
from ostiary.parts.attempts_outcome import GOOD, NEITHER, Judge, unseen
from ostiary.parts.attempts_reading import Guess, has_body
from ostiary.parts.reply import has_body as answers_with_body
from ostiary.store.ports import Attempt, Ladder, Strikes
from ostiary.strict import Duration

REASON = "too many attempts"  # the same whatever was counted, whether the account exists, and were the guess right
CLIENT_TRIES = (
    100  # of an OAuth client: its secret is long, and many machines may share it (NIST SP 800-63B-4 section 3.2.2)
)
_SHORTEST = 0.1  # seconds

Counting = Callable[[Guess, str, Exchange], Attempt | None]


def ladder_of(tries: int, window: Duration, terms: Sequence[Duration], forget: Duration, where: str) -> Ladder:
    """A ladder from settings.

    :raises ConfigError: when it would hold nobody, or a later term is shorter than an earlier one.
    """
    if not terms or min(window, forget, *terms) < _SHORTEST:
        raise ConfigError(f"{where} terms", "would hold nobody", 'write terms such as ["1m", "5m", "1h"]')
    if list(terms) != sorted(terms):
        raise ConfigError(f"{where} terms", "do not grow", "put the shorter ones first")
    return Ladder(tries, float(window), tuple(float(each) for each in terms), float(forget))


def too_many(wait: float) -> Denied:
    """The one refusal."""
    return Denied(429, REASON, {"retry-after": str(max(1, math.ceil(wait)))})


class _Reserved:
    """A try under way; `counted`: whether the store knows of it, and has to hear however it ends."""

    __slots__ = ("attempt", "client", "counted", "open")

    def __init__(self, attempt: Attempt, client: str, *, counted: bool) -> None:
        self.attempt = attempt
        self.client = client
        self.counted = counted
        self.open = True


class Watch:
    """Hooks that reserve a try for each request, refuse it with 429 where there is none left, and watch the reply.

    :param control: under whose name the hooks tell each other what was reserved.
    :param read: who is guessed at.
    :param attempt_of: what such a guess, from such a source, counts against; None: nothing.
    :param judge: whether the guess was right, by the reply.
    """

    def __init__(
        self, control: str, strikes: Strikes, read: Callable[[Exchange], Guess], attempt_of: Counting, judge: Judge
    ) -> None:
        self._control = control
        self._strikes = strikes
        self._read = read
        self._attempt_of = attempt_of
        self._judge = judge

    def hooks(self) -> Hooks:
        """For the plan."""
        return Hooks(
            head=self._head, body=self._body, reply=self._settle, reply_body=self._settle, inspects=answers_with_body
        )

    def _head(self, exchange: Exchange) -> Awaitable[None] | None:
        return None if has_body(exchange) else self.reserve(exchange)

    def _body(self, exchange: Exchange) -> Awaitable[None] | None:
        if not has_body(exchange) and not exchange.body:
            return None  # the head said all there is
        return self.reserve(exchange)

    def reserve(self, exchange: Exchange) -> Awaitable[None] | None:
        """Reserve a try, or refuse; the awaitable does the same where the state has to be asked."""
        guess = self._read(exchange)
        attempt = self._attempt_of(guess, source_of(exchange.client), exchange)
        if attempt is None or not attempt.counts:
            return None
        wait = self._strikes.attempt(attempt)
        if isinstance(wait, (float, int)):
            if wait > 0:
                raise too_many(wait)
            self.admit(exchange, attempt, guess.client)
            return None
        return self._ask(exchange, attempt, guess.client, wait)

    async def _ask(self, exchange: Exchange, attempt: Attempt, client: str, answer: Awaitable[float]) -> None:
        # given up while it waits, the try stays reserved: whether it was is not known, and a strike is the safer error
        wait = await answer
        if wait > 0:
            raise too_many(wait)
        self.admit(exchange, attempt, client)

    def admit(self, exchange: Exchange, attempt: Attempt, client: str, *, counted: bool = True) -> None:
        """Watch the reply to a try; `counted` False: it was not reserved, and only a success will be told."""
        reserved = _Reserved(attempt, client, counted=counted)
        exchange.note(self._control, [*exchange.notes.get(self._control, ()), reserved])
        if counted:
            exchange.when_over(functools.partial(self._abandon, reserved))

    def _abandon(self, reserved: _Reserved) -> None:
        """Nobody waited for the reply; the application may have judged the guess all the same."""
        if reserved.open:
            reserved.open = False
            self._strikes.settle(reserved.attempt, good=False)

    def _settle(self, exchange: Exchange) -> None:
        for reserved in exchange.notes.get(self._control, ()):
            if not reserved.open:
                continue
            reserved.open = False
            outcome = unseen(exchange.told) if exchange.ours else self._judge(exchange, reserved.client)
            if outcome == GOOD:
                self._strikes.settle(reserved.attempt, good=True)
            elif reserved.counted and outcome == NEITHER:
                self._strikes.drop(reserved.attempt)
            elif reserved.counted:
                self._strikes.settle(reserved.attempt, good=False)
