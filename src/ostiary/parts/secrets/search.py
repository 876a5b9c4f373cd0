"""Credentials in a text, by documented forms and by names with plausible values; text in, findings out."""

from __future__ import annotations

import dataclasses
import re
import time
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from ostiary.parts.secrets import checks, formats
from ostiary.parts.secrets.found import Found
from ostiary.parts.secrets.judging import judged
from ostiary.parts.secrets.keys import keys
from ostiary.parts.secrets.known import is_sample, is_sample_claim
from ostiary.parts.secrets.links import links, places_of
from ostiary.parts.secrets.manners import Manner, manner
from ostiary.parts.secrets.names import meaning
from ostiary.parts.secrets.pairs import Pair, pairs
from ostiary.parts.secrets.values import bits, wordiness

__all__ = ["Found", "in_strings", "search"]

MOST: Final = 200  # findings of one text
MOST_OF_A_KIND: Final = 40
_MOST_RAW: Final = 2_000  # of each way to find them, before they are compared
_MOST_ANCHORS: Final = 10_000  # of one kind in a text: more is data
_WORD: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9][A-Za-z0-9_.-]{19,}")
_JWT: Final = re.compile(r"eyJ[A-Za-z0-9_-]{8,4000}\.eyJ[A-Za-z0-9_-]{8,8000}\.[A-Za-z0-9_-]{10,2000}")
_ALLOWED: Final = re.compile(
    r"(?:ostiary: ?allow-secret|gitleaks:allow|pragma: ?allowlist secret|nosecret)\b[ \t:,-]{0,4}(?P<why>[^\n]{0,200})"
)
_DOCSTRING: Final = re.compile(r"^[ \t]*[rRuU]{0,2}(\"\"\"|\'\'\')[\s\S]{0,100000}?\1", re.MULTILINE)
_BLOCK: Final = re.compile(r"^[ \t]*/\*\*[\s\S]{0,100000}?\*/", re.MULTILINE)
_MANUALS: Final = {
    **dict.fromkeys(("py", "pyi"), _DOCSTRING),
    **dict.fromkeys(
        ("js", "jsx", "ts", "tsx", "mjs", "java", "kt", "kts", "scala", "groovy", "php", "swift", "cs", "dart"), _BLOCK
    ),
}
_FARTHEST: Final = 60  # characters from a form's beginning to its anchor
_LEAST_BITS: Final = 2.0
_WORDS: Final = re.compile(r"[a-z]+(?:[-_]+[a-z]+)+[-_]*")
_SPOKEN: Final = 0.6  # of the letters: more, and somebody wrote it
_FEW_BITS: Final = 24  # characters; of shorter ones less can be told


def search(path: str, text: str, *, now: float | None = None) -> list[Found]:
    """Every credential in a text, in the order of their places; each place is found once.

    :param path: of the file: its name tells how it writes down values.
    :param now: seconds since 1970, for tokens that say when they end; None: the clock's.
    """
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters have a longer lower case
        lowered = "".join(each.lower() if len(each.lower()) == 1 else each for each in text)
    how = manner(path)
    forms = _forms(text, time.time() if now is None else now)
    found = [each for kind in (forms, _keys(text), _links(text, lowered)) for each in islice(kind, _MOST_RAW)]
    if how not in {Manner.TEXT, Manner.NOTHING}:
        found += islice(_pairs(text, lowered, how), _MOST_RAW)
    return _placed(text, _apart(_outside_of_manuals(path, text, found)))


def in_strings(named: Iterable[tuple[str, str]], *, now: float | None = None) -> list[Found]:
    """Credentials among constants and resources of a program.

    :param named: a name of a field or resource, or an empty string, and its value; `line` is its number from 1.
    """
    clock = time.time() if now is None else now
    found: list[Found] = []
    for number, (name, value) in enumerate(named, 1):
        if not value or len(found) >= MOST:
            continue
        here = [*_forms(value, clock), *_keys(value), *_links(value, value.lower())]
        said = meaning(name)
        if not here and said.kind:
            here = _of_pair(Pair(name, said, value, 0, "set"), Manner.CODE)
        found += [_with(each, line=number, name=each.name or name) for each in _apart(here)]
    return found


def _outside_of_manuals(path: str, text: str, found: list[Found]) -> list[Found]:
    """Without what docstrings and block comments show as an example; a key of a documented form is one there too."""
    manual = _MANUALS.get(path.rpartition(".")[2].lower())
    if manual is None or not found:
        return found
    spans = [each.span() for each in manual.finditer(text)]
    return [
        each
        for each in found
        if (each.certain and "password" not in each.kind)
        or not any(first <= each.start < last for first, last in spans)
    ]


def _forms(text: str, now: float) -> Iterator[Found]:
    seen: set[tuple[int, str]] = set()
    for word in _WORD.finditer(text):
        if text.startswith("eyJ", word.start()):
            jwt = _JWT.match(text, word.start())
            if jwt:
                yield from _jwt(jwt[0], jwt.start(), now)
                continue
        escaped = text[word.start() - 1 : word.start()] == "\\"  # "...\\nghp_": the n belongs to the escape
        yield from _form(text, word.start() + escaped)
    for anchor in formats.ANCHORS:
        for at in islice(places_of(text, anchor), _MOST_ANCHORS):
            first = at
            while first > 0 and at - first < _FARTHEST and (text[first - 1].isalnum() or text[first - 1] in "_-"):
                first -= 1
            if (first, anchor) not in seen:
                seen.add((first, anchor))
                yield from _form(text, first, anchor)


def _form(text: str, start: int, anchor: str = "") -> Iterator[Found]:
    told = formats.at(text, start, anchor)
    if told is None:
        return
    form, end = told
    value = text[start:end]
    body = value[form.begin :]
    if is_sample(value, form.begin) or (len(body) >= _FEW_BITS and bits(body) < _LEAST_BITS) or len(set(body)) < 6:  # noqa: PLR2004 - "aaaaab"
        return
    if _WORDS.fullmatch(body) and wordiness(body) >= _SPOKEN:  # a class of CSS, the name of a file
        return
    proven = bool(form.check) and checks.is_right(form.check, value)
    yield Found(
        kind=form.kind,
        title=form.title,
        line=0,
        start=start,
        end=end,
        value=value,
        begin=form.begin,
        certain=not form.public and not form.weak,
        proven=proven,
        public=form.public,
        weak=form.weak,
    )


def _jwt(token: str, start: int, now: float) -> Iterator[Found]:
    claims = checks.claims_of(token)
    if claims is None or any(is_sample_claim(each) for each in claims.values()) or not checks.opens_at(claims, now):
        return
    public = claims.get("role") == "anon"  # Supabase's key for browsers
    yield Found(
        kind="jwt",
        title="JSON Web Token",
        line=0,
        start=start,
        end=start + len(token),
        value=token,
        begin=3,
        certain=claims.get("role") == "service_role",
        public=public,
    )


def _keys(text: str) -> Iterator[Found]:
    for key in keys(text):
        yield Found(
            kind=key.kind,
            title=key.title,
            line=0,
            start=key.start,
            end=key.start + len(key.value),
            value=key.value,
            certain=not key.locked,
        )


def _links(text: str, lowered: str) -> Iterator[Found]:
    for link in links(text, lowered):
        yield Found(
            kind=link.kind,
            title=link.title,
            line=0,
            start=link.start,
            end=link.start + max(1, len(link.value)),
            value=link.value,
            begin=link.begin,
            certain=link.certain,
            weak=link.weak,
        )


def _pairs(text: str, lowered: str, how: Manner) -> Iterator[Found]:
    for pair in pairs(text, lowered, how):
        yield from _of_pair(pair, how)


def _of_pair(pair: Pair, how: Manner) -> list[Found]:
    verdict = judged(pair, how)
    if verdict is None:
        return []
    return [
        Found(
            kind=verdict.kind,
            title=verdict.title,
            line=0,
            start=pair.start,
            end=pair.start + len(pair.value),
            value=pair.value,
            name=pair.name,
            certain=verdict.certain,
            weak=verdict.weak,
            salt=verdict.salt,
        )
    ]


def _apart(found: Iterable[Found]) -> list[Found]:
    """Of findings that overlap, the first of the surest; what a name said of it is kept."""
    starts: list[int] = []
    kept: list[Found] = []
    for each in found:
        at = bisect_right(starts, each.start)
        beside = [near for near in (at - 1, at) if 0 <= near < len(kept) and _overlap(kept[near], each)]
        if not beside:
            starts.insert(at, each.start)
            kept.insert(at, each)
        elif each.name and not kept[beside[0]].name:
            other = kept[beside[0]]
            kept[beside[0]] = _with(other, name=each.name, salt=other.salt or each.salt)
    return kept


def _overlap(one: Found, other: Found) -> bool:
    return one.start < other.end and other.start < one.end


def _placed(text: str, found: list[Found]) -> list[Found]:
    kinds: dict[str, int] = {}
    placed: list[Found] = []
    line, at = 1, 0
    for each in found:
        kinds[each.kind] = kinds.get(each.kind, 0) + 1
        if kinds[each.kind] > MOST_OF_A_KIND or len(placed) >= MOST:
            continue
        line, at = line + text.count("\n", at, each.start), each.start
        first, last = text.rfind("\n", 0, each.start) + 1, text.find("\n", each.start)
        allowed = _ALLOWED.search(text, first, last if last >= 0 else len(text))
        placed.append(_with(each, line=line, allowed=(allowed["why"].strip() or "no reason given") if allowed else ""))
    return placed


def _with(found: Found, **changes: Any) -> Found:
    return dataclasses.replace(found, **changes)
