"""Whether an account exists shows where a known name is answered otherwise than two unknown ones, which are answered alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer, Http
from ostiary.parts.seen import flows
from ostiary.parts.seen.doors import granted
from ostiary.parts.seen.gists import gist
from ostiary.parts.seen.guesses import REFUSALS, hinders
from ostiary.parts.seen.lapses import Apart, apart
from ostiary.parts.seen.likenesses import again, like, wrong
from ostiary.verdict import Evidence

ROUNDS: Final = 2  # of one known and two unknown names
SAMPLES: Final = 5  # times of each of the three; twice, where they seem to differ
MOST: Final = 3  # operations besides login and registration
# Requests: 2 * 3 for each operation, 20 or 40 for the times of a login, 2 and two registrations for registration.
_ROLES: Final = ("reset", "otp-send", "otp-verify")
_DIGITS: Final = re.compile(r"\d+")
_BUSY: Final = frozenset({408, 425, 502, 503, 504}) | REFUSALS


class Told(NamedTuple):
    """An operation that tells whether an account exists, and how."""

    operation: str  # its key
    role: str
    by: str  # "status", "body", "header", "time"
    what: str
    proof: str
    evidence: tuple[Evidence, ...]


class _Asked(NamedTuple):
    """An operation that takes a name, the request to it, and the texts that name our account there."""

    where: str
    role: str
    known: Answer
    names: Sequence[str]


@dataclass
class Seen:
    """What was compared."""

    told: list[Told] = field(default_factory=list)
    alike: list[tuple[str, Answer]] = field(default_factory=list)  # operations that do not tell, and a reply of theirs
    unsure: list[str] = field(default_factory=list)  # sentences


async def asked(http: Http) -> Seen:
    """Ask every operation that takes a name; only accounts of our own are named, and names that nobody has.

    :raises Unanswerable: when no account of our own can be made.
    """
    account = await http.throwaway()
    seen = Seen()
    await _at_login(http, account, seen)
    done = 0
    for operation in [each for role in _ROLES for each in http.operations if each.role == role]:
        if done < MOST and flows.names_of(operation, account):
            done += 1
            try:
                known = await flows.sent(http, operation, account, code="000000", password=wrong(account.password, 1))
                names = flows.names_of(operation, account)
                await _compared(http, _Asked(operation.key, operation.role, known, names), seen)
            except Unanswerable as error:
                seen.unsure.append(f"{operation.key}: {error}")
    await _at_registration(http, account, seen)
    return seen


async def _at_login(http: Http, account: Account, seen: Seen) -> None:
    where = next((each.key for each in http.operations if each.role == "login"), "the login")
    try:
        right = await http.sign_in(account.user, account.password)
        if not http.signed_in(right):
            seen.unsure.append(f"{where}: a fresh account cannot sign in")
            return
        known = await http.sign_in(account.user, wrong(account.password, 0))
        if await _compared(http, _Asked(where, "login", known, [account.user]), seen) is False:
            await _timed(http, account, known, seen, where)
    except Unanswerable as error:
        seen.unsure.append(f"{where}: {error}")


async def _compared(http: Http, asked_of: _Asked, seen: Seen) -> bool | None:
    """Whether a known name is answered otherwise than unknown ones; None: it cannot be said."""
    where, _, known, names = asked_of
    ours, theirs, answers = [], [], []
    for turn in range(ROUNDS):
        for number in (None, 2 * turn, 2 * turn + 1):
            swaps = {} if number is None else {name: like(name, number + 1) for name in names}
            answer = known if number is None and not turn else await again(http, known, swaps)
            if answer.status in _BUSY:
                seen.unsure.append(f"{where} refuses after {3 * turn} requests ({answer.status})")
                return None
            answers.append((number is None, answer, [*names, *swaps.values()]))
    for masked in (False, True):
        ours = [_said(each, texts, masked=masked) for known_one, each, texts in answers if known_one]
        theirs = [_said(each, texts, masked=masked) for known_one, each, texts in answers if not known_one]
        if len(set(theirs)) == 1 and len(set(ours)) == 1:
            break
    else:
        seen.unsure.append(f"{where} answers the same request in different ways")
        return None
    if [each for known_one, each, _ in answers if known_one and hinders(each)]:
        seen.unsure.append(f"{where} counts what was tried before for the known name")
        return None
    unknown_answer = next(each for known_one, each, _ in answers if not known_one)
    if ours[0] == theirs[0]:
        seen.alike.append((where, unknown_answer))
        return False
    known_answer = next(each for known_one, each, _ in answers if known_one)
    by = next(name for name, a, b in zip(("status", "header", "body"), ours[0], theirs[0], strict=True) if a != b)
    seen.told.append(_told(http, asked_of, by, known_answer, unknown_answer))
    return True


def _told(http: Http, asked_of: _Asked, by: str, known: Answer, stranger: Answer) -> Told:
    where, role = asked_of.where, asked_of.role
    how = f"{known.status} and {stranger.status}" if by == "status" else f"another {by}"
    return Told(
        where,
        role,
        by,
        f"{where} tells whether an account exists: {how}",
        f"A known name and two unknown ones, twice over: the unknown are answered alike ({stranger.status}), the known is "
        f"answered otherwise ({how}).",
        (http.show(known, "the known name"), http.show(stranger, "a name that nobody has")),
    )


def _said(answer: Answer, texts: Sequence[str], *, masked: bool) -> tuple[str, str, str]:
    status, body = gist(answer, *sorted(texts, key=len, reverse=True))
    cookies = sorted(each.partition("=")[0] for each in answer.all("set-cookie"))
    location = (answer.head("location") or "").partition("?")[0]
    for text in texts:
        location = location.replace(text, "")
    return str(status), f"{cookies} {location}", _DIGITS.sub("#", body) if masked else body


async def _timed(http: Http, account: Account, known: Answer, seen: Seen, where: str) -> None:
    """Replies alike in every letter may take unlike times: only a known name has a password to be hashed for."""
    verdict = await _sampled(http, account, known, 0)
    again_verdict = await _sampled(http, account, known, 1) if verdict.differ else verdict
    same_way = (verdict.first > verdict.second) == (again_verdict.first > again_verdict.second)
    if verdict.noisy or again_verdict.noisy:
        seen.unsure.append(f"{where} answers too unevenly for its times to be compared")
    if not (verdict.differ and again_verdict.differ and same_way):
        return
    first, second = again_verdict.first * 1000, again_verdict.second * 1000
    seen.alike = [each for each in seen.alike if each[0] != where]
    seen.told.append(
        Told(
            where,
            "login",
            "time",
            f"{where} tells whether an account exists: it takes {'longer' if first > second else 'less'} for a known name",
            f"{first:.0f} ms for a known name, {second:.0f} ms for others: medians of {SAMPLES} and {2 * SAMPLES} interleaved "
            "requests, the second time; two groups of unknown names did not differ from each other.",
            (http.show(known, f"the known name, {first:.0f} ms"),),
        )
    )


async def _sampled(http: Http, account: Account, known: Answer, batch: int) -> Apart:
    times: list[list[float]] = [[], [], []]
    status, name = known.status, account.user
    for turn in range(SAMPLES):
        await http.sign_in(name, account.password)  # so that failures in a row are few: many APIs count them
        for shift in range(3):
            group = (turn + shift) % 3  # each comes first, second and third equally often
            number = 100 + 3 * (SAMPLES * batch + turn) + group
            swaps = {name: like(name, number)} if group else {}
            answer = await again(http, known, swaps, timed=True)
            if answer.status != status:
                raise Unanswerable(f"after some failures it answers {answer.status}")
            times[group].append(answer.seconds)
    return apart(*times)


async def _at_registration(http: Http, account: Account, seen: Seen) -> None:
    """A name chosen in public has to be refused when it is taken; an address need not be: its owner can be written to."""
    register = next((each for each in http.operations if each.role == "register"), None)
    if register is None or "@" not in account.user:
        return
    try:
        first = await flows.sent(http, register, account, identity="")
        await http.throwaway()  # somebody new still gets in, so that it is the name that is refused
        second = await again(http, first, {})
    except Unanswerable as error:
        seen.unsure.append(f"{register.key}: {error}")
        return
    texts = [account.user, account.password]
    if {first.status, second.status} & _BUSY or first.status >= 500:  # noqa: PLR2004
        return
    if granted(first) and granted(second):
        seen.alike.append((register.key, second))
    elif not granted(first) and _said(first, texts, masked=True) == _said(second, texts, masked=True):
        seen.told.append(
            Told(
                register.key,
                "register",
                "status" if not first.accepted else "body",
                f"{register.key} tells whether an address has an account",
                f"The address of an account is refused twice ({first.status}); a new one is taken in between.",
                (http.show(second, "an address that has an account"),),
            )
        )
