"""Secrets in documents that are about to leave: by the name of the field, by the shape of the value."""

from __future__ import annotations

import re
from typing import Any, Final

from ostiary.errors import Denied
from ostiary.model import Exchange
from ostiary.parts import body as bodies
from ostiary.parts import card_numbers
from ostiary.parts.schema import searcher
from ostiary.parts.secret_names import TELLING, is_short, kind_of
from ostiary.parts.secret_shapes import HIDDEN, NEEDLES, is_jwt, without_shapes, without_shapes_in_page

__all__ = [
    "HIDDEN",
    "is_secret",
    "kind_of",
    "may_hold_one",
    "private_parts",
    "submitted_secrets",
    "without_shapes",
    "without_shapes_in_page",
]

_SHORTEST: Final = 8  # characters; shorter values under a secret's name are rather labels
# Escapes that could spell a letter of a name or a needle; others (a quote, a line end, a slash) are in none of them.
_tells: Final = searcher(
    rf'(?i:"(?:{"|".join(map(re.escape, sorted(TELLING)))}|kty)")|{NEEDLES}|\\u00[2-7]|:(?:\\?/){{2}}[^"]*@'
)
_PRIVATE_PARTS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "priv"})  # RFC 7518 section 6, and AKP's
_SYMMETRIC: Final = "oct"


def may_hold_one(body: bytes) -> bool:
    """Whether a document is worth parsing: no name and no shape that is known here escapes this look.

    Strings are what stands between quotes; where an escape makes that doubtful, the answer is yes.
    """
    return _tells(body.decode("latin-1"))


def is_secret(kind: str, name: str, value: Any, *, error: bool) -> bool:
    """Whether this value under a name of that kind is the secret itself, not a message, a flag or a rule about it."""
    if kind == "card":
        return card_numbers.holds_only(value)
    if isinstance(value, str):
        if not value or value.strip("*•") == "" or value == HIDDEN:
            return False
        if error and " " in value:
            return False  # "password": "must have 12 characters"
        if kind == "password":
            return not value.startswith("/")  # pwd: a folder
        if kind == "jwt":
            return is_jwt(value)
        return len(value) >= _SHORTEST or is_short(name)
    return kind == "password" and isinstance(value, int) and not isinstance(value, bool) and not error


def private_parts(members: dict[str, Any]) -> frozenset[str]:
    """The members of a JSON Web Key that are private (RFC 7517); none where this is no key, or a public one."""
    kind = members.get("kty")
    if not isinstance(kind, str):
        return frozenset()
    return frozenset({"k"}) & members.keys() if kind == _SYMMETRIC else _PRIVATE_PARTS & members.keys()


_MEMBER: Final = re.compile(r'"([^"\\]{1,64})"\s{0,20}:\s{0,20}"([^"\\]{1,1000})"')
_FEWEST: Final = 4  # characters; hiding a shorter value would riddle the message
_MOST_SUBMITTED: Final = 20


def submitted_secrets(exchange: Exchange) -> tuple[str, ...]:
    """What a request's body holds under names of secrets, longest first; an error must not repeat it."""
    pairs: list[tuple[str, str]] = []
    try:
        stack = [("", bodies.document(exchange))]
    except Denied:  # unreadable, and all the likelier to be quoted
        stack = []
        pairs = _MEMBER.findall(exchange.body[:65536].decode("utf-8", "replace"))
    while stack and len(pairs) < 1000:  # noqa: PLR2004 - the rest of such a document is data
        name, value = stack.pop()
        if isinstance(value, dict):
            stack += [(str(key), each) for key, each in value.items()]
        elif isinstance(value, list):
            stack += [each if _is_field(each) else (name, each) for each in value]
        elif isinstance(value, str):
            pairs.append((name, value))
    found = {value for name, value in pairs if len(value) >= _FEWEST and kind_of(name)}
    return tuple(sorted(found, key=len, reverse=True)[:_MOST_SUBMITTED])


def _is_field(value: Any) -> bool:
    """A form's documents are (name, text) pairs."""
    return isinstance(value, tuple) and len(value) == 2  # noqa: PLR2004
