"""An answer counts only with who gives it, when, on what evidence, and until when; without one of these it is no answer."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

ANSWERS: Final = ("yes", "no", "not-applicable")
KEYS: Final = ("answer", "owner", "date", "evidence", "expires", "note")
LASTS: Final = dt.timedelta(days=365)  # unless it says otherwise
LONGEST: Final = dt.timedelta(days=3 * 366)  # nobody answers for longer
_SPAN: Final = re.compile(r"(?P<number>[1-9][0-9]{0,3})(?P<unit>[dwmy])")
_DAYS: Final = {"d": 1, "w": 7, "m": 30, "y": 365}
_PLACEHOLDER: Final = re.compile(r"(?i)(?:todo|tbd|xxx+|fixme|\?+|-+|n/?a|none|\.+|<.*>)")


@dataclass(frozen=True, slots=True)
class Attestation:
    """One ``[attest."control"]`` table, read."""

    answer: str
    owner: str
    date: dt.date
    expires: dt.date
    evidence: str = ""  # a URL or a path, relative to the policy
    note: str = ""


class NoAnswer(ValueError):  # noqa: N818 - a statement about a table, not a fault of the program
    """Why a table is no answer (any more), as the end of a sentence about it."""


def read(table: Mapping[str, Any], today: dt.date) -> Attestation:
    """A table as an answer.

    :raises NoAnswer: when something is missing or wrong, or the answer's time is over.
    """
    unknown = [key for key in table if key not in KEYS]
    if unknown:
        raise NoAnswer(f"has a key that is not known: {unknown[0]}")
    answer = table.get("answer")
    if answer not in ANSWERS:
        raise NoAnswer(f"says neither {', '.join(ANSWERS[:-1])} nor {ANSWERS[-1]}")
    owner, evidence, note = (_text(table, key) for key in ("owner", "evidence", "note"))
    if not owner:
        raise NoAnswer("names nobody who answers for it (owner)")
    if answer == "yes" and not evidence:
        raise NoAnswer("names no evidence: a URL or a file")
    if answer == "not-applicable" and not note:
        raise NoAnswer("gives no reason why it does not apply (note)")
    date = _day(table.get("date"), "date")
    if date > today:
        raise NoAnswer(f"is of a day to come ({date})")
    expires = _until(table.get("expires"), date)
    if expires < today:
        raise NoAnswer(f"ended on {expires}")
    if expires - date > LONGEST:
        raise NoAnswer("is to hold for more than three years")
    return Attestation(answer, owner, date, expires, evidence, note)


def _text(table: Mapping[str, Any], key: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise NoAnswer(f"has no text as {key}")
    plain = value.strip()
    return "" if _PLACEHOLDER.fullmatch(plain) else plain


def _day(value: Any, key: str) -> dt.date:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise NoAnswer(f"has no {key} such as 2026-11-22") from None


def _until(value: Any, date: dt.date) -> dt.date:
    if value is None:
        return date + LASTS
    if isinstance(value, str) and (span := _SPAN.fullmatch(value.strip().lower())):
        return date + dt.timedelta(days=int(span["number"]) * _DAYS[span["unit"]])
    return _day(value, "expires (a day, or a time such as 180d)")
