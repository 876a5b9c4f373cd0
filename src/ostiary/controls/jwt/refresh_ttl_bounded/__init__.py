"""Refresh tokens rotate on each use and end at an idle and an absolute limit.

Why
    A stolen refresh token can mint new access tokens for ever. Without rotation and reuse detection nobody notices
    that two parties share it.

Fix
    Issue a new refresh token at each renewal and mark the old one used in the same transaction. Store only hashes,
    with a family id, an idle expiry (for example 14 days) and an absolute expiry (for example 90 days). When a used
    token returns, revoke the whole family and answer 400 ``invalid_grant``. On a ready-made server turn on
    rotation, for example Keycloak ``Revoke Refresh Token`` with reuse count 0.

Traps
    - A few seconds of reuse grace for lost responses is acceptable if documented and bound to the same client.
    - Confidential clients may use sender-constrained tokens instead of rotation.
    - Testing kills the test session: never use a person's session.
"""

from __future__ import annotations

from ostiary.controls.jwt.refresh_ttl_bounded.source import audit_source
from ostiary.evidence import Answer, Http
from ostiary.model import (
    Confidence,
    Control,
    Finding,
    Kind,
    Maps,
    Probe,
    Severity,
    failed,
    not_applicable,
    passed,
    unknown,
)
from ostiary.parts.seen import logins, moments, tokens
from ostiary.parts.seen.doors import moment

_GRACE = 11.0  # seconds in which a lost reply may be asked for again
_LONGEST = 366 * 86400.0  # seconds that a refresh token may name as its end


async def audit_live(http: Http) -> Finding:
    """Redeem the refresh token of a throwaway account twice, and the one that came for it; at most 8 requests."""
    account = await http.throwaway()
    if not account.password:
        return unknown("the throwaway account has no password to sign in with")
    entered = await http.sign_in(account.user, account.password)
    if not http.signed_in(entered):
        return unknown(f"signing in with a throwaway account did not work: {entered.status}")
    first = logins.refresh_token(entered)
    if not first:
        return not_applicable("signing in hands out no refresh token")
    once = await logins.refreshed(http, first)
    if once is None or not logins.renewed(once):
        told = "no operation is known that takes it" if once is None else f"it was answered {once.status}"
        return unknown(f"signing in hands out a refresh token, but {told}: how it is redeemed was not understood")
    place = f"{once.asked.method} {once.asked.target.partition('?')[0]}"
    second = logins.refresh_token(once)
    if second in {"", first}:
        return await _kept(http, first, once, place)
    await moments.pause(_GRACE)
    again = await logins.refreshed(http, first)
    if again is not None and logins.renewed(again):
        return _works_twice(http, once, again, place)
    if again is None or again.status >= 500:  # noqa: PLR2004 - server errors
        return unknown("what becomes of a refresh token that was redeemed could not be seen")
    endless = _endless(http, first, once, place)
    if endless is not None:
        return endless
    newest = await logins.refreshed(http, second)
    if newest is not None and logins.renewed(newest):
        return failed(
            "a refresh token that comes back is refused, and the one that replaced it still works: a thief keeps his",
            http.show(again, "the old one, again: refused"),
            http.show(newest, "the one that replaced it: redeemed"),
            proof=f"{place} refuses the old refresh token and redeems its successor after that",
            places=(place,),
            facts={"rotates": True, "reuse": "refused"},
            severity=Severity.MEDIUM,
            confidence=Confidence.CERTAIN,
        )
    return passed(
        "a refresh token is replaced when it is redeemed, and when it comes back its successor is dead too",
        http.show(once, "redeemed"),
        http.show(again, "the same again: refused"),
    )


async def _kept(http: Http, token: str, once: Answer, place: str) -> Finding:
    """What a server does that hands out no new refresh token: the old one works on, or it does not."""
    again = await logins.refreshed(http, token)
    if again is not None and logins.renewed(again):
        return _works_twice(http, once, again, place)
    endless = _endless(http, token, once, place)
    return endless or passed("a refresh token works once", http.show(once, "redeemed"))


def _works_twice(http: Http, once: Answer, again: Answer, place: str) -> Finding:
    return failed(
        "a refresh token works again after it was redeemed",
        http.show(once, "redeemed"),
        http.show(again, "the same once more: redeemed"),
        proof=f"{place} hands out a new access token for the same refresh token twice",
        places=(place,),
        facts={"rotates": False},
        confidence=Confidence.CERTAIN,
    )


def _endless(http: Http, text: str, once: Answer, place: str) -> Finding | None:
    """The finding, if the refresh token is a signed one that says it never ends, or only after years."""
    token = tokens.find(text)
    if token is None or token.raw != text:
        return None
    ends = token.number("exp")
    if ends and ends - moment(once) <= _LONGEST:
        return None
    why = "a refresh token says that it lives for years" if ends else "a refresh token never ends (no exp)"
    return failed(why, http.show(once, "redeemed"), places=(place,), facts={"expires": bool(ends)})


control = Control(
    severity=Severity.HIGH,
    probe=Probe.INTRUSIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.SOURCE: audit_source},
    attest=(
        "What are the idle and absolute refresh limits for each client, and what revokes a session (attach the "
        "settings or a policy extract)?"
    ),
    reach="cannot: refresh tokens are the issuer's to rotate and to end",
    enforced_by="ostiary.identity.oauth.refreshing",
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("10.4.5", "10.4.8", "10.4.9", "7.3.1", "7.3.2"),
        cwe=(613, 294),
        standards=("RFC 9700 §4.14", "RFC 7009", "draft-ietf-oauth-v2-1-16"),
    ),
)
