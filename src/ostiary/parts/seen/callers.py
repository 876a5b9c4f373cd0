"""Who the given credentials are, as the API tells it: by the claims of their tokens, and by the profile each one reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from ostiary.errors import Unanswerable
from ostiary.evidence import Http
from ostiary.parts.seen import tokens
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.doors import credentials, doors, granted
from ostiary.parts.seen.owners import is_privileged, marks_of, persons_in, speaks_of_privilege

_SELF: Final = re.compile(r"me|self|user|profile|whoami|account|userinfo|current[-_]?user", re.IGNORECASE)
_MOST_PROFILES: Final = 2


class Caller(NamedTuple):
    """An identity that the API lets in."""

    name: str
    marks: frozenset[str]  # what identifies its user: ids, names, addresses; empty: nothing is known
    privileged: bool


async def known(http: Http, most: int = 3) -> list[Caller]:
    """The identities that open something, and who they are; equal users are left out."""
    found: list[Caller] = []
    for name in http.identities:
        opened = await doors(http, name)
        if not opened or len(found) >= most:
            continue
        held = tokens.carrier(credentials(opened[0].opened, opened[0].nobody))
        told: list[Mapping[str, Any]] = [*persons_in(held.token.claims)] if held is not None else []
        told += await _profiles(http, name)
        marks = frozenset(mark for each in told for mark in marks_of(each))
        privileged = any(is_privileged(each) for each in told) or speaks_of_privilege(name)
        if not any(marks and marks == each.marks for each in found):
            found.append(Caller(name, marks, privileged))
    return found


async def _profiles(http: Http, name: str) -> list[Mapping[str, Any]]:
    selves = [
        each
        for each in http.operations
        if each.method == "GET" and "{" not in each.path and _SELF.fullmatch(each.path.rstrip("/").rpartition("/")[2])
    ]
    found: list[Mapping[str, Any]] = []
    for operation in selves[:_MOST_PROFILES]:
        try:
            answer = await http.send_to(operation, identity=name)
        except Unanswerable:
            continue
        document = parse(answer.body) if granted(answer) else None
        if isinstance(document, Mapping):
            inner = [each for each in document.values() if isinstance(each, Mapping)]
            found += [document, *(inner if len(document) <= 3 else ())]  # noqa: PLR2004 - an envelope
    return found
