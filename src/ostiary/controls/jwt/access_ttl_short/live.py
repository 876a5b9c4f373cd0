"""How long tokens live is read from them, and whether that counts is seen with one that has ended."""

from __future__ import annotations

from typing import Any

from ostiary.evidence import Answer, Http
from ostiary.model import Confidence, Finding, failed, passed, unknown
from ostiary.parts.seen import doors, moments, token_facts, weak_keys
from ostiary.parts.seen import tokens as seen

CEILING = 3600.0  # seconds
LEEWAY = 60.0  # seconds that clocks may differ by (RFC 7519 section 4.1.4: no more than a few minutes)
LONGEST_WAIT = 60.0  # seconds until the token given ends, to see what becomes of it; and LEEWAY more where nothing does
_MARGIN = 2.0


async def audit_live(http: Http) -> Finding:
    """Read how long the tokens given live, and present one that has ended: given, made with a known key, or waited for.

    At most 4 requests, besides one for each identity that all token checks share.
    """
    found = await doors.with_token(http)
    if isinstance(found, Finding):
        return found
    door = found[0]
    now = doors.moment(door.opened)
    given = await doors.keys(http, door)
    living = [each for each in given if doors.granted(each.answer) and not each.token.is_id_token]
    for each in living:
        finding = await _too_long(http, door, each, now)
        if finding is not None:
            return finding
    ended = [each for each in given if 0 < each.token.number("exp") + LEEWAY < now and doors.shut(each.answer)]
    if ended:
        shown = http.show(ended[0].answer, "a token that has expired: refused")
        return passed("a token that has expired is refused, and those that are believed live an hour at most", shown)
    return await _ends(http, door, living[0].token, now) if living else _open()


async def _ends(http: Http, door: doors.Door, token: seen.Token, now: float) -> Finding:
    """Whether a token that has ended, made or waited for, is refused."""
    key = await weak_keys.guessed(token, http.api.title if http.api is not None else "", http.host)
    if key is not None:
        then = {"iat": int(now) - 7200, "exp": int(now) - 3600}
        opens, answer = await door.opens(http, seen.made(token.header, {**token.claims, **then}, key))
        return await _judged(http, door, answer, opens=opens, ago=3600)
    left = token.number("exp") - now
    if left > LONGEST_WAIT:
        return _open()
    await moments.pause(max(0.0, left) + _MARGIN)
    opens, answer = await door.opens(http, token.raw)
    if not opens:
        return await _judged(http, door, answer, opens=False, ago=_MARGIN)
    await moments.pause(LEEWAY)  # it may be no more than what clocks may differ by
    answer = await door.tried(http, token.raw, fresh=True)
    opens = doors.granted(answer) and answer.media_type == door.opened.media_type
    return await _judged(http, door, answer, opens=opens, ago=LEEWAY + _MARGIN)


async def _judged(http: Http, door: doors.Door, answer: Answer, *, opens: bool, ago: float) -> Finding:
    shown = http.show(answer, f"exp is {_words(ago)} ago")
    if not opens:
        if not doors.shut(answer):
            return unknown(f"{door.operation.key} answered {answer.status} to a token that has expired", shown)
        return passed("tokens live an hour at most, and are refused once they have expired", shown)
    return await _failed(http, door, "a token that has expired is believed", shown, proof=(
        f"{door.operation.key} opens to a token whose exp is {_words(ago)} ago, and is shut to nobody and to rubbish"
    ))  # fmt: skip


async def _too_long(http: Http, door: doors.Door, given: doors.Key, now: float) -> Finding | None:
    token = given.token
    expires = token.number("exp")
    if not expires:
        shown = http.show(given.answer, "no exp")
        return await _failed(http, door, "a token that never expires (no exp) is believed", shown, given=token)
    if expires + LEEWAY < now:
        again = await http.send_to(door.operation, identity=given.name, fresh=True)
        if doors.granted(again):
            shown = http.show(again, f"the token of {given.name}, which has expired")
            why = f"a token that ended {_words(now - expires)} ago is believed"
            return await _failed(http, door, why, shown, given=token)
        return None
    life = expires - (token.number("iat") or token.number("nbf") or now)
    if life > CEILING + LEEWAY:
        shown = http.show(given.answer, "exp less iat")
        return await _failed(
            http, door, f"access tokens live {_words(life)}", shown, given=token, lifetime=round(life / 60) * 60
        )
    return None


async def _failed(
    http: Http,
    door: doors.Door,
    why: str,
    shown: Any,
    *,
    proof: str = "",
    given: seen.Token | None = None,
    **facts: Any,
) -> Finding:
    said = (
        f"the claims of a token that {door.operation.key} believes, read without a key" if given is not None else proof
    )
    return failed(
        why,
        shown,
        proof=said,
        places=(door.operation.key,),
        facts={**await token_facts.told(http, door), **facts},
        confidence=Confidence.CERTAIN,
    )


def _open() -> Finding:
    return unknown(
        "tokens live an hour at most by what they say; whether the server refuses them afterwards shows with an expired "
        "one (--identity expired=TOKEN)"
    )


def _words(seconds: float) -> str:
    for size, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} seconds"
