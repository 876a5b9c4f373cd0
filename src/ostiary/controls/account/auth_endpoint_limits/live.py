"""Codes of our own accounts are guessed at, and asked for, until something stops it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer, Http
from ostiary.model import Confidence, Evidence, Finding, Operation, failed, not_applicable, passed, unknown
from ostiary.parts import role_fields as names
from ostiary.parts.seen import codeflows, flows
from ostiary.parts.seen.codeflows import Begun
from ostiary.parts.seen.doors import granted
from ostiary.parts.seen.guesses import Series, said, series, shown
from ostiary.parts.seen.likenesses import again, disguises, wrong

MOST: Final = 15  # wrong codes for one account
SENDS: Final = 6  # messages to one account
OPERATIONS: Final = 3  # of each kind
DISGUISES: Final = 2
# Requests: for an operation that takes codes 1 + 1 + 15 + 5, for one that sends them 6 + 4, and one registration.
_QUESTION: Final = "whether each of them sends a message, only the mailbox shows"


@dataclass
class _Seen:
    faults: list[tuple[str, Evidence]] = field(default_factory=list)
    shown: list[Evidence] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    facts: list[dict[str, Any]] = field(default_factory=list)
    limited: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    sure: bool = False  # a right code worked after the wrong ones


async def audit_live(http: Http) -> Finding:
    """Guess at codes and have them sent, for an account that nobody needs; sign-in itself has a control of its own."""
    takers, senders = codeflows.verifiers(http)[:OPERATIONS], codeflows.senders(http)[:OPERATIONS]
    if not takers and not senders:
        if http.api is None:
            return unknown("there is no document that says which operations take a code or send one")
        return not_applicable("no operation takes a code or sends one (signing in: auth.login-max-retry)")
    account, seen = await http.throwaway(), _Seen()
    for operation in takers:
        try:
            await _guessed(http, operation, account, seen)
        except Unanswerable as error:
            seen.unsure.append(f"{operation.key}: {error}")
    for operation in senders:
        try:
            await _asked_for(http, operation, account, seen)
        except Unanswerable as error:
            seen.unsure.append(f"{operation.key}: {error}")
    return _finding(seen)


def _finding(seen: _Seen) -> Finding:
    if seen.faults:
        more = f" ({len(seen.faults)} operations)" if len(seen.faults) > 1 else ""
        return failed(
            seen.faults[0][0] + more,
            *seen.shown[:4],
            confidence=Confidence.CERTAIN if seen.sure else Confidence.TENTATIVE,
            proof=seen.faults[0][0] + ".",
            places=tuple(seen.places),
            facts={"operations": seen.facts},
        )
    if seen.unsure:
        return unknown("; ".join([*seen.unsure[:2], *seen.limited[:1]]), *seen.shown[:2])
    return passed("; ".join(seen.limited[:3]), *seen.shown[:2])


async def _guessed(http: Http, operation: Operation, account: Account, seen: _Seen) -> None:
    begun = await _begun(http, account, operation)
    shape = codeflows.shape_of_code(operation, begun.code)
    first = await flows.sent(http, operation, account, code=wrong(shape, 0), password=_new(account), more=begun.more)
    bare = await http.send_to(operation, body=b"{}", identity=first.asked.identity, fresh=True)
    if granted(first):
        raise Unanswerable("a code that was made up is taken, or nothing is checked at all")
    blind = said(bare) == said(first, wrong(shape, 0), account.user)
    if blind and not begun.code:  # else the right one tells
        raise Unanswerable(f"a wrong code is answered like no code at all ({first.status}): it may never be looked at")
    found = await _series(http, first, wrong(shape, 0), 1)
    if found.limit:
        await _held(http, operation, first, found, seen)
        return
    if begun.code:
        swaps = {wrong(shape, 0): begun.code}
        right = await again(http, first, swaps)
        if not granted(right) and blind:
            raise Unanswerable(f"neither wrong codes nor the right one were taken ({right.status})")
        if not granted(right):
            seen.limited.append(f"{operation.key}: after {MOST} wrong codes the right one is refused")
            return
        seen.sure = True
        seen.shown.append(http.show(right, f"the right code after {MOST} wrong ones: taken"))
    text = f"{operation.key} takes {len(found.answers)} wrong codes, all answered alike"
    _fault(seen, operation, text + (", and then the right one" if begun.code else ""), _facts(operation, found))
    seen.shown += shown(http, found, f"wrong code {len(found.answers)}")


async def _begun(http: Http, account: Account, operation: Operation) -> Begun:
    """A code that was asked for; where a code is all that is taken, of nobody in particular, any that is pending would do."""
    try:
        return await codeflows.begun(http, account, operation)
    except Unanswerable:
        alone = len(names.keys_of(operation)) == 1 and not operation.security and "{" not in operation.path
        if not alone or operation.role != "otp-verify":
            raise
        return Begun(operation, await http.send_to(operation, identity=""), "", {})


async def _series(http: Http, first: Answer, code: str, start: int) -> Series:
    async def ask(turn: int) -> tuple[Answer, list[str]]:
        other = wrong(code, start + turn)
        return await again(http, first, {code: other}), [other]

    return await series(ask, MOST)


def _facts(operation: Operation, found: Series) -> dict[str, Any]:
    return {"operation": operation.key, "role": operation.role, **found.facts()}


def _fault(seen: _Seen, operation: Operation, text: str, facts: dict[str, Any]) -> None:
    seen.faults.append((text, Evidence(what=text)))
    seen.places.append(operation.key)
    seen.facts.append(facts)


async def _held(http: Http, operation: Operation, first: Answer, found: Series, seen: _Seen) -> None:
    """There is a limit; a made-up address must not be a way around it."""
    opened = 0
    for turn in range(DISGUISES):
        claimed = await again(http, first, {}, disguises(turn))
        plain = await again(http, first, {})
        opened += said(claimed) == found.usual != said(plain)
    seen.shown += shown(http, found, "the refusal")
    if opened == DISGUISES:
        seen.sure = True
        text = f"{operation.key}: {found.told}, but not with a made-up address in a header"
        _fault(seen, operation, text, {**_facts(operation, found), "bypass": "forwarding headers"})
    else:
        seen.limited.append(f"{operation.key}: {found.told}")


def _new(account: Account) -> str:
    return wrong(account.password, 77)


async def _asked_for(http: Http, operation: Operation, account: Account, seen: _Seen) -> None:
    first = await flows.sent(http, operation, account)
    if not granted(first):
        limited = first.status == 429  # noqa: PLR2004 - RFC 6585 section 4: it was asked for before, for a code to guess at
        (seen.limited if limited else seen.unsure).append(f"{operation.key}: it answers {first.status}")
        return
    answers = [first]

    async def ask(_: int) -> tuple[Answer, list[str]]:
        answers.append(await again(http, first, {}))
        return answers[-1], []

    found = await series(ask, SENDS - 1)
    seen.shown += shown(http, found, f"message {len(answers)}")[-1:]
    if found.limit:
        seen.limited.append(f"{operation.key}: message {found.limit + 1} is refused or waits")
        return
    fresh = [codeflows.Begun(operation, each, *codeflows.handed(each)) for each in answers]
    if _distinct(fresh):
        seen.sure = True
        text = f"{operation.key} makes {len(answers)} codes, a new one each time"
        _fault(seen, operation, text, _facts(operation, found))
    else:
        seen.unsure.append(f"{operation.key} says yes {len(answers)} times: {_QUESTION}")


def _distinct(found: list[Begun]) -> bool:
    told = [(each.code, tuple(sorted(each.more.items()))) for each in found]
    return all(code or more for code, more in told) and len(set(told)) == len(told)
