"""Who guesses too often must be blocked where they sit, for a term that is told and that ends, and nobody else with them."""

from __future__ import annotations

from typing import Final, NamedTuple

from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer, Http
from ostiary.model import Confidence, Finding, Severity, failed, not_applicable, passed, unknown
from ostiary.parts.seen import moments
from ostiary.parts.seen.guesses import REFUSALS, Series, rested, series, shown
from ostiary.parts.seen.likenesses import again, like, wrong

MOST: Final = 20  # wrong passwords for one account
SPRAYED: Final = 10  # more, for as many names that nobody has
LONGEST_WAIT: Final = 20.0  # seconds that the end of a block is waited for; longer terms are believed
_BLOCKED: Final = frozenset({423, 429})
_FAILED: Final = frozenset({400, 401, 403, 404, 422})  # what a login says to a wrong password
_SETTLE: Final = 0.5  # seconds after the term
# Requests: 2 + 20 + 10 + 6 at the most; two registrations.


class _Tried(NamedTuple):
    """An account that was guessed at, another one, the right password's reply before, and how the guesses went."""

    account: Account
    other: Account
    right: Answer
    found: Series
    places: tuple[str, ...]


async def audit_live(http: Http) -> Finding:
    """Trip the block, and look at whom it holds, what it says of its end, and whether it ends."""
    logins = [each.key for each in http.operations if each.role == "login"]
    try:
        account, other = await http.throwaway(), await http.throwaway()
        right = await rested(lambda: http.sign_in(account.user, account.password))
    except Unanswerable as error:
        if http.api is not None and not logins:
            return not_applicable("the document has no operation that signs in with a password")
        return await _blocked_before(http) or unknown(f"no account of our own to guess at: {error}")
    if not http.signed_in(right):
        return unknown(f"a fresh account could not sign in ({right.status}), so that a block would not show")
    at_home = await _elsewhere(http, right)  # whose account it is signs in from another address, as before
    found = await _guessed(http, account, right)
    after = await http.sign_in(account.user, account.password)
    places = tuple(logins[:1])
    if http.signed_in(after):
        if found.limit and found.sign != "delay":
            return _no_block(http, found, after, places, f"{found.told}, but the right password is let in at once")
        return await _sprayed(http, _Tried(account, other, right, found, places))
    if not found.limit:
        found.limit, found.sign = len(found.answers), "silence"
    return await _judged(http, _Tried(account, other, right, found, places), after, at_home=at_home is not None)


async def _blocked_before(http: Http) -> Finding | None:
    """Whether this address is blocked already, for guesses that came before, and another one is not."""
    try:
        here = await http.sign_in("ostiary-nobody@example.com", "a password of nobody's 7")
        if here.status not in _BLOCKED:
            return None
        there = await _elsewhere(http, here)
        beside = await http.send("GET", "/", identity="", fresh=True)
    except Unanswerable:
        return None
    if there is None or there.status not in _FAILED or beside.status in _BLOCKED:
        return None  # a limit for everything that this address asks is no block for guessing
    return passed(
        f"this address, which has guessed before, may not sign in ({here.status}), and another one may try ({there.status})",
        http.show(here, "a sign-in from the address that guessed"),
        http.show(there, "the same from another address"),
    )


async def _guessed(http: Http, account: Account, right: Answer) -> Series:
    async def ask(turn: int) -> tuple[Answer, list[str]]:
        password = wrong(account.password, turn)
        return await again(http, right, {account.password: password}), [account.user, password]

    return await series(ask, MOST)


async def _sprayed(http: Http, tried: _Tried) -> Finding:
    """Nothing stopped guesses at one account; perhaps something stops the same address at others."""
    account, other, right, found, places = tried

    async def ask(turn: int) -> tuple[Answer, list[str]]:
        user, password = like(account.user, turn + 1), wrong(account.password, turn + MOST)
        return await again(http, right, {account.user: user, account.password: password}), [user, password]

    more = await series(ask, SPRAYED, found if not found.limit else None)
    fresh = await http.sign_in(other.user, other.password)
    if not http.signed_in(fresh):
        return unknown(
            f"after {len(found.answers) + len(more.answers)} failures of this address another account cannot sign in from "
            "it: it is blocked, for how long is not known",
            http.show(fresh, "the right password of another account"),
        )
    if more.limit or found.sign == "delay":
        return unknown(f"{(more if more.limit else found).told}; nobody is blocked for it", *shown(http, found, "last"))
    what = (
        f"{len(found.answers) + len(more.answers)} sign-ins fail, for {1 + len(more.answers)} names, and the address may "
        "go on: no block"
    )
    return _no_block(http, found, fresh, places, what)


def _no_block(http: Http, found: Series, after: Answer, places: tuple[str, ...], what: str) -> Finding:
    return failed(
        what,
        *shown(http, found, "the last guess"),
        http.show(after, "a right password afterwards: signed in"),
        proof="After all these failures a right password signed in from the same address at once.",
        places=places,
        facts={"role": "login", **found.facts()},
    )


async def _judged(http: Http, tried: _Tried, after: Answer, *, at_home: bool) -> Finding:
    account, other, right, found, places = tried
    term = _term(after) or _term(found.last)
    facts = {"role": "login", **found.facts(), "term": term}
    told = found.told if found.sign != "silence" else f"after {found.limit} guesses the right password is refused"
    owner = await _elsewhere(http, right) if at_home else None
    if owner is not None and not http.signed_in(owner):
        return failed(
            f"{told}, and the account is then shut to everybody: its owner, who signed in from another address before, "
            "is locked out by somebody else's guesses",
            *shown(http, found, "the refusal of the address that guessed"),
            http.show(owner, "the right password from the address that never failed: refused"),
            severity=Severity.LOW,
            confidence=Confidence.FIRM,
            proof="The same right password signed in from that address before the guesses, and is refused after them.",
            places=places,
            facts={**facts, "blocks": "account"},
        )
    if 0 < term <= LONGEST_WAIT and not await _ends(http, account, term):
        return failed(
            f"{told}, for {term} s as it says, but does not end then",
            *shown(http, found, "the refusal, with its term"),
            proof=f"Twice {term} s later the right password was still refused.",
            places=places,
            facts=facts,
        )
    others = await http.sign_in(other.user, other.password)
    scope = ["the address that guessed alone"] if owner is not None else []
    scope += ["this account alone"] if http.signed_in(others) else []
    said = f"for {term} s" if term else "for how long is not said (no Retry-After)"
    why = f"{told}; it holds {', '.join(scope) or 'this address, whatever the account'}; {said}"
    if not term and not scope:
        return unknown(why, *shown(http, found, "the refusal"))
    return passed(why, *shown(http, found, "the refusal"))


async def _elsewhere(http: Http, right: Answer) -> Answer | None:
    """The right password from another address of this machine; None where there is none."""
    try:
        return await again(http, right, {}, source=1)
    except Unanswerable:
        return None


async def _ends(http: Http, account: Account, term: int) -> bool:
    for _ in range(2):
        await moments.pause(term + _SETTLE)
        answer = await http.sign_in(account.user, account.password)
        if http.signed_in(answer):
            return True
        if answer.status in REFUSALS and _term(answer) > term:
            return False
    return False


def _term(answer: Answer) -> int:
    value = answer.head("retry-after") or ""
    return int(value) if value.isascii() and value.isdigit() else 0
