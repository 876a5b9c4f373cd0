"""Two conditions that no reader of texts tells apart, one true and one false: a reply that does has asked a database."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ostiary.evidence import Answer
from ostiary.model import Place
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.gists import gist
from ostiary.parts.seen.inputs import Input, words
from ostiary.parts.seen.proofs import Proven
from ostiary.parts.seen.things import listed
from ostiary.parts.seen.trials import BLOCKS, MARKUP, PLAIN, Trial, is_good

NUMBERS: Final = (7351, 6343, 8117, 5309)  # the others confirm, and must make no difference of their own
ORDINARY: Final = ("ostiary8rw", "ostiary3kd", "ostiary6tn")  # get what any text gets that finds nothing
APART: Final = 4  # what makes a pair false; as many characters as before
ERRORS: Final = re.compile(  # what databases and their drivers say of a statement that they cannot read
    r"SQLSTATE\[|you have an error in your SQL syntax|unterminated quoted string|unrecognized token: |syntax error at or near"
    r"|sqlite3?\.?(?:OperationalError|3::SQLException)|SQLITE_ERROR|ORA-\d{5}|unclosed quotation mark|psycopg2?\.errors"
    r"|PG::SyntaxError|quoted string not properly terminated|SqlException|near \"[^\"]{0,40}\": syntax error"
    r"|unterminated string literal|XPathException|XPathEvalError|Invalid predicate|javax\.naming|Bad search filter|MongoServerError"
    r"|System\.Data\.OleDb|SQLGrammarException|Microsoft OLE DB",
    re.IGNORECASE,
)
_SORTS: Final = frozenset({"sort", "sortby", "order", "orderby", "ordering", "orderfield", "sortfield", "sortcolumn"})
_PEOPLE: Final = frozenset({"user", "uid", "cn", "login", "name", "username", "group", "member", "dn", "mail", "email"})


class Form(NamedTuple):
    """A condition as text: in what language, and how it is put after a value; ``{one}`` and ``{two}`` are compared."""

    how: str
    text: str

    def true(self, value: str, number: int) -> str:
        """The condition that holds."""
        return self.text.format(value=value, one=number, two=number)

    def false(self, value: str, number: int) -> str:
        """The one that does not."""
        return self.text.format(value=value, one=number, two=number + APART)


# LIKE is true where the numbers are equal, after "=" and after "LIKE '%" alike; no form ends in a blank, which some trim.
AND: Final = Form("sql", "{value}' AND '{one}' LIKE '{two}")
OR: Final = Form("sql", PLAIN + "' OR '{one}' LIKE '{two}")
NUMBER: Final = Form("sql", "{value} AND {one}={two}")
_WHERE_QUOTES_MATTER: Final = (
    Form("sql", "0 OR {one}={two}"),
    Form("sql", PLAIN + "' OR {one}={two}-- -"),
    Form("sql", PLAIN + "') OR {one}={two}-- -"),
    Form("sql", PLAIN + '" OR "{one}" LIKE "{two}'),
    Form("xpath", PLAIN + "' or '{one}'='{two}"),
    Form("javascript", PLAIN + "' || '{one}'=='{two}"),
)


async def proven(trial: Trial, valid: Answer) -> Proven | None:
    """The first comparison that shows that a text of the request is read as part of a query; reads only: in a statement
    that writes, OR would write everywhere.
    """
    at, plain = trial.at, gist(await trial.put(PLAIN), PLAIN)
    odd = await trial.put(MARKUP)
    suspicious = gist(odd, MARKUP) != plain
    if suspicious and ERRORS.search(odd.text) is not None:
        found = await broken(trial)
        if found is not None:
            return found
    forms = [NUMBER, AND] if at.value.isdecimal() else [AND] if at.value and is_good(valid) else []
    for form in [*forms, OR, *(_WHERE_QUOTES_MATTER if suspicious else ())]:
        found = await differs(trial, form, plain)
        if found is not None:
            return found
    return (
        await _sorted(trial)
        or await _operators(trial)
        or (await _filters(trial, valid, plain) if is_good(valid) else None)
    )


async def proven_of_strict(trial: Trial) -> Proven | None:
    """The same where every odd text is refused: a number and an order cannot be read from one either."""
    found = await differs(trial, NUMBER, (0, "")) if trial.at.value.isdecimal() else None
    return found or await _sorted(trial)


async def differs(trial: Trial, form: Form, plain: tuple[int, str]) -> Proven | None:
    """True and false differ, and so again with other numbers; what a text that finds nothing gets ends it at once."""
    seen: dict[bool, set[tuple[int, str]]] = {True: set(), False: set()}
    shown: dict[bool, Answer] = {}
    for number in NUMBERS:
        for holds in (True, False):
            text = form.true(trial.at.value, number) if holds else form.false(trial.at.value, number)
            answer = await trial.put(text)
            if answer.status in BLOCKS or (holds and not is_good(answer)):
                return None
            said = gist(answer, text)
            if holds and said == plain:
                return None
            seen[holds].add(said)
            shown.setdefault(holds, answer)
        if seen[True] & seen[False]:
            return None
    if any(len(each) != 1 for each in seen.values()):
        return None
    if len({await trial.said(text) for text in ORDINARY}) != 1:
        return None  # any text makes a difference here
    one, two = form.true(trial.at.value, NUMBERS[0]), form.false(trial.at.value, NUMBERS[0])
    proof = f"{one!r} and {two!r} get different replies, and so do other numbers, while {PLAIN!r} gets what finds nothing gets"
    pair = ((shown[True], "the condition is true"), (shown[False], "the condition is false"))
    return Proven(trial.at, form.how, proof, pair, more={"technique": "boolean"})


async def broken(trial: Trial) -> Proven | None:
    """One quote makes the database complain, two do not; or a number plus a quote does, and minus nothing does not."""
    value = trial.at.value or PLAIN
    for quote in ("'", '"'):
        one = await trial.put(f"{value}{quote}")
        if ERRORS.search(one.text) is None:
            continue
        for harmless in (f"{value}{quote}{quote}", f"{value}-0" if value.isdecimal() else ""):
            two = await trial.put(harmless) if harmless else one
            if ERRORS.search(two.text) is None:
                proof = f"{value + quote!r} ends in an error of the database, {harmless!r} does not"
                pair = ((one, "one quote"), (two, "the same text with the quote closed"))
                return Proven(trial.at, "sql", proof, pair, more={"technique": "error"})
    return None


async def _sorted(trial: Trial) -> Proven | None:
    """A place that names the order takes an expression: it decides how the list is sorted."""
    at = trial.at
    if at.place is not Place.QUERY or _SORTS.isdisjoint(words(at.name)):
        return None
    start = await trial.put(at.value) if at.value else await trial.http.send_to(at.operation)
    entries = listed(parse(start.body))
    columns = [at.value] if at.value else []
    columns += [name for name, value in (entries[0].items() if entries else ()) if isinstance(value, (str, int))]
    for column in [each for each in columns if re.fullmatch(r"\w{1,40}", each)][:2]:
        for form in (
            Form("sql", f"(CASE WHEN {{one}}={{two}} THEN {column} END) DESC"),
            Form("sql", f"(CASE WHEN {{one}}={{two}} THEN {column} END)"),
        ):
            found = await differs(trial, form, (0, ""))
            if found is not None:
                return found
    return None


async def _operators(trial: Trial) -> Proven | None:
    """A document store takes ``name[$ne]=x`` for an operator: everything comes back, and nothing for ``name[$eq]=x``."""
    at = trial.at
    if at.place is not Place.QUERY or at.target:
        return None
    nothing = f"{PLAIN}-none"
    plain = gist(await trial.put(nothing), nothing)
    shown: list[Answer] = []
    for operator in ("[$ne]", "[$eq]", "[$regex]"):
        named = Trial(trial.http, Input(at.operation, Place.QUERY, f"{at.name}{operator}"))
        answer = await named.put(nothing if operator != "[$regex]" else ".*")
        said = gist(answer, nothing, ".*", "$ne", "$eq", "$regex")
        if not is_good(answer) or (said == plain) is not (operator == "[$eq]"):
            return None
        shown.append(answer)
    proof = f"{at.name}[$ne] and {at.name}[$regex] find what {at.name}[$eq] and the plain name do not"
    pair = ((shown[0], "not equal to what nobody has"), (shown[1], "equal to what nobody has"))
    return Proven(at, "nosql", proof, pair, more={"technique": "operator"})


async def _filters(trial: Trial, valid: Answer, plain: tuple[int, str]) -> Proven | None:
    """A directory takes a parenthesis for the end of a filter (RFC 4515 section 3)."""
    at = trial.at
    if not at.value or _PEOPLE.isdisjoint(words(at.name)):
        return None
    usual = gist(valid, at.value)
    if usual == plain:
        return None
    shown = []
    for name in ("objectClass", "objectclass", "OBJECTCLASS", "ObjectClass"):  # the same to every directory
        for wanted, holds in (("*", True), ("ostiarynone", False)):
            text = f"{at.value})({name}={wanted}"
            answer = await trial.put(text)
            if (gist(answer, text, at.value) == usual) is not holds or answer.status in BLOCKS:
                return None
            shown.append(answer)
    if len({await trial.said(text) for text in ORDINARY}) != 1:
        return None
    proof = f"{at.value + ')(objectClass=*'!r} finds what {at.value!r} does, and a class that nothing has finds nothing"
    pair = ((shown[0], "any class"), (shown[1], "a class that nothing has"))
    return Proven(at, "ldap", proof, pair, more={"technique": "boolean"})
