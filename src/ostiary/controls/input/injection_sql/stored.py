"""A text in a body: a statement it breaks, a condition of a look-up, two halves joined by the database, a pause it makes."""

from __future__ import annotations

from typing import Final

from ostiary.controls.input.injection_sql.conditions import AND, ERRORS, NUMBER, broken, differs
from ostiary.evidence import Answer
from ostiary.parts.seen.gists import gist
from ostiary.parts.seen.proofs import Proven
from ostiary.parts.seen.trials import MARKUP, PLAIN, Trial, is_good

HALVES: Final = ("ostiary7q", "zq")
JOINS: Final = ("'||'", "' '", "'+'")  # SQL's, MySQL's, SQL Server's; a reply with the halves together has joined them
_CREATED: Final = 201
PAUSE: Final = 1.5  # seconds, once: below what the catalogue allows
_PAUSES: Final = (  # in a query of their own without a table, so that they are worked out once, not once per row
    "{value}'||(SELECT '' FROM pg_sleep({seconds}))||'",
    "{value}'+(SELECT * FROM (SELECT SLEEP({seconds}))a)+'",
)


async def proven(trial: Trial, valid: Answer) -> Proven | None:
    """Only where a quote makes a difference, or the value decides what comes back: what is taken as text is left alone.

    :param valid: what the valid request got.
    """
    plain, odd = await trial.put(PLAIN), await trial.put(MARKUP)
    sayings = [ERRORS.search(each.text) is not None for each in (plain, odd, valid)]
    if sayings == [False, True, False] or (sayings == [True, True, False] and trial.at.value.isdecimal()):
        found = await broken(trial)  # a word where a number stands without quotes is a column that is not there
        if found is not None:
            return found
    found = await _looked_up(trial, valid, plain)
    if found is not None or plain.status == odd.status or not plain.accepted or odd.accepted:
        return found
    return await _joined(trial, plain) or (await _paused(trial) if odd.status >= 500 else None)  # noqa: PLR2004


async def _looked_up(trial: Trial, valid: Answer, plain: Answer) -> Proven | None:
    """A search may be a POST: what its value finds, it finds with a true condition too, and not with a false one.

    The conditions only narrow, whatever the statement is; what answers 201 has made something, and looked nothing up.
    """
    at, nothing = trial.at, gist(plain, PLAIN)
    if not at.value or not is_good(valid) or valid.status == _CREATED or gist(valid, at.value) == nothing:
        return None
    for form in (NUMBER, AND) if at.value.isdecimal() else (AND,):
        found = await differs(trial, form, nothing)
        if found is not None:
            return found
    return None


async def _joined(trial: Trial, plain: Answer) -> Proven | None:
    whole = "".join(HALVES)
    for join in JOINS:
        text = join.join(HALVES)
        answer = await trial.put(text)
        if answer.accepted and whole in answer.text and text not in answer.text and whole not in plain.text:
            proof = f"{text!r} was sent, and {whole!r} came back: the database joined the halves, and a lone quote is an error"
            return Proven(
                trial.at, "sql", proof, ((answer, "the halves, joined"),), more={"technique": "concatenation"}
            )
    return None


async def _paused(trial: Trial) -> Proven | None:
    """The pause is as long as was asked, twice, and none where none was asked."""
    for form in _PAUSES:
        long, none = (form.format(value=PLAIN, seconds=each) for each in (PAUSE, 0))
        if (await trial.put(long, timed=True)).seconds < PAUSE:
            continue
        short = await trial.put(none, timed=True)
        again = await trial.put(long, timed=True)
        if short.seconds < PAUSE / 3 and again.seconds >= PAUSE:
            proof = f"a pause of {PAUSE} s took {again.seconds:.1f} s, twice, and one of none {short.seconds:.1f} s"
            pair = ((again, f"a pause of {PAUSE} s"), (short, "a pause of none"))
            return Proven(trial.at, "sql", proof, pair, more={"technique": "time"})
    return None
