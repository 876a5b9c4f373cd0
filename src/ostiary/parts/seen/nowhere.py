"""What an API says of a place where nothing is: many answer 200 to everything, so that a place is there only if it differs."""

from __future__ import annotations

import difflib
from typing import Final

from ostiary.evidence import Answer

NOWHERE: Final = "no-such-place-7f3a9c52"
_SIMILAR: Final = 0.9  # of two pages of text: the same page with another path or time in it
_COMPARED: Final = 4000  # characters


def alike(answer: Answer, nothing: Answer) -> bool:
    """Whether an answer is what the API says of a place where nothing is."""
    if answer.status != nothing.status or answer.media_type != nothing.media_type:
        return False
    one, other = (without_its_path(each) for each in (answer, nothing))
    return one == other or difflib.SequenceMatcher(a=one, b=other).quick_ratio() > _SIMILAR


def without_its_path(answer: Answer) -> str:
    """The start of a body, without the request target and its last part, which error pages like to quote."""
    text = answer.text[:_COMPARED]
    path = answer.asked.target.partition("?")[0]
    for quoted in (answer.asked.target, path, path.strip("/"), path.rstrip("/").rpartition("/")[2]):
        text = text.replace(quoted, "") if len(quoted) > 1 else text
    return text
