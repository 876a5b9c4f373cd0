"""A fault in a file keeps its mark while lines above it come and go: the mark rests on the line's own text."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections import Counter
from collections.abc import Callable
from typing import Final

from ostiary.model import Finding

_PLACE: Final = re.compile(r"(.+?):([1-9][0-9]{0,8})")


def marked(finding: Finding, line: Callable[[str, int], str]) -> Finding:
    """A finding whose ``facts`` hold ``marks``: for each place in a file 16 hexadecimal digits over path and text.

    :param line: gives the text of a line of a file, secrets masked; empty where there is none.
    """
    marks: dict[str, str] = {}
    seen: Counter[str] = Counter()
    for place in finding.places:
        found = _PLACE.fullmatch(place)
        text = line(found[1], int(found[2])) if found is not None else ""
        if found is None or not text:
            continue
        same = f"{found[1]}\n{' '.join(text.split())}"
        marks[place] = hashlib.sha256(f"{same}\n{seen[same]}".encode()).hexdigest()[:16]
        seen[same] += 1
    return dataclasses.replace(finding, facts={**finding.facts, "marks": marks}) if marks else finding


def of(places: frozenset[str], marks: dict[str, str]) -> frozenset[str]:
    """Places, each by its mark where it has one."""
    return frozenset(marks.get(each, each) for each in places)
