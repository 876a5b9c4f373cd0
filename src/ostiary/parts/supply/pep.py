"""Python's packages are named, required and ordered by PEP 503, 508 and 440; packaging lives here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

_NAME: Final = re.compile(r"[-_.]+")
_LONGEST: Final = 2000  # characters of a requirement


@dataclass(frozen=True, slots=True)
class Wanted:
    """One requirement; ``version`` is empty unless there is exactly one."""

    name: str
    version: str
    text: str  # the range, or the URL


def normal(name: str) -> str:
    """A name as indexes compare it (PEP 503)."""
    return _NAME.sub("-", name).lower()


def requirement(text: str) -> Wanted | None:
    """One line of PEP 508; None: it is none."""
    if len(text) > _LONGEST:
        return None
    try:
        read = Requirement(text)
    except (InvalidRequirement, RecursionError):
        return None
    if read.url:
        return Wanted(normal(read.name), "", read.url)
    exact = [each.version for each in read.specifier if each.operator in {"==", "==="} and "*" not in each.version]
    return Wanted(normal(read.name), exact[0] if exact else "", str(read.specifier))


@lru_cache(maxsize=4096)
def order(version: str) -> Any:
    """A key that sorts as PEP 440 says.

    :raises ValueError: when it is no such version.
    """
    try:
        return Version(version)
    except InvalidVersion as error:
        raise ValueError(version) from error
