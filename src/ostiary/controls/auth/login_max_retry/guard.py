"""Wrong passwords of an account are counted wherever they come from: first it is slowed down, at the ceiling it stops."""

from __future__ import annotations

from typing import Annotated

from ostiary.model import Exchange, Hooks, Operation, Site
from ostiary.parts.attempts import account_digest, key
from ostiary.parts.attempts_flow import CLIENT_TRIES, Watch, ladder_of
from ostiary.parts.attempts_outcome import Sign, judge_of
from ostiary.parts.attempts_reading import Guess, reader_of, where_of
from ostiary.store.ports import Attempt, Count
from ostiary.strict import Duration, Meta, Secret, Strict

_ID = "auth.login-max-retry"
NIST_CEILING = 100  # NIST SP 800-63B-4 section 3.2.2: consecutive failures of one authenticator
_CONSECUTIVE = Duration("30d")  # without a failure: then the next one is the first


class Settings(Strict, frozen=True):
    """Operations whose role is ``login``: ``tries`` wrong passwords within ``window``, from everywhere together, slow down.

    The account then waits for ``terms[0]``, the next time for ``terms[1]``, until ``forget`` has passed without. After
    ``ceiling`` failures without a success between them (100 at the most, NIST SP 800-63B-4) it is closed for
    ``ceiling-terms``. A source from which it was signed in to within ``good-for`` is not held up by the failures of
    others, only by its own. ``account``, ``failure``, ``success``, ``pepper``: as in `auth.login-jail`; written under
    ``[auth]`` they hold for both.
    """

    tries: Annotated[int, Meta(ge=1, le=100)] = 5
    window: Duration = Duration("15m")
    terms: tuple[Duration, ...] = (Duration("30s"), Duration("1m"), Duration("5m"), Duration("15m"), Duration("1h"))
    forget: Duration = Duration("24h")
    ceiling: Annotated[int, Meta(ge=1, le=NIST_CEILING)] = NIST_CEILING
    ceiling_terms: tuple[Duration, ...] = (Duration("1d"), Duration("7d"), Duration("30d"))
    good_for: Duration = Duration("30d")
    account: str = ""
    success: tuple[Sign, ...] = ()
    failure: tuple[Sign, ...] = ()
    pepper: Secret | None = None


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Reserve a try for each sign-in, refuse where the account has none left, settle by the application's reply."""
    if operation.role != "login":
        return None
    soft = ladder_of(settings.tries, settings.window, settings.terms, settings.forget, _ID)
    hard = ladder_of(settings.ceiling, _CONSECUTIVE, settings.ceiling_terms, _CONSECUTIVE, f"{_ID} ceiling")
    of_client = soft._replace(tries=CLIENT_TRIES)
    pepper = settings.pepper
    good_for = float(settings.good_for)

    def attempt_of(guess: Guess, source: str, exchange: Exchange) -> Attempt | None:
        if guess.machine and not guess.client:
            return None  # it proves nothing that could be guessed
        if guess.machine:
            digest = account_digest(guess.client, pepper, kind="client")
            return Attempt((Count(key("retry", "account", digest), of_client, clears=True),))
        digests = list(dict.fromkeys(account_digest(each, pepper) for each in guess.accounts or guess.challenges))
        alone = len(digests) == 1  # a request that names two people clears and vouches for neither
        counts = []
        for each in digests:
            counts.append(Count(key("retry", "account", each), soft, spares=True))
            counts.append(Count(key("retry", "ceiling", each), hard, clears=alone, spares=True))
            if source:  # whom the others' failures do not hold up has tries of his own, and no more
                counts.append(Count(key("retry", "pair", each, source), soft, clears=alone))
        good = key("good", digests[0], source) if alone and source else ""
        return Attempt(tuple(counts), good, good_for)

    read = reader_of(operation, where_of(settings.account, f"{_ID} account"))
    return Watch(_ID, site.store.strikes, read, attempt_of, judge_of(settings.success, settings.failure, _ID)).hooks()
