"""Tables of documented forms: a provider that changes its keys changes one row here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ostiary.parts.secrets.formats import clouds, forges, messages, payments, watching
from ostiary.parts.secrets.formats.format import Format, Named
from ostiary.parts.secrets.formats.starts import SIZE, starts

FORMATS: Final[tuple[Format, ...]] = (
    *clouds.FORMATS,
    *forges.FORMATS,
    *messages.FORMATS,
    *payments.FORMATS,
    *watching.FORMATS,
)
NAMED: Final[tuple[Named, ...]] = (*clouds.NAMED, *forges.NAMED, *messages.NAMED, *payments.NAMED, *watching.NAMED)
PAYMENT_PROVIDERS: Final = frozenset(payments.PROVIDERS)

_BY_NAME: Final = tuple((each, re.compile(each.name), re.compile(each.pattern)) for each in NAMED)


def _together(forms: Iterable[Format]) -> tuple[tuple[Format, ...], re.Pattern[str]]:
    rows = tuple(forms)
    return rows, re.compile("|".join(f"((?:{each.pattern})(?![A-Za-z0-9]))" for each in rows))


def _by_start() -> dict[str, tuple[tuple[Format, ...], re.Pattern[str]]]:
    rows: dict[str, list[Format]] = {}
    for each in FORMATS:
        for start in starts(each.pattern) or () if not each.anchor else ():
            rows.setdefault(start, []).append(each)
    return {start: _together(forms) for start, forms in rows.items()}


ANCHORS: Final = tuple(dict.fromkeys(each.anchor for each in FORMATS if each.anchor))
_BY_START: Final = _by_start()
_BY_ANCHOR: Final = {anchor: _together(each for each in FORMATS if each.anchor == anchor) for anchor in ANCHORS}


def at(text: str, position: int, anchor: str = "") -> tuple[Format, int] | None:
    """The format of what begins at a position of a text, and where it ends.

    :param anchor: look for formats with this anchor; else for those of words.
    """
    known = _BY_ANCHOR.get(anchor) if anchor else _BY_START.get(text[position : position + SIZE])
    match = known[1].match(text, position) if known else None
    return (
        None
        if known is None or match is None or match.lastindex is None
        else (known[0][match.lastindex - 1], match.end())
    )


def named(name: str, value: str) -> Named | None:
    """The format that a value has by the name it is given.

    :param name: its words in lower case, joined by ``_``.
    """
    for each, of_name, of_value in _BY_NAME:
        if of_name.search(name) and of_value.fullmatch(value):
            return each
    return None
