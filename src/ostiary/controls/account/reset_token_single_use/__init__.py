"""A reset token works once, and using it cancels all others of that account.

Why
    A link that can be reused lets anyone who sees it later take over the account again.

Fix
    Redeem the token with one conditional update such as ``UPDATE reset SET used_at = now() WHERE hash = ? AND
    used_at IS NULL`` and continue only if one row changed. Delete all other tokens of the account in the same
    transaction as the new password. Redeem on ``POST`` only, because mail scanners prefetch links with ``GET``.
    Test two parallel submissions of one token.

Traps
    - Mail scanners prefetch links: a GET must not consume the token, only the POST.
    - An identical success message for a repeated submit may be idempotent display: check whether the password
      changed.
    - Race tests on shared hosts need several tries.
"""

from __future__ import annotations

from typing import Final

from ostiary.controls.account.reset_token_single_use.source import audit_source
from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer, Http
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
from ostiary.parts.seen import codeflows, flows, moments, resettings
from ostiary.parts.seen.doors import granted
from ostiary.parts.seen.likenesses import wrong

RACES: Final = 2
_QUESTION: Final = "whether it works once, only somebody with the mailbox can try"
# Requests: 2 + RACES resets, 3 + 2 * RACES redemptions, as many sign-ins; one registration.


async def audit_live(http: Http) -> Finding:
    """Redeem a secret of our own account twice, an older one after it, and one twice at once; sign-ins tell what worked."""
    if not resettings.has_reset(http):
        return not_applicable("the document knows no password reset")
    redeemer = next(iter(codeflows.redeemers(http)), None)
    if redeemer is None:
        return unknown("no operation takes the secret of a reset and a new password")
    account = await http.throwaway()
    try:
        sibling, secret = await resettings.asked(http, account), await resettings.asked(http, account)
    except Unanswerable as stop:
        return unknown(f"{stop}; {_QUESTION}")
    first, worked = await _redeemed(http, redeemer, account, secret.text, 1)
    if not worked:
        return unknown(f"{redeemer.key} did not take the secret ({first.status}), so that a refusal proves nothing")
    for text, turn, how in (
        (secret.text, 2, "the same secret, again"),
        (sibling.text, 3, "an older one of the account"),
    ):
        answer, worked = await _redeemed(http, redeemer, account, text, turn)
        if worked and (turn == 2 or sibling.text != secret.text):  # noqa: PLR2004 - the second password
            return _failed(http, redeemer, first, answer, how)
    try:
        raced = await _raced(http, redeemer, account)
    except Unanswerable:
        raced = None
    if raced is not None:
        return _failed(http, redeemer, raced[0], raced[1], "two redemptions at once both say that they worked")
    return passed("a secret of a reset works once, and ends the older ones", http.show(first, "redeemed once"))


async def _redeemed(http: Http, redeemer: Operation, account: Account, text: str, turn: int) -> tuple[Answer, bool]:
    password = wrong(account.password, turn)
    answer = await flows.sent(http, redeemer, account, code=text, password=password, identity="")
    return answer, granted(answer) and http.signed_in(await http.sign_in(account.user, password))


async def _raced(http: Http, redeemer: Operation, account: Account) -> tuple[Answer, Answer] | None:
    for turn in range(RACES):
        secret = await resettings.asked(http, account)
        asks = [
            flows.sent(
                http,
                redeemer,
                account,
                code=secret.text,
                password=wrong(account.password, 10 + 2 * turn + at),
                identity="",
            )
            for at in range(2)
        ]
        one, other = await moments.at_once(asks)
        if granted(one) and granted(other):
            return one, other
    return None


def _failed(http: Http, redeemer: Operation, first: Answer, second: Answer, how: str) -> Finding:
    return failed(
        f"the secret of a password reset works more than once: {how}",
        http.show(first, "the first redemption"),
        http.show(second, how),
        confidence=Confidence.CERTAIN if "at once" not in how else Confidence.FIRM,
        proof="Each redemption set another password, and that password then signed in."
        if "at once" not in how
        else "Two redemptions of one secret, sent together with different passwords, were both granted.",
        places=(redeemer.key,),
        facts={"operation": redeemer.key},
    )


control = Control(
    severity=Severity.HIGH,
    probe=Probe.INTRUSIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.SOURCE: audit_source},
    reach="cannot: reset tokens are made and checked by the application",
    enforced_by="ostiary.identity.storage.tickets",
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("6.5.1", "6.4.1", "15.4.2"),
        cwe=(640, 294, 367),
        standards=("NIST SP 800-63B-4", "OWASP Forgot Password Cheat Sheet"),
    ),
)
