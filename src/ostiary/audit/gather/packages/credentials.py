"""Credentials are looked for in what a package holds by the rules for source code, with the names that constants have."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from ostiary.evidence.package import Text
from ostiary.evidence.tree import Searched, Secret
from ostiary.parts.secrets.search import Found, in_strings, search

_MANY: Final = 2_000  # constants that are searched at once: as many findings as there may be of one text


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found: secrets, and keys that are made to be seen by anybody."""

    searched: Searched
    public: tuple[Secret, ...]


def searched(texts: Iterable[Text], members: Iterable[tuple[str, str]]) -> Outcome:
    """Search constants by their names and values, and whole members by their lines."""
    key = secrets.token_bytes(16)
    found: list[Secret] = []
    public: list[Secret] = []
    size = files = 0
    known: set[tuple[str, str]] = set()

    def keep(each: Found, where: str) -> None:
        mark = hashlib.blake2b(each.value.encode("utf-8", "replace"), digest_size=12, key=key).hexdigest()
        if each.weak or each.allowed or (mark, where) in known:
            return
        known.add((mark, where))
        (public if each.public else found).append(
            Secret(
                kind=each.kind, title=each.title, where=where, shown=each.shown, mark=mark, certain=each.certain,
                salt=each.salt, name=each.name,
            )
        )  # fmt: skip

    batch: list[Text] = []
    for text in texts:
        size += len(text.value)
        batch.append(text)
        if len(batch) == _MANY:
            _search_all(batch, keep)
            batch.clear()
    _search_all(batch, keep)
    for path, content in members:
        files += 1
        size += len(content)
        for each in search(path, content):
            keep(each, f"{path}:{each.line}")
    return Outcome(Searched(found=_distinct(found), files=files, bytes=size), _distinct(public))


def _search_all(batch: list[Text], keep: Callable[[Found, str], None]) -> None:
    for each in in_strings((text.name, text.value) for text in batch):
        keep(each, batch[each.line - 1].where)


def _distinct(found: list[Secret]) -> tuple[Secret, ...]:
    """Each secret where it was first seen with a name, or else where it was first seen."""
    best: dict[str, Secret] = {}
    for each in found:
        if each.mark not in best or (each.name and not best[each.mark].name):
            best[each.mark] = each
    return tuple(best.values())
