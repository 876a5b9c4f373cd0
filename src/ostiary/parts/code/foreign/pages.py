"""Code that stands in markup: everything else is blanked out, every line stays where it was."""

from __future__ import annotations

import re
from typing import Final

_INSIDE: Final = re.compile(
    r"\?>|(?://|#(?!\[))[^\n]*?(?=\?>|\n|$)|/\*.*?\*/|'(?:[^'\\]|\\.)*+'|\"(?:[^\"\\]|\\.)*+\"|<<<['\"]?(\w{1,80})['\"]?\n.*?\n\s*\1\b",
    re.DOTALL,
)
_OPENS: Final = re.compile(r"<\?(?:php\b|=)", re.IGNORECASE)
_MARK: Final = re.compile(r"[^\n]+")


def php(text: str) -> str:
    """The PHP of a page."""
    made: list[str] = []
    at = 0
    while True:
        opens = _OPENS.search(text, at)
        if opens is None:
            made.append(_MARK.sub("", text[at:]))
            break
        made.append(_MARK.sub("", text[at : opens.start()]))
        shows = opens.group() == "<?="
        code, at = _code(text, opens.end())
        made.append(
            f" echo {code};" if shows else f" {code};" if at <= len(text) and text[at - 2 : at] == "?>" else f" {code}"
        )
        if at >= len(text):
            break
    return "<?php " + "".join(made)


def _code(text: str, start: int) -> tuple[str, int]:
    """Code up to where markup begins again, and where that is; comments are left out."""
    made: list[str] = []
    at = start
    for found in _INSIDE.finditer(text, start):
        token = found.group()
        made.append(text[at : found.start()])
        at = found.end()
        if token == "?>":  # noqa: S105 - the end of code
            return "".join(made), at
        made.append("\n" * token.count("\n") if token.startswith(("//", "#", "/*")) else token)
    made.append(text[at:])
    return "".join(made), len(text) + 1


_SCRIPT: Final = re.compile(r"<script\b[^>]{0,200}>(.*?)</script>", re.DOTALL | re.IGNORECASE)


def scripts(text: str) -> str:
    """What stands in the scripts of a component (Vue)."""
    made: list[str] = []
    at = 0
    for found in _SCRIPT.finditer(text):
        made += [_MARK.sub("", text[at : found.start(1)]), found.group(1)]
        at = found.end(1)
    return "".join([*made, _MARK.sub("", text[at:])])
