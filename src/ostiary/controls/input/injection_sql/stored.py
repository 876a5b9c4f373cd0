"""A text that is written: two halves joined by the database come back as one; a pause that only a database makes."""

from __future__ import annotations

from typing import Final

from ostiary.controls.input.injection_sql.conditions import ERRORS, broken
from ostiary.evidence import Answer
from ostiary.parts.seen.proofs import Proven
from ostiary.parts.seen.trials import MARKUP, PLAIN, Trial

HALVES: Final = ("ostiary7q", "zq")
JOINS: Final = ("'||'", "' '", "'+'")  # SQL's, MySQL's, SQL Server's; a reply with the halves together has joined them
PAUSE: Final = 1.5  # seconds, once: below what the catalogue allows
_PAUSES: Final = (  # in a query of their own without a table, so that they are worked out once, not once per row
    "{value}'||(SELECT '' FROM pg_sleep({seconds}))||'",
    "{value}'+(SELECT * FROM (SELECT SLEEP({seconds}))a)+'",
)


async def proven(trial: Trial) -> Proven | None:
    """Only where a quote makes a difference: nothing is tried on what takes it as text."""
    plain, odd = await trial.put(PLAIN), await trial.put(MARKUP)
    if plain.status == odd.status:
        return None
    if ERRORS.search(odd.text) is not None and ERRORS.search(plain.text) is None:
        found = await broken(trial)
        if found is not None:
            return found
    if not plain.accepted or odd.accepted:
        return None
    return await _joined(trial, plain) or (await _paused(trial) if odd.status >= 500 else None)  # noqa: PLR2004


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
