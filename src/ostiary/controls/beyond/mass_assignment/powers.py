"""Fields that only the server should set: what they are called, and a value that would show that a caller set one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ostiary.parts.seen.inputs import words

RICH: Final = 7351
POWERS: Final = frozenset({
    "admin", "isadmin", "superuser", "issuperuser", "staff", "isstaff", "role", "roles", "permissions", "verified", "isverified",
    "approved", "balance", "credit", "credits", "wallet", "group", "plan", "tier", "premium", "paid", "discount", "points",
    "quota", "trusted", "confirmed", "featured",
})  # fmt: skip
RIGHTS: Final = frozenset(
    {"admin", "isadmin", "superuser", "issuperuser", "staff", "isstaff", "role", "roles", "permissions"}
)
AMOUNTS: Final = frozenset(
    {"price", "total", "amount", "cost", "subtotal"}
)  # of an object: what it costs is not its buyer's to say
GUESSES: Final[dict[str, Any]] = {"admin": True, "is_admin": True, "isAdmin": True, "role": "admin"}


def powers(given: Mapping[str, Any]) -> dict[str, Any]:
    """The members that are powers, by their names."""
    return {
        name: value
        for name, value in given.items()
        if not POWERS.isdisjoint(words(name)) and isinstance(value, (bool, int, float, str))
    }


def other(value: Any) -> Any:
    """A value of the same kind, and more of it: a flag is set, never taken back."""
    if isinstance(value, bool):
        return True
    if isinstance(value, (int, float)):
        return value + RICH
    if value.isdecimal():
        return str(int(value) + RICH)  # an amount that a database hands out as text
    return "admin" if value != "admin" else "user"


def is_right(name: str) -> bool:
    """Whether a field says what its holder may do: nobody may give that to himself, even where the document has it."""
    return not RIGHTS.isdisjoint(words(name))
