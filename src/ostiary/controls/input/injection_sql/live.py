"""Two conditions that no reader of texts tells apart, one true and one false: a reply that does has asked a database."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Finding, Operation, Place, failed, passed, unknown
from ostiary.parts.seen.bodies import says_error
from ostiary.parts.seen.gists import gist
from ostiary.parts.seen.inputs import Input, changed, members_of, slots, words

MOST: Final = 16  # places of requests
NOBODY: Final = "ostiary"
AND: Final = "{value}' AND '{one}' LIKE '{two}"  # true where the numbers are equal, after "=" and after "LIKE" alike
OR: Final = NOBODY + "' OR '{one}' LIKE '{two}"
NUMBER: Final = "{value} AND {one}={two}"
NUMBERS: Final = (7351, 6343)
_ERRORS: Final = re.compile(  # what databases and their drivers say of a statement that they cannot read
    r"SQLSTATE\[|you have an error in your SQL syntax|unterminated quoted string|unrecognized token: |syntax error at or near"
    r"|sqlite3?\.?(?:OperationalError|3::SQLException)|ORA-\d{5}|unclosed quotation mark|psycopg2?\.errors|PG::SyntaxError"
    r"|quoted string not properly terminated|SqlException|near \"[^\"]{0,40}\": syntax error",
    re.IGNORECASE,
)
_BLOCKED: Final = frozenset({403, 406, 429, 501, 503})
_CREDENTIALS: Final = frozenset({"username", "user", "login", "email", "name", "password", "passwd", "pass", "pwd"})


async def audit_live(http: Http) -> Finding:
    """Compare true and false conditions in parameters of reads; try to sign in with one, and with an operator."""
    faults: list[Evidence] = []
    proved: list[Answer] = []
    reads = [each for each in http.operations if each.method == "GET"]
    for at in slots(http, reads, most=MOST, numbers=True):
        try:
            valid = await http.send_to(at.operation, **(changed(http, at, at.value) if at.value else {}))
            found = await _tried(http, at)
        except Unanswerable:
            continue
        if found is not None:
            faults.append(found)
        elif valid.accepted:
            proved.append(valid)
    for operation in [each for each in http.operations if each.role == "login"][:1]:
        found = await _signed_in(http, operation)
        faults += [found] if found is not None else []
    if faults:
        return failed(f"{faults[0].what} ({len(faults)} places)", *faults[:5])
    if not proved:
        return unknown("no read that takes a text or a number answered a valid request with 2xx")
    what = f"in {len(proved)} places of reads a quote and a condition, true or false, make no difference"
    return passed(what, http.show(proved[0], "the valid request"))


async def _tried(http: Http, at: Input) -> Evidence | None:
    forms = [NUMBER, AND] if at.value.isdecimal() else [AND] if at.value else []
    for form in [*forms, OR]:  # reads alone: in a statement that writes, OR writes everywhere
        found = await _differs(http, at, form)
        if found is not None:
            return found
    return await _broken(http, at) or await _operators(http, at)


async def _differs(http: Http, at: Input, form: str) -> Evidence | None:
    """True and false differ; and again with other numbers, which must make no difference of their own."""
    seen: dict[bool, set[tuple[int, str]]] = {True: set(), False: set()}
    shown: Answer | None = None
    for number in NUMBERS:
        said = {}
        for equal in (True, False):
            text = form.format(value=at.value, one=number, two=number if equal else number + 4)
            answer = await http.send_to(at.operation, **changed(http, at, text))
            if answer.status in _BLOCKED or (equal and not _is_good(answer)):
                return None
            said[equal] = gist(answer, text)
            seen[equal].add(said[equal])
            shown = answer if equal else shown
        if said[True] == said[False]:
            return None
    if shown is None or any(len(each) != 1 for each in seen.values()):
        return None
    return http.show(shown, f"{at.where}: a condition, put after the value, decides what comes back")


def _is_good(answer: Answer) -> bool:
    return answer.accepted and not says_error(members_of(answer.body))


async def _broken(http: Http, at: Input) -> Evidence | None:
    """One quote makes the database complain, two do not."""
    one = await http.send_to(at.operation, **changed(http, at, f"{at.value or NOBODY}'"))
    if _ERRORS.search(one.text) is None:
        return None
    two = await http.send_to(at.operation, **changed(http, at, f"{at.value or NOBODY}''"))
    if _ERRORS.search(two.text) is not None:
        return None
    return http.show(one, f"{at.where}: one quote ends in an error of the database, two do not")


async def _operators(http: Http, at: Input) -> Evidence | None:
    """A document store takes ``name[$ne]=x`` for an operator: everything comes back, and nothing for ``name[$eq]=x``."""
    if at.place is not Place.QUERY:
        return None
    nothing = f"{NOBODY}-none"
    said: dict[str, tuple[int, str]] = {}
    answers: dict[str, Answer] = {}
    for operator in ("[$ne]", "[$eq]", ""):
        named = Input(at.operation, Place.QUERY, f"{at.name}{operator}")
        answers[operator] = await http.send_to(at.operation, **changed(http, named, nothing))
        said[operator] = gist(answers[operator], nothing, "$ne", "$eq")
        if not _is_good(answers[operator]) or (operator != "[$ne]" and said[operator] == said["[$ne]"]):
            return None
    if said["[$eq]"] != said[""]:
        return None
    return http.show(answers["[$ne]"], f"{at.where}: an operator in its name decides what comes back")


async def _signed_in(http: Http, operation: Operation) -> Evidence | None:
    """Sign in as nobody with a condition that is true; one that is false must not open, or the first proves nothing."""
    made = http.body_of(operation)
    if made is None or "json" not in made[0]:
        return None
    members = [name for name in members_of(made[1]) if not _CREDENTIALS.isdisjoint(words(name))]
    if len(members) < 2:  # noqa: PLR2004 - a name and a password
        return None
    one, two = NUMBERS[0], NUMBERS[0] + 4
    pairs: list[tuple[Any, Any, str]] = [
        (OR.format(one=one, two=one), OR.format(one=one, two=two), "a condition in name and password signs in"),
        ({"$ne": ""}, f"{NOBODY}-none", "an operator in place of name and password signs in"),
    ]
    for opens, shut, what in pairs:
        try:
            if (await _login(http, operation, members, shut)).accepted:
                return None
            opened = await _login(http, operation, members, opens)
        except Unanswerable:
            return None
        if _is_good(opened):
            return http.show(opened, f"{operation.key}: {what}")
    return None


async def _login(http: Http, operation: Operation, members: list[str], value: Any) -> Answer:
    made = http.body_of(operation)
    body = {**members_of(made[1] if made else b""), **dict.fromkeys(members, value)}
    return await http.send_to(operation, body=json.dumps(body).encode(), identity="", fresh=True)
