"""Who fails too often is jailed with the account that was tried, then with the whole source; terms grow and end."""

from __future__ import annotations

from typing import Annotated

from ostiary.model import Exchange, Hooks, Operation, Site
from ostiary.parts.attempts import account_digest, key
from ostiary.parts.attempts_flow import CLIENT_TRIES, Watch, ladder_of
from ostiary.parts.attempts_outcome import Sign, judge_of
from ostiary.parts.attempts_reading import Guess, reader_of, where_of
from ostiary.store.ports import Attempt, Count
from ostiary.strict import Duration, Meta, Secret, Strict

_ID = "auth.login-jail"


class Settings(Strict, frozen=True):
    """Operations whose role is ``login``: ``tries`` wrong passwords within ``window`` jail an account and a source together.

    The first time for ``terms[0]``, then for the next; ``forget`` after the last one it begins anew. A source (an IPv4
    address, an IPv6 /64) that fails ``source-tries`` times, at whatever accounts, is jailed as a whole; accounts that have
    signed in from it within ``good-for`` are not. Jailed, the right password is refused as well: 429 and Retry-After,
    and the application is not asked. ``account``: where the name is, if the document does not say: ``"/user/email"``,
    ``"query:name"``, ``"path:name"``, ``"header:name"``, ``"basic"``. ``failure`` and ``success``: replies that mean it,
    where status and usual bodies do not (``{ status = [200], body = "/error exists" }``). ``pepper``: the key under which
    account names are digested before they are stored.
    """

    tries: Annotated[int, Meta(ge=1, le=100)] = 5
    window: Duration = Duration("15m")
    terms: tuple[Duration, ...] = (Duration("1m"), Duration("5m"), Duration("15m"), Duration("1h"), Duration("24h"))
    forget: Duration = Duration("24h")
    source_tries: Annotated[int, Meta(ge=1, le=1_000_000)] = 50
    good_for: Duration = Duration("30d")
    account: str = ""
    success: tuple[Sign, ...] = ()
    failure: tuple[Sign, ...] = ()
    pepper: Secret | None = None


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Reserve a try for each sign-in, refuse the jailed, settle by the application's reply."""
    if operation.role != "login":
        return None
    by_pair = ladder_of(settings.tries, settings.window, settings.terms, settings.forget, _ID)
    by_source = by_pair._replace(tries=settings.source_tries)
    of_client = by_pair._replace(tries=CLIENT_TRIES)
    pepper = settings.pepper
    good_for = float(settings.good_for)

    def attempt_of(guess: Guess, source: str, exchange: Exchange) -> Attempt | None:
        if guess.machine and not guess.client:
            return None  # it proves nothing that could be guessed
        if guess.machine:
            digest = account_digest(guess.client, pepper, kind="client")
            return Attempt((Count(key("jail", "pair", digest, source), of_client, clears=True),))
        digests = list(dict.fromkeys(account_digest(each, pepper) for each in guess.accounts or guess.challenges))
        alone = len(digests) == 1  # a request that names two people clears and vouches for neither
        counts = [Count(key("jail", "pair", each, source), by_pair, clears=alone) for each in digests]
        if source:
            counts.append(Count(key("jail", "source", source), by_source, spares=True))
        good = key("good", digests[0], source) if alone and source else ""
        return Attempt(tuple(counts), good, good_for)

    read = reader_of(operation, where_of(settings.account, f"{_ID} account"))
    return Watch(_ID, site.store.strikes, read, attempt_of, judge_of(settings.success, settings.failure, _ID)).hooks()
