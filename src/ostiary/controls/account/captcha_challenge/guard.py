"""After a few failures, or by an operator's order, the next try costs a solved challenge; it buys a try and nothing else."""

from __future__ import annotations

import functools
from collections.abc import Awaitable
from typing import Annotated, Literal

from ostiary.errors import ConfigError, Denied
from ostiary.model import Exchange, Hooks, Operation, Site
from ostiary.parts.attempts import account_digest, key, source_of
from ostiary.parts.attempts_flow import Watch, ladder_of
from ostiary.parts.attempts_outcome import Sign, judge_of
from ostiary.parts.attempts_reading import Guess, answer_of, has_body, reader_of, where_of
from ostiary.parts.attempts_steps import Steps, walk
from ostiary.parts.captcha import Captcha, Service
from ostiary.parts.captcha_altcha import Altcha
from ostiary.store.ports import Attempt, Count
from ostiary.strict import Duration, Meta, Secret, Strict

_ID = "account.captcha-challenge"
_HEADER = b"x-captcha"
_GUESSED = frozenset({"login", "otp-verify", "reset"})
Role = Literal["login", "otp-verify", "otp-send", "reset", "register"]


class Settings(Strict, frozen=True):
    """On where it has keys: ``key`` for ALTCHA (32 bytes or more), ``secret`` and ``site-key`` for the other providers.

    After ``after`` failures of an account and a source, or ``source-after`` of a source, within ``window``, a challenge is
    asked of them for ``term``; so it is while an operator's order says (``ostiary ban add challenge login``). The refusal
    is a 403 whose problem has a member ``challenge``; the client solves it and repeats the request with the answer in the
    header ``x-captcha``, or in the body where ``field`` says. ``cost`` and ``trials`` are ALTCHA's work: iterations of one
    trial, and how many there are at the most; ``expires``: when a puzzle is too old. ``hostnames`` and ``action`` are what
    Turnstile or hCaptcha must say of the page; ``url``: their endpoint, where it is another. ``account``, ``failure``,
    ``success``, ``pepper``: as in `auth.login-jail`.
    """

    provider: Literal["altcha", "turnstile", "hcaptcha"] = "altcha"
    key: Secret | None = None
    secret: Secret | None = None
    site_key: str = ""
    hostnames: tuple[str, ...] = ()
    action: str = ""
    url: str = ""
    roles: tuple[Role, ...] = ("login", "otp-verify", "otp-send", "reset", "register")
    after: Annotated[int, Meta(ge=1, le=100)] = 3
    source_after: Annotated[int, Meta(ge=1, le=1_000_000)] = 30
    window: Duration = Duration("15m")
    term: Duration = Duration("15m")
    field: str = ""
    cost: Annotated[int, Meta(ge=1, le=1_000_000)] = 1000
    trials: Annotated[int, Meta(ge=2, le=1_000_000)] = 4000
    expires: Duration = Duration("5m")
    account: str = ""
    success: tuple[Sign, ...] = ()
    failure: tuple[Sign, ...] = ()
    pepper: Secret | None = None


@functools.lru_cache(maxsize=16)
def _captcha(settings: Settings, site: Site) -> Captcha | None:
    first = site.store.once.first
    if settings.provider == "altcha":
        if settings.key is None:
            return None
        seconds = float(settings.expires)
        if seconds < 1:
            raise ConfigError(f"{_ID} expires", "is over before anybody can solve it", 'write "5m"')
        return Altcha(settings.key, cost=settings.cost, trials=settings.trials, seconds=seconds, first=first, where=_ID)
    if settings.secret is None:
        raise ConfigError(f"{_ID} secret", f"{settings.provider} needs one", 'secret = { env = "NAME" }')
    return Service(
        settings.provider, secret=settings.secret, site_key=settings.site_key, hostnames=settings.hostnames,
        action=settings.action, url=settings.url, first=first, production=site.profile == "production", where=_ID,
    )  # fmt: skip


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Ask for a solved challenge where failures or an order call for one."""
    captcha = _captcha(settings, site)
    if captcha is None or operation.role not in settings.roles:
        return None
    return _Asking(settings, operation, site, captcha).hooks()


class _Asking:
    """The hooks of one operation."""

    def __init__(self, settings: Settings, operation: Operation, site: Site, captcha: Captcha) -> None:
        ladder = ladder_of(settings.after, settings.window, (settings.term,), settings.term, _ID)
        self._ladder = ladder
        self._by_source = ladder._replace(tries=settings.source_after)
        self._pepper = settings.pepper
        self._site = site
        self._captcha = captcha
        self._provider = settings.provider
        self._operation = operation.key
        self._orders = (f"challenge:{operation.role}", "challenge:*")
        self._counts = operation.role in _GUESSED
        self._field = where_of(settings.field, f"{_ID} field")
        self._read = reader_of(operation, where_of(settings.account, f"{_ID} account"))
        judge = judge_of(settings.success, settings.failure, _ID)
        self._watch = Watch(_ID, site.store.strikes, self._read, self._attempt_of, judge)

    def hooks(self) -> Hooks:
        watching = self._watch.hooks()
        if not self._counts:
            return Hooks(head=self._head, body=self._body)
        return Hooks(
            head=self._head, body=self._body, reply=watching.reply, reply_body=watching.reply_body,
            inspects=watching.inspects,
        )  # fmt: skip

    def _head(self, exchange: Exchange) -> Awaitable[None] | None:
        return None if has_body(exchange) else walk(self._ask(exchange))

    def _body(self, exchange: Exchange) -> Awaitable[None] | None:
        return walk(self._ask(exchange)) if has_body(exchange) or exchange.body else None

    def _ask(self, exchange: Exchange) -> Steps:
        answer = answer_of(exchange, _HEADER, self._field)
        exchange.headers = [pair for pair in exchange.headers if pair[0] != _HEADER]
        guess = self._read(exchange)
        if guess.machine:
            return  # no widget is shown to a machine
        attempt = self._attempt_of(guess, source_of(exchange.client), exchange) if self._counts else None
        wanted = self._ordered()
        if not wanted and attempt is not None and attempt.counts:
            wanted = (yield self._site.store.strikes.attempt(attempt)) > 0
            if not wanted:
                self._watch.admit(exchange, attempt, guess.client)
        if not wanted:
            return
        if answer and (yield from self._captcha.check(answer, self._operation, self._site.now())):
            if attempt is not None:  # a success still ends the asking; failures are for the jail to count
                self._watch.admit(exchange, self._personal(attempt), guess.client, counted=False)
            return
        raise self._refusal()

    def _ordered(self) -> bool:
        current = self._site.store.bans.current()
        now = self._site.now()
        return any(each in current and current[each].until > now for each in self._orders)

    def _refusal(self) -> Denied:
        told = self._captcha.challenge(self._operation, self._site.now())
        headers = {"x-captcha-required": self._provider, "cache-control": "no-store"}
        return Denied(403, "solve the challenge and send its answer along", headers, members={"challenge": told})

    def _personal(self, attempt: Attempt) -> Attempt:
        return attempt._replace(counts=tuple(each for each in attempt.counts if each.clears))

    def _attempt_of(self, guess: Guess, source: str, exchange: Exchange) -> Attempt | None:  # noqa: ARG002 - of a `Counting`
        named = (*guess.accounts, *guess.challenges)
        digests = list(dict.fromkeys(account_digest(each, self._pepper) for each in named))
        alone = len(digests) == 1
        counts = [Count(key("captcha", "pair", each, source), self._ladder, clears=alone) for each in digests]
        if source:
            counts.append(Count(key("captcha", "source", source), self._by_source))
        return Attempt(tuple(counts))
