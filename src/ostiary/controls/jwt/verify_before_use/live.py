"""Changed tokens are presented: what opens to one is a door whose lock nobody turns."""

from __future__ import annotations

from collections.abc import Sequence

from ostiary.evidence import Answer, Http
from ostiary.model import Confidence, Finding, failed, passed, unknown
from ostiary.parts.seen import forgeries, token_facts
from ostiary.parts.seen import tokens as seen
from ostiary.parts.seen.doors import Door, keys, with_token
from ostiary.parts.seen.forgeries import Forgery

_ENOUGH = 3  # operations that are tried in every way
_MORE = 5  # that are tried in one way besides: a check may be missing in places


async def audit_live(http: Http) -> Finding:
    """Present the token with a wrong signature, and with claims that its signature does not cover; at most 30 requests."""
    found = await with_token(http, _ENOUGH + _MORE)
    if isinstance(found, Finding):
        return found
    answer: Answer | None = None
    for at, door in enumerate(found):
        if door.carrier is None:
            continue
        tried = forgeries.changed(door.carrier.token) if at < _ENOUGH else forgeries.changed(door.carrier.token)[:1]
        tried += await _swapped(http, door) if not at else []
        for each in tried:
            opens, answer = await door.opens(http, each.text)
            if opens:
                return await _failed(http, [door, *found[at + 1 :]], each, answer)
            if forgeries.repeats_forged(answer.text):
                why = f"{each.what} is used all the same: the refusal repeats it"
                return failed(why, http.show(answer, each.what), places=(door.operation.key,))
    if answer is None:
        return unknown("the credentials given hold no JWT")
    why = f"{len(found)} operations answer 2xx to the token given and refuse it once it was changed"
    return passed(why, http.show(answer, "a changed token: refused"))


async def _swapped(http: Http, door: Door) -> list[Forgery]:
    """The token given under the signature of somebody else's."""
    own = door.carrier.token if door.carrier is not None else None
    others = [each.token for each in await keys(http, door) if own is not None and each.token.raw != own.raw]
    return [forgeries.swapped(own, others[0])] if own is not None and others else []


async def _failed(http: Http, doors: Sequence[Door], forgery: Forgery, answer: Answer) -> Finding:
    """The finding, at all doors that a token with a wrong signature opens."""
    first = doors[0]
    opened = [first, *[each for each in doors[1:] if await _opens_to_broken(http, each)]]
    return failed(
        f"{forgery.what} is believed",
        http.show(answer, f"{forgery.what} opens {first.operation.key}"),
        http.show(first.nobody, "nobody is refused"),
        proof=f"{first.operation.key} opens to {forgery.what} as to the real one, and is shut to nobody and to rubbish",
        places=tuple(each.operation.key for each in opened),
        facts=await token_facts.told(http, first),
        confidence=Confidence.CERTAIN,
    )


async def _opens_to_broken(http: Http, door: Door) -> bool:
    """Asked once: that it is no accident was seen at the first door."""
    return door.carrier is not None and door.let_in(await door.tried(http, seen.broken(door.carrier.token)))
