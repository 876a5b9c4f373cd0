"""Codes are guessed a few times and sent a few times, counted by account, by challenge, by destination and by source."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated

from ostiary.model import Exchange, Hooks, Operation, Site
from ostiary.parts.attempts import account_digest, key, source_of
from ostiary.parts.attempts_flow import Counting, Watch, ladder_of
from ostiary.parts.attempts_outcome import Sign, judge_of
from ostiary.parts.attempts_reading import Guess, has_body, reader_of, where_of
from ostiary.parts.attempts_sends import Pace, destination, destinations, spend
from ostiary.parts.attempts_sessions import bearer_of, sessions_of, without_signature
from ostiary.parts.attempts_steps import walk
from ostiary.store.ports import Attempt, Count
from ostiary.strict import Duration, Meta, Secret, Strict

_ID = "account.auth-endpoint-limits"


class Settings(Strict, frozen=True):
    """Operations by their role; sign-in itself is `auth.login-max-retry` and `auth.login-jail`.

    ``otp-verify``, and the second half of a ``reset``: ``tries`` wrong codes within ``window`` for each challenge and for
    each account, a new code or not; then it waits for ``terms[0]``, the next time for ``terms[1]``. A source has
    ``source-tries``. ``otp-send``, and the first half of a ``reset``: one message ``every`` 60 s and ``sends`` in any
    ``per`` for each account and destination; a source has ``source-sends``. ``register``: ``registrations`` for each
    source in ``per``. ``account``, ``failure``, ``success``, ``pepper``: as in `auth.login-jail`.
    """

    tries: Annotated[int, Meta(ge=1, le=100)] = 5
    window: Duration = Duration("1h")
    terms: tuple[Duration, ...] = (Duration("1m"), Duration("5m"), Duration("15m"), Duration("1h"), Duration("24h"))
    forget: Duration = Duration("24h")
    source_tries: Annotated[int, Meta(ge=1, le=1_000_000)] = 50
    every: Duration = Duration("60s")
    sends: Annotated[int, Meta(ge=1, le=100)] = 5
    per: Duration = Duration("1h")
    source_sends: Annotated[int, Meta(ge=1, le=1_000_000)] = 30
    registrations: Annotated[int, Meta(ge=1, le=1_000_000)] = 20
    good_for: Duration = Duration("30d")
    account: str = ""
    success: tuple[Sign, ...] = ()
    failure: tuple[Sign, ...] = ()
    pepper: Secret | None = None


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Limits for this operation's role."""
    role = operation.role
    if role not in {"otp-verify", "otp-send", "reset", "register"}:
        return None
    pace = Pace(float(settings.every), settings.sends, float(settings.per), settings.source_sends)
    read = reader_of(operation, where_of(settings.account, f"{_ID} account"))
    counting = _verifying(settings, "reset" if role == "reset" else "otp")
    judge = judge_of(settings.success, settings.failure, _ID)
    watch = Watch(_ID, site.store.strikes, read, counting, judge)
    if role == "otp-verify":
        return watch.hooks()
    registering = pace._replace(from_source=settings.registrations)

    def once(exchange: Exchange) -> Awaitable[None] | None:
        if role == "register":
            return walk(spend(site.store, registering, role, source_of(exchange.client), ()))
        guess = read(exchange)
        if role == "reset" and guess.proves:
            return watch.reserve(exchange)
        return walk(spend(site.store, pace, role, source_of(exchange.client), _receivers(guess, exchange, settings)))

    def head(exchange: Exchange) -> Awaitable[None] | None:
        return None if has_body(exchange) else once(exchange)

    def body(exchange: Exchange) -> Awaitable[None] | None:
        return once(exchange) if has_body(exchange) or exchange.body else None

    watching = watch.hooks()
    if role != "reset":
        return Hooks(head=head, body=body)
    return Hooks(head=head, body=body, reply=watching.reply, reply_body=watching.reply_body, inspects=watching.inspects)


def _receivers(guess: Guess, exchange: Exchange, settings: Settings) -> list[str]:
    """Digests of everybody whom a message is sent to, or who is known to have it sent."""
    sent = [one for each in (*guess.destinations, *guess.accounts) for one in destinations(each)]
    named = [account_digest(each, settings.pepper) for each in sent]
    if not named:
        named = [account_digest(each, settings.pepper, kind="challenge") for each in _challenges(guess, exchange)]
    return list(dict.fromkeys(named))


def _challenges(guess: Guess, exchange: Exchange) -> tuple[str, ...]:
    """What tells one sign-in under way from another: what is named, and what a browser carries along in any case."""
    named = (*guess.challenges, *sessions_of(exchange), *(() if guess.accounts else bearer_of(exchange)))
    return tuple(dict.fromkeys(map(without_signature, named)))


def _verifying(settings: Settings, kind: str) -> Counting:
    ladder = ladder_of(settings.tries, settings.window, settings.terms, settings.forget, _ID)
    by_source = ladder._replace(tries=settings.source_tries)
    pepper = settings.pepper
    good_for = float(settings.good_for)

    def attempt_of(guess: Guess, source: str, exchange: Exchange) -> Attempt | None:
        names = dict.fromkeys(destination(each) for each in (*guess.accounts, *guess.destinations))
        digests = [account_digest(each, pepper) for each in names]
        if exchange.principal is not None and exchange.principal.identity:
            digests.append(account_digest(exchange.principal.identity, pepper, kind="caller"))
        challenges = _challenges(guess, exchange)
        single = len(challenges) == 1  # who mixes his own with another's must not clear the other's by a success of his
        counts = [
            Count(key(kind, "challenge", account_digest(each, pepper, kind="challenge")), ladder, clears=single)
            for each in challenges
        ]
        alone = len(digests) == 1
        for each in digests:
            counts.append(Count(key(kind, "account", each), ladder, spares=True))
            if source:
                counts.append(Count(key(kind, "pair", each, source), ladder, clears=alone))
        if source:
            counts.append(Count(key(kind, "source", source), by_source, spares=True))
        good = key("good", kind, digests[0], source) if alone and source else ""
        return Attempt(tuple(counts), good, good_for)

    return attempt_of
