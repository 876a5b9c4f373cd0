"""A password-reset token works only for a short, stated time.

Why
    Old messages in mailboxes, backups and logs would otherwise stay keys to the account.

Fix
    Store an expiry time with each token and check it on the server at the moment of use: 20 minutes is a good
    default, 60 the maximum, 10 for short codes. Django: ``PASSWORD_RESET_TIMEOUT = 1200``; Devise:
    ``config.reset_password_within = 20.minutes``; itsdangerous: ``loads(token, max_age=1200)``. Delete expired
    tokens regularly and state the same lifetime in the message.

Traps
    - Text in the e-mail may claim an expiry that code does not enforce.
    - Clock-skew tolerance of minutes is fine.
    - Signed tokens without max_age never expire.
"""

from __future__ import annotations

from typing import Final

from ostiary.controls.account.reset_token_expiry.source import audit_source
from ostiary.errors import Unanswerable
from ostiary.evidence import Http
from ostiary.model import Control, Finding, Kind, Maps, Probe, Severity, failed, not_applicable, unknown
from ostiary.parts.seen import codeflows, flows, resettings, tokens
from ostiary.parts.seen.doors import granted
from ostiary.parts.seen.likenesses import wrong

LONGEST: Final = 3600.0  # seconds: what a link in a message may live
_QUESTION: Final = "how long it lives, only the operator knows, or a token that was kept"
# Requests: 2 resets, 1 redemption, 1 sign-in; one registration.


async def audit_live(http: Http) -> Finding:
    """Where the secret shows: read its own term, and see whether a newer one ends it."""
    if not resettings.has_reset(http):
        return not_applicable("the document knows no password reset")
    account = await http.throwaway()
    try:
        old = await resettings.asked(http, account)
    except Unanswerable as stop:
        return unknown(f"{stop}; {_QUESTION}")
    shown = http.show(old.answer, f"the secret of a reset, in {old.where}")
    token = tokens.find(old.text)
    if token is not None:
        lives = token.number("exp") - (token.number("iat") or old.begun)
        if not token.number("exp") or lives > LONGEST:
            how = f"for {lives / 60:.0f} minutes" if token.number("exp") else "for ever: it has no exp"
            return failed(
                f"the token of a password reset is good {how}", shown, places=(old.operation.key,),
                facts={"operation": old.operation.key, "seconds": round(lives) if token.number("exp") else None},
            )  # fmt: skip
    redeemer = next(iter(codeflows.redeemers(http)), None)
    if redeemer is None:
        return unknown(f"no operation takes the secret of a reset; {_QUESTION}", shown)
    try:
        newer = await resettings.asked(http, account)
        if newer.text == old.text:
            return unknown(f"the secret is the same when it is asked for again; {_QUESTION}", shown)
        password = wrong(account.password, 1)
        answer = await flows.sent(http, redeemer, account, code=old.text, password=password, identity="")
        works = granted(answer) and http.signed_in(await http.sign_in(account.user, password))
    except Unanswerable as stop:
        return unknown(f"{stop}; {_QUESTION}", shown)
    if works:
        return failed(
            "a secret of a password reset still works after a newer one was sent",
            http.show(answer, "the older secret, redeemed"),
            severity=Severity.MEDIUM,
            proof="Two resets were asked for; the first secret set a password, which then signed in.",
            places=(redeemer.key,),
            facts={"operation": redeemer.key},
        )
    return unknown(f"a newer secret ends the older one; {_QUESTION}", http.show(answer, "the older secret: refused"))


control = Control(
    severity=Severity.HIGH,
    probe=Probe.INTRUSIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.SOURCE: audit_source},
    attest=(
        "What is the configured lifetime of reset tokens and codes, and why (attach the setting and the reason for "
        "any value above 60 minutes)?"
    ),
    reach="cannot: reset tokens are made and checked by the application",
    enforced_by="ostiary.identity.flows.resetting",
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("6.5.5", "6.4.1"),
        cwe=(613, 640),
        standards=("NIST SP 800-63B-4 §4.2", "OWASP Forgot Password Cheat Sheet"),
    ),
)
