"""A development server that misses a path tells which paths there are: Django's page of a 404 lists its URL patterns."""

from __future__ import annotations

import html
import re
from typing import Final, NamedTuple

from ostiary.evidence import Answer

_TOLD: Final = re.compile(r"tried these URL patterns, in this order:(.{1,200000}?)</ol>", re.DOTALL)
_ENTRY: Final = re.compile(r"<li>(.*?)</li>", re.DOTALL)
_TAG: Final = re.compile(r"<[^<>]*>")
_NAME: Final = re.compile(r"\[name='[^']*'\]\s*$")
_CONVERTER: Final = re.compile(r"<(?:\w+:)?(\w+)>")  # of path()
_GROUP: Final = re.compile(r"\(\?P<(\w+)>")
_SUFFIX: Final = re.compile(
    r"<(?:\w+:)?format>|\(\?P<format>"
)  # the same route again, for Django REST framework's suffixes
_LEFTOVER: Final = re.compile(r"[()\[\]*+?|^$\\<>\s]")
_MOST: Final = 300


class Routes(NamedTuple):
    """What is routed: paths with names in braces, and beginnings under which more is that the page does not tell."""

    paths: tuple[str, ...]
    below: tuple[str, ...]


def routes_of(answer: Answer) -> Routes:
    """What a reply to a path that is not there tells of those that are; nothing, where it is no such page."""
    told = _TOLD.search(answer.text) if answer.status == 404 and "html" in answer.media_type else None  # noqa: PLR2004
    paths: dict[str, None] = {}
    below: dict[str, None] = {}
    for entry in _ENTRY.findall(told[1])[:_MOST] if told is not None else ():
        text = html.unescape(_TAG.sub(" ", entry)).strip()
        pieces = _NAME.sub("", text).split()
        last = pieces[-1] if pieces else ""
        path = None if _SUFFIX.search(text) else _template("".join(_plain(each) for each in pieces))
        if path is None:
            continue
        open_ended = last.startswith("^") and not last.endswith(("$", r"\Z"))
        if not open_ended:
            paths.setdefault(path)
        if _NAME.search(text) is None and path.endswith("/") and not last.endswith("$") and "{" not in path:
            below.setdefault(path)  # an include(), or a view without a name: the page does not say which
    return Routes(tuple(paths), tuple(below))


def _plain(pattern: str) -> str:
    """One pattern without its anchors; a final slash that may be missing is left out."""
    return re.sub(r"(?:/\?)?(?:\$|\\Z)$", "", pattern.removeprefix("^"))


def _template(pattern: str) -> str | None:
    """A path with names in braces; None where a regular expression says more than that."""
    text, at = "", 0
    while at < len(pattern):
        named, converter = _GROUP.match(pattern, at), _CONVERTER.match(pattern, at)
        if converter is not None:
            text, at = f"{text}{{{converter[1]}}}", converter.end()
        elif pattern[at] == "(" and (named is not None or pattern[at : at + 2] != "(?"):
            end = _end_of_group(pattern, at)
            if end is None:
                return None
            text, at = f"{text}{{{named[1] if named is not None else 'id'}}}", end
        elif pattern[at] == "\\" and pattern[at + 1 : at + 2] in {".", "-", "/"}:
            text, at = text + pattern[at + 1], at + 2
        else:
            text, at = text + pattern[at], at + 1
    return None if _LEFTOVER.search(text) else f"/{text.lstrip('/')}"


def _end_of_group(pattern: str, start: int) -> int | None:
    depth, in_class, at = 0, False, start
    while at < len(pattern):
        each = pattern[at]
        if each == "\\":
            at += 1
        elif in_class:
            in_class = each != "]"
        elif each == "[":
            in_class = True
        elif each in "()":
            depth += 1 if each == "(" else -1
            if depth == 0:
                return at + 1
        at += 1
    return None
