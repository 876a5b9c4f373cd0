"""How a path says whose something is: by a user's id in it, or by a word for the caller himself."""

from __future__ import annotations

import re

from ostiary.model import Operation

_USERS = re.compile(r"users?", re.IGNORECASE)  # a customer, a patient or an account is often somebody else's business
_VERSION = re.compile(r"v\d+(?:\.\d+)*", re.IGNORECASE)
_SELF = re.compile(r"me|self|my|mine|current|@me|~|whoami|userinfo", re.IGNORECASE)
_CHANGES = frozenset({"PUT", "PATCH", "DELETE"})


def segments(operation: Operation) -> list[str]:
    """The parts of a path."""
    return [each for each in operation.path.split("/") if each]


def place(operation: Operation) -> int:
    """Where in the path a person is named; -1: nowhere."""
    parts = segments(operation)
    for at, part in enumerate(parts):
        before = next((each for each in reversed(parts[:at]) if not _VERSION.fullmatch(each)), "")
        if part.startswith("{") and _USERS.fullmatch(before):
            return at
    return -1


def is_own(operation: Operation) -> bool:
    """Whether a path stands for the caller himself."""
    parts = segments(operation)
    return any(_SELF.fullmatch(part) for part in parts) or (bool(parts) and parts[-1].lower() == "user")


def names_a_person(operation: Operation) -> bool:
    """Whether a user's id stands in a path."""
    return place(operation) >= 0


def is_private(operation: Operation) -> bool:
    """What lies below a person, or changes him, is his own; his profile may be for others to read."""
    at = place(operation)
    return at < len(segments(operation)) - 1 or operation.method in _CHANGES
