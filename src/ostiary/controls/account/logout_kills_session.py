"""Logging out makes the session and every token derived from it stop working at once.

Why
    If logout only clears the cookie, a copied session identifier keeps working for its full life.

Fix
    On logout delete the session record on the server (``request.session.flush()`` in Django,
    ``req.session.destroy()`` in Express, ``session.invalidate()`` in Java) and revoke the refresh token family. For
    JWTs put the ``jti`` on a deny-list that every request checks, or keep access tokens to minutes. Then expire the
    cookie and send ``Clear-Site-Data``.

Traps
    - A cached 200 is not a live session: bypass caches.
    - Single sign-on may silently log in again: check the old value, not the new one.
    - Logging out one device must not be required to kill others.
"""

from __future__ import annotations

from typing import Any

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http, Spec
from ostiary.model import (
    Confidence,
    Control,
    Finding,
    Kind,
    Maps,
    Operation,
    Probe,
    Severity,
    failed,
    not_applicable,
    passed,
    unknown,
)
from ostiary.parts.seen import filled, logins, spelt_out
from ostiary.parts.seen.purposes import purpose

_MOST_LOGOUTS = 2


async def audit_live(http: Http) -> Finding:
    """Log a throwaway account out, and present what its session had handed out; at most 20 requests."""
    ways = [each for each in http.operations if http.purpose(each) == "logout"]
    if not ways:
        return unknown("no operation of the document logs anybody out")
    account = await http.throwaway()
    first = await logins.held(http, account)
    if spelt_out.field_with(first.credentials, account.password):
        return unknown(
            "name and password themselves are sent with each request: there is no session to end (auth.no-basic)"
        )
    session = await _another(http, account, first)
    alive, before = await session.lives(http)
    if not alive:
        return unknown("the session of a throwaway account did not work before it was logged out")
    left = await _left(http, ways, session)
    if left is None:
        return unknown("no logout was accepted, so nothing should have ended")
    still, after = await session.lives(http)
    operation, gone = left
    if still:
        return _failed(http, session, operation, before, after)
    if session.refresh:
        again = await logins.refreshed(http, session.refresh)
        if again is not None and logins.renewed(again):
            return failed(
                "a refresh token hands out new access tokens after its session was logged out",
                http.show(gone, "logged out"),
                http.show(again, "the refresh token from before: redeemed"),
                proof=f"after {operation.key} the access token is refused, and the refresh token gets another one",
                places=(operation.key,),
                facts={"survives": "refresh token"},
                confidence=Confidence.CERTAIN,
            )
    return passed(
        f"after {operation.key} what the session had handed out is refused",
        http.show(before, "before: open"),
        http.show(after, "after: refused"),
    )


async def _another(http: Http, account: Any, first: logins.Session) -> logins.Session:
    """A second session where one can be had: then its refresh token is known as well."""
    try:
        return await logins.begun(http, account, first) or first
    except Unanswerable:
        return first


async def _left(http: Http, ways: list[Operation], session: logins.Session) -> tuple[Operation, Answer] | None:
    """The logout that was accepted, and its reply."""
    for operation in sorted(ways, key=lambda each: (each.method == "GET", "all" in each.path))[:_MOST_LOGOUTS]:
        changes: dict[str, Any] = {"headers": list(session.credentials)}
        if session.refresh:
            wanted = [(frozenset({"refreshtoken", "refresh", "token"}), session.refresh)]
            made = filled.body(http, operation, wanted, {}) if operation.consumes else None
            if made is not None:
                changes = {"headers": [*changes["headers"], ("Content-Type", made[0])], "body": made[1]}
        answer = await http.send_to(operation, identity="", fresh=True, **changes)
        if answer.status < 400 and logins.granted_or_led(answer):  # noqa: PLR2004
            return operation, answer
    return None


def _failed(http: Http, session: logins.Session, operation: Operation, before: Answer, after: Answer) -> Finding:
    severity, life = session.outlives
    kind = "session" if session.token is None else "signed token"
    return failed(
        f"a {kind} works on after its owner logged out" + (f", for up to {life / 60:.0f} minutes" if severity else ""),
        http.show(before, "before logging out"),
        http.show(after, "the same credentials afterwards"),
        proof=f"{session.door.operation.key} opens to the same credentials before and after {operation.key}",
        places=(operation.key,),
        facts={"survives": "access token" if session.token is not None else "session", "lifetime": life},
        severity=severity,
        confidence=Confidence.CERTAIN,
    )


async def audit_spec(spec: Spec) -> Finding:
    """Look for an operation that ends a session, where there is one that begins it."""
    begins = [each for each in spec.api.operations if purpose(each) == "login"]
    ends = [each for each in spec.api.operations if purpose(each) == "logout"]
    if ends:
        return unknown(f"{ends[0].key} ends a session; what it ends shows only when it is called")
    if not begins:
        return not_applicable("no operation of the document begins a session")
    return unknown(f"{begins[0].key} begins a session, and no operation of the document ends one")


control = Control(
    severity=Severity.HIGH,
    probe=Probe.INTRUSIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec},
    attest=(
        "How long can a self-contained token still work after logout (attach the revocation design and the "
        "configured access token lifetime)?"
    ),
    reach="cannot: sessions are the application's to end; ban burns a token by hand",
    enforced_by="ostiary.identity.sessions",
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("7.4.1", "14.3.1"),
        cwe=(613,),
        standards=("RFC 7009", "OpenID Connect RP-Initiated Logout"),
    ),
)
