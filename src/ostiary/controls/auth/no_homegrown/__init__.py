"""Login, token and password code comes from maintained libraries, not in-house inventions.

Why
    Home-made schemes repeat solved mistakes: predictable tokens, fast or unsalted hashes, comparisons that leak
    timing, missing expiry. Attackers know these patterns and exploit them to forge tokens or crack passwords.

Fix
    Hash passwords with Argon2id or bcrypt (``argon2-cffi``, Spring ``Argon2PasswordEncoder``, PHP
    ``password_hash``). Sign tokens with a JOSE library such as PyJWT, ``jose`` for Node or Nimbus JOSE+JWT. Draw
    random values from ``secrets.token_urlsafe(32)`` or ``crypto.randomBytes(32)`` and compare them with
    ``hmac.compare_digest`` or ``crypto.timingSafeEqual``. Or hand sign-in to an OpenID Connect provider.

Traps
    - Wrapping a vetted library in a thin helper is fine; judge what the call graph ends in.
    - sha256 over a 128-bit random API key is acceptable storage, over a password it is not.
    - md5 for cache keys or ETags is noise: require a credential-named argument or sink.
"""

from __future__ import annotations

from ostiary.controls.auth.no_homegrown.source import audit_source
from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer, Http
from ostiary.model import (
    Confidence,
    Control,
    Finding,
    Kind,
    Maps,
    Probe,
    Severity,
    failed,
    unknown,
)
from ostiary.parts.seen import callers, cookies, logins, opaque_tokens
from ostiary.parts.seen.doors import moment

_SIGN_INS = 6


async def audit_live(http: Http) -> Finding:
    """Sign in a few times with one account, and look at what changes in the tokens; at most 6 sign-ins."""
    account = await _account(http)
    if account is None:
        return unknown("no account with a user and a password is known, so no tokens could be compared")
    answers = [
        answer for _ in range(_SIGN_INS) if http.signed_in(answer := await http.sign_in(account.user, account.password))
    ]
    if not answers:
        return unknown("signing in again did not work")
    kinds = _kinds(answers)
    if not kinds:
        return unknown("no token was recognised in the reply to a sign-in")
    known = await _known(http, account)
    forms: list[str] = []
    for name, samples in kinds.items():
        judged = opaque_tokens.judge(samples, known, [moment(each) for each in answers])
        if judged.fault:
            return failed(
                f"{judged.fault} ({name})",
                *(http.show(each, f"sign-in {at + 1}") for at, each in enumerate(answers[:3])),
                proof=f"{len(samples)} sign-ins of one account, one after the other, were compared",
                facts={"token": name},
                confidence=Confidence.CERTAIN if judged.certain else Confidence.FIRM,
            )
        forms.append(f"{name}: {judged.form}")
    return unknown(
        f"nothing home-made is seen in the tokens ({'; '.join(forms)}); what keeps the passwords cannot be seen from outside"
    )


async def _account(http: Http) -> Account | None:
    """One that this audit registered, or the owner's: signing in is what it is for."""
    owner = http.account(http.owner) if http.owner else None
    found = owner if owner is not None and owner.user and owner.password else None
    if found is not None and found.registered:
        return found
    try:
        return await http.throwaway()
    except Unanswerable:
        return found


def _kinds(answers: list[Answer]) -> dict[str, list[str]]:
    """The tokens of each kind, one for each sign-in."""
    found: dict[str, list[str]] = {}
    for answer in answers:
        refresh = logins.refresh_token(answer)
        each: dict[str, str] = {"refresh token": refresh} if refresh else {}
        access = logins.access_tokens(answer)
        if access:
            each["access token"] = access[0]
        for cookie in map(cookies.read, answer.all("set-cookie")):
            if cookie.is_state and cookie.value and not cookie.deletes(moment(answer)):
                each[f"cookie {cookie.name}"] = cookie.value
        for name, value in each.items():
            found.setdefault(name, []).append(value)
    return {name: values for name, values in found.items() if len(values) == len(answers)}


async def _known(http: Http, account: Account) -> list[str]:
    marks = [str(each) for each in account.registered.values() if isinstance(each, (str, int))]
    profiles = [each.marks for each in await callers.known(http, 8) if each.name == account.name]
    return [
        account.user,
        *(each for each in marks if each != account.password),
        *(mark for one in profiles for mark in one),
    ]


control = Control(
    severity=Severity.HIGH,
    probe=Probe.PASSIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.SOURCE: audit_source},
    attest=(
        "Which library and version does authentication, token creation and password hashing, and who maintains each"
        " (attach the lock file or a component list)?"
    ),
    reach="cannot: it does not see whose code checks a password",
    enforced_by="ostiary.identity",
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("11.2.1", "11.5.1", "11.4.2", "9.1.1"),
        cwe=(1240, 338, 916),
        standards=("RFC 8725 §3", "NIST SP 800-63B-4 §3.1.1.2", "NIST SP 800-218 PW.4"),
    ),
)
