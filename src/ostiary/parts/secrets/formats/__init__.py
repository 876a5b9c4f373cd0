"""Tables of documented forms: a provider that changes its keys changes one row here."""

from __future__ import annotations

import re
from typing import Final

from ostiary.parts.secrets.formats import clouds, forges, messages, payments, watching
from ostiary.parts.secrets.formats.format import Format, Named

FORMATS: Final[tuple[Format, ...]] = (
    *clouds.FORMATS,
    *forges.FORMATS,
    *messages.FORMATS,
    *payments.FORMATS,
    *watching.FORMATS,
)
NAMED: Final[tuple[Named, ...]] = (*clouds.NAMED, *forges.NAMED, *messages.NAMED, *payments.NAMED, *watching.NAMED)
PAYMENT_PROVIDERS: Final = frozenset(payments.PROVIDERS)

# One look at a word tells its format: each row is a group of its own, tried in the order of the tables.
_TOGETHER: Final = re.compile(
    "|".join(f"(?P<f{at}>(?:{each.pattern})(?![A-Za-z0-9]))" for at, each in enumerate(FORMATS))
)
ANCHORS: Final = tuple(dict.fromkeys(each.anchor for each in FORMATS if each.anchor))
_BY_NAME: Final = tuple((each, re.compile(each.name), re.compile(each.pattern)) for each in NAMED)


def at(text: str, position: int) -> tuple[Format, int] | None:
    """The format of what begins at a position of a text, and where it ends."""
    match = _TOGETHER.match(text, position)
    return None if match is None or match.lastgroup is None else (FORMATS[int(match.lastgroup[1:])], match.end())


def named(name: str, value: str) -> Named | None:
    """The format that a value has by the name it is given.

    :param name: its words in lower case, joined by ``_``.
    """
    for each, of_name, of_value in _BY_NAME:
        if of_name.search(name) and of_value.fullmatch(value):
            return each
    return None
