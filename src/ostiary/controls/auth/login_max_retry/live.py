"""Wrong passwords for an account that nobody needs, then the right one: it must not open as if nothing had happened."""

from __future__ import annotations

from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer, Http
from ostiary.model import Finding, failed, not_applicable, passed, unknown
from ostiary.parts.seen.guesses import REFUSALS, Series, rested, series, shown
from ostiary.parts.seen.likenesses import again, disguises, wrong

MOST: Final = 20  # wrong passwords in a row
ROUNDS: Final = 2  # a right password right after a refusal, before it is believed to be let in always
DISGUISES: Final = 2
SOURCES: Final = 4  # other addresses of this machine that guess on, where the target is on it, too
FEWEST: Final = 10  # guesses by all addresses together, before they are too many
# Requests: 1 + 20 + 1; where a limit shows, at most 21 more, or 2 * 2 + 4 * 20 + 1, in all no more than about 45 in
# practice: a limit that shows in k guesses shows in k guesses from each address. One registration.


async def audit_live(http: Http) -> Finding:
    """Count wrong passwords until something stops them; then see what the right one, and a made-up address, get."""
    logins = [each.key for each in http.operations if each.role == "login"]
    try:
        account = await http.throwaway()
        right = await rested(lambda: http.sign_in(account.user, account.password))
    except Unanswerable as error:
        if http.api is not None and not logins:
            return not_applicable("the document has no operation that signs in with a password")
        return unknown(f"no account of our own to guess at: {error}")
    if not http.signed_in(right):
        if right.status in REFUSALS:
            return unknown(
                f"signing in is refused ({right.status}) before the first guess: a limit there is, its number was not "
                "measured",
                http.show(right, "the right password of a fresh account"),
            )
        return unknown("a fresh account could not sign in, so that a refusal of its password would prove nothing")
    found = await _guessed(http, account, 0)
    after = await http.sign_in(account.user, account.password)
    places = tuple(logins[:1])
    if not found.limit:
        return _unlimited(http, found, after, places)
    if found.sign == "delay":
        return passed(f"{found.told}: guessing slows down", *shown(http, found, "the delay"))
    if http.signed_in(after):
        return await _let_in(http, account, found, after, places)
    return await _disguised(http, account, right, found, places)


async def _guessed(
    http: Http,
    account: Account,
    start: int,
    *,
    right: Answer | None = None,
    source: int = 0,
    before: Series | None = None,
) -> Series:
    async def ask(turn: int) -> tuple[Answer, list[str]]:
        password = wrong(account.password, start + turn)
        if right is None:
            answer = await http.sign_in(account.user, password)
        else:
            answer = await again(http, right, {account.password: password}, source=source)
        if http.signed_in(answer):
            raise Unanswerable("a wrong password signs in: what is right cannot be told from what is wrong")
        return answer, [account.user, password]

    return await series(ask, MOST, before)


def _unlimited(http: Http, found: Series, after: Answer, places: tuple[str, ...]) -> Finding:
    if not http.signed_in(after):
        why = (
            f"after {MOST} wrong passwords, all answered alike, the right one is refused: there is a limit behind them"
        )
        return passed(why, http.show(after, "the right password, refused"))
    return failed(
        f"{found.told}, and the right password still works at once: no limit",
        *shown(http, found, f"guess {len(found.answers)}, answered like the first"),
        http.show(after, "the right password afterwards: signed in"),
        proof=f"{found.told}, in {found.seconds:.1f} s; then the right password signed in.",
        places=places,
        facts={"role": "login", **found.facts()},
    )


async def _let_in(http: Http, account: Account, found: Series, after: Answer, places: tuple[str, ...]) -> Finding:
    """Guesses were refused, and the right password was not: if that holds, guessing goes on as before."""
    for turn in range(1, ROUNDS):
        more = await _guessed(http, account, turn * MOST)
        again_right = await http.sign_in(account.user, account.password)
        if not more.limit or not http.signed_in(again_right):
            return unknown(
                f"{found.told}; right after it the right password was let in once, and not again",
                *shown(http, found, "the refusal"),
            )
        after = again_right
    return failed(
        f"{found.told}, but the right password is let in at once: who guesses it is not kept out",
        *shown(http, found, "the refusal"),
        http.show(after, "the right password right after it: signed in"),
        proof=f"Twice in a row: {found.told}, and then the right password signed in.",
        places=places,
        facts={"role": "login", **found.facts(), "right-password": "let in"},
    )


async def _disguised(http: Http, account: Account, right: Answer, found: Series, places: tuple[str, ...]) -> Finding:
    """The right password is refused now; it must stay so under another claimed address."""
    opened: list[Answer] = []
    for turn in range(DISGUISES):
        answer = await again(http, right, {}, disguises(turn))
        plain = await http.sign_in(account.user, account.password)
        if http.signed_in(answer) and not http.signed_in(plain):
            opened.append(answer)
    if len(opened) == DISGUISES:
        return failed(
            f"{found.told}, but not with a made-up address in a header (X-Forwarded-For and the like)",
            *shown(http, found, "the refusal"),
            http.show(opened[-1], "the right password under a made-up address: signed in"),
            proof="Without the header the right password is refused, with it it signs in; both twice.",
            places=places,
            facts={"role": "login", **found.facts(), "bypass": "forwarding headers"},
        )
    return await _from_elsewhere(http, account, right, found, places)


async def _from_elsewhere(
    http: Http, account: Account, right: Answer, found: Series, places: tuple[str, ...]
) -> Finding:
    """Other addresses of this machine guess on; at the end, one that never failed has the right password."""
    why = f"{found.told}, and the right password is refused too, under made-up addresses as well"
    total, source = found.limit - 1, 0
    try:
        while total < MOST and source < SOURCES:
            source += 1
            more = await _guessed(http, account, MOST * (source + 1), right=right, source=source, before=found)
            total += len(more.answers) - bool(more.limit)
        answer = await again(http, right, {}, source=source + 1)
    except Unanswerable:  # not on loopback: there is no other address to come from
        return passed(why, *shown(http, found, "the refusal"))
    if not http.signed_in(answer):
        return passed(f"{why}, and from other addresses", *shown(http, found, "the refusal"))
    if total < FEWEST:
        return passed(f"{why}; other addresses are counted apart", *shown(http, found, "the refusal"))
    return failed(
        f"{found.told}, but each address is counted apart: {source + 1} of them made {total} guesses, and then the right "
        "password worked",
        *shown(http, found, "the refusal of one address"),
        http.show(answer, "the right password from an address that had not guessed: signed in"),
        proof=f"{total} wrong passwords for one account, from {source + 1} addresses; then the right one signed in.",
        places=places,
        facts={"role": "login", **found.facts(), "counted-by": "source"},
    )
