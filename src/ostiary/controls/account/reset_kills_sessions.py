"""Completing a password reset ends every active session of that account.

Why
    Otherwise an intruder who is already signed in stays in after the owner has recovered the account.

Fix
    In the transaction that stores the new hash, delete all sessions and refresh tokens of the account, and record a
    not-before time that is compared with the ``iat`` of each access token. Django ends cookie sessions itself
    through ``get_session_auth_hash``, but API tokens and JWTs need explicit revocation. Notify the owner, ask for
    sign-in again with MFA, and offer to revoke API keys.

Traps
    - The original checklist allows merely offering to end sessions: for resets treat automatic as required, for
      voluntary change accept a prompt.
    - Access tokens may live until their short expiry unless a deny mark is checked.
    - Long-lived API keys are often forgotten.
"""

from __future__ import annotations

import re

from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer, Http
from ostiary.model import Confidence, Control, Finding, Kind, Maps, Operation, Probe, Severity, failed, passed, unknown
from ostiary.parts.role_fields import ACCOUNT, CURRENT, NEW_PASSWORD, PASSWORD, REPEATED, keys_of
from ostiary.parts.seen import filled, logins

_MOST_WAYS = 3
_HOLE = re.compile(r"\{[^}]*\}")


async def audit_live(http: Http) -> Finding:
    """Change the password of a throwaway account in one session, and look at another; at most 20 requests.

    A reset by mail needs a mailbox: what stands here for it is the change that a signed-in user makes.
    """
    ways = [each for each in http.operations if http.purpose(each) == "change-password"]
    if not ways:
        return unknown("no operation of the document changes a password, and for a reset there is no mailbox to read")
    account = await http.throwaway()
    first = await logins.held(http, account)
    if not account.password:
        return unknown("the throwaway account has no password that could be changed")
    second = await logins.begun(http, account, first)
    if second is None:
        return unknown("a second sign-in of a throwaway account hands out nothing that works beside the first")
    alive, before = await first.lives(http)
    if not alive:
        return unknown("a second sign-in ends the first session, so there is no other one to look at")
    password = account.password[::-1] + "-Os7"
    changed = await _changed(http, ways, account, second, password)
    if changed is None:
        return unknown("no change of a throwaway account's password took effect, so nothing should have ended")
    operation, answer = changed
    still, after = await first.lives(http)
    if still:
        brief, life = first.outlives
        return failed(
            "another session of the account works on after its password was changed",
            http.show(before, "the other session, before"),
            http.show(answer, "the password is changed: the new one signs in, the old one does not"),
            http.show(after, "the other session, afterwards"),
            proof=f"{first.door.operation.key} opens to the same credentials before and after {operation.key}",
            places=(operation.key,),
            facts={"survives": "session" if first.token is None else "access token", "lifetime": life},
            severity=brief
            or Severity.MEDIUM,  # a change may ask the user first; a reset may not, and goes the same way mostly
            confidence=Confidence.CERTAIN,
        )
    finding = await _renewed(http, second, operation)
    return finding or passed(
        f"after {operation.key} the account's other session is refused", http.show(after, "afterwards: refused")
    )


async def _renewed(http: Http, session: logins.Session, operation: Operation) -> Finding | None:
    """The finding, if a refresh token from before is still good: those outlive access tokens by far."""
    if not session.refresh:
        return None
    again = await logins.refreshed(http, session.refresh)
    alive, _ = await session.lives(http)
    if again is None or not logins.renewed(again) or alive:
        return None  # the session that made the change may stay
    return failed(
        "a refresh token from before the password was changed hands out new access tokens",
        http.show(again, "redeemed after the change"),
        proof=f"after {operation.key} the access token is refused, and the refresh token gets another one",
        places=(operation.key,),
        facts={"survives": "refresh token"},
        confidence=Confidence.CERTAIN,
    )


async def _changed(
    http: Http, ways: list[Operation], account: Account, session: logins.Session, password: str
) -> tuple[Operation, Answer] | None:
    """The operation that changed the password, proved by signing in with the new one and not with the old."""
    wanted = [
        (CURRENT, account.password),
        (NEW_PASSWORD | REPEATED, password),
        (PASSWORD, password),
        (frozenset(ACCOUNT), account.user),
    ]
    otherwise = {"current_password": account.password, "new_password": password, "password": password}
    bare = [(PASSWORD, account.password), *wanted]  # beside a new password, a bare one is the old
    for operation in ways[:_MOST_WAYS]:
        keys = keys_of(operation)
        told = bare if keys & NEW_PASSWORD and not keys & CURRENT else wanted
        made = filled.body(http, operation, told, otherwise)
        if made is None:
            continue
        headers = [*session.credentials, ("Content-Type", made[0])]
        target = _HOLE.sub(account.user, operation.path) if "{" in operation.path else http.target_of(operation)
        answer = await http.send_to(operation, identity="", headers=headers, body=made[1], target=target, fresh=True)
        if not logins.granted_or_led(answer):
            continue
        try:
            now = http.signed_in(await http.sign_in(account.user, password))
            then = http.signed_in(await http.sign_in(account.user, account.password))
        except Unanswerable:
            return None
        if now and not then:
            return operation, answer
    return None


control = Control(
    severity=Severity.HIGH,
    probe=Probe.INTRUSIVE,
    strength="must",
    audits={Kind.LIVE: audit_live},
    attest=(
        "What happens to API keys and personal access tokens when a password is reset (attach the documented "
        "behaviour and a test record)?"
    ),
    reach="cannot: sessions are the application's to end",
    enforced_by="ostiary.identity.flows.resetting",
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("7.4.3", "7.4.2", "6.4.3"),
        cwe=(613, 640),
        standards=("NIST SP 800-63B-4", "RFC 9700 §4.14.2"),
    ),
)
