"""Where a path names a user by id, the document also has the form in which the caller names nobody."""

from __future__ import annotations

import re

from ostiary.evidence import Spec
from ostiary.model import Finding, Operation, failed, not_applicable, passed, unknown
from ostiary.parts.seen.privileges import is_privileged, roles_of

_USERS = re.compile(r"users?", re.IGNORECASE)  # a customer, a patient or an account is often somebody else's business
_VERSION = re.compile(r"v\d+(?:\.\d+)*", re.IGNORECASE)
_SELF = re.compile(r"me|self|my|mine|current|@me|~|whoami|userinfo", re.IGNORECASE)
_CHANGES = frozenset({"PUT", "PATCH", "DELETE"})


async def audit_spec(spec: Spec) -> Finding:
    """Look for operations on a caller's own data that take the owner from the path."""
    listed = [each for each in spec.api.operations if each.declared and each.security and all(each.security)]
    named = [each for each in listed if _names_a_person(each) and not is_privileged(each) and not roles_of(each)]
    if not named:
        return not_applicable("no operation that needs credentials names a user in its path")
    own = [each for each in spec.api.operations if _is_own(each)]
    if own:
        return passed(f"the caller's own is reached without an id: {own[0].key}", spec.at(own[0].pointer, own[0].key))
    sure = [each for each in named if _is_private(each)]
    shown = [spec.at(each.pointer, f"{each.key} takes the owner from the path") for each in (sure or named)[:5]]
    if not sure:
        return unknown(
            "users are read by id, and there is no /me; whether others may read them the document does not say", *shown
        )
    return failed(
        f"{len(sure)} operations on a user's own data take the user from the path, and there is no /me", *shown
    )


def _segments(operation: Operation) -> list[str]:
    return [each for each in operation.path.split("/") if each]


def _place(operation: Operation) -> int:
    """Where in the path a person is named; -1: nowhere."""
    parts = _segments(operation)
    for at, part in enumerate(parts):
        before = next((each for each in reversed(parts[:at]) if not _VERSION.fullmatch(each)), "")
        if part.startswith("{") and _USERS.fullmatch(before):
            return at
    return -1


def _is_own(operation: Operation) -> bool:
    parts = _segments(operation)
    return any(_SELF.fullmatch(part) for part in parts) or (bool(parts) and parts[-1].lower() == "user")


def _names_a_person(operation: Operation) -> bool:
    return _place(operation) >= 0


def _is_private(operation: Operation) -> bool:
    """What lies below a person, or changes him, is his own; his profile may be for others to read."""
    at = _place(operation)
    return at < len(_segments(operation)) - 1 or operation.method in _CHANGES
