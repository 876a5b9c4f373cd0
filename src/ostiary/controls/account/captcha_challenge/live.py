"""Under a series of wrong passwords a challenge may appear: then it has to be solved, not merely shown."""

from __future__ import annotations

import json
from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer, Http
from ostiary.model import Finding, Operation, failed, not_applicable, passed, unknown
from ostiary.parts.role_fields import fields_of
from ostiary.parts.role_words import listed
from ostiary.parts.seen.guesses import Series, rested, series, shown
from ostiary.parts.seen.likenesses import again, wrong

MOST: Final = 12  # wrong passwords
# Requests: 1 + 12 + 3; one registration.
FIELDS: Final = frozenset(
    listed("""captcha captchatoken captcharesponse captchaanswer captchacode captchakey grecaptcharesponse recaptcha
    recaptchatoken recaptcharesponse hcaptcha hcaptcharesponse hcaptchatoken turnstile turnstiletoken cfturnstileresponse
    altcha friendlycaptcha arkosetoken challengeresponse challengeanswer powsolution""")
)
_JUNK: Final = "ostiary-no-solution"


def fields(operation: Operation) -> list[tuple[str, ...]]:
    """Where a request of an operation holds the answer to a challenge."""
    return [each.path for each in fields_of(operation) if each.key in FIELDS and each.place == "body"]


async def audit_live(http: Http) -> Finding:
    """Guess until a challenge appears; then the right password must not open without a solution, nor with rubbish."""
    login = next((each for each in http.operations if each.role == "login"), None)
    try:
        account = await http.throwaway()
        right = await rested(lambda: http.sign_in(account.user, account.password))
    except Unanswerable as error:
        if http.api is not None and login is None:
            return not_applicable("the document has no operation that signs in with a password")
        return unknown(f"no account of our own to guess at: {error}")
    if not http.signed_in(right):
        return unknown(f"a fresh account could not sign in ({right.status})")
    declared = fields(login) if login is not None else []
    found = await _guessed(http, account, right)
    after = await http.sign_in(account.user, account.password)
    where = login.key if login is not None else "the login"
    places = (where,) if login is not None else ()
    if found.sign == "challenge":
        return await _enforced(http, right, found, after, declared or [("captcha",)], places)
    if declared and http.signed_in(after):
        junk = await _with(http, right, declared)
        if http.signed_in(junk):
            return failed(
                f"{where} declares {declared[0][-1]!r}, but {len(found.answers)} wrong passwords and the right one are "
                "taken without an answer, and with a made-up one: the challenge is in the front end alone",
                *shown(http, found, "the last guess, without an answer to a challenge"),
                http.show(junk, "the right password with a made-up answer: signed in"),
                proof="The right password signed in without an answer to the challenge and with rubbish for one.",
                places=places,
                facts={"role": "login", "fields": [path[-1] for path in declared], **found.facts()},
            )
    return unknown(f"{found.told}, without a challenge" if found.limit else f"{found.told}: no challenge appears")


async def _guessed(http: Http, account: Account, right: Answer) -> Series:
    async def ask(turn: int) -> tuple[Answer, list[str]]:
        password = wrong(account.password, turn)
        return await again(http, right, {account.password: password}), [account.user, password]

    return await series(ask, MOST)


async def _enforced(  # noqa: PLR0917 - what was seen so far
    http: Http, right: Answer, found: Series, after: Answer, declared: list[tuple[str, ...]], places: tuple[str, ...]
) -> Finding:
    junk = await _with(http, right, declared)
    for answer, how in ((after, "without a solution"), (junk, "with a made-up solution")):
        if http.signed_in(answer):
            return failed(
                f"{found.told}, but the right password is taken {how}",
                *shown(http, found, "the challenge"),
                http.show(answer, f"the right password {how}: signed in"),
                proof=f"A challenge was asked for, and right after it the right password signed in {how}.",
                places=places,
                facts={"role": "login", **found.facts()},
            )
    why = f"{found.told}; the right password is refused without a solution, and with a made-up one"
    return passed(why, *shown(http, found, "the challenge"))


async def _with(http: Http, right: Answer, paths: list[tuple[str, ...]]) -> Answer:
    """The right password again, with rubbish for an answer to a challenge."""
    asked = right.asked
    try:
        document = json.loads(asked.body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        return await again(http, right, {}, [("x-captcha", _JUNK)])
    for path in paths:
        at = document
        for name in path[:-1]:
            at = at[name] if isinstance(at.get(name), dict) else at
        at[path[-1]] = _JUNK
    kept = [pair for pair in asked.headers if pair[0].lower() == "content-type"]
    return await http.send(
        asked.method, asked.target, headers=kept, body=json.dumps(document).encode(), identity="", fresh=True
    )
